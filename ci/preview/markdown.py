"""Markdown that says a text and nothing else, whatever is in it.

GitLab obeys a line of a note that begins with a slash, mentions who stands behind an @, and renders HTML. It does
nothing of that to what stands in code.
"""

import html
import re
from collections.abc import Iterable

from localcloud.printable import printable

_LONGEST = 20_000


def code(text: str) -> str:
    """A text as code within a line."""
    line = printable(re.sub(r"\s*[\r\n]\s*", " ", text))
    marks = "`" * (_longest_run(line) + 1)
    # Where they touch the text's own, Markdown takes away a space on either side.
    pad = " " if not line.strip() or line[0] in "` " or line[-1] in "` " else ""
    return f"{marks}{pad}{line}{pad}{marks}"


def block(text: str, language: str = "") -> str:
    """A text as lines of code."""
    marks = "`" * max(3, _longest_run(text) + 1)
    return f"{marks}{language}\n{printable(text)}\n{marks}"


def ending(text: str) -> str:
    """A text as lines of code, but of a very long one only its end: of what failed, that says most."""
    said = text.strip()
    if len(said) > _LONGEST:
        said = f"(its beginning is left out)\n{said[-_LONGEST:]}"
    return block(said)


def cut(text: str, longest: int) -> str:
    """The beginning of a Markdown text; what is open at its end, code or what is folded, is closed."""
    room = longest
    while room > 0 and len(text[:room] + _closing(text[:room])) > longest:
        room -= 1
    return text[:room] + _closing(text[:room])


def _closing(text: str) -> str:
    """What closes the code and the folds that are open at the end of a text."""
    fence, folds = "", 0
    for line in text.splitlines():
        marks = re.match(r"`{3,}", line)
        if fence:
            fence = "" if line == fence else fence
        elif marks:
            fence = marks[0]
        else:
            folds += line.count("<details>") - line.count("</details>")
    return (f"\n{fence}" if fence else "") + "\n\n</details>" * folds


def folded(summary: str, body: str) -> str:
    """What is shown once somebody opens it. The summary is plain text."""
    return f"<details><summary>{html.escape(summary)}</summary>\n\n{body}\n\n</details>"


def joined(blocks: Iterable[str]) -> str:
    """Blocks below each other; empty ones are left out."""
    return "\n\n".join(filter(None, blocks))


def _longest_run(text: str) -> int:
    return max(map(len, re.findall(r"`+", text)), default=0)
