"""docs/images.md, run as it stands as far as it takes no Docker: the sample service as a process and in a stack.

The tests of this module are one story in the order in which they stand: each finds what the one before has left.
"""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client
from web_platform.chart_values import merge_values
from web_platform.relations import dangling

from localcloud.cluster import ports
from localcloud.cluster.processes import wait_until
from tests.engine.objects import objects_of
from tests.engine.project import REPOSITORY, Project, environment

_SERVICE = "hello-service"
_TAKES_DOCKER = "# This takes Docker"
_BLOCK = re.compile(r"^```(?P<language>sh|yaml)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
_PAGE = (REPOSITORY / "docs" / "images.md").read_text()


def _blocks(language: str, title: str = "") -> list[str]:
    """What the page shows in a language, or a section of it, but for what takes Docker."""
    text = _PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0] if title else _PAGE
    blocks = [block["text"] for block in _BLOCK.finditer(text) if block["language"] == language]
    return [block for block in blocks if not block.startswith(_TAKES_DOCKER)]


def _lay(project: Project, title: str) -> None:
    """Writes a section's lines into the file of the project that they name."""
    (block,) = _blocks("yaml", title)
    path = project.root / block.splitlines()[0].removeprefix("# ")
    content = merge_values(yaml.safe_load(path.read_text()), yaml.safe_load(block))
    path.write_text(yaml.safe_dump(content, sort_keys=False))


def _run(project: Project, script: str) -> str:
    done = project.run("/bin/sh", "-ec", script)
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
    return done.stdout


def _deployment(project: Project) -> Any:
    return client.AppsV1Api(project.client()).read_namespaced_deployment(_SERVICE, _SERVICE)


def _answer(port: int) -> Mapping[str, str] | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as response:
            answer: Mapping[str, str] = json.load(response)
            return answer
    except OSError:
        return None


@contextmanager
def _running(project: Project, script: str, port: int) -> Iterator[None]:
    """Runs what a developer runs in a terminal of its own, until it is interrupted there."""
    process = subprocess.Popen(
        ["/bin/sh", "-ec", script],
        cwd=project.root,
        env={**environment(), "PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)


@pytest.fixture(scope="module")
def copy(project: Project) -> Project:
    """The project with the sample service's environment in it, made as the page says."""
    script, _ = _blocks("sh", "Without Docker")
    assert "passed" in _run(project, script)
    _lay(project, "Without Docker")
    return project


def test_it_runs_as_a_process_and_starts_again_where_a_file_changes(copy: Project) -> None:
    _, script = _blocks("sh", "Without Docker")
    port, source = ports.free(), copy.root / "examples" / _SERVICE / "hello" / "app.py"
    text = source.read_text()
    with _running(copy, script, port):
        assert wait_until(lambda: _answer(port) == {"greeting": "Hello, world!"}, 120)
        source.write_text(text.replace('"world"', '"moon"'))
        assert wait_until(lambda: _answer(port) == {"greeting": "Hello, moon!"}, 30)
    assert wait_until(lambda: _answer(port) is None, 30)
    source.write_text(text)
    assert copy.localcloud("stand-ins", "down", "dev").returncode == 0


def test_a_team_brings_it_up_in_a_stack_of_its_own(copy: Project) -> None:
    # One or the other: as a service of the platform it would have the same host.
    (copy.root / "services.yaml").write_text((REPOSITORY / "services.yaml").read_text())
    _lay(copy, "In a stack of its own")
    # In place of what `pulumi install` makes, which asks a registry for the components.
    (copy.root / "examples" / _SERVICE / "infrastructure" / ".venv").symlink_to(sys.prefix)
    (script,) = _blocks("sh", "In a stack of its own")
    assert "https://hello-service.dev.localhost/" in _run(copy, script)
    made = _deployment(copy)
    assert made.status.available_replicas == made.spec.replicas == 1
    pod = made.spec.template.spec
    (main,) = pod.containers
    assert main.command is None
    assert ("GREETING", "Hello") in [(variable.name, variable.value) for variable in main.env]
    assert dangling(objects_of(copy)) == []


def test_its_pods_are_what_its_images_are_made_for(copy: Project) -> None:
    pod = _deployment(copy).spec.template.spec
    (main,) = pod.containers
    text = (REPOSITORY / "examples" / _SERVICE / "Dockerfile").read_text()
    assert set(re.findall(r"^USER ([1-9]\d*:\d+)$", text, flags=re.MULTILINE)) == {
        f"{pod.security_context.run_as_user}:{pod.security_context.run_as_group}"
    }
    assert re.findall(r"^EXPOSE (\d+)$", text, flags=re.MULTILINE) == [str(main.ports[0].container_port)]
    assert main.security_context.read_only_root_filesystem
    assert (main.liveness_probe.http_get.path, main.readiness_probe.http_get.path) == ("/healthz", "/readyz")


def test_in_the_integration_mode_its_pods_have_the_folder_and_the_images_own_command(copy: Project) -> None:
    (script,) = _blocks("sh", "Integration mode")
    _run(copy, script)
    core = client.CoreV1Api(copy.client())
    claim = core.read_namespaced_persistent_volume_claim(f"{_SERVICE}-source", _SERVICE)
    assert claim.status.phase == "Bound"
    path = Path(core.read_persistent_volume(claim.spec.volume_name).spec.host_path.path)
    assert (copy.root / path.relative_to("/sources") / "Dockerfile").exists()
    (main,) = _deployment(copy).spec.template.spec.containers
    assert main.command is None
    assert ("/app", True) in [(mount.mount_path, mount.read_only) for mount in main.volume_mounts]


def test_it_goes_as_it_came(copy: Project) -> None:
    down = copy.shell(f"cd examples/{_SERVICE}/infrastructure && pulumi destroy --yes")
    assert down.returncode == 0, down.stdout + down.stderr
    assert client.AppsV1Api(copy.client()).list_namespaced_deployment(_SERVICE).items == []


def test_what_takes_docker_is_said_to_be_untried() -> None:
    tried = _blocks("sh")
    assert len(tried) == 4
    assert not any(word in block for block in tried for word in ("docker", "kubectl exec", "kind"))
