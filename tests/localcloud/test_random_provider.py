"""The simulated random provider holds the real one's contract."""

import base64
import json
import string
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import bcrypt
import grpc
import pulumi_random
import pytest
from google.protobuf import empty_pb2
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.plugin_process import new_server
from localcloud.protocol import provider_pb2, provider_pb2_grpc
from localcloud.providers.properties import UNKNOWN, from_struct, to_struct
from localcloud.providers.random.provider import RESOURCES, RandomProvider
from localcloud.providers.random.resource import RandomResource
from localcloud.providers.random.text import SPECIAL

Diff = provider_pb2.DiffResponse
KIND = provider_pb2.PropertyDiff

MINIMAL: dict[str, dict[str, Any]] = {
    "RandomBytes": {"length": 8},
    "RandomId": {"byteLength": 4},
    "RandomInteger": {"min": 1, "max": 6},
    "RandomPassword": {"length": 12},
    "RandomPet": {},
    "RandomShuffle": {"inputs": ["a", "b", "c"]},
    "RandomString": {"length": 12},
    "RandomUuid": {},
    "RandomUuid4": {},
    "RandomUuid7": {},
}
SECRETS = {"RandomBytes": {"base64", "hex"}, "RandomPassword": {"result", "bcryptHash"}}

every_type = pytest.mark.parametrize("kind", sorted(MINIMAL))


