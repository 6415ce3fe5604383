"""What the keys of a stack file must have to do with each other."""

import contextlib
import graphlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from web_platform import CertificateAuthority, Fault
from web_platform.address_ranges import nodes_fault
from web_platform.issuers import is_wildcard, wildcard_fault
from web_platform.syntax import host_fault, is_within, service_name_fault
from web_platform.value_files import read_value_file

from settings import admission
from settings.cloud import ARCHIVE, BucketSettings, DatasetSettings, GoogleSettings, TopicSettings
from settings.consumers import ConsumerSettings
from settings.fields import Section, is_resource_name
from settings.problems import Problem, shown
from settings.refusals import certificate_refusals, gateway_refusals, refusals
from settings.sections import AddonSettings, CertificateSettings, ClusterSettings, GatewaySettings, ServiceSettings

PROJECT = "web-platform"

# Namespaces of the platform and of Kubernetes: an add-on cannot have one of them for its own.
_TAKEN_NAMESPACES = frozenset(
    {"cert-manager", "kong", "services", "stand-ins", "default", "kube-node-lease", "kube-public", "kube-system"}
)

# https://cloud.google.com/kubernetes-engine/docs/concepts/regional-clusters
_ZONES_OF_A_REGIONAL_CLUSTER = 3

# What a service can ask for by name, and the section that declares it.
_ASKED_FOR = {"publishes": "topics", "subscribes": "topics", "datasets": "datasets", "buckets": "buckets"}


def problems(values: Mapping[str, object], directory: Path | None) -> list[Problem]:
    """Find what is wrong between the keys of a stack file, as far as each is right in itself.

    Args:
        values: What the file says, by key, without what is secret.
        directory: Where the program is, and where the paths of charts begin. Default: paths are not checked.
    """
    services = _sound(ServiceSettings, values.get("services"))
    addons = _sound(AddonSettings, values.get("addons"))
    topics = _sound(TopicSettings, values.get("topics"))
    datasets = _sound(DatasetSettings, values.get("datasets"))
    buckets = _sound(BucketSettings, values.get("buckets"))
    # Of wrong names, pydantic says what is wrong.
    named = {name: service for name, service in services.items() if service_name_fault(name) is None}
    consumers = _sound(ConsumerSettings, values.get("consumers"))
    refused = refusals(_named(topics), _named(datasets), _named(buckets), named, consumers)
    gateway = _sound(GatewaySettings, {"gateway": values.get("gateway") or {}})
    certificates = _sound(CertificateSettings, {"certificates": values.get("certificates") or {}})
    shared = [
        *(problem for each in gateway.values() for problem in gateway_refusals(each)),
        *(problem for each in certificates.values() for problem in certificate_refusals(each)),
    ]
    declared = values.get("consumers") or {}
    # Of a consumer that is wrong in itself, the groups are not known.
    all_known = isinstance(declared, Mapping) and len(consumers) == len(declared)
    admitted = admission.problems(named, consumers) if all_known else ()
    return [
        *_platform(values),
        *_shared_routes(services, str(values.get("domain"))),
        *_undeclared(services, values),
        *(problem._replace(place=f"{PROJECT}:{problem.place}") for problem in (*refused, *shared, *admitted)),
        *_long_hosts(named, str(values.get("domain"))),
        *_foreign_hosts(services, values),
        *_uncertified_wildcards(services, certificates.get("certificates"), values),
        *_set_twice(services),
        *_shared_names(topics, services),
        *_taken_dataset(values),
        *_single_replicas(services, values),
        *_homeless_nodes(values),
        *_taken_namespaces(addons),
        *_wrong_dependencies(addons, values.get("addons")),
        *(_absent_charts(addons, directory) if directory else ()),
        *(_unreadable_values(addons, directory) if directory else ()),
    ]


_AnySection = TypeVar("_AnySection", bound=Section)


def _sound(section: type[_AnySection], entries: object) -> dict[str, _AnySection]:
    """The entries that are right in themselves: what they have in common is checked even where others are wrong."""
    sound: dict[str, _AnySection] = {}
    for name, entry in entries.items() if isinstance(entries, Mapping) else ():
        with contextlib.suppress(ValidationError):
            sound[str(name)] = section.model_validate(entry)
    return sound


