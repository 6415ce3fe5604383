"""What two stacks call their own: texts that are the same but for these words say the same of each.

`hello.staging.example.com` of staging and `hello.example.com` of prod are one host, since `staging.example.com` is the
domain of the one and `example.com` that of the other.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Word(NamedTuple):
    """What each of two stacks calls the same thing."""

    name: str
    first: str
    second: str


class Identity:
    """The words by which two stacks may differ.

    Args:
        first: What the first one calls its own, by what that is.
        second: The same of the second.
    """

    def __init__(self, first: Mapping[str, str], second: Mapping[str, str]) -> None:
        self.words: list[Word] = []
        for name in first:
            # A word that follows from those before it says nothing new: a host in each stack's own domain.
            if name in second and self.words_between(first[name], second[name]) is None:
                self.words = [*self.words, Word(name, first[name], second[name])]

    def words_between(self, first: str, second: str) -> frozenset[str] | None:
        """The names of the words by which alone two texts differ; None where they differ otherwise."""
        if first == second:
            return frozenset()
        of_first, used = _replaced(first, {word.first: word.name for word in self.words})
        of_second, _ = _replaced(second, {word.second: word.name for word in self.words})
        return used if of_first == of_second else None

    def pairs(self, first: Iterable[str], second: Iterable[str]) -> list[tuple[str | None, str | None]]:
        """Each name of the first with the one of the second that means the same; None where there is none."""
        firsts, left = list(dict.fromkeys(first)), dict.fromkeys(second)
        found: dict[str, str | None] = {}
        # What is the same to the letter belongs together, whatever words are in it.
        for name in sorted(firsts, key=lambda name: name not in left):
            same = name if name in left else self._counterpart(name, left)
            if same is not None:
                del left[same]
            found[name] = same
        return [*((name, found[name]) for name in firsts), *((None, name) for name in left)]

    def _counterpart(self, name: str, others: Iterable[str]) -> str | None:
        return next((other for other in others if self.words_between(name, other)), None)


def _replaced(text: str, names: Mapping[str, str]) -> tuple[str, frozenset[str]]:
    """A text with names in place of words, and the names that are in it then."""
    used: set[str] = set()

    def name_of(found: re.Match[str]) -> str:
        used.add(names[found[0]])
        return f"\N{LEFT DOUBLE ANGLE BRACKET}{names[found[0]]}\N{RIGHT DOUBLE ANGLE BRACKET}"

    # The longest first: a domain may hold another one, or the stack's name. Only whole words: `prod` is in `product`.
    alternatives = "|".join(re.escape(word) for word in sorted(names, key=len, reverse=True))
    if not alternatives:
        return text, frozenset()
    return re.sub(rf"(?<![A-Za-z0-9])(?:{alternatives})(?![A-Za-z0-9])", name_of, text), frozenset(used)
