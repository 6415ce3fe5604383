"""Add-ons in a stack file: which are installed and in which order, and what of them may be encrypted."""

from pathlib import Path
from typing import Any

import pytest
from pulumi import Output

from settings import PROJECT, Settings, SettingsError, parse
from tests.settings import stack_files
from tests.settings.stack_files import CIPHER, prefixed, refusal

LEAST: dict[str, Any] = stack_files.LEAST | {"services": {}}
KIBANA = {"chart": "kibana", "repository": "https://helm.elastic.co", "version": "8.5.1"}


def with_addons(**addons: object) -> Settings:
    return parse(LEAST | {"addons": addons}, "test")


def addons_refusal(**addons: object) -> str:
    return refusal(LEAST | {"addons": addons})


def test_what_is_not_enabled_is_neither_installed_nor_given_a_namespace() -> None:
    read = with_addons(a=KIBANA, b=KIBANA | {"enabled": False}, c=KIBANA | {"enabled": True, "namespace": "logs"})
    assert list(read.enabled_addons()) == ["a", "c"]
    assert sorted(read.addon_namespaces()) == ["a", "logs"]
    assert sorted(read.addons) == ["a", "b", "c"]


def test_what_is_not_enabled_is_checked_all_the_same() -> None:
    message = addons_refusal(a=KIBANA | {"enabled": False, "version": "8"}, kong=KIBANA | {"enabled": False})
    assert f'{PROJECT}:addons.a.version ("8") is not one exact version' in message
    assert f"{PROJECT}:addons.kong is in the namespace 'kong'" in message


def test_addons_come_behind_those_that_they_depend_on() -> None:
    read = with_addons(a=KIBANA | {"dependsOn": ["c", "b"]}, b=KIBANA | {"dependsOn": ["c"]}, c=KIBANA, d=KIBANA)
    assert list(read.enabled_addons()) == ["c", "d", "b", "a"]


@pytest.mark.parametrize(
    ("addons", "message"),
    [
        (
            {"a": KIBANA | {"dependsOn": ["elastic"]}},
            "addons.a.dependsOn names 'elastic', which is not among the add-ons of this stack\n"
            "  Danger: it would wait for what nobody installs\n"
            "  Remedy: add it under `addons`; there are: a",
        ),
        (
            {"a": KIBANA | {"dependsOn": ["b"]}, "b": KIBANA | {"enabled": False}},
            "addons.a.dependsOn names 'b', which is not enabled\n"
            "  Danger: it would wait for what nobody installs\n"
            "  Remedy: set `enabled: true` for 'b', or `enabled: false` for 'a'",
        ),
        (
            {"a": KIBANA | {"dependsOn": ["b"]}, "b": KIBANA | {"dependsOn": ["a"]}},
            "addons.a.dependsOn goes in a circle: a → b → a\n"
            "  Danger: each of them would wait for the others, and none would be installed\n"
            "  Remedy: remove one of these",
        ),
        ({"a": KIBANA | {"dependsOn": ["a"]}}, "addons.a.dependsOn goes in a circle: a → a\n"),
    ],
)
def test_an_order_that_cannot_be_is_refused(addons: dict[str, Any], message: str) -> None:
    assert f"{PROJECT}:{message}" in addons_refusal(**addons)


def test_what_is_not_enabled_may_depend_on_what_is_not_either() -> None:
    read = with_addons(a=KIBANA | {"dependsOn": ["b"], "enabled": False}, b=KIBANA | {"enabled": False})
    assert read.enabled_addons() == {}


def test_an_addon_says_what_it_is_ready_by() -> None:
    object_ = {"apiVersion": "k8s.elastic.co/v1", "kind": "Kibana", "name": "main"}
    read = with_addons(k=KIBANA | {"readyWhen": {"main": object_ | {"until": "condition=Ready"}}})
    assert read.addons["k"].readiness() == {
        "main": {
            "api_version": "k8s.elastic.co/v1",
            "kind": "Kibana",
            "name": "main",
            "cluster_scoped": False,
            "until": "condition=Ready",
        }
    }
    message = addons_refusal(k=KIBANA | {"readyWhen": {"main": object_ | {"until": "Ready"}}})
    assert f"{PROJECT}:addons.k.readyWhen.main.until (\"Ready\") is 'Ready', which nothing can wait for" in message


def read_file(project: Path, addons: object) -> Settings:
    return stack_files.read_file(project, LEAST | {"addons": addons})


def test_files_of_values_are_read_where_the_stack_file_is(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "kibana.yaml").write_text("replicas: 2")
    monkeypatch.chdir("/")
    addons = {"k": KIBANA | {"valueFiles": ["kibana.yaml"]}}
    assert read_file(project, addons).addons["k"].value_files == ["kibana.yaml"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "names '{file}', but there is no such file"),
        ("- a", "names '{file}', which holds no keys with values"),
        ("a: [", "names '{file}', which cannot be read: while parsing"),
    ],
)
def test_files_of_values_that_cannot_be_used_are_refused(project: Path, content: str | None, what: str) -> None:
    if content is not None:
        (project / "k.yaml").write_text(content)
    with pytest.raises(SettingsError) as refused:
        read_file(project, {"k": KIBANA | {"valueFiles": ["k.yaml"]}})
    assert f"{PROJECT}:addons.k.valueFiles {what.format(file=project / 'k.yaml')}" in str(refused.value)


