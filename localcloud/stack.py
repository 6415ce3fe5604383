"""A Pulumi stack on the local cloud: its creation, its updates, and what it says of itself."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from localcloud import console, project
from localcloud.errors import LocalCloudError
from localcloud.local_cloud import LocalCloud


class Stack:
    """The stack that `cloud` was opened for. Commands run Pulumi on this terminal and give its exit code."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.name = cloud.workspace.stack
        self._project = project.name(cloud.project)

    def up(self) -> int:
        """Makes the stack what the program declares."""
        return self._pulumi("up", "--yes", "--skip-preview")

    def preview(self) -> int:
        """Shows what `up` would change."""
        return self._pulumi("preview", "--diff")

    def destroy(self) -> int:
        """Deletes every resource of the stack, those that are protected too where that is ours to lift."""
        return self._lift_protection() or self._pulumi("destroy", "--yes", "--skip-preview")

    def select(self) -> None:
        """Makes the stack, unless it is there, and the one that plain ``pulumi`` speaks of."""
        self._ask("stack", "select", "--create", self.name, "--non-interactive")

    @property
    def exists(self) -> bool:
        """Whether Pulumi knows the stack, with or without resources."""
        return self._checkpoint.exists()

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets masked."""
        outputs: dict[str, Any] = json.loads(self._ask("stack", "output", "--json", "--stack", self.name))
        return outputs

    def _backend(self, kind: str) -> Path:
        """Where Pulumi's file backend keeps its `kind` of files."""
        return self.cloud.workspace.state / ".pulumi" / kind

    @property
    def _checkpoint(self) -> Path:
        return self._backend("stacks") / self._project / f"{self.name}.json"

    def retained(self) -> list[tuple[str, str]]:
        """Type and id of every resource that `destroy` forgets but does not delete, since the program says so."""
        return [(resource["type"], resource["id"]) for resource in self._resources() if _is_retained(resource)]

    def _resources(self) -> list[dict[str, Any]]:
        deployment = json.loads(self._ask("stack", "export", "--stack", self.name))["deployment"]
        return deployment.get("resources") or []

    def _lift_protection(self) -> int:
        """Updates exactly the resources that are protected, so that they no longer are; gives Pulumi's exit code."""
        protected = [resource["urn"] for resource in self._resources() if _is_protected(resource)]
        if not protected or not self.cloud.platform.waive_protection():
            return 0
        console.say("\n  ".join([f"The protection of these resources of {self.name} is lifted first:", *protected]))
        return self._pulumi("up", "--yes", "--skip-preview", *(f"--target={urn}" for urn in protected))

    def _pulumi(self, *arguments: str) -> int:
        if not self.exists:
            self.select()
        self._break_stale_lock()
        return self.cloud.run([self.cloud.programs["pulumi"], *arguments, "--stack", self.name])

    def _ask(self, *arguments: str) -> str:
        command: Sequence[Any] = [self.cloud.programs["pulumi"], *arguments]
        answer = subprocess.run(
            command,
            cwd=self.cloud.project,
            env=self.cloud.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if answer.returncode:
            raise LocalCloudError(
                f"`pulumi {' '.join(arguments)}` failed; what it said stands above.",
                f"The stack {self.name} could not be read or made.",
                f"`make shell STACK={self.name}` leads to where it runs, for a closer look.",
            )
        return answer.stdout

    def _break_stale_lock(self) -> None:
        """Takes away the lock of an update that was killed.

        Raises:
            LocalCloudError: The process that holds the lock lives: it guards the state.
        """
        locks = self._backend("locks") / "organization" / self._project / self.name
        for lock in locks.glob("*.json"):
            holder = json.loads(lock.read_text())["pid"]
            if _lives(holder, since=lock.stat().st_mtime):
                raise LocalCloudError(
                    f"Another command is changing the stack {self.name} right now (process {holder}).",
                    "Two at once would overwrite each other's record of what exists; nothing was done.",
                    "Wait until it has ended, then run the same command again.",
                )
            console.say(f"An earlier update of {self.name} was cut short; its lock is taken away.")
            lock.unlink()


def _is_protected(resource: Mapping[str, Any]) -> bool:
    """Whether Pulumi, the provider or Google would refuse to delete a resource of the state."""
    # What a program leaves to the provider's default stands in the outputs alone.
    return bool(resource.get("protect")) or any(_forbids_deletion(resource.get(part)) for part in ("inputs", "outputs"))


def _forbids_deletion(properties: Mapping[str, Any] | None) -> bool:
    given = properties or {}
    return (
        given.get("deletionProtection") is True
        or given.get("deletionPolicy") == "PREVENT"
        # Cloud SQL has a protection of its own beside the provider's.
        or (isinstance(given.get("settings"), Mapping) and given["settings"].get("deletionProtectionEnabled") is True)
    )


def _is_retained(resource: Mapping[str, Any]) -> bool:
    """Whether Pulumi or the provider leaves a resource of the state where it is when it is deleted."""
    abandoned = (resource.get("inputs") or {}).get("deletionPolicy") == "ABANDON"
    return "id" in resource and (bool(resource.get("retainOnDelete")) or abandoned)


def _lives(pid: int, since: float) -> bool:
    """Whether the process `pid` that lived at the time `since` still does: a newer one has its number by chance."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= since
    except psutil.NoSuchProcess:
        return False
