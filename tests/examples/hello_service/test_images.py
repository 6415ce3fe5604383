"""The image tree as it is written: nothing here builds an image, which takes Docker."""

import json
import re
import string
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml
from hcl2.utils import SerializationOptions
from web_platform.pods import NOBODY

from tests.ci.pipelines import TEMPLATES
from tests.examples.hello_service.image_tree import faults
from tests.examples.hello_service.service import REPOSITORY, SERVICE, TARGETS, TREE

_TEXT = (SERVICE / "Dockerfile").read_text()
_PAGE = (REPOSITORY / "docs" / "images.md").read_text()
_TEMPLATE = (TEMPLATES / "service.yml").read_text()


def _found(text: str) -> list[str]:
    """What is not as it should be: all that hadolint finds, whatever the file says it should ignore, and the rest."""
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [linter, "--no-fail", "--disable-ignore-pragma", "--format", "json", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    return [*(f"{each['code']}: {each['message']}" for each in json.loads(done.stdout)), *faults(text, TARGETS)]


def test_the_tree_is_as_it_should_be() -> None:
    assert _found(_TEXT) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (r"@sha256:\w+", "", "base: docker.io/library/python:3.14.7-slim-trixie may be another image tomorrow"),
        (r":3.14.7-slim-trixie@", "@", "may be another image tomorrow"),
        (r":3.14.7-slim-trixie@", ":latest@", "may be another image tomorrow"),
        (r"FROM base AS production", "ARG IMAGE\nFROM $IMAGE AS production", "production: $IMAGE may be another image"),
        (r"FROM base AS production", f"FROM a:1@sha256:{'0' * 64} AS production", "no ancestor in common"),
        (r"AS integration", "AS integrated", "no stage is called integration"),
        (r"USER 65532:65532\nEXPOSE", "EXPOSE", "production: runs as root"),
        (r"USER 65532:65532(\n# Where)", r"\1", "DL3002: Last USER should not be root"),
        (r"\Z", "USER hello\n", "DL3066: Non-numeric user-id"),
        (r"\Z", "ADD https://example.com/a.tar.gz /\n", "production: https://example.com/a.tar.gz may be something"),
        (r"\Z", "ADD git@example.com:a/b.git /\n", "DL3020: Use COPY instead of ADD"),
        (r"\Z", "COPY --from=nginx:latest /a /a\n", "production: nginx:latest may be another image tomorrow"),
        (r"\Z", "CMD python -m hello\n", "DL3025: Use arguments JSON notation"),
        (r"\Z", "ENTRYPOINT python -m hello\n", "DL3025: Use arguments JSON notation"),
        (r"\Z", "ENV API_TOKEN=abc\n", "DL3064: Potentially sensitive data"),
        (r"\Z", "ARG PASSWORD\n", "DL3064: Potentially sensitive data"),
        (r'CMD \["python", "-m", "hello"\]\n', "", "production: does not say what it runs"),
        (r"\Z", "RUN pip install flask\n", "DL3013: Pin versions in pip"),
    ],
)
def test_each_mistake_is_found(old: str, new: str, fault: str) -> None:
    broken, changed = re.subn(old, new, _TEXT, count=1)
    assert changed == 1
    found = _found(broken)
    assert any(fault in each for each in found), found


def test_pods_run_as_the_user_whom_the_images_are_made_for() -> None:
    for target in TARGETS:
        user = TREE.last(target, "USER")
        assert user is not None
        assert user.value == (f"{NOBODY}:{NOBODY}",)


def test_nothing_reaches_the_builder_but_what_the_images_hold() -> None:
    rules = [line for line in (SERVICE / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    copied = {
        source
        for image in TREE.images.values()
        for step in image.steps
        if step.cmd == "COPY"
        for source in step.value[:-1]
    }
    assert rules[0] == "*"
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == copied
    assert all((SERVICE / source).exists() for source in copied)


def test_production_has_neither_tests_nor_tools() -> None:
    assert "tools" not in {image.name for image in TREE.line("production")}
    assert {image.name for image in TREE.line("integration")} >= {"tools"}
    sources = [source for step in TREE.steps("production") if step.cmd == "COPY" for source in step.value[:-1]]
    assert sorted(sources) == ["hello", "requirements.txt"]


def _baked(**variables: str) -> dict[str, dict[str, Any]]:
    """The targets of docker-bake.hcl, one an image of its matrix."""
    with (SERVICE / "docker-bake.hcl").open() as file:
        content = hcl2.load(
            file, serialization_options=SerializationOptions(strip_string_quotes=True, explicit_blocks=False)
        )
    defaults = {name: said["default"] for each in content["variable"] for name, said in each.items()}
    ((target,),) = (each.values() for each in content["target"])
    (name, values) = next(iter(target["matrix"].items()))
    assert target["name"] == target["target"] == name
    return {value: _substituted(target, {**defaults, **variables, name: value}) for value in values}


def _substituted(target: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    tags = [string.Template(tag).substitute(variables) for tag in target["tags"]]
    return {"target": variables[target["target"]], "tags": tags}


def test_bake_builds_the_targets_that_pipelines_ask_for_and_they_are_the_leaves_of_the_tree() -> None:
    (asked,) = re.findall(r"docker buildx bake --push --metadata-file \S+ ([\w ]+)$", _TEMPLATE, flags=re.MULTILINE)
    inner = {image.source for image in TREE.images.values()}
    assert asked.split() == list(_baked()) == [name for name in TREE.images if name not in inner] == list(TARGETS)
    assert [each["target"] for each in _baked().values()] == list(TARGETS)


def test_bake_calls_the_production_image_as_pipelines_do_when_they_look_for_it() -> None:
    jobs = yaml.safe_load(_TEMPLATE.split("\n---\n")[1])
    variables = {name: jobs["images"]["variables"][name] for name in ("REGISTRY", "TAG")}
    (tag,) = _baked(**variables)["production"]["tags"]
    name = tag.removesuffix(":" + variables["TAG"])
    assert f'"{name}@$DIGEST"' in "\n".join(jobs[".deploy"]["script"])


def test_on_a_laptop_the_image_has_the_name_by_which_the_page_runs_it() -> None:
    (tag,) = _baked()["development"]["tags"]
    assert re.findall(r"^docker run .* (\S+)$", _PAGE, flags=re.MULTILINE) == [tag]


def test_without_docker_the_page_runs_it_as_the_image_for_development_does() -> None:
    (said,) = re.findall(r"^```yaml\n# services.yaml\n(.*?)^```", _PAGE, flags=re.MULTILINE | re.DOTALL)
    mount = yaml.safe_load(said)["services"]["hello-service"]["sourceMount"]
    assert mount["command"] == TREE.command("development") == TREE.command("integration")
    assert REPOSITORY / mount["folder"] == SERVICE
