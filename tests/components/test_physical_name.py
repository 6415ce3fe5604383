"""Physical names: within a length, and in Google's syntax."""

import pytest
from web_platform.physical_name import physical_name, physical_name_fault, project_number_fault


def test_a_name_that_fits_stays_as_it_is_with_its_suffix() -> None:
    assert physical_name("registry", 15, "-charts") == "registry-charts"


def test_a_name_that_does_not_fit_is_cut_and_carries_a_hash_before_the_suffix() -> None:
    assert physical_name("a-name-that-is-long", 18, "-charts") == "a-na-298dd3-charts"


def test_a_cut_leaves_no_two_hyphens_in_a_row() -> None:
    assert physical_name("ab----------", 10) == "ab-c6cb6c"


def test_two_long_names_that_begin_alike_stay_two() -> None:
    names = {physical_name("x" * 70 + end, 63) for end in "ab"}
    assert len(names) == 2
    assert {len(name) for name in names} == {63}


def test_a_name_of_just_the_length_stays_whole_and_one_longer_does_not() -> None:
    assert physical_name("x" * 63, 63) == "x" * 63
    assert physical_name("x" * 64, 63).startswith("x" * 56 + "-")


def test_a_length_without_room_for_the_suffix_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"^14 characters have no room for a letter, a hash and the suffix '-charts'$"):
        physical_name("registry-of-acme", 14, "-charts")


@pytest.mark.parametrize("name", ["a", "shop", "web-shop", "v2", "a--b"])
def test_names_in_googles_syntax_have_no_fault(name: str) -> None:
    assert physical_name_fault(name) is None


@pytest.mark.parametrize("name", ["", "2nd", "-shop", "shop-", "Shop", "web_shop", "shop.eu", "shop\n", "café"])
def test_other_names_are_faults(name: str) -> None:
    fault = physical_name_fault(name)
    assert fault is not None
    assert fault.what == "is not a name that Google accepts for a resource"


def test_a_project_has_a_number() -> None:
    assert project_number_fault("123456789012") is None


@pytest.mark.parametrize("number", ["", "0", "012", "acme-prod", "12 ", "1.5", "-1", "١٢", "12\n"])
def test_what_is_no_number_of_a_project_is_a_fault(number: str) -> None:
    fault = project_number_fault(number)
    assert fault is not None
    assert fault.what == f"is {number!r}, which is no number of a project"
