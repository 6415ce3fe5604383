"""What clusters and node pools have in common: how they are named, and where they are."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.google.checks import matches, value_at
from localcloud.providers.google.container import node_pools
from localcloud.providers.google.kind import Place, Refusal
from localcloud.providers.google.locations import location_problems, region_at
from localcloud.providers.google.references import PathKind
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

# https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters#Cluster.FIELDS.name
_NAME = r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?"
_NAME_RULE = "a name has 1 to 40 lower-case letters, digits and dashes, with a letter first and no dash last"


class ContainerKind(PathKind):
    """A cluster or a node pool."""

    api = "container.googleapis.com"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        location = value_at(inputs, "location")
        return [
            *matches(inputs, "name", _NAME, _NAME_RULE),
            *location_problems("location", location),
            *node_pools.zones_problems(inputs.get("nodeLocations"), region_at(location)),
        ]

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        """With the provider's project, and its zone or else its region.

        Raises:
            Refusal: Neither the resource nor the provider says where it belongs.
        """
        complete = super().complete({"location": place.zone or place.region, **node_pools.given(inputs)}, place)
        if complete.get("location") is None:
            # The text is the provider's: tpgresource/regional_utils.go in hashicorp/terraform-provider-google.
            raise Refusal(
                400,
                "Cannot determine location: set location in this resource, or set provider-level zone or region",
                f"it is not known where to make {complete.get('name')!r}",
                "give it its location, or set gcp:zone or gcp:region in the stack's configuration",
            )
        return complete
