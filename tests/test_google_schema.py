"""What the program asks of Google Cloud and reads of it exists in the real provider, from 9.35 to the installed SDK.

`localcloud/providers/google/schema.json` holds the facts of release 9.35; tests/localcloud/google/test_schema.py
compares all of it with the SDK that is installed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, NotRequired, get_args, get_origin, is_typeddict

import pulumi
import pytest
from pulumi.runtime import rpc
from web_platform import (
    Bucket,
    BucketArgs,
    Cluster,
    ClusterArgs,
    Database,
    DatabaseArgs,
    Dataset,
    DatasetArgs,
    DnsSolver,
    DnsSolverArgs,
    DnsZone,
    DnsZoneArgs,
    EnabledApis,
    EnabledApisArgs,
    Network,
    NetworkArgs,
    Registry,
    RegistryArgs,
    Topic,
    TopicArgs,
    WorkloadIdentity,
    WorkloadIdentityArgs,
)

from localcloud.providers.google import kinds, schema
from localcloud.providers.google.validation import problems
from tests import google_answers
from tests.localcloud.google.test_schema import sdk_inputs
from tests.recording import Recording, declare
from tests.test_google_cloud_page import made_types
from tests.test_program import run

# The SDK warns of its own deprecated modules, whichever of them is asked for.
pytestmark = pytest.mark.filterwarnings("ignore:gcp.:DeprecationWarning")

PROJECT = "acme-prod"
NUMBER = google_answers.PROJECT_NUMBER
NETWORK = f"projects/{PROJECT}/global/networks/platform"


class Declaration(NamedTuple):
    """A component with a value for each of its arguments."""

    component: Callable[[str, Any], object]
    accepted: type
    args: Mapping[str, Any]


EVERY_OPTION = [
    Declaration(
        EnabledApis,
        EnabledApisArgs,
        {"project": PROJECT, "apis": ["pubsub.googleapis.com"], "agents": ["pubsub.googleapis.com"]},
    ),
    Declaration(
        Network,
        NetworkArgs,
        {
            "project": PROJECT,
            "region": "europe-west1",
            "node_range": "10.0.0.0/22",
            "pod_range": "10.4.0.0/14",
            "service_range": "10.8.0.0/20",
            "control_plane_range": "172.16.0.0/28",
            "private_services_range": "10.16.0.0/16",
            "webhook_ports": [8080],
        },
    ),
    Declaration(
        Cluster,
        ClusterArgs,
        {
            "project": PROJECT,
            "location": "europe-west1",
            "network": NETWORK,
            "subnetwork": f"projects/{PROJECT}/regions/europe-west1/subnetworks/platform-nodes",
            "pod_range_name": "pods",
            "service_range_name": "services",
            "control_plane_range": "172.16.0.0/28",
            "node_pools": {
                "fixed": {"machine_type": "e2-standard-2", "nodes": 2, "disk_gb": 100},
                "scaled": {
                    "machine_type": "c4-standard-4",
                    "minimum_nodes": 0,
                    "maximum_nodes": 3,
                    "spot": True,
                    "labels": {"kind": "batch"},
                    "taints": [{"key": "dedicated", "value": "batch", "effect": "NoSchedule"}],
                },
            },
            "release_channel": "STABLE",
            "maintenance_start": "03:00",
            "backup_retention_days": 30,
            "deletion_protection": True,
        },
    ),
    Declaration(
        Registry,
        RegistryArgs,
        {
            "project": PROJECT,
            "location": "europe-west1",
            "readers": {"nodes": f"serviceAccount:nodes@{PROJECT}.iam.gserviceaccount.com"},
            "writers": {"orders": f"serviceAccount:deploy-orders@{PROJECT}.iam.gserviceaccount.com"},
            "kept_versions": 5,
            "untagged_days": 7,
            "mirrors": {"ghcr": "https://ghcr.io"},
        },
    ),
    Declaration(
        Database,
        DatabaseArgs,
        {
            "project": PROJECT,
            "region": "europe-west1",
            "network": NETWORK,
            "databases": ["shop"],
            "tier": "db-custom-2-7680",
            "highly_available": True,
            "disk_gb": 20,
            "version": "POSTGRES_17",
            "backups": 14,
            "deletion_protection": True,
        },
    ),
    Declaration(
        Topic,
        TopicArgs,
        {
            "project": PROJECT,
            "project_number": NUMBER,
            "schema": {
                "definition": '{"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]}',
                "type": "AVRO",
                "encoding": "JSON",
            },
            "subscriptions": {
                "billing": {
                    "ack_deadline_seconds": 60,
                    "maximum_attempts": 10,
                    "minimum_backoff_seconds": 5,
                    "maximum_backoff_seconds": 300,
                    "ordered": True,
                    "filter": 'attributes.kind = "paid"',
                    "retention_days": 3,
                }
            },
            "archive_dataset": "messages",
            "archive_days": 30,
            "retention_days": 5,
            "deletion_protection": True,
        },
    ),
    Declaration(
        Dataset,
        DatasetArgs,
        {
            "project": PROJECT,
            "location": "europe-west1",
            "tables": {
                "orders": {
                    "columns": [
                        {"name": "day", "type": "DATE", "mode": "REQUIRED", "description": "When it was paid"},
                        {"name": "shop", "type": "STRING"},
                    ],
                    "partition_by": "day",
                    "partition_days": 30,
                    "cluster_by": ["shop"],
                }
            },
            "readers": ["bi@example.com"],
            "deletion_protection": True,
        },
    ),
    Declaration(
        Bucket,
        BucketArgs,
        {
            "project": PROJECT,
            "location": "europe-west1",
            "versioned": True,
            "noncurrent_days": 10,
            "soft_delete_days": 30,
            "expire_days": 100,
            "cors_origins": ["https://shop.example.com"],
            "force_destroy": True,
        },
    ),
    Declaration(
        WorkloadIdentity,
        WorkloadIdentityArgs,
        {
            "project": PROJECT,
            "project_number": NUMBER,
            "identity_pool": f"{PROJECT}.svc.id.goog",
            "namespace": "services",
            "service_account": "shop",
            "publishes": {"orders": f"projects/{PROJECT}/topics/orders"},
            "subscribes": {"orders": f"projects/{PROJECT}/subscriptions/orders-shop"},
            "datasets": {"sales": "sales"},
            "buckets": {"images": f"{PROJECT}-images"},
            "project_roles": ["roles/cloudtrace.agent"],
        },
    ),
    Declaration(
        DnsSolver,
        DnsSolverArgs,
        {
            "project": PROJECT,
            "project_number": NUMBER,
            "identity_pool": f"{PROJECT}.svc.id.goog",
            "namespace": "cert-manager",
            "service_account": "cert-manager",
            "role_id": "dns01_solver",
        },
    ),
    Declaration(
        DnsZone,
        DnsZoneArgs,
        {
            "project": PROJECT,
            "domain": "example.com",
            "hosts": ["shop.example.com"],
            "address": "203.0.113.7",
            "ttl_seconds": 60,
        },
    ),
]


def every_option() -> Recording:
    return declare(lambda: [component("every-option", args) for component, _, args in EVERY_OPTION])


SOURCES: dict[str, Callable[[], Recording]] = {
    "staging": lambda: run("staging"),
    "prod": lambda: run("prod"),
    "every option": every_option,
}


@cache
def recorded(source: str) -> Recording:
    return SOURCES[source]()


@pytest.fixture(scope="module", params=SOURCES)
def on_google(request: pytest.FixtureRequest) -> list[tuple[str, dict[str, Any]]]:
    """Type and inputs of all that a program declares on Google Cloud."""
    return [(each.type, revealed(each.inputs)) for each in recorded(request.param) if each.type.startswith("gcp:")]


def revealed(value: Any) -> Any:
    """A value with its secrets as the provider gets them."""
    if rpc.is_rpc_secret(value):
        return revealed(value["value"])
    if isinstance(value, Mapping):
        return {key: revealed(part) for key, part in value.items()}
    return [revealed(part) for part in value] if isinstance(value, list) else value


class Used(NamedTuple):
    """An input, or a member of an object in one, that is given a value."""

    type: str
    name: str
    field: schema.Field


def used(type_: schema.Type, value: Any) -> Iterator[Used]:
    """Every property of a resource type or an object type that a value gives, at any depth."""
    inner = schema.element(type_)
    if inner is not None:
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from used(inner, part)
    elif isinstance(type_, str) and (schema.known(type_) or schema.is_object(type_)):
        fields = schema.inputs(type_) if schema.known(type_) else schema.members(type_)
        for name, part in value.items():
            yield Used(type_, name, fields[name])
            yield from used(fields[name].type, part)


def deprecated(each: Used) -> bool:
    return each.field.deprecated


def later_than_the_schema(each: Used) -> bool:
    return each.name in schema.ADDED_SINCE.get(each.type, {})


Inputs = list[tuple[str, dict[str, Any]]]


def test_every_type_is_in_the_schema_and_simulated(on_google: Inputs) -> None:
    types = {type_ for type_, _ in on_google}
    assert len(types) > 20
    assert [type_ for type_ in types if not schema.known(type_)] == []
    assert [type_ for type_ in types if not kinds.is_simulated(type_)] == []


def test_every_input_is_known_and_of_its_type_and_none_that_is_required_is_missing(on_google: Inputs) -> None:
    assert [(type_, problem) for type_, inputs in on_google for problem in problems(type_, inputs)] == []


def test_no_input_is_deprecated(on_google: Inputs) -> None:
    assert [each for type_, inputs in on_google for each in used(type_, inputs) if deprecated(each)] == []


def test_no_input_came_later_than_the_first_release_that_the_components_work_with(on_google: Inputs) -> None:
    assert [each for type_, inputs in on_google for each in used(type_, inputs) if later_than_the_schema(each)] == []


def test_the_installed_sdk_has_every_input(on_google: Inputs) -> None:
    given: dict[str, set[str]] = {}
    for type_, inputs in on_google:
        for each in used(type_, inputs):
            given.setdefault(each.type, set()).add(each.name)
    assert "gcp:compute/FirewallAllow:FirewallAllow" in given
    assert {type_: absent for type_, names in given.items() if (absent := names - sdk_inputs(type_).keys())} == {}


@pytest.mark.parametrize(
    ("found", "type_", "inputs", "names"),
    [
        (
            deprecated,
            "gcp:container/cluster:Cluster",
            {"binaryAuthorization": {"enabled": True, "evaluationMode": "DISABLED"}},
            ["enabled"],
        ),
        (
            deprecated,
            "gcp:compute/firewall:Firewall",
            {"enableLogging": True, "network": "n"},
            ["enableLogging"],
        ),
        (
            later_than_the_schema,
            "gcp:container/nodePool:NodePool",
            {"networkConfig": {"additionalNodeNetworkConfigs": [{"network": "n", "stackType": "IPV4"}]}},
            ["stackType"],
        ),
        (
            later_than_the_schema,
            "gcp:container/nodePool:NodePool",
            {"bestEffortProvisioning": {"enabled": True}},
            ["bestEffortProvisioning"],
        ),
    ],
)
def test_what_should_not_be_used_is_found_at_any_depth(
    found: Callable[[Used], bool], type_: str, inputs: dict[str, Any], names: list[str]
) -> None:
    assert [each.name for each in used(type_, inputs) if found(each)] == names


def options(accepted: type, given: Sequence[Mapping[str, Any]], place: str) -> Iterator[tuple[str, bool]]:
    """Every option of arguments, those of nested arguments too, and whether one of the given ones has it."""
    for key, annotation in accepted.__annotations__.items():
        values = [args[key] for args in given if key in args]
        yield f"{place}.{key}", bool(values)
        for nested, parts in inside(annotation, values):
            yield from options(nested, parts, f"{place}.{key}")


def inside(annotation: Any, values: list[Any]) -> Iterator[tuple[type, list[Any]]]:
    """The nested arguments that an argument holds, and what is given for them."""
    if is_typeddict(annotation):
        yield annotation, values
        return
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is NotRequired:
        yield from inside(arguments[0], values)
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        yield from inside(arguments[1], [part for value in values for part in value.values()])
    elif isinstance(origin, type) and issubclass(origin, Sequence):
        yield from inside(arguments[0], [part for value in values for part in value])


def test_every_option_of_every_component_is_used() -> None:
    found = dict(
        option
        for component, accepted, args in EVERY_OPTION
        for option in options(accepted, [args], getattr(component, "__name__", ""))
    )
    assert {"Cluster.node_pools.taints.effect", "Topic.subscriptions.filter", "Dataset.tables.columns.mode"} <= set(
        found
    )
    assert [option for option, is_used in found.items() if not is_used] == []


def test_every_option_together_makes_every_type_that_the_code_names() -> None:
    made = {resource.type for resource in recorded("every option") if resource.type.startswith("gcp:")}
    assert {short(type_) for type_ in made} == made_types()


def short(token: str) -> str:
    """A type as code writes it, such as ``compute.Network``."""
    _, module, name = token.split(":")
    return f"{module.partition('/')[0]}.{name}"


def reads(source: str) -> set[tuple[str, str]]:
    """Type and property of every output of Google Cloud that a program reads."""
    found: set[tuple[str, str]] = set()
    get = pulumi.get

    def noted(holder: object, name: str) -> Any:
        token = getattr(holder, "pulumi_resource_type", "")
        if token.startswith("gcp:"):
            getter: Any = vars(type(holder))[name].fget
            found.add((token, getattr(getter, "_pulumi_name", name)))
        return get(holder, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pulumi, "get", noted)
        SOURCES[source]()
    return found


@pytest.mark.parametrize("source", SOURCES)
def test_every_output_that_is_read_is_always_there(source: str) -> None:
    given = {(each.type, name) for each in recorded(source) for name in each.inputs}
    read = reads(source)
    assert read > {
        ("gcp:sql/databaseInstance:DatabaseInstance", "privateIpAddress"),
        ("gcp:container/cluster:Cluster", "controlPlaneEndpointsConfig"),
        ("gcp:dns/managedZone:ManagedZone", "nameServers"),
    }
    assert {(type_, name) for type_, name in read - given if not always_there(type_, name)} == set()


def always_there(type_: str, name: str) -> bool:
    outputs, inputs = schema.outputs(type_), schema.inputs(type_)
    return outputs[name].required if name in outputs else name in inputs and inputs[name].computed


def test_what_the_mock_engine_answers_are_outputs_of_the_real_provider() -> None:
    answered = {
        (each.type, name)
        for source in SOURCES
        for each in recorded(source)
        if each.type.startswith("gcp:")
        for name in (google_answers.answer(each.type, each.name, each.inputs) or ("", {}))[1]
    }
    assert ("gcp:sql/databaseInstance:DatabaseInstance", "privateIpAddress") in answered
    assert {each for each in answered if not always_there(*each)} == set()
