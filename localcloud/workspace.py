"""Where the local cloud keeps its things: all of it below ``.localcloud/``, a folder a stack.

A stack's cluster and its Pulumi state live and die together: a state that outlived its cluster would describe what is
not there.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Workspace:
    """The places of one stack of the project in `root`."""

    root: Path
    stack: str

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
    def state(self) -> Path:
        """Pulumi's file backend."""
        return self.directory / "state"

    @property
    def project(self) -> Path:
        """The stand-in project directory of a stack whose secrets are not local; see ``project.py``."""
        return self.directory / "project"


def home(root: Path) -> Path:
    """Where the project in `root` has everything of its local cloud."""
    return root / ".localcloud"


def stacks(root: Path) -> list[str]:
    """The stacks that have anything below ``.localcloud/``."""
    directory = home(root) / "stacks"
    return sorted(entry.name for entry in directory.iterdir()) if directory.is_dir() else []
