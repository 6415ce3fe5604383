"""Texts of others, such as what somebody has written into a state, where they are shown."""

import re

# What a terminal or GitLab's log obeys, and what lets a line be read backwards; line breaks and tabs are let be.
_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """The text with a mark in place of each character that is none."""
    return _OBEYED.sub("\N{REPLACEMENT CHARACTER}", text)
