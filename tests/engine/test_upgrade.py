"""Stacks that earlier versions of the components left, taken on by this one: nothing of them is replaced or deleted.

Each was recorded from a real deployment for the release of its version, and stays as it is from then on. It is had
again in an API server, in a simulated Google Cloud and in Pulumi's state. That shows what this version would do to it.
It does not show what real clouds would say of it, nor pods that go on running; and what no recorded program declares is
not looked at.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from web_platform.package.components import COMPONENTS

from localcloud.toolchain import Toolchain
from surface import stacks
from tests.engine.recorded_stack import LATEST, RecordedStack

_POLICY = "urn:pulumi:dev::recorded::web-platform:index:WebService$kubernetes:networking.k8s.io/v1:NetworkPolicy::"
RENAMED = {"before_workloads": {f"{_POLICY}storefront-egress": f"{_POLICY}storefront-network"}}
"""Former URN -> URN of what each program has under another name by now."""

PROGRAMS = sorted(state.stem for state in stacks.DIRECTORY.glob("*.json"))


@pytest.fixture
def place(programs: Toolchain, tmp_path: Path) -> Iterator[RecordedStack]:
    del programs  # Built before anything is timed.
    with RecordedStack.place(tmp_path) as made:
        yield made


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_update_to_this_version_keeps_every_resource(place: RecordedStack, program: str) -> None:
    place.restore(program)
    known, before = place.urns(), place.identities()
    planned = place.steps()
    assert {urn: step for urn, step in planned.items() if step not in ("create", "update")} == {}
    for former, name in RENAMED.get(program, {}).items():
        assert (former in known, name in known, planned[name]) == (True, False, "update")
    place.pulumi("up", "--yes", "--skip-preview")
    after = place.identities()
    assert before
    assert {name: after.get(name) for name in before} == before
    assert place.steps() == {}


def test_the_program_that_is_recorded_next_declares_every_component() -> None:
    program = ast.parse((stacks.DIRECTORY / f"{LATEST}.py").read_text())
    called = {
        node.func.attr
        for node in ast.walk(program)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert {each.__name__ for each in COMPONENTS} <= called
