"""Who is let in where: what the services of a stack file and its consumers must have to do with each other."""

from collections.abc import Iterator, Mapping

from pydantic.alias_generators import to_camel
from web_platform import Fault

from settings.consumers import ConsumerSettings
from settings.problems import Problem
from settings.workloads import ServiceSettings

# Plugins by which callers say who they are, and what a consumer has for each.
_CREDENTIALS = {"key-auth": "key_auth", "basic-auth": "basic_auth", "jwt": "jwt"}


def groups(consumers: Mapping[str, ConsumerSettings]) -> dict[str, list[str]]:
    """Every group with the consumers in it; each consumer is one of its own name."""
    found: dict[str, list[str]] = {name: [name] for name in consumers}
    for name, consumer in consumers.items():
        for group in consumer.groups:
            found.setdefault(group, []).append(name)
    return found


def problems(services: Mapping[str, ServiceSettings], consumers: Mapping[str, ConsumerSettings]) -> Iterator[Problem]:
    """Find services that let in nobody there is, and groups that are somebody else's name."""
    known = groups(consumers)
    for name, consumer in consumers.items():
        for group in consumer.groups:
            if group in consumers:
                yield Problem(f"consumers.{name}.groups", _taken_fault(group))
    for name, service in services.items():
        for group in service.consumers:
            if group not in known:
                yield Problem(f"services.{name}.consumers", _unknown_fault(group, known))
        for rule in ("allow", "deny"):
            listed = service.plugins.get("acl", {}).get(rule)
            for group in listed if isinstance(listed, list) else ():
                # What is no text is told as such.
                if isinstance(group, str) and group not in known:
                    yield Problem(f"services.{name}.plugins.acl.{rule}", _unknown_fault(group, known))
        yield from _keyless(name, service, consumers, known)
        yield from _strangers(name, service, consumers)


def _strangers(name: str, service: ServiceSettings, consumers: Mapping[str, ConsumerSettings]) -> Iterator[Problem]:
    """Find who stands for callers that nobody knows, but is nobody either."""
    for plugin in _CREDENTIALS:
        anonymous = service.plugins.get(plugin, {}).get("anonymous")
        if isinstance(anonymous, str) and anonymous and anonymous not in consumers:
            yield Problem(f"services.{name}.plugins.{plugin}.anonymous", _stranger_fault(anonymous, consumers))


def _keyless(
    name: str,
    service: ServiceSettings,
    consumers: Mapping[str, ConsumerSettings],
    known: Mapping[str, list[str]],
) -> Iterator[Problem]:
    """Find who is let in, but has nothing of what the service asks for."""
    asked = [_CREDENTIALS[plugin] for plugin in service.plugins if plugin in _CREDENTIALS]
    for group in service.consumers if asked else ():
        members = known.get(group, [])
        for member in members:
            if not any(getattr(consumers[member], credential) for credential in asked):
                yield Problem(f"services.{name}.consumers", _keyless_fault(member, asked))


def _unknown_fault(group: str, known: Mapping[str, list[str]]) -> Fault:
    return Fault(
        what=f"names {group!r}, which is neither a consumer nor a group of any",
        danger="nobody would be let in by it",
        remedy=f"declare it under `consumers`; there are: {', '.join(sorted(known)) or '(none)'}",
    )


def _keyless_fault(consumer: str, asked: list[str]) -> Fault:
    return Fault(
        what=f"lets in {consumer!r}, which has nothing of what the service asks for",
        danger="the consumer could not say who it is, and every call of it would be refused",
        remedy=f"add `{to_camel(asked[0])}: {{}}` to `consumers.{consumer}`",
    )


def _stranger_fault(anonymous: str, consumers: Mapping[str, ConsumerSettings]) -> Fault:
    return Fault(
        what=f"names {anonymous!r}, which is no consumer of this stack",
        danger="each caller that is not known would be answered with an error instead of being let in as that one",
        remedy=f"declare it under `consumers`; there are: {', '.join(sorted(consumers)) or '(none)'}",
    )


def _taken_fault(group: str) -> Fault:
    return Fault(
        what=f"names {group!r}, which is another consumer",
        danger="whoever lets in that consumer would let in this one too",
        remedy="give the group another name",
    )
