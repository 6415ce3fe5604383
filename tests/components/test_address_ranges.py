"""The rules that the address ranges of a network must keep."""

import pytest
from web_platform.address_ranges import nodes_fault, ranges_fault

RANGES = {
    "node_range": "10.0.0.0/22",
    "pod_range": "10.4.0.0/14",
    "service_range": "10.8.0.0/20",
    "control_plane_range": "172.16.0.0/28",
    "private_services_range": "10.16.0.0/16",
}


def fault(**ranges: str) -> tuple[str, str]:
    found = ranges_fault(RANGES | ranges)
    assert found is not None
    return found[0], found[1].what


def test_ranges_apart_from_each_other_are_accepted() -> None:
    assert ranges_fault(RANGES) is None


def test_the_smallest_ranges_are_accepted() -> None:
    smallest = {
        "node_range": "192.168.0.0/29",
        "pod_range": "100.64.0.0/24",
        "service_range": "192.168.1.0/27",
        "control_plane_range": "192.168.2.0/28",
        "private_services_range": "192.168.3.0/24",
    }
    assert ranges_fault(smallest) is None


@pytest.mark.parametrize(
    ("key", "cidr", "longest"),
    [
        ("node_range", "10.0.0.0/30", 29),
        ("pod_range", "10.4.0.0/25", 24),
        ("service_range", "10.8.0.0/28", 27),
        ("control_plane_range", "172.16.0.0/29", 28),
        ("private_services_range", "10.16.0.0/25", 24),
    ],
)
def test_ranges_that_are_too_small_are_refused(key: str, cidr: str, longest: int) -> None:
    assert fault(**{key: cidr}) == (key, f"is {cidr}, which is smaller than /{longest}")


def test_the_control_plane_takes_exactly_sixteen_addresses() -> None:
    found = ranges_fault(RANGES | {"control_plane_range": "172.16.0.0/27"})
    assert found is not None
    assert found[0] == "control_plane_range"
    assert found[1].what == "is 172.16.0.0/27, which is larger than /28"
    assert found[1].remedy == "write '172.16.0.0/28'"


@pytest.mark.parametrize("cidr", ["", "10.0.0.0", "10.0.0.0/33", "10.0.0/22", "10.0.0.0/255.255.252.0", "fd00::/48"])
def test_what_is_no_range_is_refused(cidr: str) -> None:
    assert fault(node_range=cidr) == (
        "node_range",
        f"is {cidr!r}, which is no range of IPv4 addresses in CIDR notation",
    )


def test_a_range_with_bits_beyond_its_prefix_is_refused_and_the_one_that_was_meant_is_named() -> None:
    found = ranges_fault(RANGES | {"node_range": "10.0.1.7/22"})
    assert found is not None
    assert found[1].remedy == "write its first address and the prefix's length, such as '10.0.0.0/22'"


@pytest.mark.parametrize("cidr", ["8.8.8.0/24", "172.32.0.0/24", "10.0.0.0/7", "100.128.0.0/24", "0.0.0.0/0"])
def test_ranges_of_the_internet_are_refused(cidr: str) -> None:
    assert fault(node_range=cidr) == ("node_range", f"is {cidr}, which is not private")


@pytest.mark.parametrize("cidr", ["172.17.4.0/22", "172.16.0.0/14"])
def test_the_range_inside_of_cloud_sql_is_refused(cidr: str) -> None:
    assert fault(node_range=cidr) == ("node_range", f"is {cidr}, which overlaps 172.17.0.0/16")


@pytest.mark.parametrize(
    ("key", "cidr", "other"),
    [
        ("pod_range", "10.0.0.0/14", "node_range 10.0.0.0/22"),
        ("service_range", "10.7.240.0/20", "pod_range 10.4.0.0/14"),
        ("control_plane_range", "10.8.15.240/28", "service_range 10.8.0.0/20"),
        ("private_services_range", "10.8.0.0/13", "service_range 10.8.0.0/20"),
    ],
)
def test_two_ranges_that_overlap_are_refused_and_both_are_named(key: str, cidr: str, other: str) -> None:
    assert fault(**{key: cidr}) == (key, f"is {cidr}, which overlaps {other}")


def test_neighbours_do_not_overlap() -> None:
    assert ranges_fault(RANGES | {"node_range": "10.3.252.0/22"}) is None


def test_ranges_that_are_not_given_are_not_missed() -> None:
    assert ranges_fault({"control_plane_range": "172.16.0.0/28"}) is None


@pytest.mark.parametrize(
    ("node_range", "pod_range", "nodes", "key"),
    [
        ("10.0.0.0/29", "10.4.0.0/14", 3, None),
        ("10.0.0.0/29", "10.4.0.0/14", 4, "node_range"),
        ("10.0.0.0/22", "10.4.0.0/22", 3, None),
        ("10.0.0.0/22", "10.4.0.0/22", 4, "pod_range"),
    ],
)
def test_nodes_and_the_one_that_an_upgrade_adds_have_a_place(
    node_range: str, pod_range: str, nodes: int, key: str | None
) -> None:
    found = nodes_fault(node_range, pod_range, nodes)
    assert (found[0] if found else None) == key
