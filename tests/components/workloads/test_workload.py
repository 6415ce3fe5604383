"""What every workload is made of: an account, a policy, its configuration, and pods of these."""

import re
from typing import Any

import pytest
from pulumi import Output
from web_platform import NodeAgent, ScheduledJob, Worker
from web_platform.workloads.files import volume_name

from tests.components.workloads.pods import (
    ACCOUNT,
    CONFIG_MAP,
    DIGEST,
    LABELS,
    METADATA,
    MORE,
    SECRET,
    TEMPORARY_MOUNT,
    TEMPORARY_VOLUME,
    Workload,
    arguments,
    container,
    controller,
    make,
    pod,
    secret,
    shop,
    size,
)
from tests.recording import Recording, declare

every_kind = pytest.mark.parametrize("kind", MORE)


@every_kind
def test_every_child_is_the_workloads_own(kind: Workload) -> None:
    recording = shop(kind, files={"/a": "1"}, secret_files={"/b": "2"}, secret_environment={"C": "3"})
    (component,) = [resource for resource in recording if resource.type.startswith("web-platform:")]
    assert {resource.parent for resource in recording if resource != component} == {component.urn}


@every_kind
def test_the_account_gives_no_token_to_pods(kind: Workload) -> None:
    recording = shop(kind)
    assert recording.one(ACCOUNT, "shop-account").inputs == {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": METADATA,
        "automountServiceAccountToken": False,
    }
    assert pod(recording)["automountServiceAccountToken"] is False


@every_kind
def test_a_token_is_given_where_it_is_asked_for(kind: Workload) -> None:
    recording = shop(kind, service_account_token=True)
    assert recording.one(ACCOUNT, "shop-account").inputs["automountServiceAccountToken"] is True
    assert pod(recording)["automountServiceAccountToken"] is True


@every_kind
def test_the_account_is_an_output(kind: Workload) -> None:
    recording = shop(kind)
    (outputs,) = [made for urn, made in recording.outputs.items() if urn.endswith("::shop")]
    assert outputs["serviceAccount"] == "shop"


@every_kind
def test_without_configuration_there_is_nothing_that_holds_it(kind: Workload) -> None:
    recording = shop(kind)
    assert recording.of_type(SECRET) == recording.of_type(CONFIG_MAP) == {}
    empty = shop(kind, environment={}, secret_environment={}, files={}, secret_files={}, environment_from={})
    assert empty.names() == recording.names()
    assert controller(empty).inputs == controller(recording).inputs


@every_kind
def test_the_program_and_its_arguments_take_the_place_of_the_images(kind: Workload) -> None:
    made = container(shop(kind, command=["/app/shop"], arguments=["--listen", "$(PORT)"]))
    assert (made["command"], made["args"]) == (["/app/shop"], ["--listen", "$(PORT)"])
    assert {"command", "args"}.isdisjoint(container(shop(kind)))


def test_environment_is_sorted_so_that_its_order_restarts_nothing() -> None:
    assert container(shop(Worker, environment={"ZONE": "eu", "AUDIENCE": "all"}))["env"] == [
        {"name": "AUDIENCE", "value": "all"},
        {"name": "ZONE", "value": "eu"},
    ]


def test_secret_variables_follow_the_others_by_reference() -> None:
    recording = shop(Worker, environment={"ZONE": "eu"}, secret_environment={"PGPASSWORD": "hunter2", "API_KEY": "k-1"})
    assert container(recording)["env"] == [
        {"name": "ZONE", "value": "eu"},
        {"name": "API_KEY", "valueFrom": {"secretKeyRef": {"name": "shop-secrets", "key": "API_KEY"}}},
        {"name": "PGPASSWORD", "valueFrom": {"secretKeyRef": {"name": "shop-secrets", "key": "PGPASSWORD"}}},
    ]


def test_variables_that_others_keep_come_from_the_objects_that_are_named() -> None:
    def program() -> None:
        sources = {"config_maps": ["flags", Output.from_input("shop-environment")], "secrets": ["keys"]}
        make(Worker, environment_from=sources)

    assert container(declare(program))["envFrom"] == [
        {"configMapRef": {"name": "flags"}},
        {"configMapRef": {"name": "shop-environment"}},
        {"secretRef": {"name": "keys"}},
    ]
    assert "envFrom" not in container(shop(Worker))


def hidden(recording: Recording) -> list[dict[str, Any]]:
    """What a workload keeps in Secrets, as it was recorded."""
    return [made.inputs for made in recording.of_type(SECRET).values()]


