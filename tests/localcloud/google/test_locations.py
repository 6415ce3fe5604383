"""Regions, zones, references and ranges: what their names mean, and what is wrong with them."""

from ipaddress import IPv4Network

import pytest

from localcloud.providers.google import locations
from localcloud.providers.google.addresses import Taken, free_address, free_range, overlap_problems, range_problems
from localcloud.providers.google.kind import Place, Refusal
from localcloud.providers.google.references import full_id, import_id, last, network_id, project_of, subnetwork_id
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import UNKNOWN

_LINK = "https://www.googleapis.com/compute/v1/projects/acme-prod/global/networks/main"
_SUBNETWORK = "projects/{project}/regions/{region}/subnetworks/{name}"
_PLACE = Place("acme-prod", "europe-west1", "europe-west1-b")


def test_a_region_has_its_own_zones() -> None:
    assert locations.zones_of("europe-west1") == ("europe-west1-b", "europe-west1-c", "europe-west1-d")
    assert locations.zones_of("us-central1") == tuple(f"us-central1-{letter}" for letter in "abcf")
    assert locations.zones_of("europe-west99") == ()


def test_regions_and_zones_are_told_apart() -> None:
    assert locations.is_region("europe-west4")
    assert not locations.is_region("europe-west4-a")
    assert locations.is_zone("europe-west4-a")
    assert not locations.is_zone("europe-west1-a")
    assert locations.region_of("europe-west10-c") == "europe-west10"


def test_a_provider_that_knows_only_its_zone_knows_its_region() -> None:
    assert locations.region_of_place(Place("acme-prod", None, "europe-west1-b")) == "europe-west1"
    assert locations.region_of_place(Place("acme-prod")) is None


def test_what_exists_or_is_not_known_yet_has_no_problems() -> None:
    assert locations.region_problems("region", "europe-west1") == []
    assert locations.region_problems("region", UNKNOWN) == []
    assert locations.zone_problems("zone", "europe-west1-b", "europe-west1") == []
    assert locations.zone_problems("zone", "europe-west1-b", UNKNOWN) == []
    assert locations.zone_problems("zone", None, "europe-west1") == []
    assert locations.location_problems("location", "europe-west1") == []
    assert locations.location_problems("location", "europe-west1-b") == []


def test_a_zone_in_the_place_of_a_region_is_named() -> None:
    reason = "is 'europe-west1-b', which is a zone: write its region, 'europe-west1'"
    assert locations.region_problems("region", "europe-west1-b") == [Problem("region", reason)]


def test_a_region_that_does_not_exist_gets_the_closest() -> None:
    reason = "is 'europe-wset4', but there is no such region: did you mean 'europe-west4'?"
    assert locations.region_problems("region", "europe-wset4") == [Problem("region", reason)]


def test_a_zone_that_its_region_does_not_have_gets_those_that_it_has() -> None:
    choice = "choose 'europe-west1-b' or 'europe-west1-c' or 'europe-west1-d'"
    expected = [Problem("zone", f"is 'europe-west1-a', but there is no such zone: {choice}")]
    assert locations.zone_problems("zone", "europe-west1-a") == expected
    assert locations.location_problems("zone", "europe-west1-a") == expected


def test_a_zone_of_another_region_is_a_mismatch() -> None:
    [problem] = locations.zone_problems("zone", "europe-west4-a", "europe-west1")
    assert problem.reason == (
        "is 'europe-west4-a', a zone of 'europe-west4', but the region is 'europe-west1': choose 'europe-west1-b' or "
        "'europe-west1-c' or 'europe-west1-d', or change the region"
    )


@pytest.mark.parametrize(
    "reference", ["main", "global/networks/main", "projects/acme-prod/global/networks/main", _LINK]
)
def test_every_spelling_of_a_reference_means_the_same(reference: str) -> None:
    assert last(reference) == "main"
    assert full_id(reference, "acme-prod", "global/networks") == "projects/acme-prod/global/networks/main"


def test_a_reference_may_name_another_project() -> None:
    assert project_of(_LINK) == "acme-prod"
    assert project_of("main") is None
    assert full_id("projects/shared/global/networks/main", "acme-prod", "global/networks").split("/")[1] == "shared"


