"""What a stack runs on, on this machine: one cluster, or a simulated Google Cloud that has clusters of its own."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol


class Commands(NamedTuple):
    """The ``make`` targets that do it."""

    up: str
    preview: str
    down: str


@dataclass(frozen=True)
class ClusterPlace:
    """Where a cluster's things are, whether it runs or not.

    Attributes:
        name: A name that no other cluster of the stack has.
        directory: Everything of it.
        kubeconfig: The kubeconfig of its administrator.
    """

    name: str
    directory: Path
    kubeconfig: Path


class Platform(Protocol):
    """What the commands need of what a stack runs on, whichever it is."""

    commands: Commands
    runs_containers: bool

    def introduction(self) -> str:
        """What whoever runs a command on it should know first; empty where there is nothing to say."""

    def start(self) -> None:
        """Starts what should run and does not.

        Raises:
            LocalCloudError: Something does not start.
        """

    def project(self) -> Path:
        """The directory in which Pulumi runs the stack; renewed by each call where it is a copy."""

    def lift_protection(self, resources: Collection[tuple[str, str]]) -> bool:
        """Lets resources, by type and id, be deleted where they are, as an administrator would by hand.

        Returns:
            Whether that is ours to do.
        """

    def is_empty(self) -> bool:
        """Whether it should hold what Pulumi's state lists, and holds nothing at all."""

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """The environment in which programs find it, made of the inherited one."""

    def clusters(self) -> Sequence[ClusterPlace]:
        """The clusters there are."""

    def stop(self) -> None:
        """Ends every process. What is stored stays."""

    def retain(self, resources: Collection[tuple[str, str]]) -> None:
        """Notes which resources, by type and id, the stack leaves behind on purpose when it is destroyed."""

    def dispose(self) -> Sequence[str]:
        """Ends what a destroyed stack needs no more.

        Returns:
            What should not be left over and is, a line each.
        """

    def delete(self) -> None:
        """Forgets everything."""
