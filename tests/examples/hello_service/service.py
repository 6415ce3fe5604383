"""The service as its images have it, run on this machine: their files, their variables, their commands."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.cluster import ports
from localcloud.cluster.processes import wait_until
from tests.examples.hello_service.image_tree import ImageTree

REPOSITORY = Path(__file__).parents[3]
SERVICE = REPOSITORY / "examples" / "hello-service"
TREE = ImageTree((SERVICE / "Dockerfile").read_text())
TARGETS = ("development", "integration", "production")

_PATIENCE = 30.0
_WRITTEN_BY_TOOLS = shutil.ignore_patterns("__pycache__", ".*_cache", ".venv")


def make_environment(place: Path) -> Path:
    """Install what the service's images do, by the same files and hashes, and give the folder of the programs."""
    uv = str(Path(sys.executable).with_name("uv"))
    locks = [f"--requirement={SERVICE / name}" for name in ("requirements.txt", "requirements-tools.txt")]
    for command in (
        ["venv", "--quiet", "--seed", "--python", sys.executable, str(place)],
        ["pip", "install", "--quiet", "--python", str(place / "bin" / "python"), "--require-hashes", *locks],
    ):
        done = subprocess.run([uv, *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return place / "bin"


def copied_to(place: Path) -> Path:
    """A copy of the service's folder, as a developer has it."""
    return shutil.copytree(SERVICE, place, ignore=_WRITTEN_BY_TOOLS)


@dataclass(frozen=True)
class Container:
    """A process as a container of an image has it.

    Attributes:
        process: What runs.
        port: Where it listens.
        log: What it says on standard output.
        errors: What it says on standard error.
    """

    process: "subprocess.Popen[bytes]"
    port: int
    log: Path
    errors: Path

    def ask(self, path: str, body: object = None) -> tuple[int, Any]:
        """The status and the content of an answer; 0 and nothing where nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            return answer.status, json.load(answer)
        except OSError:
            return 0, None
        finally:
            connection.close()

    def answers(self, path: str, status: int, content: object) -> bool:
        """Whether this becomes the answer before long."""
        return wait_until(lambda: self.ask(path) == (status, content), _PATIENCE)

    def said(self) -> list[dict[str, Any]]:
        """Its log so far. Each line of it is JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def stop(self, within: float = _PATIENCE) -> int:
        """Tell it to stop, as Kubernetes does, and give its exit code."""
        self.process.terminate()
        return self.process.wait(within)


@contextmanager
def container(target: str, programs: Path, directory: Path, **environment: str) -> Iterator[Container]:
    """Run the command of an image in a directory until it is ready, and as long as it is needed."""
    port, log, errors = ports.free(), directory.with_suffix(".log"), directory.with_suffix(".errors")
    inherited = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    with log.open("wb") as output, errors.open("wb") as complaints:
        process = subprocess.Popen(
            TREE.command(target),
            cwd=directory,
            env={**inherited, **TREE.environment(target), "PATH": path, "PORT": str(port), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=complaints,
            start_new_session=True,
        )
    try:
        made = Container(process, port, log, errors)
        assert made.answers("/readyz", 200, {"ready": True}), log.read_text() + errors.read_text()
        yield made
    finally:
        # Of a command that starts others, those too.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
