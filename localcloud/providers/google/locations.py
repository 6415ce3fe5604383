"""Google Cloud's regions and zones, and what is wrong with the name of one.

A zone's name is its region's with one more letter. https://cloud.google.com/compute/docs/regions-zones
"""

from __future__ import annotations

import difflib
from typing import Final

from localcloud.providers.google.kind import Place
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

_USUAL: Final = "abc"

# Only where the letters are not a, b and c is there something to remember.
# https://cloud.google.com/compute/docs/regions-zones#available
_ZONES: Final = {
    **dict.fromkeys(
        (
            "africa-south1",
            "asia-east1",
            "asia-east2",
            "asia-northeast1",
            "asia-northeast2",
            "asia-northeast3",
            "asia-south1",
            "asia-south2",
            "asia-southeast1",
            "asia-southeast2",
            "asia-southeast3",
            "australia-southeast1",
            "australia-southeast2",
            "europe-central2",
            "europe-north1",
            "europe-north2",
            "europe-southwest1",
            "europe-west2",
            "europe-west3",
            "europe-west4",
            "europe-west6",
            "europe-west8",
            "europe-west9",
            "europe-west10",
            "europe-west12",
            "me-central1",
            "me-central2",
            "me-west1",
            "northamerica-northeast1",
            "northamerica-northeast2",
            "northamerica-south1",
            "southamerica-east1",
            "southamerica-west1",
            "us-east4",
            "us-east5",
            "us-south1",
            "us-west1",
            "us-west2",
            "us-west3",
            "us-west4",
        ),
        _USUAL,
    ),
    "europe-west1": "bcd",
    "us-central1": "abcf",
    "us-east1": "bcd",
}

REGIONS: Final = tuple(sorted(_ZONES))


def zones_of(region: str) -> tuple[str, ...]:
    """The zones of a region, in order; none of one that does not exist."""
    return tuple(f"{region}-{letter}" for letter in _ZONES.get(region, ""))


def region_of(zone: str) -> str:
    """The region that a zone's name says it is in."""
    return zone.rpartition("-")[0]


def region_at(location: str | None) -> str | None:
    """The region of a location, which is one or a zone in it."""
    if location is None or is_region(location):
        return location
    return region_of(location)


def region_of_place(place: Place) -> str | None:
    """The region of a provider, which may know only its zone."""
    if place.region is None and place.zone is not None:
        return region_of(place.zone)
    return place.region


def is_region(name: str) -> bool:
    """Whether there is a region of this name."""
    return name in _ZONES


def is_zone(name: str) -> bool:
    """Whether there is a zone of this name."""
    return name in zones_of(region_of(name))


def region_problems(path: str, value: Property) -> list[Problem]:
    """What is wrong with a region; nothing with what is not given or not yet known."""
    if not isinstance(value, str) or is_region(value):
        return []
    if is_zone(value):
        return [Problem(path, f"is {value!r}, which is a zone: write its region, {region_of(value)!r}")]
    return [Problem(path, f"is {value!r}, but there is no such region: {_choose(value, REGIONS)}")]


def zone_problems(path: str, value: Property, region: Property = None) -> list[Problem]:
    """What is wrong with a zone, by itself or as one of `region`; nothing with what is not given or not yet known."""
    if not isinstance(value, str):
        return []
    if not is_zone(value):
        close = zones_of(value) or zones_of(region_of(value))
        choices = close or tuple(zone for name in REGIONS for zone in zones_of(name))
        return [Problem(path, f"is {value!r}, but there is no such zone: {_choose(value, choices)}")]
    if isinstance(region, str) and region_of(value) != region:
        wrong = f"is {value!r}, a zone of {region_of(value)!r}, but the region is {region!r}"
        choice = " or ".join(map(repr, zones_of(region))) or "a region that exists"
        return [Problem(path, f"{wrong}: choose {choice}, or change the region")]
    return []


def location_problems(path: str, value: Property) -> list[Problem]:
    """What is wrong with a location, which may be a region or a zone."""
    if not isinstance(value, str) or is_region(value) or is_zone(value):
        return []
    zones = zones_of(region_of(value))
    return zone_problems(path, value) if zones else region_problems(path, value)


def _choose(value: str, names: tuple[str, ...]) -> str:
    if len(names) <= len(_USUAL) + 1:
        return "choose " + " or ".join(map(repr, names))
    close = difflib.get_close_matches(value, names, n=1)
    return f"did you mean {close[0]!r}?" if close else "https://cloud.google.com/compute/docs/regions-zones lists them"
