"""The schema is the real provider's, and says of an input what is wrong with it and what changing it means."""

import importlib
import inspect
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi_gcp
import pytest

from localcloud.providers.google import schema
from localcloud.providers.google.changes import Change, changes
from localcloud.providers.google.drift import inputs_now
from localcloud.providers.google.schema import ADDED_SINCE
from localcloud.providers.google.validation import problems
from localcloud.providers.properties import UNKNOWN, Secret

TOPIC = "gcp:pubsub/topic:Topic"
CLUSTER = "gcp:container/cluster:Cluster"
DATABASE = "gcp:sql/databaseInstance:DatabaseInstance"
FIREWALL = "gcp:compute/firewall:Firewall"
NETWORK = "gcp:compute/network:Network"

# The SDK warns of its own deprecated modules, whichever of them is asked for.
pytestmark = pytest.mark.filterwarnings("ignore:gcp.:DeprecationWarning")

UPGRADED = """\
the installed SDK and the schema differ in another way than ADDED_SINCE in localcloud/providers/google/schema.py says:
an SDK upgrade brought inputs that the simulated provider would refuse, or took some away. Change the table, with the
type of each input, and add to `schema.json` what is new if it matters how it behaves."""


def sdk_class(token: str, *suffixes: str) -> type:
    """The SDK's class of a resource type or, with suffixes, the first that there is of the classes of its inputs."""
    _, module, name = token.split(":")
    package = importlib.import_module(f"{pulumi_gcp.__name__}.{module.partition('/')[0]}")
    found = inspect.getmodule(getattr(package, name)) if hasattr(package, name) else package
    candidates = (getattr(found, name + suffix, None) for suffix in suffixes or ("",))
    return next(each for each in candidates if isinstance(each, type))


def sdk_properties(of: type) -> dict[str, Any]:
    """Property -> its declared type."""
    getters = ((name, each.fget) for name, each in vars(of).items() if isinstance(each, property))
    return {getattr(each, "_pulumi_name", name): each.__annotations__["return"] for name, each in getters if each}


def may_be_none(annotation: Any) -> bool:
    return type(None) in typing.get_args(annotation)


def object_types() -> list[str]:
    """Every object type that an input leads to."""

    def inside(type_: schema.Type) -> Iterator[str]:
        inner = schema.element(type_)
        if inner is not None:
            yield from inside(inner)
        elif isinstance(type_, str) and schema.is_object(type_):
            yield type_

    reached: dict[str, None] = {}
    waiting = [
        each for token in schema.tokens() for field in schema.inputs(token).values() for each in inside(field.type)
    ]
    while waiting:
        type_ = waiting.pop()
        if type_ not in reached:
            reached[type_] = None
            waiting += [each for field in schema.members(type_).values() for each in inside(field.type)]
    return list(reached)


def sdk_inputs(type_: str) -> dict[str, Any]:
    return sdk_properties(sdk_class(type_, "InitArgs", "Args") if schema.known(type_) else sdk_class(type_ + "Args"))


def declared(type_: str) -> Mapping[str, schema.Field]:
    return schema.inputs(type_) if schema.known(type_) else schema.members(type_)


def test_the_schema_is_that_of_the_installed_sdk_but_for_what_is_written_down() -> None:
    added: dict[str, set[str]] = {}
    for type_ in [*schema.tokens(), *object_types()]:
        ours, sdks = declared(type_).keys(), sdk_inputs(type_).keys()
        assert ours == sdks, f"{type_}: {sorted(ours ^ sdks)}: {UPGRADED}"
        if type_ in ADDED_SINCE:
            added[type_] = set(ADDED_SINCE[type_])
    assert {type_: set(fields) for type_, fields in ADDED_SINCE.items()} == added