@pytest.mark.parametrize(
    "identifier",
    [
        "projects/acme-prod/regions/europe-west1/subnetworks/nodes",
        "acme-prod/europe-west1/nodes",
        "europe-west1/nodes",
        "nodes",
    ],
)
def test_short_import_ids_are_filled_from_the_provider(identifier: str) -> None:
    assert import_id(_SUBNETWORK, identifier, _PLACE) == "projects/acme-prod/regions/europe-west1/subnetworks/nodes"


@pytest.mark.parametrize("identifier", ["a/b/c/d", "", "europe-west1//nodes"])
def test_an_import_id_of_another_form_is_refused(identifier: str) -> None:
    with pytest.raises(Refusal, match="doesn't match any of the accepted formats"):
        import_id(_SUBNETWORK, identifier, _PLACE)


def test_an_import_id_cannot_leave_out_what_the_provider_does_not_know() -> None:
    with pytest.raises(Refusal, match="'nodes' doesn't match any of the accepted formats"):
        import_id(_SUBNETWORK, "nodes", Place("acme-prod"))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("10.0.0.0/33", "which is not a range in CIDR notation: write it as '10.0.0.0/20'"),
        ("10.0.0.1/24", "write '10.0.0.0/24', which begins at the range's first address"),
        ("10.0.0.0/30", "is 10.0.0.0/30, which is too small: use a mask from /4 to /29"),
        ("0.0.0.0/0", "is 0.0.0.0/0, which is too large"),
        ("127.0.0.0/16", "is 127.0.0.0/16, but Google does not allow 127.0.0.0/8"),
    ],
)
def test_a_range_that_a_network_cannot_have_is_a_problem(value: str, reason: str) -> None:
    [problem] = range_problems("ipCidrRange", value)
    assert reason in problem.reason


@pytest.mark.parametrize("value", ["10.0.0.0/29", "10.0.0.0/8", "100.64.0.0/10", UNKNOWN, None])
def test_a_range_that_a_network_can_have_is_none(value: object) -> None:
    assert range_problems("ipCidrRange", value) == []


def test_ranges_that_overlap_are_named_by_both_paths() -> None:
    given = [("a", "10.0.0.0/16"), ("b", "10.1.0.0/16"), ("c", "10.0.128.0/20"), ("d", UNKNOWN), ("e", "no range")]
    reason = "is 10.0.128.0/20, which overlaps a (10.0.0.0/16): choose a range apart from it"
    assert overlap_problems(given) == [Problem("c", reason)]


def test_the_next_free_range_is_beside_what_is_taken() -> None:
    taken = [Taken(IPv4Network("10.0.0.0/20"), ""), Taken(IPv4Network("10.1.0.0/16"), "")]
    assert free_range(16, taken) == IPv4Network("10.2.0.0/16")
    assert free_range(20, taken) == IPv4Network("10.0.16.0/20")


def test_a_full_network_has_no_free_range() -> None:
    with pytest.raises(Refusal, match="no range of size /16 is free"):
        free_range(16, [Taken(IPv4Network("10.0.0.0/8"), "")])


def test_a_full_pool_has_no_free_address() -> None:
    pool = IPv4Network("10.0.0.0/30")
    assert free_address(pool, {"10.0.0.1"}) == "10.0.0.2"
    with pytest.raises(Refusal, match=r"IP space of 10\.0\.0\.0/30 is exhausted"):
        free_address(pool, {"10.0.0.1", "10.0.0.2"})


def test_networks_and_subnetworks_have_one_id_in_every_spelling() -> None:
    network, subnetwork = (
        "projects/acme-prod/global/networks/main",
        "projects/acme-prod/regions/europe-west1/subnetworks/nodes",
    )
    links = "https://www.googleapis.com/compute/v1/"
    for spelling in ("main", "global/networks/main", network, links + network):
        assert network_id(spelling, "acme-prod") == network
    for spelling in ("nodes", "regions/europe-west1/subnetworks/nodes", subnetwork, links + subnetwork):
        assert subnetwork_id(spelling, "acme-prod", "europe-west1") == subnetwork


@pytest.mark.parametrize(
    ("location", "region"), [("europe-west1", "europe-west1"), ("europe-west1-b", "europe-west1"), (None, None)]
)
def test_a_location_is_in_a_region(location: str | None, region: str | None) -> None:
    assert locations.region_at(location) == region
