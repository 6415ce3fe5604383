"""The variables and ways of workloads: the same on every platform, and what is provided in several parts."""

from typing import Any

import pulumi
import pytest
from web_platform import Worker, WorkloadArgs

from platforms import Provided, calls
from platforms.environment import postgres_access
from settings.workloads import WORKLOADS
from tests.recording import declare
from tests.settings.stack_files import KINDS

WAY: Any = {"cidr": "10.0.0.1/32", "port": 5432}


@pytest.mark.parametrize("kind", KINDS)
def test_who_calls_is_told_where_each_service_is_and_gets_a_way_to_it(kind: str) -> None:
    workload = WORKLOADS[kind].model_validate(KINDS[kind] | {"calls": ["web-shop", "status"]})

    def program() -> None:
        called = calls(workload, pulumi.Output.from_input("services"))
        pulumi.export("environment", called.environment)
        pulumi.export("paths", called.network_paths)
        pulumi.export("others", [called.secret_environment, called.subscriptions])

    assert declare(program).exports() == {
        "environment": {
            "SERVICE_WEB_SHOP": "http://web-shop.services.svc",
            "SERVICE_STATUS": "http://status.services.svc",
        },
        "paths": [{"namespace": "services", "workload": callee} for callee in ("web-shop", "status")],
        "others": [{}, []],
    }


@pytest.mark.parametrize("kind", KINDS)
def test_who_calls_nobody_is_told_nothing(kind: str) -> None:
    assert calls(WORKLOADS[kind].model_validate(KINDS[kind]), "services") == Provided({}, network_paths=[])


def test_parts_are_put_together_in_their_order() -> None:
    first = Provided({"A": "1", "B": "1"}, {"C": "1"}, [WAY], ["s"])
    second = Provided({"B": "2"}, {"D": "2"}, [{"namespace": "n"}], ["t"])
    assert first | second == Provided({"A": "1", "B": "2"}, {"C": "1", "D": "2"}, [WAY, {"namespace": "n"}], ["s", "t"])
    assert Provided() | first == first | Provided() == first


def test_what_is_provided_is_added_to_what_a_workload_says_itself() -> None:
    provided = Provided({"A": "1"}, {"B": "1"}, [WAY], ["s"])
    said: Any = {
        "image": "shop:1",
        "namespace": "services",
        "environment": {"C": "2"},
        "secret_environment": {"D": "2"},
        "network_paths": [{"namespace": "n"}],
    }
    assert provided.added_to(said) == {
        "image": "shop:1",
        "namespace": "services",
        "environment": {"A": "1", "C": "2"},
        "secret_environment": {"B": "1", "D": "2"},
        "network_paths": [WAY, {"namespace": "n"}],
    }
    assert said["environment"] == {"C": "2"}


def test_what_a_workload_says_itself_goes_before() -> None:
    own: WorkloadArgs = {"image": "x:1", "namespace": "n", "environment": {"A": "own"}}
    assert Provided({"A": "1"}).added_to(own)["environment"] == {"A": "own"}


def test_nothing_added_changes_nothing_of_what_is_declared() -> None:
    args: Any = {"image": "shop:1", "namespace": "services"}
    plain = declare(lambda: Worker("w", args))
    added = declare(lambda: Worker("w", Provided().added_to(args)))
    assert {each.urn: each for each in plain} == {each.urn: each for each in added}


@pytest.mark.parametrize(("encrypted", "mode"), [(True, "require"), (False, "disable")])
def test_a_database_is_told_as_clients_of_postgresql_read_it(encrypted: bool, mode: str) -> None:
    access = postgres_access("web-shop", host="db", password="secret", encrypted=encrypted, network_paths=[WAY])
    assert access == Provided(
        {"PGHOST": "db", "PGPORT": "5432", "PGDATABASE": "web_shop", "PGUSER": "web_shop", "PGSSLMODE": mode},
        {"PGPASSWORD": "secret"},
        [WAY],
    )