# Each came after release 9.35.0, which schema.json describes, by 10.2.0, the first SDK that this was written with.
def test_the_inputs_that_came_since_are_these() -> None:
    assert {type_.rpartition(":")[2]: list(fields) for type_, fields in ADDED_SINCE.items()} == {
        "ServiceTemplate": ["workloadIdentityConfig"],
        "Service": ["functionalType", "sshEnabled"],
        "ClusterNodeConfigHostMaintenancePolicy": ["opportunisticMaintenanceStrategy"],
        "ClusterNodePool": ["bestEffortProvisioning"],
        "ClusterNodePoolNetworkConfigAdditionalNodeNetworkConfig": ["stackType"],
        "ClusterNodePoolNodeConfigHostMaintenancePolicy": ["opportunisticMaintenanceStrategy"],
        "NodePoolNetworkConfigAdditionalNodeNetworkConfig": ["stackType"],
        "NodePoolNodeConfigHostMaintenancePolicy": ["opportunisticMaintenanceStrategy"],
        "NodePool": ["bestEffortProvisioning"],
        "Secret": ["secretType"],
        "DatabaseInstanceSettings": ["replicationLagMaxSeconds"],
        "DatabaseInstance": ["blueGreenDeployment", "encryptionConfidentialMode"],
    }


def test_an_input_is_required_where_it_is_in_the_sdk() -> None:
    for type_ in [*schema.tokens(), *object_types()]:
        sdks = {name for name, annotation in sdk_inputs(type_).items() if not may_be_none(annotation)}
        assert {name for name, field in declared(type_).items() if field.required} == sdks, type_


def test_an_input_is_computed_where_the_sdk_always_has_the_output() -> None:
    for token in schema.tokens():
        fields, outputs = schema.inputs(token), sdk_properties(sdk_class(token))
        always = {name for name, each in outputs.items() if not may_be_none(typing.get_args(each)[0])}
        wrong = {name for name in fields if not fields[name].required and fields[name].computed != (name in always)}
        assert wrong - ADDED_SINCE.get(token, {}).keys() == set(), token
        assert outputs.keys() - fields.keys() == schema.outputs(token).keys(), token


def test_every_type_has_its_facts() -> None:
    assert len(schema.tokens()) == 73
    assert schema.known(TOPIC)
    assert not schema.known("gcp:pubsub/topc:Topc")
    assert schema.inputs("gcp:pubsub/topc:Topc") == schema.outputs("gcp:pubsub/topc:Topc") == {}
    assert schema.inputs(TOPIC)["name"] == schema.Field("string", replaces=True, computed=True)
    assert schema.outputs(NETWORK)["selfLink"] == schema.Field("string", required=True)
    assert schema.inputs("gcp:dns/managedZone:ManagedZone")["description"].default == "Managed by Pulumi"


@pytest.mark.parametrize(
    ("token", "given"),
    [
        (TOPIC, {}),
        (TOPIC, {"name": UNKNOWN, "labels": UNKNOWN, "messageStoragePolicy": UNKNOWN}),
        (TOPIC, {"labels": {"a": UNKNOWN}, "messageStoragePolicy": {"allowedPersistenceRegions": ["r", UNKNOWN]}}),
        (CLUSTER, {"nodeConfig": {"taints": [{"effect": "e", "key": "k", "value": "v"}]}, "initialNodeCount": 1.0}),
        ("gcp:storage/bucketObject:BucketObject", {"bucket": "b", "source": {"4dabf": "c44067", "path": "p"}}),
        ("gcp:secretmanager/secretVersion:SecretVersion", {"secret": UNKNOWN, "secretData": "s"}),
        ("gcp:nobody/knows:This", {"anything": [1, {"at": "all"}]}),
    ],
)
def test_right_inputs_have_no_problem(token: str, given: dict[str, Any]) -> None:
    assert problems(token, given) == []


