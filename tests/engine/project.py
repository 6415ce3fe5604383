"""A copy of the project to bring up, change and destroy.

The checkout's own ``.localcloud`` is never touched: a developer's running stack survives tests and benchmarks.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kubernetes import client
from kubernetes import config as kubernetes_config

REPOSITORY = Path(__file__).parents[2]
_FILES = (
    *("Pulumi.*", "services.yaml", "parity.yaml", "*.py", "Makefile", "requirements.txt"),
    *("bootstrap", "ci", "components", "examples", "localcloud", "platforms", "policy", "settings"),
)
_IGNORED = shutil.ignore_patterns("__pycache__", "*.egg-info", ".localcloud", ".venv")


def environment() -> dict[str, str]:
    """This process's environment without what a user has set for a local cloud of their own, or has of a terminal."""
    ours = (
        "LOCALCLOUD_API_PORT",
        "LOCALCLOUD_CLUSTER",
        "MAKEFLAGS",
        "MAKELEVEL",
        "MAKEOVERRIDES",
        "STACK",
        "STACKS",
        "TOPIC",
        "WORKLOAD",
        "CMD",
        "RELEASE",
    )
    return {name: value for name, value in os.environ.items() if name not in (*ours, "COLUMNS")}


def commands(page: str) -> list[str]:
    """The commands that a page of the documents shows, without their comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (REPOSITORY / page).read_text(), flags=re.MULTILINE | re.DOTALL)
    lines = [line.split("   #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


@dataclass(frozen=True)
class Project:
    """A copy of the project whose local cloud is its own."""

    root: Path

    @classmethod
    def copied_to(cls, root: Path) -> "Project":
        """A copy in the empty directory `root`, which shares the checkout's virtual environment."""
        for pattern in _FILES:
            for source in REPOSITORY.glob(pattern):
                if source.is_dir():
                    shutil.copytree(source, root / source.name, ignore=_IGNORED)
                else:
                    shutil.copy2(source, root)
        (root / ".venv").symlink_to(sys.prefix)
        return cls(root)

    def localcloud(self, *arguments: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        """Runs ``python -m localcloud`` there, as the Makefile does."""
        return self.run(sys.executable, "-m", "localcloud", *arguments, env=env)

    def run(self, *command: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        """Runs a command there; a line of a page by ``/bin/sh -c``."""
        return subprocess.run(
            command,
            cwd=self.root,
            env={**environment(), **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def shell(self, command: str, stack: str = "dev") -> "subprocess.CompletedProcess[str]":
        return self.localcloud("shell", stack, "--command", command)

    def client(self, stack: str = "dev") -> client.ApiClient:
        """A Kubernetes client of the stack's cluster."""
        kubeconfig = self.root / ".localcloud" / "stacks" / stack / "cluster" / "kubeconfig"
        return kubernetes_config.new_client_from_config(str(kubeconfig))

    def without_rules(self) -> None:
        """Lets programs of a test's own declare what the project's rules would refuse."""
        levels = self.root / "policy" / "levels.yaml"
        levels.write_text(re.sub(r": (mandatory|advisory)\b", ": disabled", levels.read_text()))

    def replace(self, file: str, old: str, new: str) -> None:
        """Changes the one place in `file` that says `old`."""
        text = (self.root / file).read_text()
        assert text.count(old) == 1, f"{file} says {old!r} {text.count(old)} times"
        (self.root / file).write_text(text.replace(old, new))
