"""KongConsumer: who calls, and by which credentials it is known."""

from typing import Any

import pytest
from pulumi.runtime import rpc
from web_platform import ArgumentError, Gateway, KongConsumer, KongConsumerArgs
from web_platform.consumer import consumer_faults
from web_platform.errors import Fault

from tests.recording import Recording, declare

TYPE = "web-platform:index:KongConsumer"
CONSUMER = "kubernetes:configuration.konghq.com/v1:KongConsumer"
SECRET = "kubernetes:core/v1:Secret"
PASSWORD = "random:index/randomPassword:RandomPassword"
KEY = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PUBLIC KEY-----\n"
)
PRIVATE_KEY = KEY.replace("PUBLIC", "PRIVATE")
PUBLIC = "write the whole public key, from '-----BEGIN PUBLIC KEY-----' to '-----END PUBLIC KEY-----', each on its line"
REFUSED = "Kong would refuse its whole configuration, and changes of every service would wait until this is mended"
TWICE = Fault("is there more than once", "two Secrets would have one name", "name each group once")
IDLE = Fault("is given beside public keys", "it would be ignored", "remove it")
MISPLACED = Fault(
    "is a plugin that Kong does not accept on a consumer",
    "Kong would refuse its whole configuration: this is decided before it knows who calls",
    "give it to the services that the consumer calls",
)


def mobile(**args: Any) -> Recording:
    given: KongConsumerArgs = {"namespace": "services", "ingress_class": "kong", **args}  # type: ignore[typeddict-item]
    return declare(lambda: KongConsumer("mobile", given))


def secrets(recording: Recording) -> dict[str, tuple[str, dict[str, Any]]]:
    """Kind and content of every credential, which has to be secret, by its name."""
    found = {}
    for name, secret in recording.of_type(SECRET).items():
        content = secret.inputs["stringData"]
        assert content[rpc._special_sig_key] == rpc._special_secret_sig
        assert secret.inputs["metadata"]["name"] == name
        assert secret.inputs["metadata"]["namespace"] == "services"
        found[name] = (secret.inputs["metadata"]["labels"]["konghq.com/credential"], content["value"])
    return found


def told(recording: Recording) -> dict[str, Any]:
    outputs = recording.outputs_of(TYPE, "mobile")["credentials"]
    assert outputs[rpc._special_sig_key] == rpc._special_secret_sig
    value: dict[str, Any] = outputs["value"]
    return value


GENERATED = "p" * 32


def test_a_consumer_with_a_key_is_these_objects() -> None:
    recording = mobile(key_auth={}, groups=["apps"])
    assert recording.one(CONSUMER, "mobile").inputs == {
        "apiVersion": "configuration.konghq.com/v1",
        "kind": "KongConsumer",
        "metadata": {
            "name": "mobile",
            "namespace": "services",
            "labels": {"app.kubernetes.io/managed-by": "pulumi"},
            "annotations": {"kubernetes.io/ingress.class": "kong"},
        },
        "username": "mobile",
        "credentials": ["mobile-acl-mobile", "mobile-acl-apps", "mobile-key-auth-1"],
    }
    assert secrets(recording) == {
        "mobile-acl-mobile": ("acl", {"group": "mobile"}),
        "mobile-acl-apps": ("acl", {"group": "apps"}),
        "mobile-key-auth-1": ("key-auth", {"key": GENERATED}),
    }
    assert recording.one(PASSWORD, "mobile-key-auth-1").inputs == {"length": 32, "special": False}
    assert told(recording) == {"key-auth-1": {"key": GENERATED}}
    assert recording.outputs_of(TYPE, "mobile")["group"] == "mobile"


def test_a_name_and_a_password_are_generated() -> None:
    access = {"username": "mobile-1", "password": GENERATED}
    recording = mobile(basic_auth={})
    assert secrets(recording)["mobile-basic-auth-1"] == ("basic-auth", access)
    assert told(recording) == {"basic-auth-1": access}


def test_a_secret_for_signing_is_generated() -> None:
    access = {"key": "mobile-1", "algorithm": "HS256", "secret": GENERATED}
    recording = mobile(jwt={})
    assert secrets(recording)["mobile-jwt-1"] == ("jwt", access)
    assert told(recording) == {"jwt-1": access}


def test_who_has_keys_of_its_own_is_told_nothing() -> None:
    recording = mobile(jwt={"public_keys": {"key-b": KEY, "key-a": KEY}, "algorithm": "EdDSA"})
    found = secrets(recording)
    assert [name for name in found if "jwt" in name] == ["mobile-jwt-key-a", "mobile-jwt-key-b"]
    content = {"key": "key-a", "algorithm": "EdDSA", "rsa_public_key": KEY}
    assert found["mobile-jwt-key-a"] == ("jwt", content)
    assert told(recording) == {}
    assert recording.of_type(PASSWORD) == {}


