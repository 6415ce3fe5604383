"""What the host answers where it cannot do what the engine asks for."""

from __future__ import annotations


class HostError(Exception):
    """A call that failed for a reason its reader can mend; the message says what is wrong and what to do."""
