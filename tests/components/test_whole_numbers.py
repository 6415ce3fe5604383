"""Whole numbers that have a lowest and a highest value."""

import pytest
from web_platform.errors import Fault
from web_platform.whole_numbers import range_fault


@pytest.mark.parametrize("number", [1, 2, 3])
def test_both_ends_of_a_range_belong_to_it(number: int) -> None:
    assert range_fault(number, 1, 3, "nothing would work") is None


@pytest.mark.parametrize("number", [0, 4])
def test_what_is_outside_is_told_the_range(number: int) -> None:
    assert range_fault(number, 1, 3, "nothing would work") == Fault(
        what=f"is {number}", danger="nothing would work", remedy="pass a whole number from 1 to 3"
    )
