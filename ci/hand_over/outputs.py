"""The outputs of a stack that a service needs and that are no secrets, as a state that has nothing else.

Pure functions on what `pulumi stack export` writes.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from pulumi.runtime import rpc

_STACK = "pulumi:pulumi:Stack"

_TENANTS = "tenants"
_NEEDED = ("platform", "route", _TENANTS, "urls")


class Outputs(NamedTuple):
    """What a service may know of a stack.

    Attributes:
        state: What `pulumi stack import` takes. It is encrypted with nothing.
        left_out: Where in what it needs secrets were.
    """

    state: dict[str, Any]
    left_out: list[str]

    @property
    def resources(self) -> list[dict[str, Any]]:
        """What the state consists of: the stack alone; nothing where nothing is deployed."""
        resources: list[dict[str, Any]] = self.state["deployment"]["resources"]
        return resources


def of(exported: Mapping[str, Any], tenants: Collection[str]) -> Outputs:
    """What a service needs of a stack that was exported, without secrets.

    Args:
        exported: The stack.
        tenants: Those of its tenants that are the service's.
    """
    deployment = exported["deployment"]
    stacks = [each for each in deployment.get("resources") or [] if each["type"] == _STACK]
    needed = {stack["urn"]: _needed(stack.get("outputs") or {}, tenants) for stack in stacks}
    resources = [
        {"urn": urn, "custom": False, "type": _STACK, "outputs": _open(outputs)} for urn, outputs in needed.items()
    ]
    # The manifest says when the stack was deployed, and by which Pulumi.
    kept = {"manifest": deployment["manifest"], "resources": resources}
    left_out = [place for outputs in needed.values() for place in _secrets(outputs)]
    return Outputs({"version": exported["version"], "deployment": kept}, left_out)


def _needed(outputs: Mapping[str, Any], tenants: Collection[str]) -> dict[str, Any]:
    needed = {name: outputs[name] for name in _NEEDED if name in outputs}
    if isinstance(all_tenants := needed.get(_TENANTS), Mapping) and not rpc.is_rpc_secret(all_tenants):
        needed[_TENANTS] = {name: tenant for name, tenant in all_tenants.items() if name in tenants}
    return needed


def _open(value: Mapping[str, Any]) -> dict[str, Any]:
    """A map without what is secret in it, at whatever depth."""
    return {
        key: _open(each) if isinstance(each, Mapping) else each for key, each in value.items() if not _is_hidden(each)
    }


def _secrets(value: Mapping[str, Any], inside: str = "") -> Iterator[str]:
    for key, each in value.items():
        if _is_hidden(each):
            yield f"{inside}{key}"
        elif isinstance(each, Mapping):
            yield from _secrets(each, f"{inside}{key}.")


def _is_hidden(value: object) -> bool:
    """Whether it is a secret, or a list with one in it: without that, the others would change their places."""
    return rpc.is_rpc_secret(value) or (isinstance(value, list) and _has_secret(value))


def _has_secret(value: object) -> bool:
    if rpc.is_rpc_secret(value):
        return True
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(_has_secret(each) for each in inside)
