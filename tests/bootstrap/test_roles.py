"""What deployers may do is what the page about Google Cloud says, and what the program grants."""

import re
from typing import Any

import pytest

from bootstrap.roles import ROLES, condition, grantable, roles
from settings import Settings, from_stack_file, parse
from tests.bootstrap.files import ROOT
from tests.settings.stack_files import GOOGLE, prefixed, read_by_program
from tests.test_google_cloud_page import _rows as rows_of_the_page
from tests.test_program import configuration, run

PAGE = (ROOT / "docs" / "google-cloud.md").read_text()
# What services and others ask for in services.yaml, no longer asked for.
BARE: dict[str, Any] = {
    "topics": {},
    "datasets": {},
    "buckets": {},
    "services": {"hello": {"database": False, "publishes": [], "buckets": []}, "status": {"datasets": []}},
    "workers": {"greeter": {"subscribes": []}},
    "jobs": {"first-upload": {"buckets": []}},
}
WILDCARD: dict[str, Any] = {
    "certificates": {"authority": "letsEncrypt", "email": "platform@example.org"},
    "services": {"shop": {**GOOGLE["services"]["shop"], "public": True, "host": "*.example.com"}},
}


def stack(**changes: Any) -> Settings:
    return parse(GOOGLE | changes, "prod")


def python_name(type_: str) -> str:
    """A type as the page names it: ``compute.Network`` of ``gcp:compute/network:Network``."""
    _, place, name = type_.split(":")
    return f"{place.partition('/')[0]}.{name}"


def test_the_roles_are_those_of_the_page_in_its_order() -> None:
    assert list(ROLES) == [row[0].strip("`") for row in rows_of_the_page()]


def test_the_condition_is_that_of_the_page() -> None:
    (block,) = re.findall(r"expression: >-\n((?:  .*\n)+)", PAGE)
    of_the_page = "".join(line.strip() for line in block.splitlines())
    assert condition(grantable(from_stack_file(ROOT, "prod"), "example-prod")) == of_the_page


@pytest.mark.parametrize("name", ["staging", "prod"])
def test_the_roles_that_may_be_granted_are_those_that_the_program_grants(name: str) -> None:
    granted = {grant.inputs["role"] for grant in run(name).of_type("gcp:projects/iAMMember:IAMMember").values()}
    assert set(grantable(from_stack_file(ROOT, name), f"example-{name}")) == granted


@pytest.mark.parametrize(
    ("declared", "missing"),
    [
        ({}, {"iam.roleAdmin"}),
        ({"services": {"hello": {"public": True, "host": "*.example.com"}}}, set()),
        (BARE, {"iam.roleAdmin", "cloudsql.admin", "pubsub.admin", "bigquery.dataOwner", "storage.admin"}),
        (BARE | {"buckets": {"files": {}}}, {"iam.roleAdmin", "cloudsql.admin", "pubsub.admin", "bigquery.dataOwner"}),
        (BARE | {"datasets": {"sales": {}}}, {"iam.roleAdmin", "cloudsql.admin", "pubsub.admin", "storage.admin"}),
        (BARE | {"topics": {"sold": {}}}, {"iam.roleAdmin", "cloudsql.admin", "storage.admin"}),
        (
            BARE | {"topics": {"sold": {"archived": False}}},
            {"iam.roleAdmin", "cloudsql.admin", "storage.admin", "bigquery.dataOwner"},
        ),
        (
            BARE | {"services": BARE["services"] | {"hello": {"database": True, "publishes": [], "buckets": []}}},
            {"iam.roleAdmin", "pubsub.admin", "bigquery.dataOwner", "storage.admin"},
        ),
    ],
)
def test_a_stack_has_a_role_for_all_that_it_makes_and_for_nothing_that_it_does_not_declare(
    declared: dict[str, Any], missing: set[str]
) -> None:
    makers = {made: row[0].strip("`") for row in rows_of_the_page() for made in re.findall(r"`(\w+\.\w+)`", row[1])}
    made = {python_name(each.type) for each in run("prod", declared) if each.type.startswith("gcp:")}
    read = read_by_program(ROOT, configuration("prod") | prefixed(declared))
    assert set(roles(read)) == {makers[name] for name in made} | {"roles/iam.serviceAccountUser"}
    assert set(ROLES) - set(roles(read)) == {f"roles/{name}" for name in missing}


def test_what_workloads_and_tenants_ask_for_may_be_granted_too() -> None:
    asking = stack(
        services={"shop": {**GOOGLE["services"]["shop"], "roles": ["roles/cloudtrace.agent"]}},
        tenants={"shops": {"roles": ["roles/aiplatform.user"]}},
    )
    assert {"roles/cloudtrace.agent", "roles/aiplatform.user"} < set(grantable(asking, "acme-prod"))


def test_a_role_is_made_and_granted_only_where_wildcards_are_certified() -> None:
    assert "roles/iam.roleAdmin" not in roles(stack())
    assert not [role for role in grantable(stack(), "acme-prod") if role.startswith("projects/")]
    with_wildcard = stack(**WILDCARD)
    assert "roles/iam.roleAdmin" in roles(with_wildcard)
    assert "projects/acme-prod/roles/cert_manager_dns_solver" in grantable(with_wildcard, "acme-prod")


def test_what_the_program_makes_for_a_wildcard_is_what_may_be_granted() -> None:
    services = {"hello": {"public": True, "host": "*.example.com"}}
    grants = run("prod", {"services": services}).of_type("gcp:projects/iAMMember:IAMMember").values()
    granted = {grant.inputs["role"] for grant in grants}
    assert "projects/example-prod/roles/cert_manager_dns_solver" in granted


def test_no_list_of_a_condition_is_longer_than_google_takes() -> None:
    names = [f"roles/a.b{number}" for number in range(23)]
    parts = condition(names).split(" || ")
    found = [re.findall(r"'(roles/[^']+)'", part) for part in parts]
    assert [len(part) for part in found] == [10, 10, 3]
    assert [role for part in found for role in part] == names