def test_a_key_may_be_known_by_an_address_which_no_secret_can_be_called() -> None:
    recording = mobile(jwt={"public_keys": {"https://idp.example.com/": KEY}})
    ((name, (_, content)),) = [each for each in secrets(recording).items() if "jwt" in each[0]]
    assert name == "mobile-jwt-d36c3be4d3fe"
    assert content["key"] == "https://idp.example.com/"
    assert recording.one(CONSUMER, "mobile").inputs["credentials"][-1] == name


@pytest.mark.parametrize("kind", ["key_auth", "basic_auth", "jwt"])
@pytest.mark.parametrize(
    ("credential", "generations"),
    [
        ({}, [1]),
        ({"generation": 1, "previous_valid": True}, [1]),
        ({"generation": 2}, [1, 2]),
        ({"generation": 2.0}, [1, 2]),
        ({"generation": 2, "previous_valid": False}, [2]),
        ({"generation": 3}, [2, 3]),
    ],
)
def test_a_new_generation_is_valid_beside_the_one_before_it(
    kind: str, credential: dict[str, Any], generations: list[int]
) -> None:
    name = kind.replace("_", "-")
    recording = mobile(**{kind: credential})
    valid = [f"mobile-{name}-{generation}" for generation in generations]
    assert recording.one(CONSUMER, "mobile").inputs["credentials"] == ["mobile-acl-mobile", *valid]
    assert sorted(recording.of_type(PASSWORD)) == sorted(valid)
    assert sorted(told(recording)) == [f"{name}-{generation}" for generation in generations]


def test_a_generation_that_stays_valid_is_the_same_resource() -> None:
    before, after = mobile(key_auth={}), mobile(key_auth={"generation": 2})
    assert set(before.urns()) <= set(after.urns())
    kept = before.one(SECRET, "mobile-key-auth-1")
    assert kept.inputs == after.one(SECRET, "mobile-key-auth-1").inputs


def test_its_calls_have_plugins_of_their_own_and_such_as_are_made_apart() -> None:
    recording = mobile(key_auth={}, plugins={"rate_limiting": {"minute": 600}}, shared_plugins=["limit"])
    plugin = recording.one("kubernetes:configuration.konghq.com/v1:KongPlugin", "mobile-consumer-rate-limiting")
    assert plugin.ancestry.startswith(f"{TYPE}$web-platform:index:KongPlugin$")
    annotations = recording.one(CONSUMER, "mobile").inputs["metadata"]["annotations"]
    assert annotations["konghq.com/plugins"] == "mobile-consumer-rate-limiting,limit"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"groups": ["Apps"]}, r"groups\[0\] is not a name"),
        ({"groups": ["apps", "apps"]}, r"groups\[0\] is there more than once"),
        ({"groups": "apps"}, "groups is text, which is not a list"),
        ({"key_auth": {"generation": 0}}, "key_auth.generation is 0"),
        ({"key_auth": {"generation": "2"}}, "key_auth.generation is '2', which is not a whole number"),
        ({"key_auth": {"key": "secret"}}, "key_auth.key is not a known key"),
        ({"jwt": {"algorithm": "RS256"}}, "jwt.algorithm is given without public keys"),
        ({"jwt": {"public_keys": {"a": KEY}, "algorithm": "HS256"}}, "jwt.algorithm is 'HS256', which does not go"),
        ({"jwt": {"public_keys": {"a": KEY}, "generation": 2}}, "jwt.generation is given beside public keys"),
        *(
            ({"jwt": {"public_keys": {"a": wrong}}}, "jwt.public_keys.a is not a public key in PEM")
            for wrong in (
                "MCow",
                KEY.replace("xZuE=", "xZu"),
                KEY.replace("Gb9E", "Gb9Eaaaa"),
                KEY.replace("MCow", "!Cow"),
                KEY.replace("\n", " "),
                KEY.replace("-----END PUBLIC KEY-----", ""),
                f" {KEY}",
            )
        ),
        ({"jwt": {"public_keys": {"a": KEY.replace("PUBLIC", "PRIVATE")}}}, "jwt.public_keys.a is a private key"),
        ({"jwt": {"public_keys": {"": KEY}}}, "jwt.public_keys. has no name"),
        ({"plugins": {"key_auth": {}}}, "plugins.key_auth is a plugin that Kong does not accept on a consumer"),
        ({"plugins": {"rate_limiting": {}}}, "plugins.rate_limiting.minute is missing"),
        ({"keyauth": {}}, r"keyauth is not a known key.\n.*\n.*'key_auth'\?"),
        ({"namespace": None}, "namespace is missing"),
    ],
)
def test_arguments_that_would_not_work_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^KongConsumer 'mobile': {message}") as refused:
        mobile(**change)
    assert "PRIVATE KEY" not in str(refused.value)