def test_a_stack_file_may_encrypt_any_value_of_an_addon(project: Path) -> None:
    values = {"password": CIPHER, "users": [{"name": "ann", "password": CIPHER}], "replicas": 2}
    read = read_file(project, {"kibana": KIBANA | {"values": values}})
    assert read.addons["kibana"].values == {
        "password": "[secret]",
        "users": [{"name": "ann", "password": "[secret]"}],
        "replicas": 2,
    }


@pytest.mark.parametrize(
    ("addons", "place"),
    [
        (CIPHER, "addons"),
        ({"k": CIPHER}, "addons.k"),
        ({"k": KIBANA | {"chart": CIPHER}}, "addons.k.chart"),
        ({"k": KIBANA | {"timeoutSeconds": CIPHER}}, "addons.k.timeoutSeconds"),
        ({"k": KIBANA | {"values": CIPHER}}, "addons.k.values"),
        ({"k": KIBANA | {"valueFiles": ["a", CIPHER]}}, "addons.k.valueFiles.1"),
    ],
)
def test_a_stack_file_may_encrypt_nothing_else_of_an_addon(project: Path, addons: object, place: str) -> None:
    (project / "a").touch()
    with pytest.raises(SettingsError) as refused:
        read_file(project, addons)
    assert str(refused.value) == (
        "Pulumi.test.yaml has a problem. Nothing was created or changed.\n\n"
        f"{PROJECT}:{place} holds an encrypted value\n"
        "  Danger: of an add-on, only values of the chart are kept secret\n"
        "  Remedy: write it as plain text, or put the secret into `values` if the chart can take it there"
    )


def test_what_else_is_wrong_beside_an_encrypted_value_is_told_in_full(project: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        read_file(project, {"k": KIBANA | {"version": "8", "values": [CIPHER], "chrt": 1}})
    message = str(refused.value)
    assert message.startswith("Pulumi.test.yaml has 3 problems.")
    assert 'addons.k.version ("8") is not one exact version' in message
    assert 'addons.k.values (["[secret]"]) is not keys with values' in message
    assert "did you mean 'chart'?" in message
    assert "v1:abc" not in message


def read_by_program(
    project: Path, addons: object, secret: bool = True
) -> tuple[Settings, dict[str, tuple[object, bool]]]:
    """What the program reads where the engine has decrypted the add-ons, and the values of kibana, secret or not."""
    values: dict[str, tuple[object, bool]] = {}

    def look(read: Settings) -> None:
        for key, value in read.addons["kibana"].values.items():
            output = Output.from_input(value)
            Output.all(key, output, output.is_secret()).apply(lambda known: values.update({known[0]: (*known[1:],)}))

    secrets = [f"{PROJECT}:addons"] if secret else []
    return stack_files.read_by_program(project, prefixed(LEAST | {"addons": addons}), secrets, look), values


def test_the_program_gets_every_value_as_a_secret_where_any_was_encrypted(project: Path) -> None:
    given = {"password": "hunter2", "replicas": 2, "list": [{"a": "hunter3"}]}
    read, values = read_by_program(project, {"kibana": KIBANA | {"values": given}, "b": KIBANA})
    assert {key: (value, True) for key, value in given.items()} == values
    assert read.addons["kibana"].chart == "kibana"
    assert read.addons["b"].values == {}


def test_the_program_gets_plain_values_where_none_was_encrypted(project: Path) -> None:
    read, values = read_by_program(project, {"kibana": KIBANA | {"values": {"replicas": 2}}}, secret=False)
    assert read.addons["kibana"].values == {"replicas": 2}
    assert values == {"replicas": (2, False)}


def program_refusal(project: Path, addons: object) -> str:
    with pytest.raises(SettingsError) as refused:
        read_by_program(project, addons)
    return str(refused.value)


def test_the_program_says_what_is_wrong_in_an_encrypted_key_without_any_value_of_it(project: Path) -> None:
    message = program_refusal(
        project,
        {
            "Kibana": KIBANA | {"values": {"password": "hunter2"}},
            "k": KIBANA | {"version": "hunter2", "timeoutSeconds": "hunter2", "chrt": "hunter2"},
            "l": KIBANA | {"version": "8.5.1", "podSecurity": "hunter2"},
            "m": {"chart": "hunter2", "repository": "https://hunter2"},
            "n": {"chart": "./hunter2", "values": "hunter2"},
            "o": {"chart": "./tests", "namespace": "kong"},
        },
    )
    assert "hunter2" not in message
    for line in (
        "addons.Kibana is not a name that Helm accepts for a release",
        "addons.k.version is not one exact version",
        "addons.k.timeoutSeconds is not a whole number",
        "addons.k.chrt is not a known key",
        "addons.l.podSecurity is not 'restricted', 'baseline' or 'privileged'",
        "addons.m is wrong in a way that cannot be told without showing what is there",
        "addons.n.values is not keys with values",
        "addons.o is wrong in a way",
    ):
        assert f"{PROJECT}:{line}" in message


@pytest.mark.parametrize("addons", ["hunter2", ["hunter2"], {"kibana": "hunter2"}, {"kibana": {"values": ["hunter2"]}}])
def test_an_encrypted_key_of_any_other_shape_is_refused_and_never_shown(project: Path, addons: object) -> None:
    message = program_refusal(project, addons)
    assert "is not keys with values" in message
    assert "hunter2" not in message


def test_a_path_to_no_chart_is_refused_without_the_path(project: Path) -> None:
    message = program_refusal(project, {"kibana": {"chart": './it\'s "hunter2"'}})
    assert f"{PROJECT}:addons.kibana.chart is wrong in a way that cannot be told" in message
    assert "run `make preview`, which reads the file itself and tells it" in message
    assert "hunter2" not in message
