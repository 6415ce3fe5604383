"""Whom Google believes: what `bootstrap/` declares of each pool, put to tokens as GitLab signs them.

https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload has their claims.
"""

import pytest
from celpy import Environment
from celpy.adapter import json_to_cel
from celpy.celparser import CELParseError
from celpy.evaluation import CELEvalError

from tests.bootstrap.test_program import PROVIDER, declared

PLATFORM = {"project_path": "example/web-platform", "project_id": "12345678"}
ORDERS = {"project_path": "example/orders", "project_id": "23"}
PAYMENTS = {"project_path": "example/payments", "project_id": "42"}
SERVICES = {
    name: {"projectPath": repository["project_path"], "projectId": int(repository["project_id"])}
    for name, repository in (("orders", ORDERS), ("payments", PAYMENTS))
}
FROM_MAIN = {"ref": "main", "ref_type": "branch", "ref_protected": "true", "pipeline_source": "push"}
FROM_A_BRANCH = FROM_MAIN | {"ref": "better", "ref_protected": "false"}
MERGE_REQUEST = FROM_A_BRANCH | {"ref": "refs/merge-requests/7/merge", "pipeline_source": "merge_request_event"}
# A fork's, whose pipeline somebody has started here, from a branch that has the name of one that is protected here.
OF_A_FORK_STARTED_HERE = MERGE_REQUEST | {"ref": "main", "ref_protected": "true"}

# What else starts a pipeline, or stands for one that somebody else has started: the child of a merge request's is a
# `parent_pipeline`, and what it says is what the merge request has brought.
OTHER_OCCASIONS = ("api", "chat", "external_pull_request_event", "parent_pipeline", "pipeline", "trigger", "Push", "")


@pytest.fixture(scope="module")
def conditions() -> dict[str, str]:
    """The condition of each pool, where the services `orders` and `payments` are deployed beside every stack."""
    providers = declared({"services": SERVICES}).of_type(PROVIDER).values()
    return {each.inputs["workloadIdentityPoolId"]: each.inputs["attributeCondition"] for each in providers}


def believes(condition: str, claims: dict[str, str]) -> bool:
    """Whether a token with these claims is let in. One that has no such claim is an error, and errors let nobody in."""
    environment = Environment()
    program = environment.program(environment.compile(condition))
    try:
        return bool(program.evaluate({"assertion": json_to_cel(claims)}))
    except CELEvalError:
        return False


def test_what_is_no_expression_is_not_taken_for_a_refusal() -> None:
    with pytest.raises(CELParseError):
        believes("assertion.project_path = 'a'", {"project_path": "a"})


@pytest.mark.parametrize(
    ("occasion", "prod", "staging"),
    [
        (FROM_MAIN, True, True),
        (FROM_MAIN | {"ref": "v1.2.3", "ref_type": "tag"}, True, True),
        (FROM_MAIN | {"pipeline_source": "schedule"}, True, True),
        (FROM_MAIN | {"pipeline_source": "web"}, True, True),
        *((FROM_MAIN | {"pipeline_source": occasion}, False, True) for occasion in OTHER_OCCASIONS),
        (FROM_A_BRANCH, False, True),
        (MERGE_REQUEST, False, True),
        (OF_A_FORK_STARTED_HERE, False, True),
    ],
)
@pytest.mark.parametrize(
    ("pool", "repository"),
    [("gitlab-{}", PLATFORM), ("gitlab-orders-{}", ORDERS), ("gitlab-payments-{}", PAYMENTS)],
)
def test_prod_is_deployed_from_what_is_protected_on_the_occasions_that_are_named_and_by_no_merge_request(
    pool: str,
    repository: dict[str, str],
    occasion: dict[str, str],
    prod: bool,
    staging: bool,
    conditions: dict[str, str],
) -> None:
    for stack, expected in (("prod", prod), ("staging", staging)):
        token = repository | occasion | {"environment": stack}
        assert believes(conditions[pool.format(stack)], token) is expected, stack


@pytest.mark.parametrize(
    "changes",
    [
        {"project_path": "stranger/web-platform", "project_id": "99"},
        {"project_path": "stranger/web-platform"},
        {"project_id": "99"},
        PAYMENTS,
        {"environment": "review"},
        {"environment": ""},
        {"environment": "Prod"},
    ],
)
@pytest.mark.parametrize("stack", ["prod", "staging"])
@pytest.mark.parametrize(("pool", "repository"), [("gitlab-{}", PLATFORM), ("gitlab-orders-{}", ORDERS)])
def test_another_project_or_environment_is_refused_everywhere(
    pool: str, repository: dict[str, str], stack: str, changes: dict[str, str], conditions: dict[str, str]
) -> None:
    token = repository | FROM_MAIN | {"environment": stack}
    assert believes(conditions[pool.format(stack)], token)
    assert not believes(conditions[pool.format(stack)], token | changes)


@pytest.mark.parametrize("claim", ["project_path", "project_id", "environment", "ref_protected", "pipeline_source"])
def test_a_token_without_one_of_the_claims_is_refused(claim: str, conditions: dict[str, str]) -> None:
    token = PLATFORM | FROM_MAIN | {"environment": "prod"}
    assert not believes(conditions["gitlab-prod"], {name: said for name, said in token.items() if name != claim})


def test_each_pool_believes_one_project_in_one_environment(conditions: dict[str, str]) -> None:
    let_in = {
        (pool, repository["project_path"], stack)
        for pool, condition in conditions.items()
        for repository in (PLATFORM, ORDERS, PAYMENTS)
        for stack in ("prod", "staging")
        if believes(condition, repository | FROM_MAIN | {"environment": stack})
    }
    assert let_in == {
        (f"gitlab-{prefix}{stack}", path, stack)
        for prefix, path in (
            ("", "example/web-platform"),
            ("orders-", "example/orders"),
            ("payments-", "example/payments"),
        )
        for stack in ("prod", "staging")
    }