class Provider:
    """The provider as the engine reaches it."""

    def __init__(self, stub: provider_pb2_grpc.ResourceProviderStub) -> None:
        self.stub = stub

    def problems(self, kind: str, inputs: Mapping[str, Any]) -> dict[str, str]:
        request = provider_pb2.CheckRequest(urn=urn(kind), news=to_struct(inputs))
        return {each.property: each.reason for each in self.stub.Check(request).failures}

    def create(self, kind: str, inputs: Mapping[str, Any], *, preview: bool = False) -> tuple[str, dict[str, Any]]:
        assert self.problems(kind, inputs) == {}
        request = provider_pb2.CreateRequest(urn=urn(kind), properties=to_struct(inputs), preview=preview)
        answer = self.stub.Create(request)
        return answer.id, from_struct(answer.properties)

    def diff(self, kind: str, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> Diff:
        request = provider_pb2.DiffRequest(urn=urn(kind), olds=to_struct(state), news=to_struct(inputs))
        answer: Diff = self.stub.Diff(request)
        return answer

    def read(self, kind: str, id: str, state: Mapping[str, Any] | None = None) -> provider_pb2.ReadResponse:
        request = provider_pb2.ReadRequest(urn=urn(kind), id=id, properties=to_struct(state or {}))
        answer: provider_pb2.ReadResponse = self.stub.Read(request)
        return answer


def resource_of(kind: str) -> RandomResource:
    return next(each for name, each in RESOURCES.items() if name.endswith(f":{kind}"))


def urn(kind: str) -> str:
    return f"urn:pulumi:dev::project::random:index/{kind[0].lower()}{kind[1:]}:{kind}::name"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    server, port = new_server()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(RandomProvider("4.21.4"), server)
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Provider(provider_pb2_grpc.ResourceProviderStub(channel))
    server.stop(None)


def test_every_resource_of_the_sdk_is_there() -> None:
    in_the_sdk = {name for name in vars(pulumi_random) if name.startswith("Random") and not name.endswith("Args")}
    assert {token.rsplit(":", 1)[1] for token in RESOURCES} == in_the_sdk == set(MINIMAL)


@every_type
def test_inputs_and_outputs_are_those_of_the_sdk(kind: str) -> None:
    resource = resource_of(kind)
    sdk = getattr(pulumi_random, kind)
    getters = {name for name, value in vars(sdk).items() if isinstance(value, property)}
    declared = {each.name for each in resource.inputs} | {each.name for each in resource.outputs}
    assert {snake(name) for name in declared} == {name.removesuffix("_") for name in getters} - {"urn", "id"}


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


@every_type
def test_a_preview_knows_inputs_with_their_defaults_and_nothing_else(provider: Provider, kind: str) -> None:
    id, state = provider.create(kind, MINIMAL[kind], preview=True)
    assert id == ""
    resource = resource_of(kind)
    assert all(state[each.name] is UNKNOWN for each in resource.outputs)
    assert MINIMAL[kind].items() <= state.items()


@every_type
def test_outputs_are_secret_as_in_the_real_provider(provider: Provider, kind: str) -> None:
    request = provider_pb2.CreateRequest(urn=urn(kind), properties=to_struct(MINIMAL[kind]))
    state = provider.stub.Create(request).properties.fields
    marked = {name for name, value in state.items() if "4dabf18193072939515e22adb298388d" in value.struct_value.fields}
    assert marked == SECRETS.get(kind, set())


@every_type
def test_the_same_inputs_change_nothing(provider: Provider, kind: str) -> None:
    inputs = MINIMAL[kind] | {"keepers": {"version": "1"}}
    _, state = provider.create(kind, inputs)
    assert provider.diff(kind, state, inputs).changes == Diff.DIFF_NONE


@every_type
def test_a_changed_keeper_replaces_and_is_named(provider: Provider, kind: str) -> None:
    _, state = provider.create(kind, MINIMAL[kind] | {"keepers": {"kept": "1", "changed": "1", "gone.now": "1"}})
    diff = provider.diff(kind, state, MINIMAL[kind] | {"keepers": {"kept": "1", "changed": "2", "new": "1"}})
    assert list(diff.replaces) == ["keepers"]
    assert {path: each.kind for path, each in diff.detailedDiff.items()} == {
        "keepers.changed": KIND.UPDATE_REPLACE,
        'keepers["gone.now"]': KIND.DELETE_REPLACE,
        "keepers.new": KIND.ADD_REPLACE,
    }


@every_type
def test_a_keeper_that_is_not_known_yet_replaces(provider: Provider, kind: str) -> None:
    _, state = provider.create(kind, MINIMAL[kind] | {"keepers": {"version": "1"}})
    assert list(provider.diff(kind, state, MINIMAL[kind] | {"keepers": {"version": UNKNOWN}}).replaces) == ["keepers"]
    assert list(provider.diff(kind, state, MINIMAL[kind] | {"keepers": UNKNOWN}).replaces) == ["keepers"]


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("RandomBytes", {"length": 9}),
        ("RandomId", {"byteLength": 5}),
        ("RandomId", {"prefix": "p-"}),
        ("RandomInteger", {"max": 7}),
        ("RandomInteger", {"seed": "s"}),
        ("RandomPassword", {"length": 13}),
        ("RandomPassword", {"special": False}),
        ("RandomPassword", {"overrideSpecial": "!"}),
        ("RandomString", {"minUpper": 1}),
        ("RandomPet", {"separator": "_"}),
        ("RandomPet", {"prefix": "p"}),
        ("RandomShuffle", {"inputs": ["a", "b"]}),
        ("RandomShuffle", {"resultCount": 2}),
    ],
)
def test_any_changed_input_replaces(provider: Provider, kind: str, changed: dict[str, Any]) -> None:
    _, state = provider.create(kind, MINIMAL[kind])
    diff = provider.diff(kind, state, MINIMAL[kind] | changed)
    assert diff.changes == Diff.DIFF_SOME
    assert list(diff.replaces) == list(changed)
    back = provider.diff(kind, provider.create(kind, MINIMAL[kind] | changed)[1], MINIMAL[kind])
    assert list(back.replaces) == list(changed)


def test_an_empty_override_that_goes_is_no_reason_to_replace(provider: Provider) -> None:
    _, state = provider.create("RandomString", {"length": 4, "overrideSpecial": ""})
    diff = provider.diff("RandomString", state, {"length": 4})
    assert list(diff.replaces) == []
    request = provider_pb2.UpdateRequest(urn=urn("RandomString"), olds=to_struct(state), news=to_struct({"length": 4}))
    updated = from_struct(provider.stub.Update(request).properties)
    assert updated["result"] == state["result"]
    assert "overrideSpecial" not in updated


@every_type
def test_what_is_in_the_state_is_read_from_it(provider: Provider, kind: str) -> None:
    id, state = provider.create(kind, MINIMAL[kind])
    answer = provider.read(kind, id, state)
    assert (answer.id, from_struct(answer.properties)) == (id, state)


@every_type
def test_deleting_needs_nothing(provider: Provider, kind: str) -> None:
    assert provider.stub.Delete(provider_pb2.DeleteRequest(urn=urn(kind), id="x")) == empty_pb2.Empty()


# Text