def _named(entries: Mapping[str, _AnySection]) -> dict[str, _AnySection]:
    return {name: entry for name, entry in entries.items() if is_resource_name(name)}


def _platform(values: Mapping[str, object]) -> Iterator[Problem]:
    """Find a platform without its section, or a section without its platform."""
    platform, google = values.get("platform"), values.get("google")
    if platform == "google" and not google:
        fault = Fault(
            what="is missing, though the platform is 'google'",
            danger="nothing says in which project and region the stack is to be made",
            remedy="add it with `project`, `region` and `zone`, or set `platform` to 'local'",
        )
        yield Problem(f"{PROJECT}:google", fault)
    if platform == "local" and google:
        fault = Fault(
            what="is given, though the platform is 'local'",
            danger="it would be ignored, and nothing would be made on Google Cloud",
            remedy="remove it, or set `platform` to 'google'",
        )
        yield Problem(f"{PROJECT}:google", fault)


def _undeclared(services: Mapping[str, ServiceSettings], values: Mapping[str, object]) -> Iterator[Problem]:
    """Find services that ask for topics, datasets and buckets that the stack does not have, or twice for one."""
    for name, service in services.items():
        for asked, section in _ASKED_FOR.items():
            declared = values.get(section) or {}
            known = sorted(map(str, declared)) if isinstance(declared, Mapping) else []
            wanted: list[str] = getattr(service, asked)
            for each in dict.fromkeys(wanted):
                place = f"{PROJECT}:services.{name}.{asked}"
                if each not in known:
                    fault = Fault(
                        what=f"names {each!r}, which is not among the {section} of this stack",
                        danger="the service would wait for what nobody makes",
                        remedy=f"declare it under `{section}`; there are: {', '.join(known) or '(none)'}",
                    )
                    yield Problem(place, fault)
                elif wanted.count(each) > 1:
                    fault = Fault(
                        what=f"names {each!r} twice",
                        danger="Pulumi would declare the same grant twice, and stop",
                        remedy="remove one of the two",
                    )
                    yield Problem(place, fault)


def _shared_names(topics: Mapping[str, TopicSettings], services: Mapping[str, ServiceSettings]) -> Iterator[Problem]:
    """Find topics of one name, or subscriptions: what is made for a subscriber is called after both."""
    of_topics = {name: f"topics.{name}" for name in topics}
    of_subscriptions: dict[str, str] = {}
    for name, service in services.items():
        place = f"services.{name}.subscribes"
        for topic in service.subscribes:
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
                        remedy="rename one of the services or topics",
                    )
                    yield Problem(f"{PROJECT}:{place}", fault)
                    break


# What the platform sets for what a service asks for: see platforms/environment.py.
_OF_DATABASES = re.compile(r"PG(HOST|PORT|DATABASE|USER|PASSWORD|SSLMODE)")
_OF_GOOGLE = re.compile(
    r"GOOGLE_CLOUD_PROJECT|(TOPIC|SUBSCRIPTION|DATASET|BUCKET)_.*|(PUBSUB|BIGQUERY|STORAGE)_EMULATOR_HOST"
)


def _set_twice(services: Mapping[str, ServiceSettings]) -> Iterator[Problem]:
    """Find variables that a service is given and the platform sets as well."""
    for name, service in services.items():
        for variable in service.environment:
            if (service.database and _OF_DATABASES.fullmatch(variable)) or (
                service.needs_identity() and _OF_GOOGLE.fullmatch(variable)
            ):
                fault = Fault(
                    what="is set by the platform, for what the service asks for",
                    danger="the service would look for it in another place than where it is",
                    remedy="remove the line, or choose another name for the variable",
                )
                yield Problem(f"{PROJECT}:services.{name}.environment.{variable}", fault)


def _long_hosts(services: Mapping[str, ServiceSettings], domain: str) -> Iterator[Problem]:
    """Find hosts that are none, though the service's name and the domain are right by themselves."""
    for name, service in services.items():
        fault = None if service.host else host_fault(service.host_of(name, domain))
        if fault is not None and host_fault(domain) is None:
            yield Problem(f"{PROJECT}:services.{name}", fault._replace(what=f"with the domain {fault.what}"))


