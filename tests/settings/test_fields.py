"""The kinds of values: what a component would refuse while it is declared is refused before anything is."""

from typing import Any

import pytest

from settings import PROJECT, parse
from settings.workloads import ServiceSettings
from tests.settings.stack_files import GOOGLE, IMAGE, refusal, shop


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            shop(roles=["roles/owner"]),
            "services.shop.roles.0 (\"roles/owner\") has 'roles/owner', a basic role with thousands of rights",
        ),
        (
            GOOGLE | {"database": {"tier": "db-n1-standard-1"}},
            "database.tier (\"db-n1-standard-1\") is 'db-n1-standard-1', which is not a machine of Cloud SQL",
        ),
        (
            GOOGLE | {"database": {"tier": "db-custom-3-7680"}},
            'database.tier ("db-custom-3-7680") has 3 CPUs',
        ),
    ],
)
def test_what_a_component_refuses_is_refused_before_anything_is_declared(config: dict[str, Any], said: str) -> None:
    assert f"\n{PROJECT}:{said}" in refusal(config)


@pytest.mark.parametrize("role", ["roles/cloudtrace.agent", "projects/acme-prod/roles/reporter"])
def test_predefined_and_custom_roles_are_accepted(role: str) -> None:
    assert parse(shop(roles=[role]), "test").services["shop"].roles == [role]


@pytest.mark.parametrize("tier", ["db-f1-micro", "db-custom-1-3840", "db-custom-2-7680"])
def test_machines_of_cloud_sql_are_accepted(tier: str) -> None:
    assert parse(GOOGLE | {"database": {"tier": tier}}, "test").database.tier == tier


def needs_identity(**needs: object) -> bool:
    return ServiceSettings.model_validate({"image": IMAGE, **needs}).needs_identity()


def test_an_identity_is_needed_for_all_but_a_database() -> None:
    assert not needs_identity()
    assert not needs_identity(database=True)
    for need in ("publishes", "subscribes", "datasets", "buckets"):
        assert needs_identity(**{need: ["orders"]})
    assert needs_identity(roles=["roles/cloudtrace.agent"])