@st.composite
def text_inputs(draw: st.DrawFn) -> dict[str, Any]:
    minimums = {name: draw(st.integers(0, 4)) for name in ("minUpper", "minLower", "minNumeric", "minSpecial")}
    classes = {name: draw(st.booleans()) for name in ("upper", "lower", "numeric", "special")}
    if not any(classes.values()):
        classes["lower"] = True
    length = max(1, sum(minimums.values())) + draw(st.integers(0, 20))
    override = draw(st.sampled_from([None, "_-", "é€"]))
    return {"length": length, **minimums, **classes, "overrideSpecial": override}


@given(inputs=text_inputs())
@settings(max_examples=60, deadline=None)
def test_text_has_its_length_its_minimums_and_only_its_classes(inputs: dict[str, Any]) -> None:
    resource = RESOURCES["random:index/randomString:RandomString"]
    result = resource.generate({**inputs, "number": inputs["numeric"]})["result"]
    assert len(result) == inputs["length"]
    special = inputs["overrideSpecial"] or SPECIAL
    alphabets = {
        "Upper": string.ascii_uppercase,
        "Lower": string.ascii_lowercase,
        "Numeric": string.digits,
        "Special": special,
    }
    for name, alphabet in alphabets.items():
        count = sum(letter in alphabet for letter in result)
        assert count >= inputs[f"min{name}"]
        if not inputs[name.lower()]:
            assert count == inputs[f"min{name}"]
    assert set(result) <= set("".join(alphabets.values()))


def test_text_is_in_random_order_and_evenly_distributed(provider: Provider) -> None:
    first = Counter(
        provider.create("RandomString", {"length": 4, "minNumeric": 2, "minUpper": 2})[1]["result"][0].isdigit()
        for _ in range(200)
    )
    assert 60 < first[True] < 140


def test_number_and_numeric_are_one(provider: Provider) -> None:
    for given_input in ({"number": False}, {"numeric": False}):
        _, state = provider.create("RandomString", {"length": 40, **given_input})
        assert (state["number"], state["numeric"]) == (False, False)
        assert not any(letter.isdigit() for letter in state["result"])


def test_a_password_comes_with_its_hash_and_an_id_that_says_nothing(provider: Provider) -> None:
    id, state = provider.create("RandomPassword", {"length": 100})
    assert id == "none"
    assert state["bcryptHash"].startswith("$2a$10$")
    assert bcrypt.checkpw(state["result"].encode()[:72], state["bcryptHash"].encode())


def test_defaults_are_in_the_state(provider: Provider) -> None:
    _, state = provider.create("RandomString", {"length": 3})
    defaults = {"upper": True, "lower": True, "numeric": True, "number": True, "special": True}
    assert {**defaults, "minUpper": 0, "minLower": 0, "minNumeric": 0, "minSpecial": 0}.items() <= state.items()


# Bytes, ids, numbers, names, orders


def test_bytes_in_base64_and_hexadecimal_are_the_same(provider: Provider) -> None:
    id, state = provider.create("RandomBytes", {"length": 24})
    octets = base64.b64decode(state["base64"], validate=True)
    assert len(octets) == 24
    assert state["hex"] == octets.hex()
    assert id == state["base64"]


def test_an_id_has_one_prefix_in_all_its_notations(provider: Provider) -> None:
    id, state = provider.create("RandomId", {"byteLength": 7, "prefix": "p-"})
    octets = base64.urlsafe_b64decode(id + "==")
    assert len(octets) == 7
    assert state["b64Url"] == f"p-{id}"
    assert state["b64Std"] == f"p-{base64.b64encode(octets).decode()}"
    assert state["hex"] == f"p-{octets.hex()}"
    assert state["dec"] == f"p-{int.from_bytes(octets, 'big')}"


def test_a_number_lies_between_its_bounds_which_are_included(provider: Provider) -> None:
    drawn = {provider.create("RandomInteger", {"min": -1, "max": 1})[1]["result"] for _ in range(100)}
    assert drawn == {-1, 0, 1}


def test_a_number_of_one_choice_is_that(provider: Provider) -> None:
    assert provider.create("RandomInteger", {"min": 5, "max": 5})[0] == "5"


