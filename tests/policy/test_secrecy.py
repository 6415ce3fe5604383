"""What is secret is known as such, wherever it stands in what the engine hands over."""

from typing import Any

import pytest
from pulumi_policy import deserialize, policy
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policy import pack, secrecy
from policy.secrecy import Secret


def _secret(value: Any) -> dict[str, Any]:
    return {deserialize.SPECIAL_SIG_KEY: deserialize.SPECIAL_SECRET_SIG, "value": value}


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "deserialize_properties", deserialize.deserialize_properties)
    secrecy.keep()


def _handed_over(properties: dict[str, Any]) -> Any:
    deserialized = policy.deserialize_properties(properties)  # type: ignore[attr-defined]
    return pack.plain(unknown_checking_proxy(deserialized))


@pytest.mark.usefixtures("kept")
def test_texts_within_a_secret_are_secret_and_no_others() -> None:
    found = _handed_over({"values": {"a": "open", "b": _secret("hidden")}, "c": _secret({"d": ["deep", 1.0]})})
    assert found == {"values": {"a": "open", "b": "hidden"}, "c": {"d": ["deep", 1.0]}}
    assert not isinstance(found["values"]["a"], Secret)
    assert isinstance(found["values"]["b"], Secret)
    assert isinstance(found["c"]["d"][0], Secret)


@pytest.mark.usefixtures("kept")
def test_what_is_unknown_stays_unknown_within_a_secret() -> None:
    assert _handed_over({"a": _secret(UNKNOWN_STRING_VALUE), "b": UNKNOWN_STRING_VALUE}) == {"a": None, "b": None}
