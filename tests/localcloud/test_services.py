"""`make services`: the workloads of a stack as they will be."""

from pathlib import Path
from typing import Any

import yaml

from localcloud.services import as_yaml, effective
from settings import parse
from tests.settings.stack_files import CIPHER, IMAGE, KINDS, LEAST, new_project, one, read_file, shop


def test_each_workload_is_shown_with_what_it_is_where_nothing_is_said() -> None:
    shown = effective(parse(LEAST | {"jobs": {"import": {"image": IMAGE}}}, "test"))
    assert list(shown) == ["services", "jobs"]
    assert (
        shown["services"]["shop"].items()
        >= {
            "image": IMAGE,
            "host": "shop.example.com",
            "path": "/",
            "port": 8080,
            "cpu": "100m",
            "public": True,
            "internet": False,
        }.items()
    )
    assert shown["jobs"]["import"].items() >= {"timeoutSeconds": 600, "retries": 2}.items()


def test_of_what_is_not_there_nothing_is_shown() -> None:
    shown = effective(parse(shop(environment={"EMPTY": ""}), "test"))["services"]["shop"]
    assert not {"autoscaling", "migration", "command", "sidecars", "secretEnvironment"} & shown.keys()
    assert shown["environment"] == {"EMPTY": ""}


def test_what_is_shown_is_services_yaml_and_the_stack_file_together(tmp_path: Path) -> None:
    project = new_project(tmp_path, {"services": {"hello": {"image": IMAGE, "environment": {"HOST": "${domain}"}}}})
    read = read_file(project, LEAST | {"services": {"hello": {"replicas": 3}}})
    hello = effective(read)["services"]["hello"]
    assert (hello["replicas"], hello["environment"]) == (3, {"HOST": "example.com"})


def test_a_secret_is_shown_as_one(tmp_path: Path) -> None:
    secrets: dict[str, Any] = {"secretEnvironment": {"TOKEN": CIPHER}, "secretFiles": {"/key": CIPHER}}
    text = as_yaml(effective(read_file(new_project(tmp_path), shop(**secrets))))
    assert yaml.safe_load(text)["services"]["shop"]["secretEnvironment"] == {"TOKEN": "[secret]"}
    assert CIPHER["secure"] not in text


def test_what_is_shown_is_what_a_stack_file_may_say() -> None:
    for kind in KINDS:
        read = parse(one(kind), "test")
        again = parse(LEAST | {"services": {}} | yaml.safe_load(as_yaml(effective(read))), "test")
        assert effective(again) == effective(read)
