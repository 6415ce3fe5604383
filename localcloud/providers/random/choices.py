"""RandomInteger and RandomShuffle: choices that a `seed` makes repeatable."""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.inputs import Input, Kind, Problem
from localcloud.providers.properties import Property
from localcloud.providers.random.resource import KEEPERS, Imported, ImportIdError, Output, RandomResource

SEED = Input("seed", Kind.STRING)


class RandomInteger(RandomResource):
    """A whole number between two others, both included."""

    type_name = "random:index/randomInteger:RandomInteger"
    inputs = (
        KEEPERS,
        Input("min", Kind.INTEGER, required=True),
        Input("max", Kind.INTEGER, required=True),
        SEED,
    )
    outputs = (Output("result", Kind.INTEGER),)

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        if inputs["min"] <= inputs["max"]:
            return []
        return [
            Problem("min", f"is {inputs['min']}, above 'max', which is {inputs['max']}, so no number fits: swap them")
        ]

    @override
    def generate(self, inputs: Mapping[str, Property]) -> dict[str, Property]:
        return {"result": _source(inputs["seed"]).randint(inputs["min"], inputs["max"])}

    @override
    def id_of(self, generated: Mapping[str, Property]) -> str:
        return str(generated["result"])

    @override
    def import_id(self, id: str) -> Imported:
        parts = id.split(",")
        try:
            result, minimum, maximum = map(int, parts[:3])
            (seed,) = parts[3:] or [""]
        except ValueError as error:
            raise ImportIdError(
                f"{id!r} does not describe a random number; import '<result>,<min>,<max>' or "
                "'<result>,<min>,<max>,<seed>'"
            ) from error
        return Imported({"min": minimum, "max": maximum, "seed": seed or None}, {"result": result})


class RandomShuffle(RandomResource):
    """The given texts in random order; fewer of them, or more by repetition, where a count is asked for."""

    type_name = "random:index/randomShuffle:RandomShuffle"
    inputs = (
        KEEPERS,
        Input("inputs", Kind.STRINGS, required=True),
        Input("resultCount", Kind.INTEGER, minimum=0),
        SEED,
    )
    outputs = (Output("results", Kind.STRINGS),)

    @override
    def generate(self, inputs: Mapping[str, Property]) -> dict[str, Property]:
        texts = inputs["inputs"]
        count = len(texts) if inputs["resultCount"] is None else inputs["resultCount"]
        source = _source(inputs["seed"])
        results: list[str] = []
        while texts and len(results) < count:
            results += source.sample(texts, len(texts))
        return {"results": results[:count]}

    @override
    def id_of(self, generated: Mapping[str, Property]) -> str:
        return "-"

    @override
    def import_id(self, id: str) -> Imported:
        raise ImportIdError("a RandomShuffle cannot be imported, as with the real provider; let it be created anew")


def _source(seed: str | None) -> random.Random:
    """Repeatable where a seed is given, else the system's cryptographic source."""
    return random.Random(seed) if seed else secrets.SystemRandom()  # noqa: S311 - a seed asks for repeatability