def _foreign_hosts(services: Mapping[str, ServiceSettings], values: Mapping[str, object]) -> Iterator[Problem]:
    """Find hosts outside of every domain that the stack knows of."""
    others = values.get("otherDomains") or []
    domains = [str(values.get("domain")), *map(str, others if isinstance(others, list) else ())]
    for name, service in services.items() if "domain" in values else ():
        if service.host and not any(is_within(service.host, domain) for domain in domains):
            fault = Fault(
                what=f"is in none of this stack's domains: {', '.join(domains)}",
                danger="no name server would lead it to the gateway, and no certificate could be issued for it",
                remedy="correct it, or add its domain to `otherDomains` where somebody else keeps that domain's DNS",
            )
            yield Problem(f"{PROJECT}:services.{name}.host", fault, shown(service.host))


def _uncertified_wildcards(
    services: Mapping[str, ServiceSettings], certificates: CertificateSettings | None, values: Mapping[str, object]
) -> Iterator[Problem]:
    """Find wildcards that the authority certifies by DNS alone, where that is not ours to change."""
    for name, service in services.items():
        if certificates is None or service.host is None or not is_wildcard(service.host):
            continue
        ours = values.get("platform") == "google" and is_within(service.host, str(values.get("domain")))
        fault = wildcard_fault(CertificateAuthority(certificates.authority), dns01=ours)
        if fault is not None:
            remedy = (
                "name each host, choose another `certificates.authority`, or use a host in the stack's own `domain`"
            )
            yield Problem(f"{PROJECT}:services.{name}.host", fault._replace(remedy=remedy), shown(service.host))


def _taken_dataset(values: Mapping[str, object]) -> Iterator[Problem]:
    """Find a dataset of the name that the platform's own has."""
    datasets = values.get("datasets")
    if isinstance(datasets, Mapping) and ARCHIVE in datasets:
        fault = Fault(
            what="is the dataset that holds the messages of archived topics",
            danger="it would be declared twice",
            remedy="give it another name",
        )
        yield Problem(f"{PROJECT}:datasets.{ARCHIVE}", fault)


def _single_replicas(services: Mapping[str, ServiceSettings], values: Mapping[str, object]) -> Iterator[Problem]:
    """Find what is there once only, on a platform whose nodes are renewed one after the other."""
    if values.get("platform") != "google":
        return
    cluster, gateway, certificates = (
        section if isinstance(section, Mapping) else {}
        for section in (values.get("cluster"), values.get("gateway"), values.get("certificates"))
    )
    fault = Fault(
        what="is 1, on a platform whose nodes are renewed one after the other",
        danger="each upgrade and each loss of a node would interrupt it",
        remedy="set it to 2 or more",
    )
    if cluster.get("nodes") == 1:
        yield Problem(f"{PROJECT}:cluster.nodes", fault)
    for name, service in services.items():
        if service.replicas == 1:
            yield Problem(f"{PROJECT}:services.{name}.replicas", fault)
    if gateway.get("replicas") == 1:
        yield Problem(f"{PROJECT}:gateway.replicas", fault)
    if certificates.get("highlyAvailable") is False:
        fault = fault._replace(what="is false, on a platform whose nodes are renewed", remedy="set it to true")
        yield Problem(f"{PROJECT}:certificates.highlyAvailable", fault)


def _shared_routes(services: Mapping[str, ServiceSettings], domain: str) -> list[Problem]:
    """Find services on one host and path."""
    found: list[Problem] = []
    first: dict[tuple[str, str], str] = {}
    for name, service in services.items():
        host = service.host_of(name, domain)
        other = first.setdefault((host, service.path), name)
        if other != name:
            fault = Fault(
                what=f"is on https://{host}{service.path}, as {other!r} is",
                danger="the gateway would send each request to either of the two",
                remedy="give one of them another `host` or `path`",
            )
            found.append(Problem(f"{PROJECT}:services.{name}", fault))
    return found