@every_kind
def test_secrets_are_in_secrets_and_nowhere_else(kind: Workload) -> None:
    def program() -> None:
        files = {"/etc/shop/key": Output.from_input("swordfish"), "/etc/cert": "opensesame"}
        make(kind, secret_environment={"PGPASSWORD": "hunter2"}, secret_files=files)

    recording = declare(program)
    unnamed = {"namespace": "services", "labels": LABELS}
    assert hidden(recording) == [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": unnamed,
            "immutable": True,
            "stringData": secret(data),
        }
        for data in ({"PGPASSWORD": "hunter2"}, {"etc_.shop_.key": "swordfish", "etc_.cert": "opensesame"})
    ]
    elsewhere = [resource.inputs for resource in recording if resource.type != SECRET]
    outputs = [made for urn, made in recording.outputs.items() if urn != recording.stack]
    for value in ("hunter2", "swordfish", "opensesame"):
        assert value not in str(elsewhere)
        assert value not in str(outputs)


@every_kind
def test_pods_wait_for_the_configuration_that_they_begin_with(kind: Workload) -> None:
    recording = shop(kind, secret_environment={"A": "1"}, files={"/b": "2"}, secret_files={"/c": "3"})
    made = {resource.urn for resource in recording if resource.type in (SECRET, CONFIG_MAP)}
    assert len(made) == 3
    assert made <= controller(recording).depends_on


def test_files_are_in_a_config_map_under_keys_that_kubernetes_accepts() -> None:
    made = shop(Worker, files={"/etc/shop/shop.yaml": "a: 1", "/app/.env": ""}).one(CONFIG_MAP, "shop-files").inputs
    assert made == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"namespace": "services", "labels": LABELS},
        "immutable": True,
        "data": {"etc_.shop_.shop.yaml": "a: 1", "app_..env": ""},
    }


@every_kind
def test_files_are_mounted_where_they_are_asked_for_and_cannot_be_written(kind: Workload) -> None:
    recording = shop(kind, files={"/etc/b": "1", "/etc/a": "2"}, secret_files={"/run/key": "3"})
    assert pod(recording)["volumes"][1:3] == [
        {"name": "files", "configMap": {"name": "shop-files"}},
        {"name": "secret-files", "secret": {"secretName": "shop-secret-files", "defaultMode": 0o440}},
    ]
    assert container(recording)["volumeMounts"][1:4] == [
        {"name": "files", "mountPath": "/etc/a", "subPath": "etc_.a", "readOnly": True},
        {"name": "files", "mountPath": "/etc/b", "subPath": "etc_.b", "readOnly": True},
        {"name": "secret-files", "mountPath": "/run/key", "subPath": "run_.key", "readOnly": True},
    ]


@every_kind
def test_scratch_directories_may_be_written_up_to_their_size(kind: Workload) -> None:
    recording = shop(kind, scratch={"/var/cache": "1Gi"})
    volumes = [{"name": volume_name("scratch", "/var/cache"), "emptyDir": {"sizeLimit": "1Gi"}}]
    assert pod(recording)["volumes"] == [TEMPORARY_VOLUME, *volumes]
    assert container(recording)["volumeMounts"] == [
        TEMPORARY_MOUNT,
        {"name": volume_name("scratch", "/var/cache"), "mountPath": "/var/cache"},
    ]


def test_temporary_files_have_as_much_room_as_asked() -> None:
    assert pod(shop(Worker, scratch={"/tmp": "2Gi"}))["volumes"] == [  # noqa: S108 - inside a container
        {"name": "scratch-tmp", "emptyDir": {"sizeLimit": "2Gi"}}
    ]


def test_the_name_of_a_long_directorys_volume_is_stable_and_as_long_as_it_may_be() -> None:
    directory = "/var/lib/" + "x" * 80
    (volume,) = [each for each in pod(shop(Worker, scratch={directory: "8Mi"}))["volumes"] if each != TEMPORARY_VOLUME]
    assert volume["name"].startswith("scratch-var-lib-xxx")
    assert len(volume["name"]) <= 63
    again, other = shop(Worker, scratch={directory: "9Mi"}), shop(Worker, scratch={f"{directory}y": "8Mi"})
    assert volume["name"] in [each["name"] for each in pod(again)["volumes"]]
    assert volume["name"] not in [each["name"] for each in pod(other)["volumes"]]


@every_kind
def test_resources_are_as_asked(kind: Workload) -> None:
    assert container(shop(kind, cpu="2", memory="1Gi"))["resources"] == size("2", "1Gi")
    limited = container(shop(kind, cpu_limit="2", memory_limit="1Gi"))["resources"]
    assert limited["requests"] == size()["requests"]
    assert limited["limits"] == {"cpu": "2", "memory": "1Gi", "ephemeral-storage": "128Mi"}


@every_kind
@pytest.mark.parametrize(
    ("scratch", "disk"),
    [
        ({}, "128Mi"),
        ({"/tmp": "16Mi"}, "80Mi"),  # noqa: S108 - inside a container
        ({"/var/cache": "1Gi"}, "1152Mi"),
        ({"/a": "5M", "/b": "4Mi"}, "137Mi"),
    ],
)
def test_disk_is_enough_for_scratch_directories_and_logs(kind: Workload, scratch: dict[str, str], disk: str) -> None:
    assert container(shop(kind, scratch=scratch))["resources"] == size(disk=disk)


