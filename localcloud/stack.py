"""A Pulumi stack on the local cloud: its creation, its updates, and what it says of itself."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from localcloud import console, policies, protection
from localcloud.errors import LocalCloudError
from localcloud.liveness import lives
from localcloud.local_cloud import LocalCloud
from localcloud.turns import taken
from localcloud.workspace import Workspace

# What was in a cluster that is gone is gone, and must not stop a destruction.
# https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/
_WITHOUT_CLUSTER = {"PULUMI_K8S_DELETE_UNREACHABLE": "true"}


class Stack:
    """The stack that `cloud` was opened for. Commands run Pulumi on this terminal and give its exit code."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.name = cloud.workspace.stack

    def up(self, *, ruled: bool = True) -> int:
        """Makes the stack what the program declares.

        Args:
            ruled: Whether the project's rules have a say.
        """
        rules = policies.arguments(self.cloud.workspace.root) if ruled else []
        return self._pulumi("up", "--yes", "--skip-preview", *rules)

    def preview(self) -> int:
        """Shows what `up` would change, and which of the project's rules it would break."""
        return self._pulumi("preview", "--diff", *policies.arguments(self.cloud.workspace.root))

    def analyze(self, *, protected: bool, as_json: bool) -> int:
        """Puts the project's rules to what the stack has.

        Args:
            protected: What the stack's settings say of it.
            as_json: Whether findings are told as the engine's events, one a line.
        """
        asked = policies.analysis(self.cloud.workspace.root, as_json=as_json)
        return self._pulumi(*asked, **policies.environment(protected=protected))

    def destroy(self) -> int:
        """Deletes every resource of the stack, those that are protected too where that is ours to lift.

        It takes Pulumi's state alone: the program, whatever it declares by now, does not run.
        """
        return self._lift_protection() or self._pulumi("destroy", "--yes", "--skip-preview", **_WITHOUT_CLUSTER)

    def select(self) -> None:
        """Makes the stack, unless it is there, and the one that plain ``pulumi`` speaks of."""
        self._ask("stack", "select", "--create", self.name, "--non-interactive")

    @property
    def exists(self) -> bool:
        """Whether Pulumi knows the stack, with or without resources."""
        return exists(self.cloud.workspace)

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets masked."""
        outputs: dict[str, Any] = json.loads(self._ask("stack", "output", "--json", "--stack", self.name))
        return outputs

    def on_google(self) -> list[str]:
        """The URN of every resource of the state that should exist in Google Cloud."""
        return [each["urn"] for each in self._resources() if each["type"].startswith("gcp:") and "id" in each]

    def retained(self) -> list[tuple[str, str]]:
        """Type and id of every resource that `destroy` forgets but does not delete, since the program says so."""
        return [(resource["type"], resource["id"]) for resource in self._resources() if _is_retained(resource)]

    def _resources(self) -> list[dict[str, Any]]:
        deployment = json.loads(self._ask("stack", "export", "--stack", self.name))["deployment"]
        return deployment.get("resources") or []

    def _lift_protection(self) -> int:
        """Lifts it by hand where the resources are, and lets Pulumi's state know; gives Pulumi's exit code."""
        resources = self._resources()
        by_pulumi = [each["urn"] for each in resources if each.get("protect")]
        by_cloud = [each for each in resources if _is_protected(each)]
        protected = list(dict.fromkeys([*by_pulumi, *(each["urn"] for each in by_cloud)]))
        if not protected or not self.cloud.platform.lift_protection([(each["type"], each["id"]) for each in by_cloud]):
            return 0
        console.say("\n  ".join([f"The protection of these resources of {self.name} is lifted first:", *protected]))
        if by_pulumi and (code := self._pulumi("state", "unprotect", "--all", "--yes")):
            return code
        targets = [f"--target={each['urn']}" for each in by_cloud]
        # What a killed update was about to make, `refresh` would otherwise ask about.
        return self._pulumi("refresh", "--yes", "--skip-preview", "--clear-pending-creates", *targets) if targets else 0

    def _pulumi(self, *arguments: str, **environment: str) -> int:
        if not self.exists:
            self.select()
        self._break_stale_lock()
        return self.cloud.run([self.cloud.programs["pulumi"], *arguments, "--stack", self.name], **environment)

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
        for lock in _backend(self.cloud.workspace, "locks").glob(f"organization/*/{self.name}/*.json"):
            holder = json.loads(lock.read_text())["pid"]
            if lives(holder, since=lock.stat().st_mtime):
                raise taken(self.name, holder)
            console.say(f"An earlier update of {self.name} was cut short; its lock is taken away.")
            lock.unlink()


def exists(workspace: Workspace) -> bool:
    """Whether Pulumi knows the stack of `workspace`, with or without resources."""
    return any(_backend(workspace, "stacks").glob(f"*/{workspace.stack}.json"))


def require(workspace: Workspace, consequence: str) -> None:
    """Refuses to look into a cluster that is not there: starting one would show an empty one.

    Args:
        workspace: Where the stack's things would be.
        consequence: What cannot be looked at, as a sentence.

    Raises:
        LocalCloudError: The stack is not up on this machine.
    """
    if not exists(workspace):
        raise LocalCloudError(
            f"The stack {workspace.stack} is not up on this machine.",
            consequence,
            f"`make up STACK={workspace.stack}` brings it up, or `make rehearse STACK={workspace.stack}` if it is "
            "declared on Google Cloud.",
        )


def _backend(workspace: Workspace, kind: str) -> Path:
    """Where Pulumi's file backend keeps its `kind` of files."""
    return workspace.state / ".pulumi" / kind


def _is_protected(resource: Mapping[str, Any]) -> bool:
    """Whether the provider or Google would refuse to delete a resource of the state."""
    # What a program leaves to the provider's default stands in the outputs alone.
    return "id" in resource and any(protection.is_on(resource.get(part)) for part in ("inputs", "outputs"))


def _is_retained(resource: Mapping[str, Any]) -> bool:
    """Whether Pulumi or the provider leaves a resource of the state where it is when it is deleted."""
    abandoned = (resource.get("inputs") or {}).get("deletionPolicy") == "ABANDON"
    return "id" in resource and (bool(resource.get("retainOnDelete")) or abandoned)
