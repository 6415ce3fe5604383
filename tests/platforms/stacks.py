"""What stacks of these tests say, and what a platform declares and provides for one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pulumi
from web_platform import Namespace, WebService, WebServiceArgs

import platforms
from settings import parse
from tests.recording import PROJECT, Recording, Resource, declare

IMAGE = "ghcr.io/acme/shop:1.4.2"
PLACE = {"project": "acme-prod", "region": "europe-west1", "zone": "europe-west1-b"}

_LEAST: dict[str, Any] = {
    "domain": "example.com",
    "cluster": {"nodes": 2, "machineType": "e2-standard-4"},
    "services": {"web-shop": {"image": IMAGE, "replicas": 2}},
}
LOCAL = _LEAST | {"platform": "local"}
GOOGLE = _LEAST | {"platform": "google", "google": PLACE}

# What there is to ask for, under names that variables and SQL cannot have as they are.
THINGS: dict[str, dict[str, Any]] = {
    "topics": {"new-orders": {}, "paid-orders": {}},
    "datasets": {"sales-reports": {}},
    "buckets": {"order-receipts": {}},
}

# Each need of a service, alone.
NEEDS: dict[str, dict[str, Any]] = {
    "database": {"database": True},
    "publishes": {"publishes": ["new-orders"]},
    "subscribes": {"subscribes": ["paid-orders"]},
    "datasets": {"datasets": ["sales-reports"]},
    "buckets": {"buckets": ["order-receipts"]},
    "roles": {"roles": ["roles/cloudtrace.agent"]},
}
EVERY_NEED: dict[str, Any] = {need: value for needs in NEEDS.values() for need, value in needs.items()}


def service(**needs: object) -> dict[str, Any]:
    """The service `web-shop`, with these needs."""
    return {"services": {"web-shop": {"image": IMAGE, "replicas": 2, **needs}}}


# Who can ask for something, with the least that each has to say of itself.
WHO: dict[str, dict[str, Any]] = {
    "services": {"image": IMAGE, "replicas": 2},
    "workers": {"image": IMAGE, "replicas": 2},
    "scheduledJobs": {"image": IMAGE, "schedule": "@daily"},
    "jobs": {"image": IMAGE},
    "nodeAgents": {"image": IMAGE},
    "tenants": {},
}


def asking(section: str, **needs: object) -> dict[str, Any]:
    """`web-shop` in any section, with these needs."""
    return {"services": {}, section: {"web-shop": {**WHO[section], **needs}}}


def declared(stack_file: Mapping[str, object], stack: str = "test") -> Recording:
    """What a platform declares; its outputs are the stack's. Recordings are shared by tests."""
    return _declared(json.dumps(stack_file), stack)


@cache
def _declared(stack_file: str, stack: str) -> Recording:
    def program() -> None:
        platform = platforms.choose(parse(json.loads(stack_file), stack))
        pulumi.export("address", platform.gateway_address)
        pulumi.export("dns01", platform.dns01)
        pulumi.export("outputs", platform.outputs)

    return declare(program, stack)


@dataclass(frozen=True)
class Given:
    """What somebody was given, beside all that was declared."""

    environment: dict[str, Any]
    secret_environment: dict[str, Any]
    network_paths: list[Any]
    subscriptions: list[str]
    recording: Recording


def given(stack_file: Mapping[str, object], name: str = "web-shop") -> Given:
    """What a platform provides for who has a name, of which pods are declared with it as `__main__.py` does."""
    return _given(json.dumps(stack_file), name)


@cache
def _given(stack_file: str, name: str) -> Given:
    def program() -> None:
        settings = parse(json.loads(stack_file), "test")
        platform = platforms.choose(settings)
        in_cluster = pulumi.ResourceOptions(providers={"kubernetes": platform.kubernetes})
        needs = {**settings.workloads(), **settings.tenants}[name]
        home = name if name in settings.tenants else settings.namespace(name)
        namespace = Namespace(home, {}, in_cluster).namespace
        provided = platform.provide(name, needs, namespace)
        pulumi.export("environment", provided.environment)
        pulumi.export("secrets", provided.secret_environment)
        pulumi.export("paths", provided.network_paths)
        pulumi.export("subscriptions", provided.subscriptions)
        arguments: WebServiceArgs = {"image": IMAGE, "namespace": namespace}
        WebService(name, provided.added_to(arguments), in_cluster)

    recording = declare(program)
    exports = recording.exports()
    return Given(exports["environment"], exports["secrets"], exports["paths"], exports["subscriptions"], recording)


def components(recording: Recording) -> list[tuple[str, str]]:
    """The outermost components, as class and name."""
    prefix = f"{PROJECT}:index:"
    return sorted(
        (resource.type.removeprefix(prefix), resource.name)
        for resource in recording
        if resource.type.startswith(prefix) and "$" not in resource.ancestry
    )


def all_before(recording: Recording, resource: Resource) -> set[str]:
    """URNs of all that must exist before a resource, however many resources are between them."""
    by_urn = {each.urn: each for each in recording}
    found: set[str] = set()
    waiting = recording.waits_for(resource)
    while waiting:
        urn = waiting.pop()
        if urn not in found:
            found.add(urn)
            waiting |= recording.waits_for(by_urn[urn])
    return found
