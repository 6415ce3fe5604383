"""Which texts Pulumi keeps secret. Its SDK for rules hands them over like any other, so they are marked before that."""

from typing import Any

from pulumi_policy import deserialize, policy

_deserialized = deserialize.deserialize_properties


class Secret(str):
    """A text that is encrypted in the state and never shown."""

    __slots__ = ()


def keep() -> None:
    """Mark secrets in all that the engine asks about from now on."""
    policy.deserialize_properties = lambda props: _deserialized(marked(props))  # type: ignore[attr-defined]


def marked(value: Any, *, secret: bool = False) -> Any:  # noqa: ANN401 - properties are of any type
    """A value as it came from the engine, in which each text within a secret is a `Secret`."""
    if isinstance(value, list):
        return [marked(each, secret=secret) for each in value]
    if isinstance(value, dict):
        secret = secret or value.get(deserialize.SPECIAL_SIG_KEY) == deserialize.SPECIAL_SECRET_SIG
        return {key: marked(each, secret=secret) for key, each in value.items()}
    return Secret(value) if secret and isinstance(value, str) else value
