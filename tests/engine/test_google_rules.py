"""Every rule of the simulated Google Cloud, broken once on purpose by programs on the real engine.

The tables are in `google_rules`; all of them together are one program, which is run a few times.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from pathlib import Path

import pytest

from localcloud.providers.google import addresses, checks, cloud, grants, kinds, locations, principals, references
from localcloud.providers.google.bigquery import schemas
from localcloud.providers.google.compute import kind as compute_kind
from localcloud.providers.google.compute import networks, traffic
from localcloud.providers.google.container import kind as container_kind
from localcloud.providers.google.container import maintenance, networking, node_pools
from localcloud.providers.google.pubsub import bigquery_delivery
from localcloud.providers.google.sql import instance_settings
from localcloud.toolchain import Toolchain
from tests.engine.google_program import PROJECT, Declared, GoogleProgram, Run, Wrong
from tests.engine.google_rules import Differing, Kept, data, gke, identity, keeping, network, sql_and_dns
from tests.engine.google_rules.written import unbroken

AREAS = [network.RULES, sql_and_dns.RULES, identity.RULES, data.RULES, keeping.RULES, gke.RULES]
WRITTEN_IN = [
    *kinds.MODULES,
    *(addresses, checks, cloud, grants, locations, principals, references),
    *(compute_kind, traffic),
    *(container_kind, maintenance, networking, node_pools),
    *(schemas, bigquery_delivery, instance_settings),
]

BASE = [list(chain.from_iterable(each)) for each in zip_longest(*(area.base for area in AREAS), fillvalue=())]
DECLARED = {each.name: each for wave in BASE for each in wave}
ADOPTED = [each for area in AREAS for each in area.adopted]
CHECKED = [each for area in AREAS for each in area.checked]
REFUSED = [each for area in AREAS for each in area.refused]
DIFFERING = [each for area in AREAS for each in area.differing]
LOST = {name for area in AREAS for name in area.lost}
CHANGED = [each for area in AREAS for each in area.changed]
KEPT = [each for area in AREAS for each in area.kept]
DELETED = {name for area in AREAS for name in area.deleted}
AFTERWARDS = [each for area in AREAS for each in area.afterwards]


def base_with(others: Iterable[Declared | Wrong], without: Iterable[str] = ()) -> Sequence[Declared | Wrong]:
    """The base with other versions of some of its resources, and without some.

    In one wave: the engine would leave out what comes after a failure.
    """
    left = {name: each for name, each in DECLARED.items() if name not in set(without)}
    return [*{**left, **{each.name: each for each in others}}.values()]


@pytest.fixture(scope="module")
def checked(programs: Toolchain, pulumi_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return GoogleProgram(programs, pulumi_home, tmp_path_factory.mktemp("checks")).check(CHECKED)


@pytest.fixture(scope="module")
def program(programs: Toolchain, pulumi_home: Path, tmp_path_factory: pytest.TempPathFactory) -> GoogleProgram:
    return GoogleProgram(programs, pulumi_home, tmp_path_factory.mktemp("rules"))


@pytest.fixture(scope="module")
def made(program: GoogleProgram) -> Run:
    for each in ADOPTED:
        program.cloud.adopt(each)
    return program.up(*BASE, REFUSED)


@pytest.fixture(scope="module")
def settled(program: GoogleProgram, made: Run) -> Run:
    return program.up(base_with([]))


@pytest.fixture(scope="module")
def previewed(program: GoogleProgram, settled: Run) -> Run:
    return program.preview(base_with(each.declared for each in DIFFERING))


@pytest.fixture(scope="module")
def changed(program: GoogleProgram, previewed: Run) -> Run:
    known = program.in_state()
    for name in LOST:
        program.cloud.tamper(known[name]["type"], known[name]["id"], None)
    return program.up(base_with(CHANGED))


@pytest.fixture(scope="module")
def deleted(program: GoogleProgram, changed: Run) -> Run:
    return program.up(base_with([], without=[*DELETED, *(each.name for each in KEPT)]))


@pytest.fixture(scope="module")
def afterwards(program: GoogleProgram, deleted: Run) -> Run:
    return program.up(base_with(AFTERWARDS, without=DELETED))


def test_a_name_means_one_resource() -> None:
    of_program = [each.name for each in chain.from_iterable(BASE)] + [each.name for each in REFUSED]
    for names in (of_program, [each.name for each in CHECKED]):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("case", CHECKED, ids=str)
def test_a_wrong_input_is_told(checked: Run, case: Wrong) -> None:
    assert_told(checked, case)


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_what_cannot_be_made_is_refused(made: Run, case: Wrong) -> None:
    assert_told(made, case)


def test_nothing_wrong_is_made(program: GoogleProgram, made: Run) -> None:
    assert made.messages.keys() == {each.name for each in REFUSED}, made
    known = program.in_state()
    assert known.keys() == DECLARED.keys()
    existing = {(each.type, each.id) for each in program.cloud.all()}
    assert existing == {(each["type"], each["id"]) for each in known.values()}


def test_what_is_right_is_made_and_stays_as_it_is(settled: Run) -> None:
    assert settled.succeeded, settled
    assert settled.done("same") | settled.done("read") == DECLARED.keys()


@pytest.mark.parametrize("case", DIFFERING, ids=lambda case: case.declared.name)
def test_a_change_updates_or_replaces(previewed: Run, case: Differing) -> None:
    assert previewed.differences[case.declared.name] == case.differences
    replaces = any("replace" in each for each in case.differences.values())
    assert case.declared.name in previewed.done("replace" if replaces else "update")


def test_only_what_differs_is_changed(previewed: Run) -> None:
    assert previewed.succeeded, previewed
    unchanged = previewed.done("same") | previewed.done("read")
    assert previewed.operations.keys() - unchanged == {each.declared.name for each in DIFFERING}


@pytest.mark.parametrize("case", CHANGED, ids=str)
def test_what_cannot_be_changed_is_refused(changed: Run, case: Wrong) -> None:
    assert_told(changed, case)


def test_what_cannot_be_changed_stays_as_it_was(program: GoogleProgram, changed: Run) -> None:
    assert changed.messages.keys() == {each.name for each in CHANGED}, changed
    known = program.in_state()
    for name in changed.messages:
        given = DECLARED[name].inputs
        assert {each: known[name]["inputs"].get(each) for each in given} == given


@pytest.mark.parametrize("case", KEPT, ids=lambda case: case.name)
def test_what_cannot_be_deleted_is_refused(deleted: Run, case: Kept) -> None:
    assert_told(deleted, Wrong(case.name, "", {}, (case.told,)))


def test_what_cannot_be_deleted_stays(program: GoogleProgram, deleted: Run) -> None:
    assert deleted.messages.keys() == {each.name for each in KEPT}, deleted
    assert program.in_state().keys() == DECLARED.keys() - DELETED


def test_a_service_stays_enabled_unless_it_was_to_be_disabled(program: GoogleProgram, deleted: Run) -> None:
    assert {"monitoring", "logging"} <= DELETED
    assert program.cloud.enabled(PROJECT, "monitoring.googleapis.com")
    assert not program.cloud.enabled(PROJECT, "logging.googleapis.com")


@pytest.mark.parametrize("case", AFTERWARDS, ids=str)
def test_what_was_deleted_has_consequences(afterwards: Run, case: Wrong) -> None:
    assert_told(afterwards, case)


def test_what_was_not_deleted_goes_on(afterwards: Run) -> None:
    assert afterwards.messages.keys() == {each.name for each in AFTERWARDS}, afterwards


def test_every_rule_is_broken(checked: Run, made: Run, changed: Run, deleted: Run, afterwards: Run) -> None:
    runs = (checked, made, changed, deleted, afterwards)
    messages = [each for run in runs for messages in run.messages.values() for each in messages]
    assert sorted(unbroken(WRITTEN_IN, messages)) == sorted(rule for area in AREAS for rule in area.unheard)


def test_a_rule_that_nothing_breaks_is_found() -> None:
    text = "'is for dynamic port allocation: set enableDynamicPortAllocation too'"
    assert f"compute: {text}" in unbroken([traffic], [])
    assert f"compute: {text}" not in unbroken([traffic], [f"maxPortsPerVm {text[1:-1]}"])
    assert "compute: between('mtu')" in unbroken([networks], ["name is 'Vpc', but a name has 1 to 63 letters"])
    assert "compute: between('mtu')" not in unbroken([networks], ["mtu is 1, but Google takes 1300 to 8896 bytes"])


def assert_told(run: Run, case: Wrong) -> None:
    """Its messages are those which are expected; a refusal says what is dangerous and what to do, too."""
    messages = run.messages.get(case.name, [])
    assert len(messages) == len(case.told), messages
    for told in case.told:
        assert sum(each.startswith(told) for each in messages) == 1, (told, messages)
    for each in messages:
        assert not each[:3].isdigit() or ("\n  Danger: " in each and "\n  Remedy: " in each)
