"""The way to the stand-in of Pub/Sub, on this machine or in a cluster. kubectl is played, and does forward."""

import socket
import socketserver
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud import rehearsal
from localcloud.cluster.processes import Processes
from localcloud.errors import LocalCloudError
from localcloud.given_cluster import GivenCluster
from localcloud.local_cloud import LocalCloud
from localcloud.stack import Stack
from localcloud.stand_ins import StandIns, pubsub_address
from localcloud.stand_ins.pubsub_address import address_of_pubsub
from localcloud.toolchain import Toolchain
from localcloud.workspace import Workspace
from settings import Settings, parse
from tests.settings.stack_files import GOOGLE, IMAGE, LEAST

FORWARDS = """
kubeconfig = os.environ["KUBECONFIG"]
wanted = ["port-forward", "--address=127.0.0.1", "--namespace=stand-ins", "service/stand-ins-messaging"]
*given, ports = sys.argv[1:]
if given != wanted or not kubeconfig.endswith("/cluster/kubeconfig"):
    sys.exit(f"error: {given} at {kubeconfig}")
here, there = ports.split(":")
assert there == "8085", ports
time.sleep(0.2)  # It takes a while until it listens.
print("Forwarding from here", flush=True)
with socket.create_server(("127.0.0.1", int(here))) as server:
    while True:
        client = server.accept()[0]
        target = socket.create_connection(("127.0.0.1", int(os.environ["PUBSUB_OF_THE_CLUSTER"])))
        def pass_on(source, drain):
            while received := source.recv(4096):
                drain.sendall(received)
            drain.shutdown(socket.SHUT_WR)
        for ends in ((client, target), (target, client)):
            threading.Thread(target=pass_on, args=ends, daemon=True).start()
"""
FAILS = "sys.exit('error: unable to forward port because pod is not running. Current status=Pending')"
NEVER_LISTENS = "time.sleep(60)"


class Shouting(socketserver.StreamRequestHandler):
    """Gives back a line in capitals."""

    def handle(self) -> None:
        self.wfile.write(self.rfile.readline().upper())


