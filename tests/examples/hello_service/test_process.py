"""The commands of the images, run as processes: what answers, how it leaves, and how a changed file is seen."""

import os
import re
import signal
import socket
import time
from pathlib import Path

import psutil
import pytest
from web_platform.workloads.workload import DEFAULT_SHUTDOWN_SECONDS

from localcloud.cluster.processes import wait_until
from tests.examples.hello_service.service import SERVICE, TARGETS, TREE, Container, container, copied_to

_BODY = b'{"name": "Anna"}'
_HEAD = (
    b"POST /greetings HTTP/1.1\r\nHost: hello\r\nConnection: close\r\n"
    b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(_BODY)
)
_GOES_ON = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.fixture
def directory(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The working directory of a container of the image that the test names; of `development`, with a folder in it."""
    target = getattr(request, "param", "production")
    laid_out = TREE.lay_out(target, SERVICE, tmp_path / "image")
    return copied_to(tmp_path / "sources") if target == "development" else laid_out


def _begun(served: Container) -> socket.socket:
    """A request that is being answered: the service waits for its body."""
    client = socket.create_connection(("127.0.0.1", served.port))
    client.settimeout(30)
    client.sendall(_HEAD)
    assert client.recv(len(_GOES_ON)) == _GOES_ON
    return client


def _read(client: socket.socket) -> bytes:
    """All that is answered until the other side closes."""
    with client:
        return b"".join(iter(lambda: client.recv(65536), b""))


def _files(directory: Path) -> set[Path]:
    return set(directory.rglob("*"))


@pytest.mark.parametrize(
    ("directory", "target"), [(target, target) for target in TARGETS], indirect=["directory"], ids=TARGETS
)
def test_every_image_serves_the_same_and_writes_nothing_beside_its_sources(
    directory: Path, target: str, programs: Path
) -> None:
    before = _files(directory)
    with container(target, programs, directory, GREETING="Moin") as served:
        assert served.ask("/") == (200, {"greeting": "Moin, world!"})
        assert served.ask("/greetings", {"name": "Anna"}) == (200, {"greeting": "Moin, Anna!"})
        assert served.ask("/healthz") == (200, {"live": True})
        assert served.stop() == 0
    assert _files(directory) == before
    requests = [line["httpRequest"] for line in served.said() if "httpRequest" in line]
    assert [(each["requestMethod"], each["requestUrl"], each["status"]) for each in requests] == [
        ("GET", "/", 200),
        ("POST", "/greetings", 200),
    ]


@pytest.mark.parametrize(
    ("host", "reached"), [({}, True), ({"HOST": ""}, False)], ids=["as a container", "without one"]
)
def test_the_network_reaches_it_in_a_container_alone(
    directory: Path, programs: Path, host: dict[str, str], reached: bool
) -> None:
    with container("production", programs, directory, **host) as served, socket.socket() as client:
        # Another address of this machine, as its network has one.
        assert (client.connect_ex(("127.0.0.2", served.port)) == 0) is reached


def test_a_request_that_runs_when_it_is_told_to_stop_is_answered_and_nobody_new_is_sent_there(
    directory: Path, programs: Path
) -> None:
    with container("production", programs, directory) as served:
        client = _begun(served)
        served.process.terminate()
        assert served.answers("/readyz", 503, {"ready": False})
        assert served.ask("/healthz") == (200, {"live": True})
        assert served.ask("/") == (200, {"greeting": "Hello, world!"})
        client.sendall(_BODY)
        assert _read(client).endswith(b'{"greeting":"Hello, Anna!"}')
        assert served.process.wait(30) == 0
    assert {line["severity"] for line in served.said()} == {"INFO"}
    assert served.errors.read_text() == ""


def test_a_request_that_never_ends_is_cut_off_before_the_pod_is_killed(directory: Path, programs: Path) -> None:
    source = directory / "hello" / "server.py"
    (patience,) = re.findall(r"^_PATIENCE = (\d+)$", source.read_text(), flags=re.MULTILINE)
    assert 2 * int(patience) < DEFAULT_SHUTDOWN_SECONDS
    source.write_text(source.read_text().replace(f"_PATIENCE = {patience}", "_PATIENCE = 1"))
    with container("production", programs, directory) as served:
        client = _begun(served)
        assert served.stop() == 0
        assert b"200 OK" not in _read(client)


def test_to_be_told_again_and_again_does_not_change_how_it_ends(directory: Path, programs: Path) -> None:
    with container("production", programs, directory) as served:
        # To its very end: whoever passes a Ctrl-C on may do so late.
        while served.process.poll() is None:
            served.process.send_signal(signal.SIGINT)
            time.sleep(0.01)
        assert served.process.returncode == 0
    assert served.errors.read_text() == ""


def test_whoever_presses_ctrl_c_again_later_does_not_wait_for_what_was_begun(directory: Path, programs: Path) -> None:
    source = (directory / "hello" / "server.py").read_text()
    ((patience, echo),) = re.findall(r"^_PATIENCE = (\d+)$.*^_ECHO = (\d+)$", source, flags=re.MULTILINE | re.DOTALL)
    with container("production", programs, directory) as served, _begun(served):
        served.process.send_signal(signal.SIGINT)
        assert served.answers("/readyz", 503, {"ready": False})
        time.sleep(int(echo))
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(int(patience) / 2) == 0


def test_a_client_that_goes_away_is_noted_and_no_error(directory: Path, programs: Path) -> None:
    with container("production", programs, directory) as served:
        _begun(served).close()
        assert wait_until(lambda: any(line["message"] == "POST /greetings 499" for line in served.said()), 30)
        assert {line["severity"] for line in served.said()} == {"INFO"}


def _save(file: Path, text: str) -> None:
    """Change a file in a second of its own: a watcher that polls knows the time of a change by the second."""
    before = int(file.stat().st_mtime)
    file.write_text(text)
    os.utime(file, (before + 1, before + 1))


@pytest.mark.parametrize("directory", ["development"], indirect=True)
def test_in_development_a_changed_file_is_seen_and_a_mistake_is_survived(directory: Path, programs: Path) -> None:
    source = directory / "hello" / "app.py"
    text = source.read_text()
    assert text.count('"world"') == 1
    with container("development", programs, directory) as served:
        assert served.ask("/") == (200, {"greeting": "Hello, world!"})
        _save(source, text.replace('"world"', '"moon"'))
        assert served.answers("/", 200, {"greeting": "Hello, moon!"})
        _save(source, "this is no Python")
        assert served.answers("/", 0, None)
        _save(source, text)
        assert served.answers("/", 200, {"greeting": "Hello, world!"})
        assert served.stop() == 0


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("directory", ["development"], indirect=True)
def test_in_development_nothing_is_left_running(directory: Path, programs: Path, by: signal.Signals) -> None:
    with container("development", programs, directory) as served:
        (child,) = psutil.Process(served.process.pid).children()
        served.process.send_signal(by)
        served.process.wait(30)
        assert not child.is_running()


@pytest.mark.parametrize("directory", ["development"], indirect=True)
def test_ctrl_c_in_development_ends_what_was_begun_although_the_watcher_passes_it_on(
    directory: Path, programs: Path
) -> None:
    with container("development", programs, directory) as served:
        client = _begun(served)
        # As a terminal does: to each of its processes.
        os.killpg(served.process.pid, signal.SIGINT)
        assert wait_until(lambda: "KeyboardInterrupt caught" in served.errors.read_text(), 30)
        assert served.answers("/readyz", 503, {"ready": False})
        client.sendall(_BODY)
        assert _read(client).endswith(b'{"greeting":"Hello, Anna!"}')
        assert served.process.wait(30) == 0
    assert {line["severity"] for line in served.said()} == {"INFO"}
