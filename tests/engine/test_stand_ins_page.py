"""docs/stand-ins.md: its commands, run as they stand, and what it says of the variables."""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator

import grpc
import pytest
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

from localcloud.stand_ins.addresses import Addresses, setting
from localcloud.stand_ins.server import ORIGINALS
from settings import from_stack_file
from settings.archive import archive_query
from tests.engine.project import REPOSITORY, Project, commands, environment

MESSAGE = {"data": b"hi", "attributes": {"a": "b"}}

PAGE = "docs/stand-ins.md"
TEXT = (REPOSITORY / PAGE).read_text()


@pytest.fixture(scope="module", autouse=True)
def _started(project: Project) -> Iterator[None]:
    done = project.localcloud("stand-ins", "up", "dev")
    assert done.returncode == 0, done.stderr
    yield
    assert project.localcloud("stand-ins", "down", "dev").returncode == 0


def test_the_commands_do_what_it_says(project: Project) -> None:
    shown = [command for command in commands(PAGE) if "messages" not in command and command != "make example"]
    said = {}
    for command in shown:
        done = project.run("/bin/sh", "-c", command)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        said[command] = done.stdout + done.stderr
    assert shown == [
        "make stand-ins",
        "make run WORKLOAD=hello CMD='env'",
        "make status",
        "make stop",
        "make stand-ins-down",
    ]
    assert all(original in said["make stand-ins"] for original in ORIGINALS.values())
    variables = dict(
        line.split("=", 1) for line in said["make run WORKLOAD=hello CMD='env'"].splitlines() if "=" in line
    )
    assert {"TOPIC_GREETINGS", "BUCKET_UPLOADS", "PGPASSWORD", "PUBSUB_EMULATOR_HOST"} <= variables.keys()
    assert all(f"{name} (" in said["make status"] for name in ORIGINALS)
    assert not (project.root / ".localcloud/stacks/dev").exists()


def test_messages_are_seen_as_they_are_published(project: Project) -> None:
    assert project.localcloud("stand-ins", "up", "dev").returncode == 0
    address = Addresses(project.root / ".localcloud/stacks/dev/stand-ins").of("pubsub")
    publisher = PublisherClient(transport=PublisherGrpcTransport(channel=grpc.insecure_channel(address)))
    shown = [command for command in commands(PAGE) if command.startswith("make messages")]
    topics = [command.partition("TOPIC=")[2] for command in shown]
    assert topics == ["greetings", "greetings-greeter-dead-letters"]
    following = [
        subprocess.Popen(
            ["/bin/sh", "-c", f"exec {command}"],
            cwd=project.root,
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        for command in shown
    ]
    seen = threading.Event()

    def publish() -> None:
        # From now on, it says; when that is, nobody else can know.
        while not seen.wait(0.2):
            for topic in topics:
                publisher.publish(topic=f"projects/local/topics/{topic}", messages=[MESSAGE])

    publishing = threading.Thread(target=publish)
    publishing.start()
    try:
        lines = [each.stdout.readline() for each in following if each.stdout]
    finally:
        seen.set()
        publishing.join()
        for each in following:
            os.killpg(each.pid, signal.SIGINT)  # As a terminal does.
            each.communicate(timeout=30)
    assert [line.split()[2:] for line in lines] == [["hi", "a=b"], ["hi", "a=b"]]


def test_the_query_of_the_archive_is_that_of_the_stack() -> None:
    query = archive_query(from_stack_file(REPOSITORY, "prod"), "greetings")
    (shown,) = re.findall(r"^```sql\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)
    assert query == " ".join(shown.split())


def test_each_stand_in_has_a_setting_for_its_port() -> None:
    assert re.findall(r"`(LOCALCLOUD_\w+_PORT)` \|", TEXT) == [setting(name) for name in ORIGINALS]