@pytest.fixture(autouse=True)
def pubsub_of_the_cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the played kubectl forwards to."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Shouting) as server:
        monkeypatch.setenv("PUBSUB_OF_THE_CLUSTER", str(server.server_address[1]))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.delenv("LOCALCLOUD_CLUSTER", raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: web-platform\nruntime: {name: python, options: {virtualenv: .venv}}\n")
    yield Workspace(tmp_path, "test")
    StandIns(Workspace(tmp_path, "test")).delete()


@pytest.fixture
def settings() -> Settings:
    return parse(
        LEAST | {"topics": {"orders": {}}, "workers": {"mail": {"image": IMAGE, "subscribes": ["orders"]}}}, "t"
    )


def bring_up(workspace: Workspace, kind: str, kubectl: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the stack one that is up on a cluster of a kind, where kubectl is these lines of Python."""
    state = workspace.state / ".pulumi" / "stacks" / "web-platform" / "test.json"
    state.parent.mkdir(parents=True)
    state.write_text("{}")
    workspace.cluster_kind.write_text(kind)
    program = workspace.root / "kubectl"
    program.write_text(f"#!{sys.executable} -IS\nimport os, socket, sys, threading, time\n{kubectl}")
    program.chmod(0o755)
    programs = Toolchain({"kubectl": program})
    cloud = LocalCloud(workspace, GivenCluster(workspace, programs), programs, workspace.root)
    monkeypatch.setattr(rehearsal, "opened", lambda _: Stack(cloud))


def answer_at(address: str, said: str) -> str:
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(said.encode())
        return client.makefile().read()


def running(workspace: Workspace) -> None:
    """Has a stand-in of Pub/Sub run: a process that does nothing, on a port that was noted."""
    workspace.stand_ins.mkdir(parents=True)
    (workspace.stand_ins / "ports.json").write_text('{"pubsub": 8085}')
    Processes(workspace.stand_ins).start("pubsub", ["sleep", "60"])


def failure(workspace: Workspace, settings: Settings, topic: str = "orders") -> LocalCloudError:
    with pytest.raises(LocalCloudError) as caught, address_of_pubsub(workspace, settings, topic):
        pass
    return caught.value


def test_a_stand_in_on_this_machine_is_asked_itself(workspace: Workspace, settings: Settings) -> None:
    running(workspace)
    with address_of_pubsub(workspace, settings, "orders") as address:
        assert address == "127.0.0.1:8085"


def test_dead_letters_are_found_as_topics_are(workspace: Workspace, settings: Settings) -> None:
    running(workspace)
    with address_of_pubsub(workspace, settings, "orders-mail-dead-letters") as address:
        assert address == "127.0.0.1:8085"


def test_the_one_in_a_cluster_of_containers_is_reached_through_kubectl_for_as_long_as_it_is_used(
    workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_up(workspace, "kind", FORWARDS, monkeypatch)
    with address_of_pubsub(workspace, settings, "orders") as address:
        assert answer_at(address, "hello\n") == "HELLO\n"
        assert answer_at(address, "again\n") == "AGAIN\n"
    with pytest.raises(ConnectionRefusedError):
        answer_at(address, "hello\n")


def test_the_way_to_the_cluster_is_closed_whatever_ends_its_use(
    workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_up(workspace, "kind", FORWARDS, monkeypatch)
    with pytest.raises(KeyboardInterrupt), address_of_pubsub(workspace, settings, "orders") as address:
        raise KeyboardInterrupt
    with pytest.raises(ConnectionRefusedError):
        answer_at(address, "hello\n")


def test_one_on_this_machine_is_asked_before_that_of_the_cluster(
    workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_up(workspace, "kind", FAILS, monkeypatch)
    running(workspace)
    with address_of_pubsub(workspace, settings, "orders") as address:
        assert address == "127.0.0.1:8085"


def test_what_kubectl_says_of_a_way_that_does_not_lead_there_is_told(
    workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_up(workspace, "kind", FAILS, monkeypatch)
    said = failure(workspace, settings)
    assert said.problem.endswith(": error: unable to forward port because pod is not running. Current status=Pending")
    assert "kubectl --namespace stand-ins get pods" in said.remedy


def test_a_kubectl_that_never_listens_is_given_up(
    workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pubsub_address, "_PATIENCE", 0.5)
    bring_up(workspace, "kind", NEVER_LISTENS, monkeypatch)
    assert failure(workspace, settings).problem.startswith("`kubectl port-forward` does not lead to the stand-in")


@pytest.mark.parametrize("kind", ["embedded", None])
def test_where_no_container_runs_there_is_nobody_to_ask(
    kind: str | None, workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind:
        bring_up(workspace, kind, FAILS, monkeypatch)
    said = failure(workspace, settings)
    assert said.problem == "No stand-in of Pub/Sub runs for the stack test."
    assert said.remedy == "`make stand-ins STACK=test` starts one, with the topics that the stack declares."


def test_of_a_stack_on_google_cloud_the_query_of_its_archive_is_told(workspace: Workspace) -> None:
    on_google: dict[str, Any] = GOOGLE | {"topics": {"new-orders": {}, "clicks": {"archived": False}}}
    settings = parse(on_google, "test")
    archived = failure(workspace, settings, "new-orders").remedy
    assert "bq query" in archived
    assert "FROM `acme-prod.message_archive.new_orders`" in archived
    assert "bq" not in failure(workspace, settings, "clicks").remedy


@pytest.mark.parametrize("topic", ["odrers", "", "orders-shop-dead-letters", "projects/local/topics/orders"])
def test_a_topic_that_is_not_declared_is_refused_with_those_that_are(
    topic: str, workspace: Workspace, settings: Settings
) -> None:
    running(workspace)
    said = failure(workspace, settings, topic)
    assert said.problem == f"The stack test declares no topic {topic!r}."
    assert "TOPIC=…: orders, orders-mail-dead-letters." in said.remedy
    assert "Pulumi.test.yaml" in said.remedy


def test_a_stack_without_topics_has_none_to_name(workspace: Workspace) -> None:
    assert "(there are none)" in failure(workspace, parse(LEAST, "test")).remedy
