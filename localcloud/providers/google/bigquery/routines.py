"""Functions and procedures. Not simulated: their SQL."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.google import tokens
from localcloud.providers.google.bigquery.datasets import Dataset, stamp
from localcloud.providers.google.checks import existing, matches, one_of
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Kind
from localcloud.providers.google.references import PathKind
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property


class Routine(PathKind):
    """A function or procedure."""

    token = tokens.ROUTINE
    api = "bigquery.googleapis.com"
    path = "projects/{project}/datasets/{datasetId}/routines/{routineId}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        kinds = ("SCALAR_FUNCTION", "PROCEDURE", "TABLE_VALUED_FUNCTION", "AGGREGATE_FUNCTION")
        rule = "an id has at most 256 letters, digits and underscores"
        return [
            *matches(inputs, "routineId", r"[0-9A-Za-z_]{1,256}", rule),
            *one_of(inputs, "routineType", kinds),
            *one_of(inputs, "language", ("SQL", "JAVASCRIPT", "PYTHON", "JAVA", "SCALA")),
        ]

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        existing(cloud, tokens.DATASET, Dataset().identifier(state), "the routine would be nowhere")
        stamp(state)


KINDS: tuple[type[Kind], ...] = (Routine,)