@pytest.mark.parametrize(
    ("token", "given", "path", "reason"),
    [
        (TOPIC, {"label": {}}, "label", "is not a property of this resource: did you mean 'labels'?"),
        (TOPIC, {"name": 3.0}, "name", "must be text, but is the number 3: convert it with str(…), or quote it"),
        (TOPIC, {"labels": {"a": True}}, "labels['a']", "must be text, but is true"),
        (TOPIC, {"labels": ["a"]}, "labels", "must be a map, but is ['a']: give a map"),
        (
            TOPIC,
            {"messageStoragePolicy": {"allowedPersistenceRegions": ["r", 1]}},
            "messageStoragePolicy.allowedPersistenceRegions[1]",
            "must be text, but is the number 1",
        ),
        (TOPIC, {"messageStoragePolicy": {}}, "messageStoragePolicy.allowedPersistenceRegions", "is required"),
        (
            TOPIC,
            {"schemaSettings": "s"},
            "schemaSettings",
            "must be an object, but is 's': give an object of 'encoding'",
        ),
        (FIREWALL, {}, "network", "is required and missing: give it a value"),
        (FIREWALL, {"network": None}, "network", "is required and missing: give it a value"),
        (FIREWALL, {"network": "n", "priority": 1.5}, "priority", "must be a whole number, but is the number 1.5"),
        (FIREWALL, {"network": "n", "disabled": "yes"}, "disabled", "must be true or false, but is the text 'yes'"),
        (FIREWALL, {"network": "n", "allows": {"protocol": "tcp"}}, "allows", "must be a list"),
        (FIREWALL, {"network": "n", "allows": [{"prots": []}]}, "allows[0].prots", "did you mean 'ports'?"),
        (FIREWALL, {"network": "n", "allows": [{"ports": []}]}, "allows[0].protocol", "is required"),
        (NETWORK, {"mtu": "1460"}, "mtu", "must be a whole number, but is the text '1460'"),
        (CLUSTER, {"nodeConfig": {"taints": [{"effekt": "e"}]}}, "nodeConfig.taints[0].effekt", "'effect'?"),
    ],
)
def test_a_wrong_input_is_told_with_its_path(token: str, given: dict[str, Any], path: str, reason: str) -> None:
    told = {each.path: each.reason for each in problems(token, given)}
    assert reason in told[path]


def test_a_number_may_have_decimals_where_the_schema_says_so() -> None:
    budget = {"billingAccount": "b", "amount": {}, "thresholdRules": [{"thresholdPercent": 0.5}]}
    assert problems("gcp:billing/budget:Budget", budget) == []
    wrong = problems("gcp:billing/budget:Budget", budget | {"thresholdRules": [{"thresholdPercent": "half"}]})
    assert [each.path for each in wrong] == ["thresholdRules[0].thresholdPercent"]


def test_whole_numbers_are_made_of_what_the_engine_sends_where_they_are_declared() -> None:
    given = {"mtu": 1460.0, "name": "n", "unknown": 1.0}
    whole = schema.whole_numbers(NETWORK, given)
    assert whole == given
    assert [type(value) for value in whole.values()] == [int, str, float]
    nested = schema.whole_numbers(DATABASE, {"settings": {"diskSize": 10.0, "locationPreference": UNKNOWN}})
    assert type(nested["settings"]["diskSize"]) is int
    assert nested["settings"]["locationPreference"] is UNKNOWN
    half = schema.whole_numbers("gcp:billing/budget:Budget", {"thresholdRules": [{"thresholdPercent": 1.0}]})
    assert type(half["thresholdRules"][0]["thresholdPercent"]) is float


def test_secrets_are_wrapped_at_any_depth() -> None:
    assert schema.with_secrets(DATABASE, {"rootPassword": "p", "name": "n", "rootPasswordWo": None}) == {
        "rootPassword": Secret("p"),
        "name": "n",
        "rootPasswordWo": None,
    }
    auth = {"clientCertificate": "c", "clientKey": "k"}
    assert schema.with_secrets(CLUSTER, {"masterAuth": auth}) == {
        "masterAuth": {"clientCertificate": "c", "clientKey": Secret("k")}
    }
    assert schema.with_secrets(TOPIC, {"effectiveLabels": {"a": "b"}}) == {"effectiveLabels": Secret({"a": "b"})}


