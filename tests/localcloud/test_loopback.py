"""How this machine is reached where everything else is behind a proxy."""

import os
import urllib.request

import pytest

from localcloud.loopback import reached_directly

ENVIRONMENTS: list[dict[str, str]] = [
    {},
    {"no_proxy": "a.example"},
    {"NO_PROXY": "a.example"},
    {"NO_PROXY": "a.example", "no_proxy": "b.example,127.0.0.1"},
    {"NO_PROXY": " a.example , b.example"},
    {"NO_PROXY": "*"},
    {"no_proxy": "*", "NO_PROXY": "a.example"},
]


def direct(environment: dict[str, str], hosts: list[str]) -> list[str]:
    """The hosts that a program with such an environment reaches without its proxy."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            patch.delenv(name)
        for name, value in ({"HTTP_PROXY": "http://proxy.example:3128"} | environment).items():
            patch.setenv(name, value)
        return [host for host in hosts if urllib.request.proxy_bypass(host)]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_stand_ins_are_reached_directly_and_others_as_before(environment: dict[str, str]) -> None:
    others = ["a.example", "b.example", "c.example"]
    changed = environment | reached_directly(environment)
    assert direct(changed, ["127.0.0.1", "localhost"]) == ["127.0.0.1", "localhost"]
    assert direct(changed, others) == direct(environment, others)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_to_say_it_twice_changes_nothing(environment: dict[str, str]) -> None:
    once = environment | reached_directly(environment)
    assert once | reached_directly(once) == once
