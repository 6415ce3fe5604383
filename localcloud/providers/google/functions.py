"""The functions of the provider that are simulated: what a program may ask without making anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from localcloud.providers.google.cloud import project_number
from localcloud.providers.google.kind import Place, Refusal
from localcloud.providers.google.locations import zones_of
from localcloud.providers.properties import Property


def call(token: str, arguments: Mapping[str, Property], place: Place) -> dict[str, Property]:
    """The result of a function.

    Raises:
        Refusal: It is not simulated, or its arguments do not suffice.
    """
    function = _FUNCTIONS.get(token)
    if function is None:
        raise Refusal(
            501,
            f"the function {token} is not simulated",
            "the program cannot know its result in a rehearsal",
            f"take the value from a resource or a setting; simulated are {', '.join(_FUNCTIONS)}",
        )
    return function(arguments, place)


def _project(arguments: Mapping[str, Property], place: Place) -> dict[str, Property]:
    """A project is whatever is asked for: the simulated cloud has all of them."""
    project = _given("projectId", arguments.get("projectId") or place.project, "gcp:project")
    return {
        "id": f"projects/{project}",
        "projectId": project,
        "name": project,
        "number": str(project_number(project)),
        "labels": {},
        "effectiveLabels": {},
        "pulumiLabels": {},
        "tags": {},
    }


def _client_config(_arguments: Mapping[str, Property], place: Place) -> dict[str, Property]:
    location = {"project": place.project, "region": place.region, "zone": place.zone}
    return {
        "id": f"projects/{place.project or ''}/regions/{place.region or ''}/zones/{place.zone or ''}",
        "accessToken": "simulated",
        "defaultLabels": {},
        **{name: value or "" for name, value in location.items()},
    }


def _zones(arguments: Mapping[str, Property], place: Place) -> dict[str, Property]:
    project = _given("project", arguments.get("project") or place.project, "gcp:project")
    region = _given("region", arguments.get("region") or place.region, "gcp:region")
    return {
        "id": f"projects/{project}/regions/{region}",
        "project": project,
        "region": region,
        "names": list(zones_of(region)),
    }


def _given(name: str, value: Property, setting: str) -> str:
    if isinstance(value, str) and value:
        return value
    raise Refusal(
        400,
        f"{name} is neither an argument nor a setting of the provider",
        "the function cannot answer",
        f"set `{setting}`, or give {name}",
    )


_FUNCTIONS: Mapping[str, Callable[[Mapping[str, Property], Place], dict[str, Property]]] = {
    "gcp:compute/getZones:getZones": _zones,
    "gcp:organizations/getClientConfig:getClientConfig": _client_config,
    "gcp:organizations/getProject:getProject": _project,
}
