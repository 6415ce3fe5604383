"""Whole numbers that have a lowest and a highest value."""

from web_platform.errors import Fault


def range_fault(number: int, lowest: int, highest: int, danger: str) -> Fault | None:
    """Say what is wrong with a number that is not from `lowest` to `highest`, both included."""
    if lowest <= number <= highest:
        return None
    return Fault(what=f"is {number}", danger=danger, remedy=f"pass a whole number from {lowest} to {highest}")