def test_the_consumer_waits_for_its_credentials_and_for_the_gateway() -> None:
    def program() -> None:
        gateway = Gateway("kong", {"namespace": "kong"})
        KongConsumer(
            "mobile",
            {"namespace": "services", "ingress_class": gateway.ingress_class, "key_auth": {}, "basic_auth": {}},
        )

    recording = declare(program)
    awaited = recording.waits_for(recording.one(CONSUMER, "mobile"))
    assert {secret.urn for secret in recording.of_type(SECRET).values()} <= awaited
    assert recording.one("kubernetes:helm.sh/v3:Release", "kong").urn in awaited


def test_no_credential_is_anywhere_in_plain_text() -> None:
    recording = mobile(key_auth={"generation": 2}, basic_auth={}, jwt={}, plugins={"rate_limiting": {"minute": 1}})
    assert len(recording.of_type(PASSWORD)) == 4
    for resource in recording:
        open_inputs = resource.inputs | {"stringData": None} if resource.type == SECRET else resource.inputs
        assert GENERATED not in str(open_inputs)
    outputs = recording.outputs_of(TYPE, "mobile")
    assert GENERATED not in str(outputs | {"credentials": None})
    assert len(told(recording)) == 4


def test_a_third_generation_ends_the_first_and_leaves_the_second_as_it_is() -> None:
    two, three = mobile(jwt={"generation": 2}), mobile(jwt={"generation": 3})
    ended = set(two.urns()) - set(three.urns())
    assert {urn.rpartition("::")[2] for urn in ended} == {"mobile-jwt-1"}
    assert two.one(SECRET, "mobile-jwt-2").inputs == three.one(SECRET, "mobile-jwt-2").inputs


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (
            {"groups": ["Apps", "a", "a"]},
            {
                "groups[0]": Fault(
                    "is not a name that Kubernetes accepts for an object",
                    "the API server would refuse the object, and what names it would name nothing",
                    "use at most 253 lower-case letters, digits and hyphens",
                ),
                "groups[1]": TWICE,
                "groups[2]": TWICE,
            },
        ),
        (
            {"key_auth": {"generation": 0}, "basic_auth": {"generation": -1}, "jwt": {"generation": 0.0}},
            {
                "key_auth.generation": Fault("is 0", "there would be none", "count from 1"),
                "basic_auth.generation": Fault("is -1", "there would be none", "count from 1"),
                "jwt.generation": Fault("is 0.0", "there would be none", "count from 1"),
            },
        ),
        (
            {"jwt": {"algorithm": "RS256", "public_keys": {}}},
            {
                "jwt.algorithm": Fault(
                    "is given without public keys",
                    "it would be ignored: a secret that both sides know goes with HS256",
                    "add the consumer's public keys, or remove it",
                )
            },
        ),
        (
            {"jwt": {"algorithm": "HS256", "generation": 1, "previous_valid": True, "public_keys": {"a": KEY}}},
            {
                "jwt.algorithm": Fault(
                    "is 'HS256', which does not go with public keys",
                    "Kong would refuse the credential, and every token of the consumer",
                    "write one of: RS256, RS384, RS512, ES256, ES384, ES512, PS256, PS384, PS512, EdDSA",
                ),
                "jwt.generation": IDLE,
                "jwt.previous_valid": IDLE,
            },
        ),
        (
            {"jwt": {"public_keys": {"a": PRIVATE_KEY, "b": "MCow", "": KEY}}},
            {
                "jwt.public_keys.a": Fault(
                    "is a private key", "whoever reads this file could sign in the consumer's name", PUBLIC
                ),
                "jwt.public_keys.b": Fault("is not a public key in PEM", REFUSED, PUBLIC),
                "jwt.public_keys.": Fault(
                    "has no name", "no token could say by it whose it is", "write what tokens say in `iss`"
                ),
            },
        ),
        (
            {"plugins": {"cors": {"origins": ["*"]}, "rate_limiting": {"minute": 1}, "other": {"session": {}}}},
            {"plugins.cors": MISPLACED, "plugins.other.session": MISPLACED},
        ),
    ],
)
def test_every_mistake_is_told_with_its_danger_and_its_remedy(args: dict[str, Any], expected: dict[str, Fault]) -> None:
    assert dict(consumer_faults(args)) == expected
