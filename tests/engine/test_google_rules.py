"""Every rule of the simulated Google Cloud, broken once on purpose by programs on the real engine."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, zip_longest
from pathlib import Path

import pytest

from localcloud.providers.google import (
    addresses,
    kinds,
    locations,
    references,
    traffic,
)
from localcloud.toolchain import Toolchain
from tests.engine.google_program import Declared, GoogleProgram, Run, Wrong
from tests.engine.google_rules import Differing, Kept, data, gke, identity, keeping, network, sql_and_dns
from tests.engine.google_rules.written import unbroken

AREAS = [network.RULES, sql_and_dns.RULES, identity.RULES, data.RULES, keeping.RULES, gke.RULES]
WRITTEN_IN = [*[m for m in kinds.MODULES if m.__name__.endswith("compute")], addresses, locations, references, traffic]

BASE = [list(chain.from_iterable(each)) for each in zip_longest(*(area.base for area in AREAS), fillvalue=())]
DECLARED = {each.name: each for wave in BASE for each in wave}
CHECKED = [each for area in AREAS for each in area.checked]
REFUSED = [each for area in AREAS for each in area.refused]
CHANGED = [each for area in AREAS for each in area.changed]
DIFFERING = [each for area in AREAS for each in area.differing]
KEPT = [each for area in AREAS for each in area.kept]
ADOPTED = [each for area in AREAS for each in area.adopted]
DELETED = {name for area in AREAS for name in area.deleted}
AFTERWARDS = [each for area in AREAS for each in area.afterwards]


@pytest.fixture(scope="module")
def program(programs: Toolchain, pulumi_home: Path, tmp_path_factory: pytest.TempPathFactory) -> GoogleProgram:
    return GoogleProgram(programs, pulumi_home, tmp_path_factory.mktemp("rules"))


@pytest.fixture(scope="module")
def checked(programs: Toolchain, pulumi_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return GoogleProgram(programs, pulumi_home, tmp_path_factory.mktemp("checks")).check(CHECKED)


@pytest.fixture(scope="module")
def made(program: GoogleProgram) -> Run:
    """The base is made, and what is refused is not."""
    for each in ADOPTED:
        program.cloud.adopt(each)
    return program.up(*BASE, REFUSED)


@pytest.fixture(scope="module")
def settled(program: GoogleProgram, made: Run) -> Run:
    """The base again, without an order: the engine would leave out what comes after a failure."""
    return program.up([*DECLARED.values()])


@pytest.fixture(scope="module")
def previewed(program: GoogleProgram, settled: Run) -> Run:
    return program.preview(_with([each.declared for each in DIFFERING]))


@pytest.fixture(scope="module")
def changed(program: GoogleProgram, previewed: Run) -> Run:
    return program.up(_with(CHANGED))


@pytest.fixture(scope="module")
def deleted(program: GoogleProgram, changed: Run) -> Run:
    return program.up([each for name, each in DECLARED.items() if name not in {*DELETED, *map(_name, KEPT)}])


@pytest.fixture(scope="module")
def remade(program: GoogleProgram, deleted: Run) -> Run:
    left = {name: each for name, each in DECLARED.items() if name not in DELETED}
    return program.up([*{**left, **{each.name: each for each in AFTERWARDS}}.values()])


@pytest.mark.parametrize("case", CHECKED, ids=str)
def test_a_wrong_input_is_told(checked: Run, case: Wrong) -> None:
    assert_told(checked, case)


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_what_cannot_be_made_is_refused(made: Run, case: Wrong) -> None:
    assert_told(made, case)


def test_the_base_is_made_and_nothing_else(program: GoogleProgram, made: Run) -> None:
    assert made.messages.keys() == {each.name for each in REFUSED}, made
    known = program.in_state()
    assert known.keys() == DECLARED.keys()
    assert {(each.type, each.id) for each in program.cloud.all()} == {
        (each["type"], each["id"]) for each in known.values()
    }


def test_the_base_is_sound(settled: Run) -> None:
    assert settled.succeeded, settled
    assert settled.done("same") == DECLARED.keys()


def test_names_are_unique() -> None:
    names = [each.name for each in (*DECLARED.values(), *REFUSED)]
    assert len(names) == len(set(names))
    assert len({each.name for each in CHECKED}) == len(CHECKED)


def _with(others: Sequence[Declared | Wrong]) -> list[Declared | Wrong]:
    """The base with other versions of some of its resources."""
    return [*({**DECLARED, **{each.name: each for each in others}}).values()]


@pytest.mark.parametrize("case", DIFFERING, ids=lambda case: case.name)
def test_a_change_updates_or_replaces(previewed: Run, case: Differing) -> None:
    assert previewed.differences[case.name] == case.differences


def test_only_what_differs_is_changed(previewed: Run) -> None:
    assert previewed.succeeded, previewed
    assert previewed.operations.keys() - previewed.done("same") == {each.name for each in DIFFERING}


@pytest.mark.parametrize("case", CHANGED, ids=str)
def test_what_cannot_be_changed_is_refused(changed: Run, case: Wrong) -> None:
    assert_told(changed, case)


def test_what_cannot_be_changed_stays_as_it_was(program: GoogleProgram, changed: Run) -> None:
    assert changed.messages.keys() == {each.name for each in CHANGED}, changed
    known = program.in_state()
    for each in CHANGED:
        given = {name: value for name, value in known[each.name]["inputs"].items() if name in DECLARED[each.name].inputs}
        assert given == DECLARED[each.name].inputs


@pytest.mark.parametrize("case", KEPT, ids=lambda case: case.name)
def test_what_cannot_be_deleted_stays(program: GoogleProgram, deleted: Run, case: Kept) -> None:
    assert_told(deleted, Wrong(case.name, "", {}, (case.told,)))


def test_nothing_else_fails_when_some_is_deleted(program: GoogleProgram, deleted: Run) -> None:
    assert deleted.messages.keys() == {each.name for each in KEPT}, deleted
    assert program.in_state().keys() == DECLARED.keys()


def test_every_rule_is_broken(checked: Run, made: Run, changed: Run, deleted: Run) -> None:
    messages = [
        each for run in (checked, made, changed, deleted) for messages in run.messages.values() for each in messages
    ]
    assert unbroken(WRITTEN_IN, messages) == [rule for area in AREAS for rule in area.unheard]


def assert_told(run: Run, case: Wrong) -> None:
    """Each message is one of those which are expected, and what is refused says what is dangerous and what to do."""
    messages = run.messages.get(case.name, [])
    assert [sum(each.startswith(told) for each in messages) for told in case.told] == [1] * len(case.told), messages
    assert len(messages) == len(case.told), messages
    for each in messages:
        assert ": " in each
