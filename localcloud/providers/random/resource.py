"""What every random resource is: declared inputs, and values generated once from them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from localcloud.providers.inputs import Input, Kind, Problem
from localcloud.providers.properties import Property

KEEPERS = Input("keepers", Kind.STRING_MAP)


class ImportIdError(Exception):
    """An id that cannot be imported; the message says which ids can."""


@dataclass(frozen=True)
class Output:
    """A generated property."""

    name: str
    kind: Kind = Kind.STRING
    secret: bool = False


@dataclass(frozen=True)
class Imported:
    """A resource as it is known from its import id alone."""

    inputs: Mapping[str, Property]
    generated: Mapping[str, Property]


class RandomResource(ABC):
    """A kind of resource. Instances hold no state: the engine keeps every value."""

    type_name: ClassVar[str]
    inputs: ClassVar[Sequence[Input]]
    outputs: ClassVar[Sequence[Output]] = (Output("result"),)

    def complete(self, inputs: Mapping[str, Property]) -> dict[str, Property]:
        """Inputs that follow from other inputs; `inputs` has its defaults already."""
        return dict(inputs)

    def problems(self, _inputs: Mapping[str, Property]) -> list[Problem]:
        """What is wrong with inputs together; all of them are known and of the right kind."""
        return []

    @abstractmethod
    def generate(self, inputs: Mapping[str, Property]) -> dict[str, Property]:
        """New random values for the outputs."""

    @abstractmethod
    def id_of(self, generated: Mapping[str, Property]) -> str:
        """The resource's id, as the real provider gives it."""

    @abstractmethod
    def import_id(self, id: str) -> Imported:
        """The resource that an import id describes, or `ImportIdError`."""