@pytest.mark.parametrize(
    ("kind", "inputs", "output"),
    [
        ("RandomInteger", {"min": 0, "max": 10**12}, "result"),
        ("RandomShuffle", {"inputs": list(string.ascii_lowercase)}, "results"),
    ],
)
def test_a_seed_makes_the_result_repeatable(provider: Provider, kind: str, inputs: dict[str, Any], output: str) -> None:
    def draw(seed: str | None) -> object:
        return provider.create(kind, inputs | {"seed": seed})[1][output]

    assert draw("a") == draw("a") != draw("b")
    assert draw(None) != draw(None)


@given(texts=st.lists(st.text(max_size=3), max_size=6), count=st.none() | st.integers(0, 20))
def test_a_shuffle_repeats_permutations_until_it_has_its_count(texts: list[str], count: int | None) -> None:
    resource = RESOURCES["random:index/randomShuffle:RandomShuffle"]
    results = resource.generate({"inputs": texts, "resultCount": count, "seed": None})["results"]
    wanted = len(texts) if count is None or not texts else count
    assert len(results) == wanted
    for start in range(0, wanted, max(len(texts), 1)):
        batch = results[start : start + len(texts)]
        assert not Counter(batch) - Counter(texts)


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_a_pet_has_as_many_words_as_asked_for(provider: Provider, length: int) -> None:
    id, state = provider.create("RandomPet", {"length": length, "separator": ".", "prefix": "my"})
    assert id == state["id"]
    assert id.startswith("my.")
    assert len(id.split(".")) == length + 1


def test_a_pet_has_two_words_and_a_hyphen_by_default(provider: Provider) -> None:
    id, state = provider.create("RandomPet", {})
    assert len(id.split("-")) == 2
    assert (state["length"], state["separator"]) == (2, "-")


@pytest.mark.parametrize(("kind", "version"), [("RandomUuid", 4), ("RandomUuid4", 4), ("RandomUuid7", 7)])
def test_uuids_have_their_version(provider: Provider, kind: str, version: int) -> None:
    id, state = provider.create(kind, {})
    assert id == state["result"]
    assert uuid.UUID(id).version == version
    assert uuid.UUID(id).variant == uuid.RFC_4122


def test_a_version_7_uuid_begins_with_the_time(provider: Provider) -> None:
    milliseconds = uuid.UUID(provider.create("RandomUuid7", {})[0]).int >> 80
    assert abs(milliseconds - time.time() * 1000) < 60_000


# Imports


@pytest.mark.parametrize(
    ("kind", "id", "inputs", "outputs"),
    [
        ("RandomString", "tést", {"length": 5}, {"id": "tést", "result": "tést"}),
        ("RandomPassword", "hunter2", {"length": 7}, {"id": "none", "result": "hunter2"}),
        ("RandomBytes", "8/fu3q==", {"length": 4}, {"base64": "8/fu3q==", "hex": "f3f7eede"}),
        ("RandomId", "p-9hUg", {"byteLength": 4}, {"id": "p-9hUg", "hex": "a7ef6152"}),
        ("RandomId", "my,p,9hUg", {"byteLength": 3, "prefix": "my,p"}, {"id": "9hUg", "b64Url": "my,p9hUg"}),
        ("RandomInteger", "15390,1,50000", {"min": 1, "max": 50000}, {"id": "15390", "result": 15390}),
        ("RandomInteger", "3,1,5,a", {"min": 1, "max": 5, "seed": "a"}, {"result": 3}),
        ("RandomUuid", "aabbccdd-eeff-0011-2233-445566778899", {}, {"result": "aabbccdd-eeff-0011-2233-445566778899"}),
    ],
)
def test_imports_by_the_documented_ids(
    provider: Provider, kind: str, id: str, inputs: dict[str, Any], outputs: dict[str, Any]
) -> None:
    answer = provider.read(kind, id)
    state = from_struct(answer.properties)
    assert from_struct(answer.inputs) == inputs
    assert outputs.items() <= state.items()
    assert answer.id == state.get("id", id)
    assert provider.diff(kind, state, inputs).changes == Diff.DIFF_NONE


