"""What a platform offers, whichever it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast

import pulumi_kubernetes as kubernetes
from pulumi import Input, Output
from web_platform import CloudDnsSolverArgs, NetworkPathArgs, WorkloadArgs

from settings.workloads import Needs

_Args = TypeVar("_Args", bound=WorkloadArgs)


@dataclass(frozen=True)
class Provided:
    """What a workload gets for what it declared that it needs."""

    environment: Mapping[str, Input[str]] = field(default_factory=dict)
    """Environment variables that say where things are."""

    secret_environment: Mapping[str, Input[str]] = field(default_factory=dict)
    """Environment variables that open them."""

    network_paths: Sequence[NetworkPathArgs] = ()
    """Ways out of its pods that it needs."""

    subscriptions: Sequence[Input[str]] = ()
    """Its subscriptions, for an autoscaler that goes by their backlog."""

    def __or__(self, other: "Provided") -> "Provided":
        return Provided(
            {**self.environment, **other.environment},
            {**self.secret_environment, **other.secret_environment},
            [*self.network_paths, *other.network_paths],
            [*self.subscriptions, *other.subscriptions],
        )

    def added_to(self, args: _Args) -> _Args:
        """The arguments of a workload, with what is provided."""
        given: WorkloadArgs = args
        added = {
            "environment": {**self.environment, **given.get("environment", {})},
            "secret_environment": {**self.secret_environment, **given.get("secret_environment", {})},
            "network_paths": [*self.network_paths, *given.get("network_paths", [])],
        }
        return cast("_Args", {**args, **added})


class Platform(Protocol):
    """What every service stands on."""

    kubernetes: kubernetes.Provider
    """The cluster."""

    gateway_address: Output[str] | None
    """Address that is reserved for the gateway. None: the cluster gives it one."""

    dns01: CloudDnsSolverArgs | None
    """Where Let's Encrypt finds proofs in DNS, by which it certifies wildcards. None: nowhere, or nobody needs it."""

    outputs: Mapping[str, Any]
    """What the stack tells about the platform."""

    def provide(self, name: str, needs: Needs, namespace: Input[str]) -> Provided:
        """Give a workload or tenant what its settings ask for: rights, addresses and ways to them."""
