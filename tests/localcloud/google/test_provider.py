"""The provider holds the real one's contract with the engine, whatever the types behind it do."""

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pulumi_gcp
import pytest
from google.protobuf import empty_pb2, struct_pb2

from localcloud.plugin_process import new_server
from localcloud.protocol import provider_pb2, provider_pb2_grpc
from localcloud.providers.google import kinds, settings
from localcloud.providers.google.cloud import Cloud, project_number
from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.provider import GoogleProvider
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import UNKNOWN, from_struct, to_struct
from tests.localcloud.google.test_schema import sdk_properties

Diff = provider_pb2.DiffResponse
KIND = provider_pb2.PropertyDiff

NETWORK = "gcp:compute/network:Network"
TOPIC = "gcp:pubsub/topic:Topic"
USER = "gcp:sql/user:User"
MEMBER = "gcp:projects/iAMMember:IAMMember"
REDIS = "gcp:redis/instance:Instance"
STRANGER = "gcp:nobody/knows:This"

LABELS = {"goog-pulumi-provisioned": "true"}
SECRET = "1b47061264138c4ac30d75fd1eb44270"


class Network(Kind):
    """A type with a rule of every sort."""

    token = NETWORK

    def problems(self, inputs: Mapping[str, Any]) -> list[Problem]:
        return [Problem("mtu", "is odd")] if inputs.get("mtu") == 1301 else []

    def complete(self, inputs: Mapping[str, Any], place: Place) -> dict[str, Any]:
        return {"project": place.project, "autoCreateSubnetworks": True, **inputs}

    def identifier(self, state: Mapping[str, Any]) -> str:
        return f"projects/{state['project']}/global/networks/{state['name']}"

    def create(self, state: dict[str, Any], cloud: Cloud) -> None:
        if state["name"] == "refused":
            raise Refusal(409, "quota exceeded", "no network", "ask for more")
        if state["name"] == "broken":
            raise KeyError("oops")
        state.setdefault("mtu", 1460)
        state["selfLink"] = f"https://www.googleapis.com/compute/v1/{self.identifier(state)}"

    def delete(self, state: Mapping[str, Any], cloud: Cloud) -> None:
        if state.get("description") == "in use":
            raise Refusal(400, "resourceInUseByAnotherResource", "it would break", "delete that first")

    def imported(self, identifier: str, place: Place) -> str:
        return identifier if "/" in identifier else f"projects/{place.project}/global/networks/{identifier}"


class Topic(Kind):
    token = TOPIC

    def complete(self, inputs: Mapping[str, Any], place: Place) -> dict[str, Any]:
        return {"project": place.project, **inputs}

    def identifier(self, state: Mapping[str, Any]) -> str:
        return f"projects/{state['project']}/topics/{state['name']}"


class Member(Topic):
    token = MEMBER
    unique = False

    def identifier(self, state: Mapping[str, Any]) -> str:
        return f"{state['project']}/{state['role']}/{state['member']}"


class User(Topic):
    token = USER


