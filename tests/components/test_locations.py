"""Regions and zones of Google Cloud."""

import pytest
from web_platform.locations import location_fault, region_fault, region_of


@pytest.mark.parametrize("region", ["europe-west1", "us-central1", "northamerica-northeast2", "europe-west12"])
def test_regions_are_accepted_and_are_locations(region: str) -> None:
    assert region_fault(region) is None
    assert location_fault(region) is None
    assert region_of(region) == region


@pytest.mark.parametrize(("zone", "region"), [("europe-west1-b", "europe-west1"), ("us-east1-d", "us-east1")])
def test_a_zone_is_a_location_inside_its_region(zone: str, region: str) -> None:
    assert location_fault(zone) is None
    assert region_of(zone) == region


def test_a_zone_is_no_region_and_its_region_is_named() -> None:
    fault = region_fault("europe-west1-b")
    assert fault is not None
    assert fault.what == "is 'europe-west1-b', which is a zone"
    assert fault.remedy == "write its region, 'europe-west1'"


@pytest.mark.parametrize(
    "text", ["", "europe", "europe-west", "Europe-West1", "europe-west1-", "europe-west1-bb", "EU"]
)
def test_anything_else_is_neither(text: str) -> None:
    fault, other = region_fault(text), location_fault(text)
    assert fault is not None
    assert fault.what == f"is {text!r}, which is no region"
    assert other is not None
    assert other.what == f"is {text!r}, which is neither a zone nor a region"
