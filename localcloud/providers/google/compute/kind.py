"""What all of Compute Engine's types have in common: names, links, numbers, and that what is in use stays."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Final

from typing_extensions import override

from localcloud.providers.google import stamps
from localcloud.providers.google.checks import matches, refuse
from localcloud.providers.google.cloud import Cloud, digest
from localcloud.providers.google.kind import Refusal
from localcloud.providers.google.locations import region_problems
from localcloud.providers.google.references import PathKind
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

LINKS: Final = "https://www.googleapis.com/compute/v1/"

# https://cloud.google.com/compute/docs/naming-resources#resource-name-format
NAME = r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"
NAME_RULE = "a name has 1 to 63 lower-case letters, digits and dashes, a letter first and no dash last"


class ComputeKind(PathKind):
    """What all of Compute Engine's types have in common: names, regions, self links and times of creation."""

    api = "compute.googleapis.com"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        return [*matches(inputs, "name", NAME, NAME_RULE), *region_problems("region", inputs.get("region"))]

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        refuse(self.problems(state))
        state["selfLink"] = LINKS + self.identifier(state)
        state["creationTimestamp"] = stamps.now()


def refuse_in_use(what: str, identifier: str, users: Iterable[str]) -> None:
    """Refuses to delete what is used.

    Raises:
        Refusal: It has users.
    """
    for user in users:
        raise Refusal(
            400,
            f"The {what} resource '{identifier}' is already being used by '{user}', resourceInUseByAnotherResource",
            f"what uses the {what} would stop working",
            f"delete {user} first",
        )


def fill_in(state: dict[str, Property], **defaults: Property) -> None:
    """Gives properties that have no value one, as Google does."""
    for name, value in defaults.items():
        if state.get(name) is None:
            state[name] = value


def numeric_id(identifier: str) -> str:
    """Nineteen digits, as Google numbers resources."""
    return str(10**18 + digest(identifier) % (9 * 10**18))


def fingerprint(identifier: str) -> str:
    """Eight bytes in Base64, by which Google tells whether somebody else has changed a resource."""
    return base64.b64encode((digest(identifier) % 2**64).to_bytes(8)).decode()


def repetitions(path: str, key: str, values: list[Property]) -> list[Problem]:
    """Entries of the list at `path` whose `key` is that of one before them; `values` are the keys of all."""
    return [
        Problem(f"{path}[{index}].{key}", f"is {value!r}, as an entry before it: make it unique")
        for index, value in enumerate(values)
        if isinstance(value, str | int | float) and value in values[:index]
    ]
