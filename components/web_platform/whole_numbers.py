"""Whole numbers: as they arrive, and between which bounds they must be."""

from web_platform.errors import Fault

# A century: what is to stay for longer is to stay for good, and services count days in numbers that end somewhere.
MOST_DAYS = 36_500

# More pods than any cluster of this size runs: whoever asks for them has written something else than was meant.
MOST_REPLICAS = 1000


def whole(number: int | None) -> int | None:
    """A number that may be left out. Numbers arrive as floats when the component is used from another language."""
    return None if number is None else int(number)


def range_fault(number: int, lowest: int, highest: int, danger: str) -> Fault | None:
    """Say what is wrong with a number that is not from `lowest` to `highest`, both included."""
    if lowest <= number <= highest:
        return None
    return Fault(what=f"is {number}", danger=danger, remedy=f"pass a whole number from {lowest} to {highest}")
