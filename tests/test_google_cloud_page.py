"""The page about the real Google Cloud says what the code needs."""

import ast
import re
from pathlib import Path

from tests.test_program import run

REPOSITORY = Path(__file__).parents[1]


def _made() -> set[str]:
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
    return [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `roles/")]


def test_a_role_is_named_for_everything_that_the_program_makes_and_for_nothing_else() -> None:
    named = [made for row in _rows() for made in re.findall(r"`(\w+\.\w+)`", row[1])]
    assert len(named) == len(set(named))
    assert set(named) == _made()


def test_no_role_is_named_twice_and_none_is_basic() -> None:
    roles = [row[0].strip("`") for row in _rows()]
    assert len(roles) == len(set(roles))
    assert not {"roles/owner", "roles/editor", "roles/viewer"} & set(roles)


def test_the_condition_allows_exactly_the_roles_that_the_program_grants_on_the_project() -> None:
    page = (REPOSITORY / "docs" / "google-cloud.md").read_text()
    condition = re.search(r"hasOnly\(\[(.*)\]\)", page)
    assert condition is not None
    grants = run("prod").of_type("gcp:projects/iAMMember:IAMMember").values()
    assert set(re.findall(r"'([^']+)'", condition[1])) == {grant.inputs["role"] for grant in grants}
