"""`parity.yaml`: what may differ between stacks, said one by one and with the reason.

Owns what may stand in that file. What an entry means for two stacks is decided in `comparison`.
"""

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from localcloud.errors import LocalCloudError
from settings import Fault, SettingsError, load_yaml, problems
from settings.fields import Section

FILE = "parity.yaml"

# `*` within a property: a part of a path between its dots and brackets. What stands in quotes is one part.
_PART = r'(?:[^.\[\]"]|"[^"]*")*'

_ALL = Fault(
    what="matches everything",
    danger="whatever anybody changes in one stack would be allowed by it, and a list of one entry is no list",
    remedy="name what may differ, with wildcards for the rest of its place alone",
)
_NOTHING = Fault(
    what="is empty",
    danger="nobody would know what is meant by the entry, nor whether it is still wanted",
    remedy="write a sentence, or remove the entry",
)


def _specific(pattern: str) -> str:
    if not pattern.strip("*.[]:$ "):
        raise problems.refused(_ALL)
    return pattern


def _said(sentence: str) -> str:
    if not sentence.strip():
        raise problems.refused(_NOTHING)
    return sentence


Pattern = Annotated[str, AfterValidator(_specific)]
Sentence = Annotated[str, AfterValidator(_said)]


class PropertyRule(Section):
    """A property in which stacks may differ."""

    type: Pattern
    """Type of the resources that have it, such as `kubernetes:apps/v1:Deployment`; `*` stands for any text."""

    property: Pattern
    """Path of the property: `*` stands for a part of it between dots and brackets, `**` for any number of them."""

    why: Sentence
    """Why a difference there is none of kind."""

    def matches(self, type_: str, path: str) -> bool:
        """Whether the property at `path` of a resource is meant."""
        return fnmatchcase(type_, self.type) and re.fullmatch(_expression(self.property), path) is not None


class StandInRule(Section):
    """What a stack has on Google Cloud, and what a local one has in its place."""

    google: list[Pattern] = Field(default_factory=list)
    """Resources that only a stack on Google Cloud has, as `<types>::<name>`; `*` stands for any text. What is in a
    component is meant with it."""

    local: list[Pattern] = Field(default_factory=list)
    """Resources that only a local stack has, in the same way. Where there are some, one of them must be there."""

    replaced_by: Sentence
    """What stands in, in a few words."""

    lost: Sentence
    """What is not as in the cloud because of that."""

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not (self.google or self.local):
            fault = Fault(
                what="names no resource",
                danger="nothing would ever be explained by it",
                remedy="write patterns below `google`, `local` or both, or remove the entry",
            )
            raise problems.refused(fault)
        return self


class Rules(Section):
    """All of the file."""

    scale: list[PropertyRule] = Field(default_factory=list)
    """How much there is of something: any two stacks may differ in it, where both have it."""

    stand_ins: list[StandInRule] = Field(default_factory=list)
    """What replaces what in a local stack."""

    local: list[PropertyRule] = Field(default_factory=list)
    """What follows from that for properties: a local stack may differ in them from one on Google Cloud."""

    @model_validator(mode="after")
    def _says_nothing_twice(self) -> Self:
        for section in (self.scale, self.local):
            said = [(rule.type, rule.property) for rule in section]
            if twice := next((each for each in said if said.count(each) > 1), None):
                fault = Fault(
                    what=f"has {' '.join(twice)} twice",
                    danger="only the first of the two would count, and the other one's reason would never be read",
                    remedy="remove one of them",
                )
                raise problems.refused(fault)
        return self


def read(root: Path) -> Rules:
    """What the file of the project in `root` says.

    Raises:
        LocalCloudError: It is not there.
        SettingsError: Something in it is wrong.
    """
    file = root / FILE
    if not file.is_file():
        raise LocalCloudError(
            f"There is no {FILE}.",
            "Nothing says which differences are of scale, so the stacks were not compared.",
            f"Take {FILE} from the repository again; one that says `scale: []` allows nothing.",
        )
    try:
        return Rules.model_validate(load_yaml(file))
    except ValidationError as error:
        found = problems.found(error.errors(), Rules, FILE)
        count = "a problem" if len(found) == 1 else f"{len(found)} problems"
        raise SettingsError(problems.listed(f"{FILE} has {count}. The stacks were not compared.", found)) from error


def _expression(pattern: str) -> str:
    """A pattern of paths as a regular expression."""
    wild: dict[str, Any] = {"*": _PART, "**": ".*"}
    return "".join(wild.get(part, re.escape(part)) for part in re.split(r"(\*\*|\*)", pattern))
