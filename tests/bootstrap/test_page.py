"""docs/bootstrap.md says what the code does."""

import re
from pathlib import Path

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bootstrap import names
from bootstrap.organisation import STACK, DeployedStack, GitLab, NewProjects, Organisation, Service, from_file
from bootstrap.roles import OF_SERVICES
from tests.bootstrap.files import ROOT, written

PAGE = (ROOT / "docs" / "bootstrap.md").read_text()
SECTIONS: dict[str, type[BaseModel]] = {
    "": Organisation,
    "newProjects.": NewProjects,
    "gitlab.": GitLab,
    "stacks.<name>.": DeployedStack,
    "services.<name>.": Service,
}


def default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default()
    if value is None:
        return "—"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def rows(prefix: str) -> list[str]:
    found = []
    for field in SECTIONS[prefix].model_fields.values():
        key = f"{prefix}{field.alias}"
        inside = [section for section in SECTIONS if section in (f"{key}.", f"{key}.<name>.")]
        meaning = " ".join((field.description or "").split())
        found += rows(inside[0]) if inside else [f"| `{key}` | {default(field)} | {meaning} |"]
    return found


def example() -> dict[str, object]:
    (text,) = re.findall(
        r"^```yaml\n# bootstrap/Pulumi.organisation.yaml\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL
    )
    config = yaml.safe_load(text)["config"]
    return {key.removeprefix("bootstrap:"): value for key, value in config.items()}


def test_it_has_every_key_with_its_default_and_meaning() -> None:
    table = PAGE.partition("All keys:")[2].partition("\n\nWithout")[0]
    assert [line for line in table.splitlines() if line.startswith("| `")] == rows("")


def test_its_example_is_accepted_and_its_commands_are_those_of_the_example(tmp_path: Path) -> None:
    organisation = from_file(written(tmp_path, example()))
    assert f"pulumi login {organisation.backend(STACK)}\n" in PAGE
    assert f"change-secrets-provider {organisation.secrets_provider(STACK)}\n" in PAGE


def test_what_a_service_beside_a_stack_is_said_to_have_is_what_it_is_called(tmp_path: Path) -> None:
    organisation = from_file(written(tmp_path, example()))
    (name,) = organisation.beside("prod").values()
    table = PAGE.partition("### Services")[2].partition("\n\n#### ")[0]
    for called in (organisation.bucket(name), name, names.account(name), names.pool(name), *OF_SERVICES):
        assert f"`{called}`" in table
