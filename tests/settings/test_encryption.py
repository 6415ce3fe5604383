"""Encrypted values of workloads: where they may stand, that programs get them as secrets, and nobody is shown one."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi import Output

from settings import PROJECT, Settings, SettingsError
from settings.encryption import is_encrypted
from settings.fields import Encrypted
from tests.settings.stack_files import (
    CIPHER,
    KINDS,
    LEAST,
    file_refusal,
    new_project,
    one,
    only_problem,
    prefixed,
    read_by_program,
    read_file,
    refusal,
    shop,
)

SECRETS: dict[str, dict[str, Any]] = {"secretEnvironment": {"TOKEN": CIPHER}, "secretFiles": {"/etc/key": CIPHER}}
DECRYPTED = {"secretEnvironment": {"TOKEN": "hunter2"}, "secretFiles": {"/etc/key": "hunter3"}}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("key", "name"), [("secretEnvironment", "A"), ("secretFiles", "/a")])
def test_plain_text_where_a_secret_belongs_is_refused_and_not_shown(kind: str, key: str, name: str) -> None:
    problem, remedy = only_problem(refusal(one(kind, **{key: {name: "hunter2"}})))
    assert problem == f"{PROJECT}:{kind}.one.{key}.{name} is plain text where a secret belongs"
    assert remedy == "  Remedy: encrypt a new one: `pulumi config set --secret --path '<this place>'` asks for it"


@pytest.mark.parametrize("value", ["", 1, None, ["hunter2"], {"secure": 1}, {"secure": "v1:x", "hunter2": "hunter2"}])
def test_whatever_else_stands_where_a_secret_belongs_is_refused_and_not_shown(project: Path, value: object) -> None:
    message = file_refusal(project, shop(secretEnvironment={"A": value}))
    assert "services.shop.secretEnvironment.A is plain text where a secret belongs" in message
    assert "hunter2" not in message


@pytest.mark.parametrize("value", [["hunter2"], "hunter2"])
def test_secrets_without_names_are_refused_and_not_shown(value: object) -> None:
    message = refusal(shop(secretEnvironment=value))
    assert "services.shop.secretEnvironment is not keys with values" in message
    assert "hunter2" not in message


@pytest.mark.parametrize("kind", KINDS)
def test_a_stack_file_may_encrypt_secret_variables_and_files(project: Path, kind: str) -> None:
    (read,) = read_file(project, one(kind, **SECRETS)).workloads().values()
    assert isinstance(read.secret_environment["TOKEN"], Encrypted)
    assert str(read.secret_files["/etc/key"]) == "[secret]"


ELSEWHERE: list[tuple[dict[str, Any], str]] = [
    ({"environment": {"A": CIPHER}}, "environment.A"),
    ({"files": {"/a": CIPHER}}, "files./a"),
    ({"command": ["serve", CIPHER]}, "command.1"),
    ({"image": CIPHER}, "image"),
    ({"secretEnvironment": CIPHER}, "secretEnvironment"),
    ({"secretEnvironment": {"A": {"b": CIPHER}}}, "secretEnvironment.A.b"),
    ({"secretEnvironment": {"A": [CIPHER]}}, "secretEnvironment.A.0"),
    ({"sidecars": {"a": {"environment": {"B": CIPHER}}}}, "sidecars.a.environment.B"),
    ({"podSpec": {"hostAliases": [CIPHER]}}, "podSpec.hostAliases.0"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("changes", "place"), ELSEWHERE)
def test_a_stack_file_may_encrypt_nothing_else_of_a_workload(
    project: Path, kind: str, changes: dict[str, Any], place: str
) -> None:
    message = file_refusal(project, one(kind, **changes))
    assert f"\n{PROJECT}:{kind}.one.{place} holds an encrypted value\n" in message
    assert "of a workload, only `secretEnvironment` and `secretFiles` are kept secret" in message
    assert "write it as plain text, or put the secret into one of these" in message
    assert CIPHER["secure"] not in message


@pytest.mark.parametrize(
    ("config", "place"),
    [
        (LEAST | {"services": CIPHER}, "services"),
        (LEAST | {"services": {"shop": CIPHER}}, "services.shop"),
        (LEAST | {"tenants": {"orders": {"hosts": [CIPHER]}}}, "tenants"),
        (LEAST | {"cluster": CIPHER}, "cluster"),
    ],
)
def test_whole_sections_are_not_encrypted(project: Path, config: dict[str, Any], place: str) -> None:
    problem, _ = only_problem(file_refusal(project, config))
    assert problem == f"{PROJECT}:{place} holds an encrypted value"


def test_secure_is_a_name_like_others_where_no_cipher_stands_below_it(project: Path) -> None:
    assert is_encrypted(CIPHER)
    assert not is_encrypted({"secure": {"image": "x"}})
    assert not is_encrypted({"secure": "v1:x", "other": "x"})
    assert not is_encrypted("secure")
    assert list(read_file(project, one("services", "secure")).services) == ["secure"]


def decrypted(project: Path, kind: str, written: dict[str, Any], given: dict[str, Any]) -> dict[str, tuple[Any, bool]]:
    """Each secret of a workload, with whether it is one, where the engine has decrypted what the stack file holds."""
    (project / "Pulumi.test.yaml").write_text(yaml.safe_dump({"config": prefixed(one(kind, **written))}))
    found: dict[str, tuple[Any, bool]] = {}

    def look(read: Settings) -> None:
        (workload,) = (each for name, each in read.workloads().items() if name == "one")
        for key, value in (workload.secret_environment | workload.secret_files | workload.environment).items():
            output = Output.from_input(value)
            Output.all(key, output, output.is_secret()).apply(lambda known: found.update({known[0]: (*known[1:],)}))

    read_by_program(project, prefixed(one(kind, **given)), [f"{PROJECT}:{kind}"], look)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_the_program_gets_what_is_encrypted_as_secrets_and_nothing_else(project: Path, kind: str) -> None:
    plain = {"environment": {"LEVEL": "info"}}
    assert decrypted(project, kind, SECRETS | plain, DECRYPTED | plain) == {
        "TOKEN": ("hunter2", True),
        "/etc/key": ("hunter3", True),
        "LEVEL": ("info", False),
    }


def test_the_program_lays_secrets_of_the_stack_over_what_all_stacks_say(tmp_path: Path) -> None:
    project = new_project(tmp_path, {"services": {"one": {"image": "shop:1", "environment": {"LEVEL": "info"}}}})
    assert decrypted(project, "services", SECRETS, DECRYPTED) == {
        "TOKEN": ("hunter2", True),
        "/etc/key": ("hunter3", True),
        "LEVEL": ("info", False),
    }


def program_refusal(project: Path, written: object, given: dict[str, Any]) -> str:
    """What the program says of a configuration whose services are secret, where the stack file has what is written."""
    if written is not None:
        (project / "Pulumi.test.yaml").write_text(yaml.safe_dump(written))
    with pytest.raises(SettingsError) as refused:
        read_by_program(project, prefixed(given), [f"{PROJECT}:services"])
    return str(refused.value)


@pytest.mark.parametrize("written", [None, {}, {"config": {f"{PROJECT}:domain": "example.com"}}])
def test_without_the_stack_file_nobody_says_what_is_secret(project: Path, written: object) -> None:
    message = program_refusal(project, written, shop(**DECRYPTED))
    problem, remedy = only_problem(message)
    assert problem == f"{PROJECT}:services holds encrypted values, and the stack's file is not there to say which"
    assert remedy == "  Remedy: keep the configuration in the stack's own file, beside Pulumi.yaml"
    assert "hunter" not in message


@pytest.mark.parametrize(("changes", "place"), ELSEWHERE)
def test_the_program_refuses_what_is_encrypted_elsewhere_and_shows_nothing_of_it(
    project: Path, changes: dict[str, Any], place: str
) -> None:
    def read(value: Any) -> Any:
        """What the engine makes of it."""
        if isinstance(value, dict):
            return "hunter2" if value == CIPHER else {key: read(part) for key, part in value.items()}
        return [read(part) for part in value] if isinstance(value, list) else value

    message = program_refusal(project, {"config": prefixed(shop(**changes))}, shop(**read(changes)))
    assert f"\n{PROJECT}:services.shop.{place} holds an encrypted value\n" in message
    assert "hunter2" not in message


def test_a_section_that_is_encrypted_as_a_whole_is_refused_and_not_shown(project: Path) -> None:
    message = program_refusal(project, {"config": prefixed(LEAST | {"services": CIPHER})}, shop(host="hunter2"))
    problem, _ = only_problem(message)
    assert problem == f"{PROJECT}:services holds an encrypted value"
    assert "hunter2" not in message


def test_what_else_is_wrong_beside_a_secret_is_told_without_it(project: Path) -> None:
    wrong = {"port": "80", "cpu": "x"}
    message = program_refusal(project, {"config": prefixed(shop(**SECRETS, **wrong))}, shop(**DECRYPTED, **wrong))
    assert message.startswith("Pulumi.test.yaml has 2 problems.")
    assert 'services.shop.port ("80") is not a whole number' in message
    assert "hunter" not in message


def test_a_stack_file_that_is_not_what_the_engine_read_gives_away_nothing(project: Path) -> None:
    message = program_refusal(project, {"config": prefixed(shop())}, shop(**DECRYPTED))
    assert message.startswith("Pulumi.test.yaml has 2 problems.")
    assert "services.shop.secretEnvironment.TOKEN is plain text where a secret belongs" in message
    assert "hunter" not in message
