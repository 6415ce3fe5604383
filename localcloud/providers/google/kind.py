"""What a resource type is in the simulated Google Cloud, and how one of its resources may be refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

if TYPE_CHECKING:
    from localcloud.providers.google.cloud import Cloud


@dataclass(frozen=True)
class Place:
    """Where a provider makes what says nothing of its place: the provider's own settings."""

    project: str | None = None
    region: str | None = None
    zone: str | None = None


@dataclass(frozen=True)
class Resource:
    """A resource that exists in the simulated cloud.

    Attributes:
        type: Its type's token, such as ``gcp:compute/network:Network``.
        id: Its id, in the format of the real provider.
        state: Every property that the cloud knows of it, whether it was given or computed.
    """

    type: str
    id: str
    state: dict[str, Property] = field(default_factory=dict)


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """The cloud does not do what it was asked.

    Args:
        code: HTTP status of Google's answer.
        message: What is wrong, with the resource's name and the value.
        consequence: What it would have caused.
        remedy: What to do.
    """

    def __init__(self, code: int, message: str, consequence: str, remedy: str) -> None:
        super().__init__(f"googleapi: Error {code}: {message}\n  Danger: {consequence}\n  Remedy: {remedy}")
        self.code = code


class Kind:
    """How the resources of one type behave. This one keeps what it is given and computes nothing.

    Rules are written where they belong by type, each with the address of Google's or the provider's page that says so.
    """

    token: ClassVar[str] = ""
    """Type token, such as ``gcp:compute/network:Network``."""

    api: ClassVar[str] = ""
    """Service that the project must have enabled, such as ``compute.googleapis.com``. Default: none."""

    unique: ClassVar[bool] = True
    """Whether a second resource of the same id is refused. IAM members are not: granting twice is granting once."""

    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:  # noqa: ARG002 - for subclasses
        """What is wrong with the inputs by themselves; any value in them may be `UNKNOWN`. Asked before an update."""
        return []

    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:  # noqa: ARG002
        """The inputs with what Google fills in where nothing is said, such as the provider's project.

        Asked in previews too, where any value may be `UNKNOWN`.
        """
        return dict(inputs)

    def identifier(self, state: Mapping[str, Property]) -> str:
        """The resource's id, in the format of the real provider. `state` is complete."""
        raise NotImplementedError

    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        """Refuses what Google would refuse, and writes the computed outputs into `state`.

        Runs inside the store's transaction: quick, and without effects outside of `cloud`.
        """

    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        """As `create`, for a resource that exists. `state` holds the new inputs over the former state."""

    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        """Refuses a deletion that Google would refuse, and notes what outlives it (`cloud.keep`)."""

    def created(self, resource: Resource, cloud: Cloud) -> None:
        """Effects outside the store, such as starting a cluster. Outside the transaction; an exception undoes it."""

    def updated(self, former: Resource, resource: Resource, cloud: Cloud) -> None:
        """As `created`, after an update."""

    def deleted(self, resource: Resource, cloud: Cloud) -> None:
        """As `created`, after a deletion."""

    def imported(self, identifier: str, place: Place) -> str:  # noqa: ARG002 - for subclasses
        """The id that an import id stands for; the real provider accepts shorter ones for many types."""
        return identifier
