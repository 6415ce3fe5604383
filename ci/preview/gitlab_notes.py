"""The notes of a merge request, of which each preview has one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gitlab

from ci.gitlab.connection import PATIENCE, gone_already, user_of
from ci.gitlab.in_place import Written

LONGEST = 1_000_000
"""How many characters GitLab takes: https://docs.gitlab.com/administration/instance_limits/"""


@dataclass(frozen=True)
class Notes:
    """The notes of the merge request `number` of a project."""

    api: gitlab.Gitlab
    project: str
    number: str

    @classmethod
    def of_job(cls, api: gitlab.Gitlab, environment: Mapping[str, str]) -> "Notes | None":
        """Those of the merge request that a job is for; None where it is for none."""
        # Of a fork, the merge request is in the other project.
        project, number = environment.get("CI_MERGE_REQUEST_PROJECT_ID"), environment.get("CI_MERGE_REQUEST_IID")
        return cls(api, project, number) if project and number else None

    def written(self) -> Iterator[Written]:
        """What this token's user has written. What others quote of it is theirs."""
        me = user_of(self.api)
        for note in self._notes.list(
            iterator=True, per_page=100, sort="asc", order_by="created_at", max_retries=PATIENCE
        ):
            if note.author["id"] == me and not note.system:
                yield Written(note.id, note.body)

    def create(self, text: str) -> None:
        """Writes a further note."""
        self._notes.create({"body": text}, max_retries=PATIENCE)

    def update(self, number: int, text: str) -> None:
        """Writes a note anew."""
        self._notes.update(number, {"body": text}, max_retries=PATIENCE)

    def remove(self, number: int) -> None:
        """Takes a note away, which somebody else may have deleted by now."""
        with gone_already():
            self._notes.delete(number, max_retries=PATIENCE)

    @property
    def _notes(self) -> Any:  # noqa: ANN401 - python-gitlab's managers are of any type
        project = self.api.projects.get(self.project, lazy=True)
        return project.mergerequests.get(self.number, lazy=True).notes
