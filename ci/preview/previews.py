"""A preview: what a change would do to a stack, or why that cannot be said."""

from dataclasses import dataclass

from ci.preview.capacity import Capacity
from ci.preview.events import Told

NOTHING = Told((), (), (), (), complete=False)


@dataclass(frozen=True)
class Preview:
    """What is known of a change.

    Attributes:
        stack: The stack that would change.
        rehearsed: Whether it was previewed on a simulated cloud, and not on the real one.
        against: What the change is compared with, in a sentence of Markdown.
        told: What the engine told, to where it came.
        failure: Why it did not come to its end, in the words of whoever knows; empty where it did.
        from_nothing: Whether there was nothing to compare with, though there should have been.
        capacity: Whether the nodes hold it; None where that is not known.
    """

    stack: str
    rehearsed: bool
    against: str
    told: Told = NOTHING
    failure: str = ""
    from_nothing: bool = False
    capacity: Capacity | None = None
