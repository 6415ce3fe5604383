"""Names: what has one of its own in a stack cannot have that of another."""

import itertools
from typing import Any

import pytest

from settings import PROJECT, parse
from tests.settings.stack_files import CIPHER, IMAGE, KINDS, LEAST, only_problem, refusal

NOTHING: dict[str, Any] = LEAST | {"services": {}}
NAMED: dict[str, Any] = {**KINDS, "tenants": {}}
ADDON = {"chart": "kibana", "repository": "https://helm.elastic.co", "version": "8.5.1"}


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(NAMED, 2)))
def test_no_two_of_a_stack_have_one_name(first: str, second: str) -> None:
    problem, remedy = only_problem(refusal(NOTHING | {first: {"same": NAMED[first]}, second: {"same": NAMED[second]}}))
    assert problem == f"{PROJECT}:{second}.same has the name of `{first}.same`"
    assert remedy == "  Remedy: rename one of them"


def test_one_name_of_three_is_told_of_each_that_has_it_too() -> None:
    message = refusal(NOTHING | {kind: {"same": KINDS[kind]} for kind in ("services", "jobs", "workers")})
    assert message.startswith("Pulumi.test.yaml has 2 problems.")
    assert message.count("has the name of `services.same`") == 2


def test_names_of_their_own_are_accepted_of_all_kinds() -> None:
    names = {kind: f"name-{number}" for number, kind in enumerate(NAMED)}
    read = parse(NOTHING | {kind: {names[kind]: NAMED[kind]} for kind in NAMED}, "test")
    assert sorted([*read.workloads(), *read.tenants]) == sorted(names.values())


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_has_the_name_of_a_services_migration(kind: str) -> None:
    services = {"shop": {"image": IMAGE, "migration": {"command": ["migrate"]}}}
    config = {"services": services}
    config |= {kind: config.get(kind, {}) | {"shop-migration": KINDS[kind]}}
    problem, remedy = only_problem(refusal(NOTHING | config))
    assert problem == f"{PROJECT}:{kind}.shop-migration has the name of what `services.shop.migration` makes"
    assert remedy == "  Remedy: rename it"


def test_without_a_migration_its_name_is_free() -> None:
    services = {"shop": {"image": IMAGE}, "shop-migration": {"image": IMAGE}}
    assert sorted(parse(LEAST | {"services": services}, "test").services) == ["shop", "shop-migration"]


TAKEN = ["cert-manager", "kong", "services", "stand-ins", "default", "kube-node-lease", "kube-public", "kube-system"]


@pytest.mark.parametrize("namespace", TAKEN)
@pytest.mark.parametrize("section", ["nodeAgents", "tenants", "addons"])
def test_namespaces_of_the_platform_are_nobody_elses(section: str, namespace: str) -> None:
    entry = {**NAMED, "addons": ADDON}[section]
    problem, remedy = only_problem(refusal(NOTHING | {section: {namespace: entry}}))
    assert problem == (
        f"{PROJECT}:{section}.{namespace} is in the namespace '{namespace}', which holds other parts of the platform"
    )
    assert remedy == "  Remedy: give it another `namespace`, or another name"


@pytest.mark.parametrize("section", ["nodeAgents", "tenants"])
def test_addons_are_not_in_namespaces_of_others(section: str) -> None:
    config = NOTHING | {section: {"logs": NAMED[section]}}
    for addons in ({"logs": ADDON}, {"kibana": ADDON | {"namespace": "logs"}}):
        problem, _ = only_problem(refusal(config | {"addons": addons}))
        assert problem.startswith(f"{PROJECT}:addons.{next(iter(addons))} is in the namespace 'logs', which holds")


@pytest.mark.parametrize("kind", ["services", "workers", "scheduledJobs", "jobs"])
@pytest.mark.parametrize("name", ["kong", "default"])
def test_what_has_no_namespace_of_its_own_may_be_called_like_one(kind: str, name: str) -> None:
    assert list(parse(NOTHING | {kind: {name: KINDS[kind]}}, "test").workloads()) == [name]


def test_what_is_wrong_in_itself_is_not_told_to_be_alike() -> None:
    jobs = {"shop": {"image": IMAGE, "secretEnvironment": {"A": CIPHER}}}
    assert "has the name of" not in refusal(LEAST | {"jobs": jobs})
