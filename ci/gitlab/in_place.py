"""One text in GitLab that is written anew instead of again: found by a marker that its readers do not see.

Two pipelines may write at once, and GitLab's API takes no conditions. So whoever has created a text looks again: the
oldest one stays, whoever finds another of its own removes it, and a pipeline leaves what a later one has written.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import gitlab

_TRIES = 4
_GONE, _CONFLICT = 404, 409


class Written(NamedTuple):
    """A text that this token's user has written; GitLab counts the numbers up."""

    number: int
    text: str


class Place(Protocol):
    """Where texts are: the notes of a merge request, or the issues of a project."""

    def written(self) -> Iterable[Written]:
        """What this token's user has written there, and perhaps more of its."""

    def create(self, text: str) -> None:
        """Writes a further one."""

    def update(self, number: int, text: str) -> None:
        """Writes one anew."""

    def remove(self, number: int) -> None:
        """Takes one away, which somebody else may have done by now."""


@dataclass(frozen=True)
class Marker:
    """What says, in the first line of a text, which text it is.

    Attributes:
        subject: What the text is of: `preview stack=prod`.
        pipeline: The number of the pipeline that writes; 0 where none does.
    """

    subject: str
    pipeline: int

    def __str__(self) -> str:
        return f"<!-- web-platform {self.subject} pipeline={self.pipeline} -->"

    def pipeline_of(self, text: str) -> int | None:
        """The pipeline that has written a text; None where it is another text."""
        found = re.match(rf"<!-- web-platform {re.escape(self.subject)} pipeline=(\d+) -->(\s|$)", text)
        return int(found[1]) if found else None


def put(place: Place, marker: Marker, text: str) -> bool:
    """Makes `text`, which begins with the marker, the one of its subject.

    Returns:
        Whether it is that now; not so where a later pipeline has written.

    Raises:
        GitlabError: GitLab refuses, or it is not settled which text stays.
    """
    refused: gitlab.exceptions.GitlabError | None = None
    for _ in range(_TRIES):
        found = _found(place, marker)
        later = [each for each in found if _pipeline(each, marker) > marker.pipeline]
        for further in found[1:]:
            if further not in later:
                place.remove(further.number)
        if later:
            return False
        try:
            if found:
                place.update(found[0].number, text)
            else:
                place.create(text)
        except gitlab.exceptions.GitlabError as refusal:
            # Somebody was quicker: is writing it, or has removed it.
            if refusal.response_code != _CONFLICT and not (found and refusal.response_code == _GONE):
                raise
            refused = refusal
            continue
        if len(found) == 1:
            return True
        # What is there now may be another pipeline's, which has removed this one's.
        left = _found(place, marker)
        if len(left) == 1 and _pipeline(left[0], marker) >= marker.pipeline:
            return True
    # What stands there now, and whether it stays, nobody knows.
    raise refused or gitlab.exceptions.GitlabError("others write there at the same time, again and again", _CONFLICT)


def clear(place: Place, marker: Marker, last_words: str) -> None:
    """Takes away every text of a subject, after some last words, but not what a later pipeline has written."""
    for each in _found(place, marker):
        if _pipeline(each, marker) <= marker.pipeline:
            place.update(each.number, last_words)
            place.remove(each.number)


def _pipeline(each: Written, marker: Marker) -> int:
    return marker.pipeline_of(each.text) or 0


def _found(place: Place, marker: Marker) -> list[Written]:
    """Those of its subject, the oldest first."""
    return sorted(each for each in place.written() if marker.pipeline_of(each.text) is not None)
