"""What the keys of a stack file must have to do with each other, a module a concern."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from web_platform.syntax import service_name_fault

from settings import admission, refusals
from settings.cloud import BucketSettings, DatasetSettings, TopicSettings
from settings.consumers import ConsumerSettings
from settings.fields import Section, is_resource_name
from settings.problems import Problem
from settings.relations import addons as addon_relations
from settings.relations import calls, capacity, hosts, names, needs, platform
from settings.sections import AddonSettings, CertificateSettings, GatewaySettings
from settings.workloads import WORKLOADS, Needs, ServiceSettings, TenantSettings, WorkloadSettings

PROJECT = "web-platform"


def problems(values: Mapping[str, object], directory: Path | None) -> list[Problem]:
    """Find what is wrong between the keys of a stack file, as far as each is right in itself.

    Args:
        values: What the file says, by key, without what is secret.
        directory: Where the program is, and where the paths of charts begin. Default: paths are not checked.
    """
    found = (problem._replace(place=f"{PROJECT}:{problem.place}") for problem in _problems(values, directory))
    return list(found)


def _problems(values: Mapping[str, object], directory: Path | None) -> Iterator[Problem]:
    addons = _sound(AddonSettings, values.get("addons"))
    topics = _sound(TopicSettings, values.get("topics"))
    datasets = _sound(DatasetSettings, values.get("datasets"))
    buckets = _sound(BucketSettings, values.get("buckets"))
    consumers = _sound(ConsumerSettings, values.get("consumers"))
    tenants = _sound(TenantSettings, values.get("tenants"))
    gateways = _sound(GatewaySettings, {"gateway": values.get("gateway") or {}})
    certificates = _sound(CertificateSettings, {"certificates": values.get("certificates") or {}})
    # Of wrong names, pydantic says what is wrong.
    sections: dict[str, dict[str, WorkloadSettings]] = {
        key: {
            name: workload
            for name, workload in _sound(section, values.get(key)).items()
            if service_name_fault(name) is None
        }
        for key, section in WORKLOADS.items()
    }
    workloads = {f"{key}.{name}": workload for key, named in sections.items() for name, workload in named.items()}
    services = {name: each for name, each in sections["services"].items() if isinstance(each, ServiceSettings)}
    needing: dict[str, Needs] = {**workloads, **{f"tenants.{name}": tenant for name, tenant in tenants.items()}}

    yield from platform.problems(workloads, values)
    yield from hosts.problems(services, tenants, certificates.get("certificates"), values)
    yield from needs.problems(needing, topics, values)
    yield from refusals.of_cloud(_named(topics), _named(datasets), _named(buckets), needing)
    yield from refusals.of_workloads(sections, gateway_api=any(each.gateway_api for each in gateways.values()))
    yield from refusals.of_consumers(consumers)
    for gateway in gateways.values():
        yield from refusals.of_gateway(gateway)
    for each in certificates.values():
        yield from refusals.of_certificates(each)
    declared = values.get("consumers") or {}
    # Of a consumer that is wrong in itself, the groups are not known.
    if isinstance(declared, Mapping) and len(consumers) == len(declared):
        yield from admission.problems(services, consumers)
    yield from names.problems(sections, tenants, addons)
    yield from calls.problems(workloads, services, values)
    yield from capacity.problems(workloads, values)
    yield from addon_relations.problems(addons, values, directory)


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