def _homeless_nodes(values: Mapping[str, object]) -> Iterator[Problem]:
    """Find nodes for which the ranges have no place."""
    try:
        google = GoogleSettings.model_validate(values.get("google"))
        cluster = ClusterSettings.model_validate(values.get("cluster"))
    except ValidationError:
        return
    nodes = cluster.nodes * (_ZONES_OF_A_REGIONAL_CLUSTER if google.regional else 1)
    found = nodes_fault(google.node_range, google.pod_range, nodes)
    if found is not None:
        yield Problem(f"{PROJECT}:google", google.range_fault(*found))


def _taken_namespaces(addons: Mapping[str, AddonSettings]) -> list[Problem]:
    """Find add-ons in a namespace that is not theirs to have."""
    found: list[Problem] = []
    first: dict[str, str] = {}
    for name, addon in addons.items():
        namespace = addon.namespace_of(name)
        other = first.setdefault(namespace, name)
        place = f"{PROJECT}:addons.{name}"
        if namespace in _TAKEN_NAMESPACES:
            fault = Fault(
                what=f"is in the namespace {namespace!r}, which holds other parts of the platform",
                danger="the namespace would be declared twice, and removing the add-on would remove them with it",
                remedy="give it another `namespace`",
            )
            found.append(Problem(place, fault))
        elif addon.pod_security != addons[other].pod_security:
            fault = Fault(
                what=f"shares the namespace {namespace!r} with {other!r}, but not its `podSecurity`",
                danger="pods of one of the two would not be admitted",
                remedy="give both the same `podSecurity`, or one of them another `namespace`",
            )
            found.append(Problem(place, fault))
    return found


def _wrong_dependencies(addons: Mapping[str, AddonSettings], declared: object) -> Iterator[Problem]:
    """Find add-ons that wait for what nobody installs, or for each other."""
    known = sorted(map(str, declared)) if isinstance(declared, Mapping) else []
    for name, addon in addons.items():
        place = f"{PROJECT}:addons.{name}.dependsOn"
        for other in addon.depends_on:
            if other not in known:
                fault = Fault(
                    what=f"names {other!r}, which is not among the add-ons of this stack",
                    danger="it would wait for what nobody installs",
                    remedy=f"add it under `addons`; there are: {', '.join(known)}",
                )
                yield Problem(place, fault)
            elif addon.enabled and other in addons and not addons[other].enabled:
                fault = Fault(
                    what=f"names {other!r}, which is not enabled",
                    danger="it would wait for what nobody installs",
                    remedy=f"set `enabled: true` for {other!r}, or `enabled: false` for {name!r}",
                )
                yield Problem(place, fault)
    try:
        graphlib.TopologicalSorter({name: addon.depends_on for name, addon in addons.items()}).prepare()
    except graphlib.CycleError as found:
        circle = " → ".join(reversed(found.args[1]))
        fault = Fault(
            what=f"goes in a circle: {circle}",
            danger="each of them would wait for the others, and none would be installed",
            remedy="remove one of these",
        )
        yield Problem(f"{PROJECT}:addons.{found.args[1][-1]}.dependsOn", fault)


def _absent_charts(addons: Mapping[str, AddonSettings], directory: Path) -> list[Problem]:
    """Find add-ons whose chart is a path that leads nowhere, from the program's directory."""
    found: list[Problem] = []
    for name, addon in addons.items():
        if addon.chart.startswith(("./", "../", "/")) and not _exists(directory / addon.chart):
            fault = Fault(
                what=f"is a path, but nothing is at {directory / addon.chart}",
                danger="the add-on could not be installed, and the rest of the stack would be made without it",
                remedy="correct the path, which begins at the directory of the program, or put the chart there",
            )
            found.append(Problem(f"{PROJECT}:addons.{name}.chart", fault, shown(addon.chart)))
    return found


def _unreadable_values(addons: Mapping[str, AddonSettings], directory: Path) -> Iterator[Problem]:
    """Find add-ons with files of values that are not there or no YAML, from the program's directory."""
    for name, addon in addons.items():
        for file in addon.value_files:
            values = read_value_file(directory / file)
            if isinstance(values, Fault):
                yield Problem(f"{PROJECT}:addons.{name}.valueFiles", values)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # A name that no file can have.
        return False
