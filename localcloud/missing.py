"""What a command needs and has not got."""

from typing import NamedTuple


class Missing(NamedTuple):
    """A thing that is missing.

    Attributes:
        what: It, in a sentence.
        remedy: What to do about it, without a full stop.
    """

    what: str
    remedy: str
