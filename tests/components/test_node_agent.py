"""NodeAgent: a pod on each node."""

from typing import Any

import pytest
from web_platform import NodeAgent
from web_platform.workloads.files import volume_name

from tests.components.workloads.pods import (
    ACCOUNT,
    DAEMON_SET,
    LABELS,
    LONGEST_NAME,
    METADATA,
    POLICY,
    SELECTOR,
    TEMPORARY_MOUNT,
    TEMPORARY_VOLUME,
    container,
    make,
    pod,
    pod_spec,
    refusal,
    shop,
)
from tests.recording import Recording, declare

TYPE = "web-platform:index:NodeAgent"


def agent(**change: Any) -> Recording:
    return shop(NodeAgent, **change)


def test_an_agent_is_made_of_these_resources() -> None:
    recording = agent()
    assert recording.names() == [
        (DAEMON_SET, "shop"),
        (ACCOUNT, "shop-account"),
        (POLICY, "shop-network"),
        (TYPE, "shop"),
    ]
    assert recording.outputs_of(TYPE, "shop") == {"serviceAccount": "shop"}


def test_the_daemon_set_is_exactly_this() -> None:
    assert agent().one(DAEMON_SET, "shop").inputs == {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": METADATA,
        "spec": {
            "selector": {"matchLabels": SELECTOR},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
            "template": {"metadata": {"labels": LABELS}, "spec": pod_spec(tolerations=[{"operator": "Exists"}])},
        },
    }


def test_nodes_that_others_are_kept_from_are_left_alone_where_that_is_asked_for() -> None:
    assert pod(agent(on_every_node=False)) == pod(agent()) | {"tolerations": []}
    assert pod(agent(on_every_node=True)) == pod(agent())


def test_raw_tolerations_take_the_place_of_all() -> None:
    only = [{"key": "gpu", "operator": "Exists"}]
    assert pod(agent(pod_spec={"tolerations": only}))["tolerations"] == only


def test_folders_of_the_node_are_found_where_they_are_asked_for_and_cannot_be_written() -> None:
    recording = agent(node_folders={"/pods": "/var/log/pods", "/etc/Machine.d": "/etc"}, files={"/etc/agent": "a"})
    assert pod(recording)["volumes"] == [
        TEMPORARY_VOLUME,
        {"name": "files", "configMap": {"name": "shop-files"}},
        {"name": volume_name("node", "/etc/Machine.d"), "hostPath": {"path": "/etc", "type": "Directory"}},
        {"name": "node-pods", "hostPath": {"path": "/var/log/pods", "type": "Directory"}},
    ]
    assert container(recording)["volumeMounts"] == [
        TEMPORARY_MOUNT,
        {"name": "files", "mountPath": "/etc/agent", "subPath": "etc_.agent", "readOnly": True},
        {"name": volume_name("node", "/etc/Machine.d"), "mountPath": "/etc/Machine.d", "readOnly": True},
        {"name": "node-pods", "mountPath": "/pods", "readOnly": True},
    ]


def test_the_whole_node_may_be_looked_at() -> None:
    assert pod(agent(node_folders={"/host": "/"}))["volumes"][1]["hostPath"] == {"path": "/", "type": "Directory"}


def test_the_volume_of_a_long_folder_has_a_name_that_kubernetes_accepts() -> None:
    folder = "/logs/" + "x" * 80
    first, again, other = (
        pod(agent(node_folders={inside: "/var/log"}))["volumes"][1]["name"] for inside in (folder, folder, f"{folder}y")
    )
    assert len(first) == 63
    assert first == again != other


def test_sidecars_cannot_look_at_the_node() -> None:
    (sidecar,) = pod(agent(node_folders={"/logs": "/var/log"}, sidecars={"proxy": {}}))["initContainers"]
    assert sidecar["volumeMounts"] == [TEMPORARY_MOUNT]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"node_folders": {"logs": "/var/log"}}, "node_folders 'logs' is not a path"),
        ({"node_folders": {"/logs": "var/log"}}, "node_folders '/logs' is not a path"),
        ({"node_folders": {"/logs/": "/var/log"}}, "node_folders '/logs/' is not a path"),
        ({"node_folders": {"/": "/var/log"}}, "node_folders '/' is not a path"),
        ({"node_folders": {"/tmp": "/var/log"}}, "node_folders '/tmp' is in the place of `scratch`"),  # noqa: S108
        ({"node_folders": {"/a": "/b"}, "scratch": {"/a": "8Mi"}}, "node_folders '/a' is in the place of"),
        ({"node_folders": {"/a": "/b"}, "files": {"/a": ""}}, "node_folders '/a' is in the place of"),
        ({"node_folders": {"/a": "/b"}, "secret_files": {"/a": ""}}, "node_folders '/a' is in the place of"),
        ({"node_folders": ["/a"]}, "node_folders is a list, which is not keys with values"),
        ({"node_folders": {"/a": 1}}, "node_folders./a is a number, which is not text"),
        ({"on_every_node": 1}, "on_every_node is 1, which is not true or false"),
        ({"replicas": 1}, "replicas is not a known key"),
        ({"user": 0}, "user is 0"),
        ({"image": "ghcr.io/acme/shop:latest"}, "image has the tag 'latest'"),
    ],
)
def test_arguments_that_would_not_work_are_refused_and_declare_nothing(change: dict[str, Any], message: str) -> None:
    assert refusal(NodeAgent, **change).startswith(message)


@pytest.mark.parametrize("name", ["Shop", "1shop", "shop-", "web_shop", f"{LONGEST_NAME}a"])
def test_a_name_that_kubernetes_refuses_is_refused_before_it(name: str) -> None:
    assert refusal(NodeAgent, name).startswith("name ")


def test_the_longest_name_is_accepted() -> None:
    assert list(declare(lambda: make(NodeAgent, LONGEST_NAME)).of_type(DAEMON_SET)) == [LONGEST_NAME]
