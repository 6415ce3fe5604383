"""services.yaml: what all stacks say of their workloads, and a stack file that is laid over it."""

from pathlib import Path
from typing import Any

import pytest

from settings import PROJECT, SettingsError, common, from_stack_file
from settings.fields import Encrypted
from tests.settings.stack_files import (
    CIPHER,
    IMAGE,
    KINDS,
    LEAST,
    ROOT,
    file_refusal,
    new_project,
    prefixed,
    read_by_program,
    read_file,
)

NOTHING: dict[str, Any] = LEAST | {"services": {}}
HELLO: dict[str, Any] = {
    "image": IMAGE,
    "environment": {"A": "common", "B": "common"},
    "autoscaling": {"maximumReplicas": 4, "cpuPercent": 70},
    "command": ["serve", "--fast"],
}


def read_hello(directory: Path, own: object, hello: object = HELLO) -> Any:
    """The service hello, as a stack and all stacks say it is."""
    project = new_project(directory, {"services": {"hello": hello}})
    return read_file(project, LEAST | {"services": {"hello": own}}).services["hello"]


def test_without_the_file_there_is_what_the_stack_file_says(project: Path) -> None:
    assert list(read_file(project, LEAST).workloads()) == ["shop"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_all_stacks_say_is_there_in_each(tmp_path: Path, kind: str) -> None:
    project = new_project(tmp_path, {kind: {"one": KINDS[kind]}})
    assert list(read_file(project, NOTHING).workloads()) == ["one"]
    without = {key: value for key, value in NOTHING.items() if key != "services"}
    assert list(read_file(project, without).workloads()) == ["one"]


def test_keys_of_a_stack_file_are_merged_into_those_of_all_stacks(tmp_path: Path) -> None:
    own = {"environment": {"B": "own", "C": "own"}, "autoscaling": {"maximumReplicas": 2}, "replicas": 2}
    read = read_hello(tmp_path, own)
    assert read.environment == {"A": "common", "B": "own", "C": "own"}
    assert (read.autoscaling.maximum_replicas, read.autoscaling.cpu_percent) == (2, 70)
    assert (read.image, read.replicas) == (IMAGE, 2)


def test_lists_and_texts_of_a_stack_file_replace_those_of_all_stacks(tmp_path: Path) -> None:
    read = read_hello(tmp_path, {"command": ["debug"], "image": "hello:2"})
    assert (read.command, read.image) == (["debug"], "hello:2")


def test_a_stack_file_takes_back_what_may_be_left_out(tmp_path: Path) -> None:
    assert read_hello(tmp_path, {"autoscaling": None, "command": None}).autoscaling is None


def test_a_name_alone_says_nothing_more(tmp_path: Path) -> None:
    assert read_hello(tmp_path, None).model_dump() == read_hello(tmp_path, {}).model_dump()


def test_a_section_without_names_says_nothing_more(tmp_path: Path) -> None:
    project = new_project(tmp_path, {"services": {"hello": HELLO}, "workers": None})
    assert list(read_file(project, NOTHING).workloads()) == ["hello"]


def test_a_stack_has_workloads_that_others_do_not(tmp_path: Path) -> None:
    project = new_project(tmp_path, {"services": {"hello": HELLO}})
    assert sorted(read_file(project, LEAST).services) == ["hello", "shop"]


def test_a_name_alone_that_nobody_says_more_of_is_refused(project: Path) -> None:
    message = file_refusal(project, LEAST | {"services": {"shop": None}})
    assert f"{PROJECT}:services.shop (null) is not keys with values" in message


def test_the_domain_is_that_of_the_stack_wherever_there_is_text(tmp_path: Path) -> None:
    hello = {
        "image": IMAGE,
        "host": "hi.${domain}",
        "environment": {"URL": "https://${domain}/x?${domain}", "OTHER": "${other}"},
        "arguments": ["--domain", "${domain}"],
        "plugins": {"cors": {"origins": ["https://${domain}"]}},
    }
    read = read_hello(tmp_path, {}, hello)
    assert read.host == "hi.example.com"
    assert read.environment == {"URL": "https://example.com/x?example.com", "OTHER": "${other}"}
    assert read.arguments == ["--domain", "example.com"]
    assert read.plugins == {"cors": {"origins": ["https://example.com"]}}


def test_a_stack_file_says_its_domain_itself(tmp_path: Path) -> None:
    assert read_hello(tmp_path, {"environment": {"URL": "${domain}"}}).environment["URL"] == "${domain}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"service": {"hello": HELLO}},
            "services.yaml: service is not a known key\n"
            "  Danger: it would be ignored, and what it was meant to change would stay as it is\n"
            "  Remedy: did you mean 'services'?",
        ),
        ({"addons": {}}, "services.yaml: addons is not a known key\n"),
        ({"tenants": {}}, "services.yaml: tenants is not a known key\n"),
        (
            {"services": ["hello"]},
            'services.yaml: services (["hello"]) is not keys with values\n'
            "  Danger: the stacks would be declared without what the file says\n"
            "  Remedy: write names of workloads below it, and what each is below those",
        ),
        (
            {"services": {"hello": HELLO | {"secretEnvironment": {"TOKEN": CIPHER}}}},
            "services.yaml: services.hello.secretEnvironment.TOKEN holds an encrypted value\n"
            "  Danger: no stack could read it: each encrypts by a key of its own\n"
            "  Remedy: write it into the stack files, at the same place: `pulumi config set --secret --path`",
        ),
        (
            {"services": {"hello": HELLO | {"command": ["x", CIPHER]}}},
            "services.yaml: services.hello.command.1 holds an encrypted value\n",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_in_its_place(tmp_path: Path, content: object, message: str) -> None:
    said = file_refusal(new_project(tmp_path, content), LEAST)
    assert f"\n{message}" in said
    assert CIPHER["secure"] not in said


def test_an_encrypted_secret_of_all_stacks_is_one_problem(tmp_path: Path) -> None:
    hello = HELLO | {"secretEnvironment": {"TOKEN": CIPHER}}
    said = file_refusal(new_project(tmp_path, {"services": {"hello": hello}}), LEAST)
    assert said.startswith("Pulumi.test.yaml, laid over services.yaml, has a problem.")


def test_plain_text_in_a_secret_of_all_stacks_is_refused_and_not_shown(tmp_path: Path) -> None:
    hello = HELLO | {"secretFiles": {"/key": "hunter2"}}
    said = file_refusal(new_project(tmp_path, {"services": {"hello": hello}}), LEAST)
    assert f"{PROJECT}:services.hello.secretFiles./key is plain text where a secret belongs" in said
    assert "hunter2" not in said


def test_a_secret_of_the_stack_is_laid_over_what_all_say(tmp_path: Path) -> None:
    read = read_hello(tmp_path, {"secretEnvironment": {"TOKEN": CIPHER}})
    assert isinstance(read.secret_environment["TOKEN"], Encrypted)


def test_what_is_no_yaml_is_refused(project: Path) -> None:
    (project / common.FILE).write_text("services: {a: 1, a: 2}")
    message = file_refusal(project, LEAST)
    assert message.startswith("services.yaml, line 1: the key 'a' is there twice, first in line 1")


def test_what_is_wrong_is_told_of_both_files(tmp_path: Path) -> None:
    project = new_project(tmp_path, {"services": {"hello": HELLO | {"port": "80"}}})
    message = file_refusal(project, LEAST)
    assert message.startswith("Pulumi.test.yaml, laid over services.yaml, has a problem. Nothing was created")
    assert f'{PROJECT}:services.hello.port ("80") is not a whole number' in message


def test_a_section_of_the_stack_that_is_no_mapping_is_told_as_that(tmp_path: Path) -> None:
    project = new_project(tmp_path, {"services": {"hello": HELLO}})
    message = file_refusal(project, LEAST | {"services": ["shop"]})
    assert f'{PROJECT}:services (["shop"]) is not keys with values' in message


def test_the_program_reads_the_file_too(tmp_path: Path) -> None:
    project = new_project(tmp_path, {"services": {"hello": HELLO}})
    read = read_by_program(project, prefixed(LEAST | {"services": {"hello": {"replicas": 2}}}))
    assert (read.services["hello"].image, read.services["hello"].replicas) == (IMAGE, 2)


def test_a_domain_that_is_encrypted_is_in_no_message(tmp_path: Path) -> None:
    hello = HELLO | {"plugins": {"cors": {"origins": ["${domain}"]}}, "path": "${domain}", "host": "x.${domain}"}
    project = new_project(tmp_path, {"services": {"hello": hello}})
    with pytest.raises(SettingsError, match=f"{PROJECT}:domain holds an encrypted value") as refused:
        read_by_program(project, prefixed(NOTHING | {"domain": "hunter2.example"}), [f"{PROJECT}:domain"])
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_stacks_of_this_repository_say_only_in_which_scale_they_run_what_all_say(stack: str) -> None:
    shared, wrong = common.read_common(ROOT)
    read = from_stack_file(ROOT, stack)
    assert wrong == []
    assert sorted(read.workloads()) == sorted(name for named in shared.values() for name in named)
