"""The issues of a project, of which each stack that has drifted has one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gitlab

from ci.gitlab.connection import PATIENCE, gone_already, user_of
from ci.gitlab.in_place import Written

LONGEST = 1_000_000
"""How many characters GitLab takes: https://docs.gitlab.com/administration/instance_limits/"""

_LABEL = "drift"


@dataclass(frozen=True)
class Issues:
    """The open issues of a project on drift; new ones are called `title`."""

    api: gitlab.Gitlab
    project: str
    title: str

    @classmethod
    def of_job(cls, api: gitlab.Gitlab, environment: Mapping[str, str], title: str) -> "Issues | None":
        """Those of the project that a job is of; None where it is of none."""
        project = environment.get("CI_PROJECT_ID")
        return cls(api, project, title) if project else None

    def written(self) -> Iterator[Written]:
        """What this token's user has opened."""
        listed = self._issues.list(
            iterator=True,
            per_page=100,
            state="opened",
            labels=_LABEL,
            author_id=user_of(self.api),
            scope="all",
            order_by="created_at",
            sort="asc",
            max_retries=PATIENCE,
        )
        for issue in listed:
            yield Written(issue.iid, issue.description or "")

    def create(self, text: str) -> None:
        """Opens an issue."""
        self._issues.create({"title": self.title, "labels": _LABEL, **_said(text)}, max_retries=PATIENCE)

    def update(self, number: int, text: str) -> None:
        """Writes an issue anew, and closes it to others if somebody has opened it to them."""
        self._issues.update(number, _said(text), max_retries=PATIENCE)

    def remove(self, number: int) -> None:
        """Closes an issue, which somebody else may have deleted by now."""
        with gone_already():
            self._issues.update(number, {"state_event": "close"}, max_retries=PATIENCE)

    @property
    def _issues(self) -> Any:  # noqa: ANN401 - python-gitlab's managers are of any type
        return self.api.projects.get(self.project, lazy=True).issues


def _said(text: str) -> dict[str, Any]:
    # Confidential, for it says what prod is like.
    return {"description": text, "confidential": True}