@pytest.mark.parametrize(
    ("kind", "id", "remedy"),
    [
        ("RandomPet", "clever-cat", "cannot be imported"),
        ("RandomShuffle", "-", "cannot be imported"),
        ("RandomInteger", "5", "<result>,<min>,<max>"),
        ("RandomInteger", "a,b,c", "<result>,<min>,<max>"),
        ("RandomInteger", "3,1,5,a,b", "<result>,<min>,<max>"),
        ("RandomUuid", "nonsense", "32 hexadecimal digits"),
        ("RandomBytes", "n o", "standard base64"),
        ("RandomId", "p,!", "<b64Url>"),
    ],
)
def test_an_id_that_cannot_be_imported_is_refused_with_one_that_can(
    provider: Provider, kind: str, id: str, remedy: str
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        provider.read(kind, id)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert remedy in (refused.value.details() or "")


# Bad input


@pytest.mark.parametrize(
    ("kind", "inputs", "property", "words"),
    [
        ("RandomString", {}, "length", "is required"),
        ("RandomString", {"length": 0}, "length", "at least 1"),
        ("RandomString", {"length": 2.5}, "length", "whole number"),
        ("RandomString", {"length": "12"}, "length", "without quotes"),
        ("RandomString", {"length": True}, "length", "but is true"),
        ("RandomString", {"length": 4, "lenght": 4}, "lenght", "did you mean 'length'?"),
        ("RandomString", {"length": 4, "zzz": 4}, "zzz", "it can have 'keepers'"),
        ("RandomString", {"length": 4, "special": "yes"}, "special", "True or False"),
        ("RandomString", {"length": 3, "minUpper": 2, "minLower": 2}, "length", "minUpper + minLower = 4"),
        ("RandomString", {"length": 3, "minUpper": -1}, "minUpper", "0 or more"),
        ("RandomString", {"length": 3, "number": True, "numeric": False}, "number", "set only 'numeric'"),
        (
            "RandomPassword",
            {"length": 3, "upper": False, "lower": False, "numeric": False, "special": False},
            "special",
            "leaves no character",
        ),
        ("RandomInteger", {"min": 2, "max": 1}, "min", "swap them"),
        ("RandomBytes", {"length": 0}, "length", "at least 1"),
        ("RandomId", {"byteLength": 2, "prefix": 3}, "prefix", "must be text"),
        ("RandomShuffle", {"inputs": "abc"}, "inputs", "a list of texts"),
        ("RandomShuffle", {"inputs": ["a", 1]}, "inputs", "inputs[1] must be text"),
        ("RandomShuffle", {"inputs": ["a"], "resultCount": -1}, "resultCount", "at least 0"),
        ("RandomUuid", {"keepers": {"version": 3}}, "keepers", "str(…)"),
        ("RandomUuid", {"keepers": ["a"]}, "keepers", "a map of texts"),
    ],
)
def test_bad_input_is_refused_by_name_and_with_a_remedy(
    provider: Provider, kind: str, inputs: dict[str, Any], property: str, words: str
) -> None:
    problems = provider.problems(kind, inputs)
    assert list(problems) == [property]
    assert words in problems[property]
    assert problems[property].startswith(property)


def test_inputs_that_are_not_known_yet_are_judged_later(provider: Provider) -> None:
    assert provider.problems("RandomString", {"length": UNKNOWN, "minUpper": 5}) == {}
    assert provider.problems("RandomInteger", {"min": 3, "max": UNKNOWN}) == {}


def test_an_unknown_keeper_does_not_put_off_other_judgements(provider: Provider) -> None:
    problems = provider.problems("RandomInteger", {"min": 3, "max": 1, "keepers": {"version": UNKNOWN}})
    assert list(problems) == ["min"]


def test_an_unknown_type_is_refused(provider: Provider) -> None:
    with pytest.raises(grpc.RpcError, match="no resource type 'random:index/randomNoise:RandomNoise'"):
        provider.problems("RandomNoise", {})


# The provider itself


def test_the_provider_has_no_settings(provider: Provider) -> None:
    request = provider_pb2.CheckRequest(news=to_struct({"version": "4.21.4", "seed": "x"}))
    answer = provider.stub.CheckConfig(request)
    assert [each.property for each in answer.failures] == ["seed"]


def test_the_schema_describes_every_resource(provider: Provider) -> None:
    schema = json.loads(provider.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema)
    assert set(schema["resources"]) == set(RESOURCES)
    password = schema["resources"]["random:index/randomPassword:RandomPassword"]
    assert password["requiredInputs"] == ["length"]
    assert password["properties"]["result"] == {"type": "string", "secret": True}


def test_what_it_cannot_do_is_said_without_a_traceback(provider: Provider, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        provider.stub.Construct(provider_pb2.ConstructRequest())
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert refused.value.details() == "the simulated random provider has no Construct"
    assert capfd.readouterr().err == ""