@pytest.mark.parametrize(
    ("token", "old", "new", "expected"),
    [
        (NETWORK, {"name": "a"}, {"name": "a"}, {}),
        (NETWORK, {"routingMode": "GLOBAL"}, {"routingMode": "REGIONAL"}, {"routingMode": False}),
        (NETWORK, {"name": "a"}, {"name": "b"}, {"name": True}),
        (NETWORK, {}, {"description": "x"}, {"description": True}),
        (NETWORK, {"description": "x"}, {}, {"description": True}),
        (NETWORK, {"name": "a"}, {"name": UNKNOWN}, {"name": True}),
        (NETWORK, {"mtu": 1460}, {}, {}),
        (TOPIC, {"labels": {"a": "1", "b.c": "1"}}, {"labels": {"a": "2", "d": "1"}}, dict.fromkeys(
            ("labels.a", 'labels["b.c"]', "labels.d"), False
        )),
        (
            CLUSTER,
            {"networkPolicy": {"enabled": True}},
            {"networkPolicy": {"enabled": False}},
            {"networkPolicy.enabled": False},
        ),
        (
            CLUSTER,
            {"privateClusterConfig": {"masterIpv4CidrBlock": "a"}},
            {"privateClusterConfig": {"masterIpv4CidrBlock": "b"}},
            {"privateClusterConfig.masterIpv4CidrBlock": True},
        ),
        (CLUSTER, {}, {"ipAllocationPolicy": {"clusterIpv4CidrBlock": "/14"}}, {"ipAllocationPolicy": True}),
        (
            FIREWALL,
            {"allows": [{"protocol": "tcp"}]},
            {"allows": [{"protocol": "udp"}, {"protocol": "icmp"}]},
            {"allows[0].protocol": False, "allows[1]": False},
        ),
        ("gcp:nobody/knows:This", {"a": {"b": [1]}}, {"a": {"b": [2]}}, {"a.b[0]": False}),
    ],
)  # fmt: skip
def test_changes_are_told_by_path_and_replace_where_the_schema_says(
    token: str, old: dict[str, Any], new: dict[str, Any], expected: dict[str, bool]
) -> None:
    assert {path: change.replaces for path, change in changes(token, old, new).items()} == expected


def test_a_change_has_what_was_and_what_is() -> None:
    assert changes(NETWORK, {"name": "a"}, {"name": "b"}) == {"name": Change("a", "b", replaces=True)}


@pytest.mark.parametrize(
    ("given", "before", "now", "expected"),
    [
        # Nothing changed, in whatever words the cloud says it.
        (
            {"network": "n"},
            {"network": "https://n", "name": "f"},
            {"network": "https://n", "name": "f"},
            {"network": "n"},
        ),
        ({"network": "n"}, {"network": "https://n"}, {"network": "https://m"}, {"network": "https://m"}),
        ({"priority": 1}, {"priority": 1}, {}, {}),
        ({}, {}, {"network": "n", "priority": 1, "selfLink": "https://f"}, {"network": "n", "priority": 1}),
        (
            {"network": "n"},
            {"network": "n"},
            {"network": "n", "description": "new"},
            {"network": "n", "description": "new"},
        ),
        ({"network": "n"}, {"network": "n", "selfLink": "a"}, {"network": "n", "selfLink": "b"}, {"network": "n"}),
        (
            {"logConfig": {"metadata": "A"}},
            {"logConfig": {"metadata": "A", "computed": 1}},
            {"logConfig": {"metadata": "B", "computed": 1}},
            {"logConfig": {"metadata": "B"}},
        ),
        (
            {"allows": [{"ports": ["1"]}, {"ports": ["2"]}]},
            {"allows": [{"ports": ["1"], "protocol": "tcp"}, {"ports": ["2"]}]},
            {"allows": [{"ports": ["1"], "protocol": "tcp"}, {"ports": ["3"]}]},
            {"allows": [{"ports": ["1"]}, {"ports": ["3"]}]},
        ),
        ({"allows": [{}]}, {"allows": [{}]}, {"allows": []}, {"allows": []}),
    ],
)
def test_drift_is_what_changed_since_pulumi_saw_it(
    given: dict[str, Any], before: dict[str, Any], now: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert inputs_now(FIREWALL, given, before, now) == expected
