import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from bootstrap import names, organisation
from settings.workloads import TenantSettings
from tests.ci.pipelines import OCCASIONS, OF_FORKS, REPOSITORY, TEMPLATES, Pipeline, Run
from tests.ci.schema import faults
from tests.ci.service_template import inputs, rendered

_PAGE = (REPOSITORY / "docs" / "pipelines.md").read_text()


def _example() -> dict[str, Any]:
    """What a service includes, as the page shows it."""
    (text,) = re.findall(r"^```yaml\n(include:\n.*?)^```", _PAGE, flags=re.MULTILINE | re.DOTALL)
    (included,) = yaml.safe_load(text)["include"]
    assert len(text.splitlines()) <= 12
    return dict(included)


@pytest.fixture
def service(tmp_path: Path) -> Pipeline:
    file = tmp_path / ".gitlab-ci.yml"
    shutil.copytree(TEMPLATES, tmp_path / "ci" / "templates")
    # What is included there is of the platform's repository, and this reader knows one repository only.
    file.write_text(rendered(_example()["inputs"]).replace("- local: /ci", "- local: ci"))
    return Pipeline(file)


def test_the_example_of_the_page_includes_the_template_by_a_version() -> None:
    included = _example()
    assert (REPOSITORY / included["file"].lstrip("/")) == TEMPLATES / "service.yml"
    assert re.fullmatch(r"v\d+\.\d+\.\d+", included["ref"])


def test_what_it_becomes_is_valid(service: Pipeline, tmp_path: Path) -> None:
    assert faults(service.content, tmp_path) == ""


def test_the_page_has_every_input_with_its_default_and_meaning() -> None:
    rows = [
        f"| `{name}` | {'`' + described['default'] + '`' if 'default' in described else 'required'} "
        f"| {described['description']} |"
        for name, described in inputs().items()
    ]
    table = _PAGE.partition("| input | default | meaning |")[2].partition("\n\n")[0]
    assert [line for line in table.splitlines() if line.startswith("| `")] == rows, "\n".join(rows)


def test_it_is_tested_then_built_then_deployed_to_staging_then_to_prod(service: Pipeline) -> None:
    stages = [(service.jobs[name]["stage"], name) for name in service.on(OCCASIONS["main"])]
    assert service.content["stages"] == ["test", "build", "staging", "prod"]
    assert stages == [
        ("test", "test"),
        ("build", "images"),
        ("staging", "deploy to staging"),
        ("prod", "deploy to prod"),
    ]
    # What it is handed on comes from there alone, and not from a build that was run again since.
    assert service.jobs["deploy to prod"]["needs"] == ["deploy to staging"]
    for name in ("images", "deploy to staging"):
        assert service.jobs[name]["artifacts"] == {"reports": {"dotenv": "image.env"}}


def test_the_page_declares_the_identity_that_the_job_becomes(tmp_path: Path) -> None:
    blocks = re.findall(r"^```yaml\n(# .*?)^```", _PAGE, flags=re.MULTILINE | re.DOTALL)
    of_organisation, of_stack = (yaml.safe_load(block)["config"] for block in blocks)
    shutil.copytree(REPOSITORY / "bootstrap", tmp_path / "bootstrap")
    for file in (*REPOSITORY.glob("Pulumi.*"), REPOSITORY / "services.yaml"):
        shutil.copy2(file, tmp_path)
    file = tmp_path / "bootstrap" / organisation.FILE
    declared = yaml.safe_load(file.read_text())
    declared["config"] |= of_organisation
    file.write_text(yaml.safe_dump(declared))
    once = organisation.from_file(tmp_path / "bootstrap")
    name = once.beside("prod")[_example()["inputs"]["service"]]
    (tenant,) = of_stack["web-platform:tenants"].values()
    assert TenantSettings.model_validate(tenant).deployers == [
        f"{names.account(name)}@{once.project}.iam.gserviceaccount.com"
    ]


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_a_deploy_is_by_an_identity_of_the_service_s_own(service: Pipeline, stack: str) -> None:
    """What is called after it, bootstrap makes; see test_pipelines.py."""
    variables = service.jobs[f"deploy to {stack}"]["variables"]
    assert (variables["DEPLOYER"], variables["STACK"]) == ("orders-$STACK", stack)


def test_all_three_images_of_the_tree_are_built_for_the_commit(service: Pipeline) -> None:
    job = service.jobs["images"]
    bake = next(line for line in job["script"] if line.startswith("docker buildx bake --push "))
    assert bake.endswith(" development integration production")
    assert job["variables"]["TAG"] == "$CI_COMMIT_SHA"


@pytest.mark.parametrize("occasion", OF_FORKS)
def test_a_fork_is_tested_and_built_and_deploys_nothing(service: Pipeline, occasion: str) -> None:
    assert set(service.on(OF_FORKS[occasion])) <= {"test", "images"}


def test_staging_is_by_hand_from_a_merge_request_and_prod_never(service: Pipeline) -> None:
    runs = service.on(OCCASIONS["merge request"])
    assert runs["deploy to staging"] == Run(by_hand=True, may_fail=True)
    assert "deploy to prod" not in runs


@pytest.mark.parametrize(("prod", "by_hand"), [("manual", True), ("on_success", False)])
def test_prod_is_by_hand_unless_it_is_to_follow_staging(tmp_path: Path, prod: str, by_hand: bool) -> None:
    shutil.copytree(TEMPLATES, tmp_path / "ci" / "templates")
    file = tmp_path / ".gitlab-ci.yml"
    file.write_text(rendered(_example()["inputs"] | {"prod": prod}).replace("- local: /ci", "- local: ci"))
    assert Pipeline(file).on(OCCASIONS["main"])["deploy to prod"].by_hand is by_hand


@pytest.mark.parametrize(("name", "value"), [("service", "Orders!"), ("prod", "sometimes")])
def test_an_input_of_which_nothing_good_could_come_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        rendered(_example()["inputs"] | {name: value})


def test_a_deploy_queues_and_is_neither_cancelled_nor_tried_again(service: Pipeline) -> None:
    for stack in ("staging", "prod"):
        job = service.jobs[f"deploy to {stack}"]
        assert job["resource_group"] == job["environment"]["name"] == job["variables"]["STACK"] == stack
        assert (job["interruptible"], job["retry"]) == (False, 0)
