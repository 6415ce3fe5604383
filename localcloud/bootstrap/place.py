"""Where the rehearsal of `bootstrap/` keeps its things: beside the stacks', since it is a project of its own."""

from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from bootstrap.organisation import STACK
from localcloud import workspace
from localcloud.workspace import Workspace


@dataclass(frozen=True)
class Place(Workspace):
    """The places of the one stack of `bootstrap/`; `root` is that folder.

    Attributes:
        bucket: The bucket that keeps the state; empty as long as it is not there.
    """

    stack: str = STACK
    bucket: str = ""

    @property
    @override
    def home(self) -> Path:
        return workspace.home(self.root.parent) / "bootstrap"

    @property
    @override
    def state(self) -> Path:
        """What stands for the content of the bucket, or the folder that the state begins in."""
        return self.google / "buckets" / self.bucket if self.bucket else super().state
