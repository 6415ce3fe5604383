"""What the issue says of a stack that has drifted, in Markdown."""

from collections.abc import Sequence

from ci.preview.changes import Change, Kind, counts
from ci.preview.entries import Words, entries, fitted
from ci.preview.markdown import code, joined

_WORDS = {
    Kind.DELETE: Words("gone", "gone"),
    Kind.REPLACE: Words("another one", "another one"),
    Kind.FORGET: Words("gone", "gone"),
    Kind.UPDATE: Words("changed", "changed"),
    Kind.IMPORT: Words("found", "found"),
    Kind.CREATE: Words("new", "new"),
}


def title(stack: str) -> str:
    """The issue's title, by which people know it; a program knows it by its marker."""
    return f"Drift of the stack {stack}"


def issue(stack: str, found: Sequence[Change], marker: str, longest: int, job: str = "") -> str:
    """The issue's description; a property is said as the state has it, then as it is there."""
    many = ", ".join(f"{number} {_WORDS[kind].many}" for kind, number in counts(found).items() if number)
    head = joined(
        [
            marker,
            f"Of {code(stack)}, something is otherwise than its state says: {many}. Somebody or something beside this "
            "project has changed it.",
            f"Let Pulumi see it with {code(f'pulumi refresh --stack {stack}')}. If it is to stay, declare it then; if "
            "not, deploy: that undoes it.",
            f"[Log of the job]({job})." if job else "",
        ]
    )
    return fitted(head, [*entries(found, _WORDS)], longest)


def mended(marker: str, job: str = "") -> str:
    """The description of an issue that is closed, since nothing has drifted any more."""
    return joined([marker, "Everything is as the state says again.", f"[Log of the job]({job})." if job else ""])