@pytest.fixture(autouse=True)
def simulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The types of this file in place of the real ones."""
    instances = {kind.token: kind() for kind in (Network, Topic, Member, User)}
    monkeypatch.setattr(kinds, "_kinds", lambda: instances)
    kinds.kind_of.cache_clear()
    yield
    kinds.kind_of.cache_clear()


@dataclass
class Engine:
    """The provider as the engine reaches it."""

    stub: provider_pb2_grpc.ResourceProviderStub
    cloud: Cloud
    warnings: list[tuple[str, str]] = field(default_factory=list)

    def configure(self, **given: Any) -> None:
        arguments = {"project": "acme-prod", "region": "europe-west1", **given}
        assert self.config_problems(arguments) == {}
        self.stub.Configure(provider_pb2.ConfigureRequest(args=to_struct(arguments)))

    def config_problems(self, given: Mapping[str, Any]) -> dict[str, str]:
        answer = self.stub.CheckConfig(provider_pb2.CheckRequest(news=to_struct(given)))
        return {each.property: each.reason for each in answer.failures}

    def check(
        self, token: str, given: Mapping[str, Any], *, old: Mapping[str, Any] | None = None, seed: bytes = b"1"
    ) -> provider_pb2.CheckResponse:
        request = provider_pb2.CheckRequest(
            urn=urn(token), olds=to_struct(old or {}), news=to_struct(given), randomSeed=seed
        )
        answer: provider_pb2.CheckResponse = self.stub.Check(request)
        return answer

    def problems(self, token: str, given: Mapping[str, Any]) -> dict[str, str]:
        return {each.property: each.reason for each in self.check(token, given).failures}

    def inputs(self, token: str, given: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        answer = self.check(token, given, **more)
        assert not answer.failures
        return from_struct(answer.inputs)

    def create(self, token: str, given: Mapping[str, Any], *, preview: bool = False) -> "Made":
        inputs = self.inputs(token, given)
        request = provider_pb2.CreateRequest(urn=urn(token), properties=to_struct(inputs), preview=preview)
        answer = self.stub.Create(request)
        return Made(self, token, answer.id, inputs, answer.properties)


@dataclass
class Made:
    """A resource as the engine knows it."""

    engine: Engine
    token: str
    id: str
    inputs: dict[str, Any]
    properties: struct_pb2.Struct

    @property
    def state(self) -> dict[str, Any]:
        return from_struct(self.properties)

    def diff(self, given: Mapping[str, Any]) -> Diff:
        news = self.engine.inputs(self.token, given, old=self.inputs)
        request = provider_pb2.DiffRequest(
            id=self.id,
            urn=urn(self.token),
            olds=self.properties,
            old_inputs=to_struct(self.inputs),
            news=to_struct(news),
        )
        answer: Diff = self.engine.stub.Diff(request)
        return answer

    def update(self, given: Mapping[str, Any], *, preview: bool = False) -> dict[str, Any]:
        news = self.engine.inputs(self.token, given, old=self.inputs)
        request = provider_pb2.UpdateRequest(
            id=self.id,
            urn=urn(self.token),
            olds=self.properties,
            old_inputs=to_struct(self.inputs),
            news=to_struct(news),
            preview=preview,
        )
        properties = self.engine.stub.Update(request).properties
        if not preview:
            self.inputs, self.properties = news, properties
        return from_struct(properties)

    def refresh(self) -> "Made":
        request = provider_pb2.ReadRequest(
            id=self.id, urn=urn(self.token), properties=self.properties, inputs=to_struct(self.inputs)
        )
        answer = self.engine.stub.Read(request)
        return Made(self.engine, self.token, answer.id, from_struct(answer.inputs), answer.properties)

    def delete(self) -> None:
        self.engine.stub.Delete(provider_pb2.DeleteRequest(id=self.id, urn=urn(self.token), properties=self.properties))


def urn(token: str) -> str:
    return f"urn:pulumi:dev::project::web-platform:index:Network${token}::thing"


def kinds_of(diff: Diff) -> dict[str, int]:
    return {path: each.kind for path, each in diff.detailedDiff.items()}


def is_secret(value: struct_pb2.Value) -> bool:
    return SECRET in [each.string_value for each in value.struct_value.fields.values()]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    warnings: list[tuple[str, str]] = []
    server, port = new_server()
    provider = GoogleProvider("10.2.0", tmp_path / "google", lambda urn, message: warnings.append((urn, message)))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        made = Engine(provider_pb2_grpc.ResourceProviderStub(channel), Cloud(tmp_path / "google"), warnings)
        made.configure()
        yield made
    server.stop(None)


def test_it_says_what_it_is(engine: Engine) -> None:
    assert engine.stub.GetPluginInfo(empty_pb2.Empty()).version == "10.2.0"
    schema = engine.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema
    assert schema == '{"name": "gcp", "version": "10.2.0"}'
    assert engine.stub.Cancel(empty_pb2.Empty()) == empty_pb2.Empty()


def test_what_it_does_not_have_is_said_in_a_sentence(engine: Engine) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        engine.stub.Construct(provider_pb2.ConstructRequest())
    assert refused.value.details() == "the simulated gcp provider has no Construct"


@pytest.mark.parametrize(
    ("given", "property", "reason"),
    [
        ({"projekt": "x"}, "projekt", "projekt is not a setting: did you mean 'project'?"),
        (
            {"project": "Acme Prod"},
            "project",
            "project 'Acme Prod' is not a project id\n  Danger: Google has no project",
        ),
        ({"project": "acme"}, "project", "Remedy: give the project's id, not its name or number: 6 to 30"),
        ({"project": "123456789012"}, "project", "a letter first, no hyphen last"),
        ({"project": "acme-prod-"}, "project", "is not a project id"),
        ({"project": "a" * 31}, "project", "is not a project id"),
        ({"region": "europe-west1-b"}, "region", "which is a zone: write its region, 'europe-west1'"),
        (
            {"region": "us-east1", "zone": "europe-west1-b"},
            "zone",
            "a zone of 'europe-west1', but the region is 'us-east1'",
        ),
        ({"defaultLabels": "team"}, "defaultLabels", "must be a map of texts"),
        ({"defaultLabels": '{"team": 1}'}, "defaultLabels", "must be text, but is the number 1"),
    ],
)
def test_a_wrong_setting_is_told(engine: Engine, given: dict[str, Any], property: str, reason: str) -> None:
    assert reason in engine.config_problems(given)[property]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"project": UNKNOWN, "region": UNKNOWN, "zone": UNKNOWN, "defaultLabels": UNKNOWN},
        {"project": "acme-1", "region": "us-central1", "zone": "us-central1-f", "version": "10.2.0"},
        {"project": "example.com:acme-prod", "defaultLabels": '{"team": "web"}', "computeCustomEndpoint": "https://x"},
    ],
)
def test_right_settings_have_no_problem(engine: Engine, given: dict[str, Any]) -> None:
    assert engine.config_problems(given) == {}


def test_every_setting_of_the_sdk_is_one() -> None:
    of_the_sdk = sdk_properties(pulumi_gcp.ProviderArgs)
    assert [name for name in of_the_sdk if not settings.is_setting(name)] == []


def test_other_settings_update_the_provider(engine: Engine) -> None:
    def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> Diff:
        answer: Diff = engine.stub.DiffConfig(provider_pb2.DiffRequest(old_inputs=to_struct(old), news=to_struct(new)))
        return answer

    assert diff({"project": "a"}, {"project": "a"}).changes == Diff.DIFF_NONE
    changed = diff({"project": "a", "zone": "z"}, {"project": "b", "region": UNKNOWN})
    assert changed.changes == Diff.DIFF_SOME
    assert list(changed.diffs) == ["project", "region", "zone"]
    assert list(changed.replaces) == []


def test_without_a_directory_nothing_is_configured() -> None:
    server, port = new_server()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(GoogleProvider("1", None, lambda *_: None), server)
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        with pytest.raises(grpc.RpcError) as refused:
            stub.Configure(provider_pb2.ConfigureRequest())
        with pytest.raises(grpc.RpcError) as read:
            stub.Read(provider_pb2.ReadRequest(urn=urn(NETWORK), id="n"))
    server.stop(None)
    assert "LOCALCLOUD_GOOGLE_DIRECTORY is not set\n  Danger: " in str(refused.value.details())
    assert "the provider is not configured" in str(read.value.details())


def test_inputs_are_checked_by_the_schema_first_and_by_the_type_then(engine: Engine) -> None:
    assert engine.problems(NETWORK, {"mtu": 1301}) == {"mtu": "mtu is odd"}
    assert engine.problems(NETWORK, {"mtu": 1301, "autoCreateSubnets": True}) == {
        "autoCreateSubnets": "autoCreateSubnets is not a property of this resource: "
        "did you mean 'autoCreateSubnetworks'?"
    }
    assert engine.problems(TOPIC, {"messageStoragePolicy": {"allowedPersistenceRegions": [1]}}) == {
        "messageStoragePolicy": "messageStoragePolicy.allowedPersistenceRegions[0] must be text, but is the number 1: "
        "convert it with str(…), or quote it"
    }


def test_a_resource_needs_a_project_of_its_own_or_of_the_provider(engine: Engine) -> None:
    engine.stub.Configure(provider_pb2.ConfigureRequest())
    assert "Remedy: set `gcp:project`" in engine.problems(TOPIC, {})["project"]
    assert engine.problems(TOPIC, {"project": "acme-prod"}) == {}
    assert engine.problems(TOPIC, {"project": UNKNOWN}) == {}
    assert engine.problems(STRANGER, {}) == {}


def test_a_name_that_is_not_given_is_chosen_and_kept(engine: Engine) -> None:
    chosen = engine.inputs(NETWORK, {})
    assert re.fullmatch(r"thing-[0-9a-f]{7}", chosen["name"])
    assert chosen["__defaults"] == ["name"]
    assert engine.inputs(NETWORK, {}) == chosen
    assert engine.inputs(NETWORK, {}, seed=b"2") != chosen
    assert engine.inputs(NETWORK, {"mtu": 1500}, old=chosen, seed=b"2") == chosen | {"mtu": 1500}
    given = engine.inputs(NETWORK, {"name": "mine"})
    assert given == {"name": "mine", "__defaults": []}
    assert re.fullmatch(r"thing-[0-9a-f]{7}", engine.inputs(NETWORK, {}, old=given)["name"])


def test_what_is_made_is_in_the_cloud(engine: Engine) -> None:
    made = engine.create(NETWORK, {"name": "vpc"})
    assert made.id == "projects/acme-prod/global/networks/vpc"
    assert made.state == {
        "id": made.id,
        "name": "vpc",
        "project": "acme-prod",
        "autoCreateSubnetworks": True,
        "deletionPolicy": "DELETE",
        "mtu": 1460,
        "selfLink": f"https://www.googleapis.com/compute/v1/{made.id}",
    }
    known = engine.cloud.get(NETWORK, made.id)
    assert known is not None
    assert "__defaults" not in known.state
    assert "id" not in known.state


def test_a_preview_makes_nothing_and_knows_only_what_is_given(engine: Engine) -> None:
    made = engine.create(NETWORK, {"name": "vpc", "description": UNKNOWN}, preview=True)
    assert made.id == ""
    state = made.state
    assert {name for name, value in state.items() if value is UNKNOWN} >= {"id", "selfLink", "mtu", "description"}
    assert {name: value for name, value in state.items() if value is not UNKNOWN} == {
        "name": "vpc",
        "project": "acme-prod",
        "autoCreateSubnetworks": True,
        "deletionPolicy": "DELETE",
    }
    assert engine.cloud.all() == []


def test_whole_numbers_are_kept_as_such(engine: Engine) -> None:
    made = engine.create(NETWORK, {"name": "vpc", "mtu": 1500})
    known = engine.cloud.get(NETWORK, made.id)
    assert known is not None
    assert type(known.state["mtu"]) is int


def test_a_refusal_reaches_the_user_as_it_is(engine: Engine) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        engine.create(NETWORK, {"name": "refused"})
    assert refused.value.code() == grpc.StatusCode.ALREADY_EXISTS
    assert refused.value.details() == (
        "googleapi: Error 409: quota exceeded\n  Danger: no network\n  Remedy: ask for more"
    )


def test_a_fault_of_the_simulation_is_one_line(engine: Engine, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        engine.create(NETWORK, {"name": "broken"})
    assert failed.value.code() == grpc.StatusCode.INTERNAL
    assert failed.value.details() == "the simulated Google Cloud failed at Create: KeyError: 'oops'"
    assert capfd.readouterr() == ("", "")
    assert engine.cloud.all() == []


def test_outputs_are_secret_as_in_the_real_provider(engine: Engine) -> None:
    made = engine.create(USER, {"name": "u", "instance": "i", "password": "p"})
    assert {name for name, value in made.properties.fields.items() if is_secret(value)} == {"password"}
    read = made.refresh()
    assert {name for name, value in read.properties.fields.items() if is_secret(value)} == {"password"}


@pytest.mark.parametrize(
    ("config", "labels", "effective"),
    [
        ({}, {"a": "1"}, {**LABELS, "a": "1"}),
        ({}, None, LABELS),
        ({"defaultLabels": '{"team": "web", "a": "0"}'}, {"a": "1"}, {**LABELS, "team": "web", "a": "1"}),
        ({"addPulumiAttributionLabel": "false", "defaultLabels": {"team": "web"}}, None, {"team": "web"}),
        ({"addPulumiAttributionLabel": False}, {"a": "1"}, {"a": "1"}),
    ],
)
def test_labels_of_the_provider_are_on_everything_that_has_labels(
    engine: Engine, config: dict[str, Any], labels: dict[str, str] | None, effective: dict[str, str]
) -> None:
    engine.configure(**config)
    made = engine.create(TOPIC, {"name": "t", **({"labels": labels} if labels else {})})
    assert made.state["effectiveLabels"] == made.state["pulumiLabels"] == effective
    assert made.state.get("labels") == labels
    assert is_secret(made.properties.fields["effectiveLabels"])
    assert "pulumiLabels" not in engine.create(NETWORK, {"name": "n"}).state


def test_other_labels_of_the_provider_update_what_has_labels(engine: Engine) -> None:
    given = {"name": "t", "labels": {"a": "1"}}
    made = engine.create(TOPIC, given)
    assert made.diff(given).changes == Diff.DIFF_NONE
    engine.configure(defaultLabels={"team": "web"})
    assert kinds_of(made.diff(given)) == {"pulumiLabels.team": KIND.ADD}
    assert made.update(given)["effectiveLabels"] == {**LABELS, "team": "web", "a": "1"}
    assert made.diff(given).changes == Diff.DIFF_NONE
    assert kinds_of(made.diff({"name": "t", "labels": {"a": "2"}})) == {"labels.a": KIND.UPDATE}


def test_labels_that_are_not_known_yet_make_the_effective_ones_unknown(engine: Engine) -> None:
    made = engine.create(TOPIC, {"labels": UNKNOWN}, preview=True)
    assert made.state["effectiveLabels"] is UNKNOWN


def test_a_cluster_has_its_labels_under_another_name(engine: Engine) -> None:
    made = engine.create("gcp:container/cluster:Cluster", {"name": "c", "resourceLabels": {"a": "1"}})
    assert made.state["effectiveLabels"] == {**LABELS, "a": "1"}
    assert kinds_of(made.diff({"name": "c", "resourceLabels": {"a": "2"}})) == {"resourceLabels.a": KIND.UPDATE}


def test_the_same_inputs_change_nothing(engine: Engine) -> None:
    for token, given in ((NETWORK, {}), (TOPIC, {"labels": {"a": "1"}}), (STRANGER, {"any": [1]})):
        diff = engine.create(token, given).diff(given)
        assert diff.changes == Diff.DIFF_NONE
        assert diff.hasDetailedDiff


def test_a_default_may_be_said_or_left_unsaid(engine: Engine) -> None:
    made = engine.create(NETWORK, {"name": "vpc"})
    said = {"name": "vpc", "project": "acme-prod", "autoCreateSubnetworks": True, "mtu": 1460}
    assert made.diff(said).changes == Diff.DIFF_NONE
    made.update(said)
    assert made.diff({"name": "vpc"}).changes == Diff.DIFF_NONE
    assert kinds_of(made.diff({"name": "vpc", "autoCreateSubnetworks": False})) == {
        "autoCreateSubnetworks": KIND.UPDATE_REPLACE
    }


def test_changes_update_or_replace_as_the_schema_says(engine: Engine) -> None:
    made = engine.create(NETWORK, {"routingMode": "GLOBAL"})
    diff = made.diff({"routingMode": "REGIONAL", "description": "x"})
    assert kinds_of(diff) == {"routingMode": KIND.UPDATE, "description": KIND.ADD_REPLACE}
    assert list(diff.diffs) == ["description", "routingMode"]
    assert list(diff.replaces) == ["description"]
    assert not diff.deleteBeforeReplace
    update = made.diff({"routingMode": "REGIONAL"})
    assert list(update.replaces) == []


@pytest.mark.parametrize(
    ("token", "before", "after", "first"),
    [
        (NETWORK, {}, {"description": "x"}, False),
        (NETWORK, {"name": "a"}, {"name": "a", "description": "x"}, True),
        (NETWORK, {"name": "a"}, {"name": "b", "description": "x"}, False),
        (NETWORK, {"name": "a"}, {"name": "a", "routingMode": "GLOBAL"}, False),
        (NETWORK, {"name": "a"}, {"description": "x"}, False),
        (
            MEMBER,
            {"project": "acme-prod", "role": "r", "member": "a"},
            {"project": "acme-prod", "role": "r", "member": "b"},
            True,
        ),
    ],
)
def test_what_has_the_name_that_its_replacement_needs_goes_first(
    engine: Engine, token: str, before: dict[str, Any], after: dict[str, Any], first: bool
) -> None:
    assert engine.create(token, before).diff(after).deleteBeforeReplace is first


def test_an_update_changes_clears_and_keeps_what_google_computes(engine: Engine) -> None:
    made = engine.create(NETWORK, {"name": "vpc", "mtu": 1500, "enableUlaInternalIpv6": True})
    after = {"name": "vpc", "routingMode": "GLOBAL"}
    preview = made.update(after, preview=True)
    assert made.update(after) == preview
    assert preview["routingMode"] == "GLOBAL"
    assert preview["mtu"] == 1500
    assert "enableUlaInternalIpv6" not in preview
    assert preview["selfLink"].endswith(made.id)
    assert made.refresh().state == preview


def test_what_did_not_change_is_read_as_it_was(engine: Engine) -> None:
    made = engine.create(NETWORK, {"routingMode": "GLOBAL"})
    read = made.refresh()
    assert (read.id, read.inputs, read.state) == (made.id, made.inputs, made.state)


def test_the_providers_deletion_policy_is_that_of_new_resources(engine: Engine) -> None:
    engine.configure(deletionPolicy="PREVENT")
    assert engine.create(NETWORK, {"name": "a"}).state["deletionPolicy"] == "PREVENT"
    assert engine.create(NETWORK, {"name": "b", "deletionPolicy": "DELETE"}).state["deletionPolicy"] == "DELETE"
    assert "deletionPolicy" not in engine.create(MEMBER, {"project": "p", "role": "r", "member": "m"}).state


def test_a_type_may_have_a_deletion_policy_of_its_own(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """As projects do, which are not to be deleted by mistake."""

    def complete(kind: Topic, inputs: Mapping[str, Any], place: Place) -> dict[str, Any]:
        return {"project": place.project, "deletionPolicy": "PREVENT", **inputs}

    monkeypatch.setattr(Topic, "complete", complete)
    engine.configure(deletionPolicy="ABANDON")
    assert engine.create(TOPIC, {"name": "a"}).state["deletionPolicy"] == "PREVENT"
    assert engine.create(TOPIC, {"name": "b", "deletionPolicy": "DELETE"}).state["deletionPolicy"] == "DELETE"
    assert engine.create(NETWORK, {"name": "a"}).state["deletionPolicy"] == "ABANDON"


def test_drift_is_read_and_the_next_update_repairs_it(engine: Engine) -> None:
    given = {"name": "vpc", "routingMode": "GLOBAL"}
    made = engine.create(NETWORK, given)
    changed = {**made.state, "routingMode": "REGIONAL", "enableUlaInternalIpv6": True, "mtu": 1500}
    engine.cloud.tamper(NETWORK, made.id, changed)
    read = made.refresh()
    assert read.state["routingMode"] == "REGIONAL"
    assert kinds_of(read.diff(given)) == {"routingMode": KIND.UPDATE, "enableUlaInternalIpv6": KIND.DELETE}
    repaired = read.update(given)
    assert repaired["routingMode"] == "GLOBAL"
    assert "enableUlaInternalIpv6" not in repaired
    assert read.refresh().diff(given).changes == Diff.DIFF_NONE


def test_what_is_gone_has_no_id(engine: Engine) -> None:
    made = engine.create(NETWORK, {})
    engine.cloud.tamper(NETWORK, made.id, None)
    assert made.refresh().id == ""


@pytest.mark.parametrize("id", ["vpc", "projects/acme-prod/global/networks/vpc"])
def test_what_is_imported_is_what_a_program_may_declare(engine: Engine, id: str) -> None:
    made = engine.create(NETWORK, {"name": "vpc", "routingMode": "GLOBAL"})
    answer = engine.stub.Read(provider_pb2.ReadRequest(urn=urn(NETWORK), id=id))
    assert answer.id == made.id
    assert from_struct(answer.properties) == made.state
    inputs = from_struct(answer.inputs)
    assert inputs == {
        "name": "vpc",
        "project": "acme-prod",
        "autoCreateSubnetworks": True,
        "deletionPolicy": "DELETE",
        "mtu": 1460,
        "routingMode": "GLOBAL",
        "__defaults": [],
    }
    imported = Made(engine, NETWORK, answer.id, inputs, answer.properties)
    assert imported.diff({"name": "vpc", "routingMode": "GLOBAL"}).changes == Diff.DIFF_NONE
    assert engine.stub.Read(provider_pb2.ReadRequest(urn=urn(NETWORK), id="other")).id == ""
    # The engine has what it imports checked as it was read.
    assert engine.check(NETWORK, from_struct(answer.inputs)).failures == []


def test_what_is_deleted_is_gone_and_may_be_deleted_again(engine: Engine) -> None:
    made = engine.create(NETWORK, {})
    made.delete()
    assert engine.cloud.all() == []
    made.delete()


def test_what_is_in_use_stays(engine: Engine) -> None:
    made = engine.create(NETWORK, {"description": "in use"})
    with pytest.raises(grpc.RpcError, match="resourceInUseByAnotherResource"):
        made.delete()
    assert len(engine.cloud.all()) == 1


def test_a_deletion_policy_prevents_or_abandons(engine: Engine) -> None:
    prevented = engine.create(NETWORK, {"name": "a", "deletionPolicy": "PREVENT"})
    with pytest.raises(grpc.RpcError, match="'projects/acme-prod/global/networks/a' has deletionPolicy PREVENT"):
        prevented.delete()
    engine.create(NETWORK, {"name": "b", "deletionPolicy": "ABANDON"}).delete()
    assert len(engine.cloud.all()) == 2
    assert prevented.update({"name": "a", "routingMode": "GLOBAL"})["deletionPolicy"] == "PREVENT"
    prevented.update({"name": "a", "deletionPolicy": "DELETE"})
    prevented.delete()
    assert [each.state["name"] for each in engine.cloud.all()] == ["b"]


def test_a_type_that_is_not_simulated_works_and_says_so_once(engine: Engine) -> None:
    for name in ("a", "b"):
        assert engine.create(REDIS, {"name": name, "memorySizeGb": 1}).id.endswith(f"/instances/{name}")
    made = engine.create(STRANGER, {"anything": {"at": "all"}})
    assert made.state == {"id": made.id, "project": "acme-prod", "anything": {"at": "all"}}
    assert engine.problems(REDIS, {"name": "a"}) == {
        "memorySizeGb": "memorySizeGb is required and missing: give it a value"
    }
    engine.create(NETWORK, {})
    assert [urn for urn, _ in engine.warnings] == [urn(REDIS), urn(STRANGER)]
    assert engine.warnings[0][1].startswith("gcp:redis/instance:Instance is kept but not simulated: ")


def call(engine: Engine, token: str, **arguments: Any) -> dict[str, Any]:
    answer = engine.stub.Invoke(provider_pb2.InvokeRequest(tok=token, args=to_struct(arguments)))
    return from_struct(getattr(answer, "return"))


def test_a_project_can_be_asked_for(engine: Engine) -> None:
    token = "gcp:organizations/getProject:getProject"
    own = call(engine, token)
    assert own["projectId"] == own["name"] == "acme-prod"
    assert own["id"] == "projects/acme-prod"
    assert own["number"] == str(project_number("acme-prod"))
    assert call(engine, token, projectId="acme-staging")["number"] == str(project_number("acme-staging"))


def test_the_provider_tells_its_settings_and_zones(engine: Engine) -> None:
    config = call(engine, "gcp:organizations/getClientConfig:getClientConfig")
    assert (config["project"], config["region"], config["zone"]) == ("acme-prod", "europe-west1", "")
    zones = call(engine, "gcp:compute/getZones:getZones")
    assert zones["names"] == ["europe-west1-b", "europe-west1-c", "europe-west1-d"]
    assert call(engine, "gcp:compute/getZones:getZones", region="us-west1")["names"][0] == "us-west1-a"


def test_what_cannot_be_asked_for_is_told(engine: Engine) -> None:
    with pytest.raises(grpc.RpcError, match="the function gcp:dns/getKeys:getKeys is not simulated"):
        call(engine, "gcp:dns/getKeys:getKeys")
    engine.stub.Configure(provider_pb2.ConfigureRequest())
    with pytest.raises(grpc.RpcError, match="Remedy: set `gcp:project`, or give projectId"):
        call(engine, "gcp:organizations/getProject:getProject")


def test_many_at_once_are_all_made(engine: Engine) -> None:
    threads = [
        threading.Thread(target=engine.create, args=(TOPIC, {"name": f"topic-{number}"})) for number in range(64)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(engine.cloud.find(TOPIC)) == 64
