"""Datasets: names, places, and that one which is not empty stays."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.google import tokens
from localcloud.providers.google.checks import between, matches, value_at
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.locations import region_problems
from localcloud.providers.google.references import PathKind
from localcloud.providers.google.stamps import etag, milliseconds
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

LINK = "https://bigquery.googleapis.com/bigquery/v2/"

# https://cloud.google.com/bigquery/docs/locations#multi-regions
_MULTI_REGIONS = ("US", "EU")


class Dataset(PathKind):
    """A dataset."""

    token = tokens.DATASET
    api = "bigquery.googleapis.com"
    path = "projects/{project}/datasets/{datasetId}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # https://cloud.google.com/bigquery/docs/datasets#dataset-naming
        rule = "an id has letters, digits and underscores, and no hyphens"
        found = matches(inputs, "datasetId", r"[0-9A-Za-z_]{1,1024}", rule)
        location = value_at(inputs, "location")
        if isinstance(location, str) and location.upper() not in _MULTI_REGIONS:
            found += region_problems("location", location.lower())
        # `validateDefaultTableExpirationMs` in bigquery/resource_bigquery_dataset.go of the provider
        for name in ("defaultTableExpirationMs", "defaultPartitionExpirationMs"):
            found += between(inputs, name, 3_600_000, 2**53, "milliseconds, for an hour is the least")
        return found

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        return {"location": "US", "deleteContentsOnDestroy": False, **super().complete(inputs, place)}

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        state["selfLink"] = LINK + self.identifier(state)
        state["etag"] = etag(self.identifier(state))
        stamp(state)

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        state["lastModifiedTime"] = milliseconds()

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        where = {"project": state["project"], "datasetId": state["datasetId"]}
        contents = [resource for token in (tokens.TABLE, tokens.ROUTINE) for resource in cloud.find(token, **where)]
        if contents and not state.get("deleteContentsOnDestroy"):
            raise Refusal(
                400,
                f"Dataset {state['project']}:{state['datasetId']} is still in use, resourceInUse",
                f"its contents would be lost, such as {contents[0].id!r}",
                "delete what is in it first, or set deleteContentsOnDestroy and update before you delete",
            )
        for resource in contents:
            cloud.tamper(resource.type, resource.id, None)


def stamp(state: dict[str, Property]) -> None:
    """Writes down when something is made."""
    state["creationTime"] = state["lastModifiedTime"] = milliseconds()


KINDS: tuple[type[Kind], ...] = (Dataset,)
