"""Who calls whom, and who is let in because of it."""

from typing import Any

import pytest

from settings import PROJECT, parse
from tests.settings.stack_files import IMAGE, KINDS, LEAST, one, only_problem, refusal, shop


def calling(kind: str, *callees: str) -> dict[str, Any]:
    """The service shop, and another workload that calls."""
    config = one(kind, "caller", calls=list(callees))
    return config | {"services": config["services"] | LEAST["services"]}


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_calls_a_service_is_let_in_from_where_it_is(kind: str) -> None:
    read = parse(calling(kind, "shop"), "test")
    assert read.workloads()["caller"].calls == ["shop"]
    namespace = "caller" if kind == "nodeAgents" else "services"
    assert read.callers("shop") == [{"namespace": namespace, "workload": "caller"}]


def test_callers_come_in_the_order_of_their_names_and_tenants_behind() -> None:
    tenants: dict[str, Any] = {"orders": {}, "apps": {}}
    config = LEAST | {
        "services": {"shop": {"image": IMAGE, "admits": ["orders", "apps"]}, "b": {"image": IMAGE, "calls": ["shop"]}},
        "workers": {"a": {"image": IMAGE, "calls": ["b", "shop"]}},
        "tenants": tenants,
    }
    read = parse(config, "test")
    assert read.callers("shop") == [
        {"namespace": "services", "workload": "a"},
        {"namespace": "services", "workload": "b"},
        {"namespace": "orders"},
        {"namespace": "apps"},
    ]
    assert read.callers("b") == [{"namespace": "services", "workload": "a"}]


def test_services_may_call_each_other() -> None:
    services = {"a": {"image": IMAGE, "calls": ["b"]}, "b": {"image": IMAGE, "calls": ["a"]}}
    assert parse(LEAST | {"services": services}, "test").callers("a") == [{"namespace": "services", "workload": "b"}]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("callee", ["shpo", "other"])
def test_only_services_of_the_stack_are_called(kind: str, callee: str) -> None:
    config = calling(kind, callee) | {"tenants": {"other": {}}}
    problem, remedy = only_problem(refusal(config))
    assert problem == f"{PROJECT}:{kind}.caller.calls names '{callee}', which is not among the services of this stack"
    there_are = "caller, shop" if kind == "services" else "shop"
    assert remedy == f"  Remedy: declare it under `services`; there are: {there_are}"


def test_a_worker_is_not_called() -> None:
    config = LEAST | {
        "workers": {"mailer": {"image": IMAGE}},
        "services": {"shop": {"image": IMAGE, "calls": ["mailer"]}},
    }
    problem, _ = only_problem(refusal(config))
    assert problem.startswith(f"{PROJECT}:services.shop.calls names 'mailer', which is not among the services")


def test_without_services_there_is_nobody_to_call() -> None:
    assert "there are: (none)" in refusal(one("workers", calls=["shop"]))


def test_a_service_that_is_wrong_in_itself_can_be_called() -> None:
    config = calling("workers", "shop") | {"services": {"shop": {"image": "shop"}}}
    problem, _ = only_problem(refusal(config))
    assert "services.shop.image" in problem


@pytest.mark.parametrize(("calls", "callee"), [(["shop"], "shop"), (["b", "b"], "b")])
def test_nobody_calls_itself_or_another_twice(calls: list[str], callee: str) -> None:
    config = LEAST | {"services": {"shop": {"image": IMAGE, "calls": calls}, "b": {"image": IMAGE}}}
    message = refusal(config)
    assert f"{PROJECT}:services.shop.calls names '{callee}' twice, or itself\n" in message
    assert "\n  Remedy: remove it" in message


def test_only_tenants_of_the_stack_are_admitted() -> None:
    problem, remedy = only_problem(refusal(shop(admits=["ordres"]) | {"tenants": {"orders": {}}}))
    assert problem == f"{PROJECT}:services.shop.admits names 'ordres', which is not among the tenants of this stack"
    assert remedy == "  Remedy: declare it under `tenants`; there are: orders"


def test_a_variable_says_where_a_service_is_and_nobody_else_sets_it() -> None:
    config = LEAST | {
        "services": {"web-shop": {"image": IMAGE}},
        "jobs": {"import": {"image": IMAGE, "calls": ["web-shop"], "environment": {"SERVICE_WEB_SHOP": "x"}}},
    }
    problem, _ = only_problem(refusal(config))
    assert (
        problem == f"{PROJECT}:jobs.import.environment.SERVICE_WEB_SHOP is set by the platform, for what is asked for"
    )