@every_kind
def test_pods_run_as_the_user_that_is_named(kind: Workload) -> None:
    security = pod(shop(kind, user=1234.0))["securityContext"]
    assert {key: security[key] for key in ("runAsUser", "runAsGroup", "fsGroup", "runAsNonRoot")} == {
        "runAsUser": 1234,
        "runAsGroup": 1234,
        "fsGroup": 1234,
        "runAsNonRoot": True,
    }


@pytest.mark.parametrize("kind", [ScheduledJob, NodeAgent, Worker])
def test_pods_have_the_time_to_end_that_is_asked_for(kind: Workload) -> None:
    assert pod(shop(kind, shutdown_seconds=90.0))["terminationGracePeriodSeconds"] == 90


@every_kind
def test_raw_parts_are_laid_over_the_pods(kind: Workload) -> None:
    raw = {"priorityClassName": "high", "containers": [{"name": "main", "tty": True}], "hostUsers": None}
    plain, over = shop(kind, environment={"A": "1"}), shop(kind, environment={"A": "1"}, pod_spec=raw)
    assert container(over) == container(plain) | {"tty": True}
    assert pod(over) == pod(plain) | {"priorityClassName": "high", "containers": [container(over)]}


def test_a_raw_part_that_is_none_takes_away_what_there_was() -> None:
    assert "terminationGracePeriodSeconds" not in pod(shop(Worker, pod_spec={"terminationGracePeriodSeconds": None}))


@pytest.mark.parametrize(
    ("image", "policy"),
    [("ghcr.io/acme/shop:1.4.2", "Always"), (f"ghcr.io/acme/shop:1.4.2@{DIGEST}", "IfNotPresent")],
)
def test_an_image_may_be_known_later(image: str, policy: str) -> None:
    made = container(declare(lambda: make(Worker, image=Output.from_input(image))))
    assert (made["image"], made["imagePullPolicy"]) == (image, policy)


@every_kind
def test_the_order_in_which_arguments_are_named_changes_nothing(kind: Workload) -> None:
    pairs: dict[str, Any] = {
        "environment": {"A": "1", "B": "2"},
        "secret_environment": {"C": "3", "D": "4"},
        "files": {"/e": "5", "/f": "6"},
        "secret_files": {"/g": "7", "/h": "8"},
        "scratch": {"/i": "8Mi", "/j": "9Mi"},
        "sidecars": {"k": {}, "l": {}},
        "init_containers": {"m": {}, "n": {}},
    }
    turned = {key: dict(reversed(value.items())) for key, value in pairs.items()}
    assert list(turned["environment"]) != list(pairs["environment"])
    assert [made.inputs for made in shop(kind, **turned)] == [made.inputs for made in shop(kind, **pairs)]


@every_kind
def test_the_arguments_of_a_program_stay_as_they_are(kind: Workload) -> None:
    args = arguments(kind, environment={"A": "1"}, scratch={"/b": "8Mi"}, pod_spec={"containers": [{"name": "main"}]})
    before = repr(args)
    declare(lambda: kind("shop", args))
    assert repr(args) == before


def test_a_raw_mount_takes_away_no_file() -> None:
    raw = {"containers": [{"name": "main", "volumeMounts": [{"name": "x", "mountPath": "/x"}]}]}
    made = container(shop(Worker, files={"/a": "1", "/b": "2"}, pod_spec=raw))
    assert [mount["mountPath"] for mount in made["volumeMounts"]] == [TEMPORARY_MOUNT["mountPath"], "/a", "/b", "/x"]


@pytest.mark.parametrize(
    "change",
    [
        {"scratch": {"/var/cache": "8Mi", "/var_cache": "8Mi", "/Var/Cache": "8Mi"}},
        {"scratch": {"/-": "8Mi", "/_": "8Mi", "/...": "8Mi"}},
        {"scratch": {"/files": "8Mi", "/secret-files": "8Mi"}, "files": {"/a": ""}, "secret_files": {"/b": ""}},
        {"scratch": {"/source": "8Mi"}, "source_mount": {"node_path": "/a", "mount_path": "/b"}},
    ],
)
def test_each_volume_has_a_name_of_its_own(change: dict[str, Any]) -> None:
    _each_volume_has_a_name_of_its_own(Worker, change)


@pytest.mark.parametrize(
    "change",
    [
        {"node_folders": {"/a-b": "/x", "/a/b": "/x", "/A/b": "/x"}},
        {"node_folders": {"/logs_": "/x"}},
        {"node_folders": {"/logs": "/x"}, "scratch": {"/node/logs": "8Mi"}},
    ],
)
def test_each_folder_of_a_node_has_a_name_of_its_own(change: dict[str, Any]) -> None:
    _each_volume_has_a_name_of_its_own(NodeAgent, change)


def _each_volume_has_a_name_of_its_own(workload: Workload, change: dict[str, Any]) -> None:
    made = pod(shop(workload, **change))
    names = [volume["name"] for volume in made["volumes"]]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name) for name in names)
    assert {mount["name"] for mount in made["containers"][0]["volumeMounts"]} == set(names)
