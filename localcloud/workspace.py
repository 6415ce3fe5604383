"""Where the local cloud keeps its things: all of it below ``.localcloud/``, a folder a stack.

What a stack runs on and its Pulumi state live and die together: a state that outlived its cluster would describe what
is not there.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from localcloud.errors import LocalCloudError

_STACK_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True)
class Workspace:
    """The places of one stack of the project in `root`."""

    root: Path
    stack: str

    def __post_init__(self) -> None:
        """Refuses what is no stack's name: it becomes a directory, which `down` deletes.

        Raises:
            LocalCloudError: The name has other characters than Pulumi allows.
        """
        if not _STACK_NAME.fullmatch(self.stack):
            raise LocalCloudError(
                f"STACK={self.stack!r} is not the name of a stack.",
                "Names become directories, and this one might lead anywhere; nothing was touched.",
                "Name the stack of a file Pulumi.<stack>.yaml: letters, digits, dashes, underscores and dots.",
            )

    @property
    def home(self) -> Path:
        """Everything of every stack."""
        return home(self.root)

    @property
    def programs(self) -> Path:
        """Links to the programs for ``make shell``."""
        return self.home / "bin"

    @property
    def charts(self) -> Path:
        """The charts for clusters that run no containers."""
        return self.home / "charts"

    @property
    def pulumi_home(self) -> Path:
        """Pulumi's own folder, apart from the user's, with our plugins in it."""
        return self.home / "pulumi"

    @property
    def turns(self) -> Path:
        """Says which stacks are being changed, and by whom; see ``turns.py``."""
        return self.home / "turns"

    @property
    def directory(self) -> Path:
        """Everything of this stack."""
        return self.home / "stacks" / self.stack

    @property
    def cluster(self) -> Path:
        """The cluster's files."""
        return self.directory / "cluster"

    @property
    def cluster_kind(self) -> Path:
        """Says of which kind the cluster is, once there is one."""
        return self.directory / "cluster-kind"

    @property
    def google(self) -> Path:
        """The simulated Google Cloud of a stack that is declared there, its clusters included."""
        return self.directory / "google"

    @property
    def stand_ins(self) -> Path:
        """What stands in for Google's services as processes, and what they store."""
        return self.directory / "stand-ins"

    @property
    def state(self) -> Path:
        """Pulumi's file backend."""
        return self.directory / "state"

    @property
    def project(self) -> Path:
        """The stand-in project directory of a stack whose secrets are not local; see ``project.py``."""
        return self.directory / "project"

    def forget(self, *places: Path) -> None:
        """Removes files and folders of this stack, and its own folder when nothing else is in it."""
        for place in places:
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
        if self.directory.is_dir() and not any(self.directory.iterdir()):
            self.directory.rmdir()


def home(root: Path) -> Path:
    """Where the project in `root` has everything of its local cloud."""
    return root / ".localcloud"


def stacks(root: Path) -> list[str]:
    """The stacks that have anything below ``.localcloud/``."""
    directory = home(root) / "stacks"
    return sorted(entry.name for entry in directory.iterdir()) if directory.is_dir() else []
