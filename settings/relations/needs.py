"""What workloads and tenants ask the platform for: whether it is there, and is not asked for or called twice."""

import re
from collections.abc import Iterator, Mapping

from web_platform import Fault

from settings.cloud import TopicSettings
from settings.problems import Problem
from settings.relations.declared import declared, remedy
from settings.variables import call_variable
from settings.workloads import Needs, WorkloadSettings

# What can be asked for by name, and the section that declares it.
_ASKED_FOR = {"publishes": "topics", "subscribes": "topics", "datasets": "datasets", "buckets": "buckets"}

# What the platform sets for what a workload asks for: see settings/variables.py and settings/stand_ins.py.
_OF_DATABASES = re.compile(r"PG(HOST|PORT|DATABASE|USER|PASSWORD|SSLMODE)")
_OF_GOOGLE = re.compile(
    r"GOOGLE_CLOUD_PROJECT|(TOPIC|SUBSCRIPTION|DATASET|BUCKET)_.*|(PUBSUB|BIGQUERY|STORAGE)_EMULATOR_HOST"
)


def problems(
    needing: Mapping[str, Needs], topics: Mapping[str, TopicSettings], values: Mapping[str, object]
) -> Iterator[Problem]:
    """Find what nobody declares, or somebody declares twice. Who needs is named by place, such as `services.shop`."""
    yield from _undeclared(needing, values)
    yield from _shared_names(topics, needing)
    yield from _set_twice(needing)


def _undeclared(needing: Mapping[str, Needs], values: Mapping[str, object]) -> Iterator[Problem]:
    """Find who asks for topics, datasets and buckets that the stack does not have, or twice for one."""
    for asking, needs in needing.items():
        for asked, section in _ASKED_FOR.items():
            known = declared(values, section)
            wanted: list[str] = getattr(needs, asked)
            for each in dict.fromkeys(wanted):
                place = f"{asking}.{asked}"
                if each not in known:
                    fault = Fault(
                        what=f"names {each!r}, which is not among the {section} of this stack",
                        danger="it would wait for what nobody makes",
                        remedy=remedy(section, known),
                    )
                    yield Problem(place, fault)
                elif wanted.count(each) > 1:
                    fault = Fault(
                        what=f"names {each!r} twice",
                        danger="Pulumi would declare the same grant twice, and stop",
                        remedy="remove one of the two",
                    )
                    yield Problem(place, fault)


def _shared_names(topics: Mapping[str, TopicSettings], needing: Mapping[str, Needs]) -> Iterator[Problem]:
    """Find topics of one name, or subscriptions: what is made for a subscriber is called after both."""
    of_topics = {name: f"topics.{name}" for name in topics}
    of_subscriptions: dict[str, str] = {}
    for asking, needs in needing.items():
        name, place = asking.partition(".")[2], f"{asking}.subscribes"
        for topic in needs.subscribes:
            dead_letters = f"{topic}-{name}-dead-letters"
            for taken, made in (
                (of_subscriptions, f"{topic}-{name}"),
                (of_subscriptions, dead_letters),
                (of_topics, dead_letters),
            ):
                other = taken.setdefault(made, place)
                if other != place:
                    fault = Fault(
                        what=f"makes {made!r}, which `{other}` makes too",
                        danger="the two would be one, and Pulumi stops where something is declared twice",
                        remedy="rename one of the topics, or of those who subscribe",
                    )
                    yield Problem(place, fault)
                    break


def _set_twice(needing: Mapping[str, Needs]) -> Iterator[Problem]:
    """Find variables that a workload is given and the platform sets as well."""
    for asking, needs in needing.items():
        for key, variable in _given(needs):
            if (
                (needs.database and _OF_DATABASES.fullmatch(variable))
                or (needs.needs_identity() and _OF_GOOGLE.fullmatch(variable))
                or variable in _of_calls(needs)
            ):
                fault = Fault(
                    what="is set by the platform, for what is asked for",
                    danger="it would be looked for in another place than where it is",
                    remedy="remove the line, or choose another name for the variable",
                )
                yield Problem(f"{asking}.{key}.{variable}", fault)


def _given(needs: Needs) -> list[tuple[str, str]]:
    if not isinstance(needs, WorkloadSettings):
        return []
    given = {"environment": needs.environment, "secretEnvironment": needs.secret_environment}
    return [(key, variable) for key, variables in given.items() for variable in variables]


def _of_calls(needs: Needs) -> list[str]:
    return [call_variable(callee) for callee in needs.calls] if isinstance(needs, WorkloadSettings) else []
