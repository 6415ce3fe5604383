"""Declarations of stacks, as short as a test can say them."""

from typing import Any

from localcloud.parity.resources import Declaration, Resource
from localcloud.parity.rules import Rules

DEPLOYMENT = "kubernetes:apps/v1:Deployment"


def resource(key: str, parent: str = "", sources: dict[str, list[str]] | None = None, **properties: Any) -> Resource:
    type_ = key.rpartition("::")[0].rpartition("$")[2]
    return Resource(key, type_, parent, properties, sources or {})


def declaration(stack: str, *resources: Resource, is_local: bool = False, **words: str) -> Declaration:
    return Declaration(stack, is_local, words, {each.key: each for each in resources})


def deploying(stack: str, *, is_local: bool = False, **properties: Any) -> Declaration:
    """A stack of one Deployment."""
    words = {"domain": "example.com" if stack == "prod" else f"{stack}.example.com"}
    return declaration(stack, resource(f"{DEPLOYMENT}::hello", **properties), is_local=is_local, **words)


def rules(**sections: Any) -> Rules:
    """What `parity.yaml` would say."""
    return Rules.model_validate(sections)


def allowing(property_: str, type_: str = DEPLOYMENT) -> dict[str, str]:
    """An entry for a property."""
    return {"type": type_, "property": property_, "why": "Because."}
