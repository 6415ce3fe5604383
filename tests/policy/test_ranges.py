from ipaddress import ip_network

import pytest

from policy.ranges import wide_ranges


@pytest.mark.parametrize("wide", ["0.0.0.0/0", "0.0.0.0/1", "8.0.0.0/7", "::/0", "2000::/3", "2600::/15"])
def test_a_range_for_nobody_in_particular_is_wide(wide: str) -> None:
    assert list(wide_ranges(["192.0.2.0/24", wide])) == [f"has {wide}"]


@pytest.mark.parametrize(
    "ranges",
    [
        ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"],
        ["10.0.0.0/8", "fc00::/7"],
        ["8.0.0.0/8"],
        ["8.0.0.0/9", "8.0.0.0/8", "8.0.0.0/8"],
        ["192.0.2.1", "2001:db8::/32"],
        ["35.191.0.0/16", "130.211.0.0/22"],
        ["nowhere", "300.0.0.0/8", None, 4, {}],
        [],
    ],
)
def test_ranges_of_somebody_are_not(ranges: list[object]) -> None:
    assert list(wide_ranges(ranges)) == []


def test_many_narrow_ranges_are_as_wide_as_what_they_make_up() -> None:
    halves = ["8.0.0.0/8", "9.0.0.0/8"]
    assert list(wide_ranges(halves)) == ["has 2 ranges that are wider than a /8 together"]
    everybody = [str(each) for each in ip_network("2000::/3").subnets(new_prefix=11)]
    assert next(iter(wide_ranges(everybody))) == f"has {everybody[0]}"
    sixteenths = [str(each) for each in ip_network("2600::/14").subnets(new_prefix=16)]
    assert list(wide_ranges(sixteenths)) == ["has 4 ranges that are wider than a /16 together"]
