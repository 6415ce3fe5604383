"""What the merge request says of a preview, in Markdown: how much, what is dangerous, then every change by its name."""

from collections.abc import Sequence

from ci.preview.changes import Change, Kind, changes, counts
from ci.preview.dangers import dangers
from ci.preview.entries import Words, entries, fitted
from ci.preview.events import Finding
from ci.preview.markdown import code, ending, folded, joined
from ci.preview.previews import Preview

_WORDS = {
    Kind.DELETE: Words("to delete", "delete"),
    Kind.REPLACE: Words("to replace", "replace"),
    Kind.FORGET: Words("to forget", "forget"),
    Kind.UPDATE: Words("to update", "update"),
    Kind.IMPORT: Words("to take over", "take over"),
    Kind.CREATE: Words("to create", "create"),
}


def note(preview: Preview, marker: str, longest: int, job: str = "") -> str:
    """The note.

    Args:
        preview: What it is of.
        marker: Its first line, which its readers do not see.
        longest: How many characters it may have. Properties give way first, then names.
        job: Where the job's log is.
    """
    found = changes(preview.told.steps)
    head = joined(
        [
            marker,
            f"## {title(preview, found)}",
            " ".join(filter(None, [_where(preview), preview.against, f"[Log of the job]({job})." if job else ""])),
            _failure(preview),
            _section("Dangerous", _dangers(found)),
            _section("Policies", _findings(preview.told.findings)),
            _section("Capacity", preview.capacity.verdict() if preview.capacity else ""),
            _section("Warnings", _warnings(preview.told.warnings)),
        ]
    )
    return fitted(head, [*entries(found, _WORDS)], longest)


def title(preview: Preview, found: Sequence[Change]) -> str:
    """How much of everything there is, in a line."""
    many = [f"{number} {_WORDS[kind].many}" for kind, number in counts(found).items() if number]
    said = ", ".join(many) or "no change"
    where = "rehearsed " if preview.rehearsed else ""
    if preview.failure:
        return f"The {where}preview of {code(preview.stack)} failed" + (f" after {said}" if many else "")
    return f"{where.capitalize()}{'preview' if where else 'Preview'} of {code(preview.stack)}: {said}"


def _where(preview: Preview) -> str:
    if preview.rehearsed:
        return "On one machine, with no credentials and every cloud simulated."
    return "On the real cloud."


def _failure(preview: Preview) -> str:
    if not preview.failure:
        return ""
    return f"**What follows, if anything, is not all of it.** What went wrong:\n\n{ending(preview.failure)}"


def _dangers(found: Sequence[Change]) -> str:
    return "\n".join(f"- :warning: {each.sentence}" for each in dangers(found))


def _findings(findings: Sequence[Finding]) -> str:
    # What forbids the update comes first.
    ordered = sorted(findings, key=lambda finding: not finding.mandatory)
    return "\n".join(
        f"- **{'Forbidden' if each.mandatory else 'Advice'}** by {code(each.policy)}"
        + (f", of {code(each.resource.split('::')[-1])}" if each.resource else "")
        + f": {code(each.message)}"
        for each in ordered
    )


def _warnings(warnings: Sequence[str]) -> str:
    return folded(f"{len(warnings)} of them", ending("\n".join(warnings))) if warnings else ""


def _section(heading: str, body: str) -> str:
    return f"### {heading}\n\n{body}" if body else ""
