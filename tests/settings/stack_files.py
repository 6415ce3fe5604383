"""Stack files that these tests have in common, and the ways in which one is read."""

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import PROJECT, Settings, SettingsError, from_pulumi, from_stack_file, parse, reading
from tests.recording import declare

ROOT = Path(__file__).parents[2]

IMAGE = "ghcr.io/acme/shop:1.4.2"
LEAST: dict[str, Any] = {
    "platform": "local",
    "domain": "example.com",
    "cluster": {"nodes": 2, "machineType": "e2-standard-2"},
    "services": {"shop": {"image": IMAGE}},
}
PLACE = {"project": "acme-prod", "region": "europe-west1", "zone": "europe-west1-b"}
GOOGLE: dict[str, Any] = LEAST | {
    "platform": "google",
    "google": PLACE,
    "services": {"shop": {"image": IMAGE, "replicas": 2}},
}

# The least that each kind of workload has to say.
KINDS: dict[str, dict[str, Any]] = {
    "services": {"image": IMAGE},
    "workers": {"image": IMAGE},
    "scheduledJobs": {"image": IMAGE, "schedule": "30 4 * * *"},
    "jobs": {"image": IMAGE},
    "nodeAgents": {"image": IMAGE},
}

# Nodes on which there is a place for whatever tests say.
LARGE = {"cluster": {"nodes": 100, "machineType": "e2-standard-32"}}

# What `pulumi config set --secret` writes.
CIPHER = {"secure": "v1:abc:xyz"}


def shop(**changes: object) -> dict[str, Any]:
    """The least configuration, with a service changed."""
    return LEAST | {"services": {"shop": {"image": IMAGE, **changes}}}


def one(kind: str, name: str = "one", /, **changes: object) -> dict[str, Any]:
    """A configuration with one workload of a kind and nothing else that runs."""
    return LEAST | {"services": {}} | {kind: {name: KINDS[kind] | changes}}


def refusal(config: Mapping[str, Any], stack: str = "test") -> str:
    """What is said of a configuration that is wrong."""
    with pytest.raises(SettingsError) as refused:
        parse(config, stack)
    return str(refused.value)


def only_problem(message: str) -> tuple[str, str]:
    """What is wrong, and the remedy, in a message that says one thing with its danger."""
    headline, _, problem, danger, remedy = message.splitlines()
    assert headline == "Pulumi.test.yaml has a problem. Nothing was created or changed."
    assert danger.startswith("  Danger: ")
    assert len(danger) > len("  Danger: ")
    assert remedy.startswith("  Remedy: ")
    return problem, remedy


def prefixed(config: Mapping[str, Any]) -> dict[str, object]:
    """A configuration as it stands in a stack file."""
    return {f"{PROJECT}:{key}": value for key, value in config.items()}


def read_by_program(
    project: Path,
    config: Mapping[str, object],
    secrets: Iterable[str] = (),
    then: Callable[[Settings], object] = lambda _: None,
) -> Settings:
    """What the program of a project reads where the engine was given this configuration, and what it does with it."""
    found: list[Settings] = []

    def program() -> None:
        found.append(from_pulumi())
        then(found[0])

    encoded = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_DIRECTORY", project)
        declare(program, "test", encoded, list(secrets))
    return found[0]


def new_project(directory: Path, common: object = None) -> Path:
    """A project in a directory; `common` is what services.yaml says there."""
    shutil.copy(ROOT / "Pulumi.yaml", directory)
    if common is not None:
        (directory / "services.yaml").write_text(yaml.safe_dump(common))
    return directory


def read_file(project: Path, config: Mapping[str, Any]) -> Settings:
    """What is read of a stack file in a project."""
    (project / "Pulumi.test.yaml").write_text(yaml.safe_dump({"config": prefixed(config)}))
    return from_stack_file(project, "test")


def file_refusal(project: Path, config: Mapping[str, Any]) -> str:
    """What is said of a stack file that is wrong."""
    with pytest.raises(SettingsError) as refused:
        read_file(project, config)
    return str(refused.value)
