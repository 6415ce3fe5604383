"""The page about the real Google Cloud says what the code needs."""

import ast
import re
from pathlib import Path

from localcloud.providers.google import roles
from localcloud.providers.google.kinds import kind_of
from tests.test_program import run

REPOSITORY = Path(__file__).parents[1]


def made_types() -> set[str]:
    """Every type of Google Cloud that the program makes, as ``compute.Network``."""
    sources = [
        path for folder in ("components/web_platform", "platforms") for path in (REPOSITORY / folder).glob("*.py")
    ]
    return {
        f"{function.value.attr}.{function.attr}"
        for source in sources
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(function := node.func, ast.Attribute)
        and isinstance(function.value, ast.Attribute)
        and ast.unparse(function.value.value) == "gcp"
        and function.attr[0].isupper()
        and not function.attr.endswith("Args")
    }


def _rows() -> list[list[str]]:
    page = (REPOSITORY / "docs" / "google-cloud.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `roles/")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_a_role_is_named_for_everything_that_the_program_makes_and_for_nothing_else() -> None:
    named = [made for row in _rows() for made in re.findall(r"`(\w+\.\w+)`", row[1])]
    assert len(named) == len(set(named))
    assert set(named) == made_types()


def test_no_role_is_named_twice_and_none_is_basic() -> None:
    named = [row[0].strip("`") for row in _rows()]
    assert len(named) == len(set(named))
    assert not {"roles/owner", "roles/editor", "roles/viewer"} & set(named)


def test_every_role_exists() -> None:
    assert [row[0] for row in _rows() if not roles.exists(row[0].strip("`").removeprefix("roles/"))] == []


def test_the_one_role_that_makes_nothing_is_to_act_as_the_account_that_nodes_run_as() -> None:
    assert [row[0] for row in _rows() if not row[1]] == ["`roles/iam.serviceAccountUser`"]
    program = run("prod")
    (account,) = program.of_type("gcp:serviceaccount/account:Account").values()
    (pool,) = program.of_type("gcp:container/nodePool:NodePool").values()
    assert pool.inputs["nodeConfig"]["serviceAccount"].startswith(f"{account.inputs['accountId']}@")


def test_those_apis_are_enabled_by_hand_without_which_the_program_could_enable_none() -> None:
    page = (REPOSITORY / "docs" / "google-cloud.md").read_text()
    (command,) = re.findall(r"gcloud services enable (.*) --project", page)
    program = run("prod")
    enabled = {api.inputs["service"] for api in program.of_type("gcp:projects/service:Service").values()}
    needed = {kind_of(resource.type).api for resource in program if resource.type.startswith("gcp:")} - {""}
    # Nothing is made of Service Usage itself: it is what enables the others.
    assert set(command.split()) == needed - enabled | {"serviceusage.googleapis.com"}


def test_the_condition_allows_exactly_the_roles_that_the_program_grants_on_the_project() -> None:
    page = (REPOSITORY / "docs" / "google-cloud.md").read_text()
    condition = re.search(r"hasOnly\(\[(.*)\]\)", page)
    assert condition is not None
    grants = run("prod").of_type("gcp:projects/iAMMember:IAMMember").values()
    assert set(re.findall(r"'([^']+)'", condition[1])) == {grant.inputs["role"] for grant in grants}
