"""How resources refer to one another: a bare name, a path such as an id, or a URL such as a self link.

All three mean the same to Google, so whoever compares references brings them to one spelling first.
https://cloud.google.com/apis/design/resource_names
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter
from types import MappingProxyType
from typing import ClassVar

from typing_extensions import override

from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.locations import region_of_place
from localcloud.providers.properties import Property

_PROJECT = re.compile(r"(?:^|/)projects/([^/]+)")
_PLACE = ("project", "region", "zone")


class PathKind(Kind):
    """A kind whose id is a path of its properties, and whose project and region the provider can fill in."""

    path: ClassVar[str] = ""
    """The id's format, such as ``projects/{project}/global/networks/{name}``."""

    filled_in: ClassVar[tuple[str, ...]] = ()
    """What the provider's place fills in beside what is in the id."""

    defaults: ClassVar[Mapping[str, Property]] = MappingProxyType({})
    """What the provider itself sends for inputs that are not given. What Google fills in is no part of it."""

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        """With the defaults, the provider's project and, for a regional resource, its region.

        Raises:
            Refusal: Neither the resource nor the provider says where it belongs.
        """
        filled = {name: _from_place(name, place) for name in (*fields(self.path), *self.filled_in) if name in _PLACE}
        complete = {**self.defaults, **filled, **{name: value for name, value in inputs.items() if value is not None}}
        for name in filled:
            if complete[name] is None:
                # The text is the provider's: tpgresource/utils.go in hashicorp/terraform-provider-google.
                raise Refusal(
                    400,
                    f"{name}: required field is not set",
                    f"it is not known in which {name} to make {inputs.get('name')!r}",
                    f"set gcp:{name} in the stack's configuration, or {name!r} of the resource",
                )
        return complete

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        return self.path.format_map({name: last(str(state[name])) for name in fields(self.path)})

    @override
    def imported(self, identifier: str, place: Place) -> str:
        return import_id(self.path, identifier, place)


def last(reference: str) -> str:
    """The last segment of a reference, which is the bare name of what it refers to."""
    return reference.rstrip("/").rpartition("/")[2]


def project_of(reference: str) -> str | None:
    """The project that a reference names, if it does."""
    found = _PROJECT.search(reference)
    return found[1] if found else None


def full_id(reference: str, project: str, collection: str) -> str:
    """The id that a reference stands for.

    Args:
        reference: In any spelling.
        project: The project of whoever refers, which is meant where the reference names none.
        collection: What a bare name is a name in, such as ``global/networks`` or ``regions/europe-west1/subnetworks``.
    """
    if (found := _PROJECT.search(reference)) is not None:
        return reference[found.start() :].lstrip("/")
    return f"projects/{project}/{reference}" if "/" in reference else f"projects/{project}/{collection}/{reference}"


def network_id(reference: str, project: str) -> str:
    """The id of the network that a reference stands for; `project` is that of whoever refers."""
    return full_id(reference, project, "global/networks")


def subnetwork_id(reference: str, project: str, region: str | None) -> str:
    """The id of the subnetwork that a reference stands for; `project` and `region` are those of whoever refers."""
    return full_id(reference, project, f"regions/{region}/subnetworks")


def import_id(path: str, identifier: str, place: Place) -> str:
    """The id that an import id stands for: the path itself, or only its values, the first of which the provider knows.

    https://developer.hashicorp.com/terraform/language/import: for most types `project/region/name`, `region/name` and
    `name` mean the same, as the "Import" section of each type's page says.

    Raises:
        Refusal: It has none of these forms.
    """
    names = fields(path)
    values = _values(path, identifier)
    if values is None:
        given = identifier.strip("/").split("/")
        missing = names[: len(names) - len(given)]
        if "" in given or len(given) > len(names) or any(_from_place(name, place) is None for name in missing):
            raise Refusal(
                400,
                f"import id {identifier!r} doesn't match any of the accepted formats",
                "nothing is imported",
                f"write it as {path!r} or {'/'.join(f'{{{name}}}' for name in names)!r}",
            )
        values = dict(zip(names, [*(str(_from_place(name, place)) for name in missing), *given], strict=True))
    return path.format_map(values)


def fields(path: str) -> list[str]:
    """The names in an id's format, in their order."""
    return [name for _, name, _, _ in Formatter().parse(path) if name]


def _values(path: str, identifier: str) -> dict[str, str] | None:
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    found = re.fullmatch(pattern, identifier.lstrip("/"))
    return found.groupdict() if found else None


def _from_place(name: str, place: Place) -> str | None:
    match name:
        case "project":
            return place.project
        case "region":
            return region_of_place(place)
        case "zone":
            return place.zone
    return None
