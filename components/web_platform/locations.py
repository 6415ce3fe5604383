"""Where things are in Google Cloud: regions, and zones inside of them."""

import re

from web_platform.errors import Fault

_REGION = r"[a-z]+-[a-z]+\d+"
_ZONE = rf"(?P<region>{_REGION})-[a-z]"


def region_fault(region: str) -> Fault | None:
    """A region's name is a part of the world, a direction and a number.

    https://cloud.google.com/compute/docs/regions-zones
    """
    if re.fullmatch(_REGION, region, re.ASCII):
        return None
    zone = re.fullmatch(_ZONE, region, re.ASCII)
    return Fault(
        what=f"is {region!r}, which is {'a zone' if zone else 'no region'}",
        danger="nothing could be made there",
        remedy=f"write its region, {zone['region']!r}" if zone else "write a region, such as 'europe-west1'",
    )


def location_fault(location: str) -> Fault | None:
    """A location is a region, or a zone: a region, a hyphen and a letter."""
    if re.fullmatch(rf"{_REGION}(-[a-z])?", location, re.ASCII):
        return None
    return Fault(
        what=f"is {location!r}, which is neither a zone nor a region",
        danger="nothing could be made there",
        remedy="write a zone, such as 'europe-west1-b', or a region, such as 'europe-west1'",
    )


def region_of(location: str) -> str:
    """The region that a zone lies in; a region itself as it is."""
    zone = re.fullmatch(_ZONE, location, re.ASCII)
    return zone["region"] if zone else location
