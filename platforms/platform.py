"""What a platform offers, whichever it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pulumi_kubernetes as kubernetes
from pulumi import Input, Output
from web_platform import CloudDnsSolverArgs, NetworkPathArgs


@dataclass(frozen=True)
class Provided:
    """What a service gets for what it declared that it needs."""

    environment: Mapping[str, Input[str]] = field(default_factory=dict)
    """Environment variables that say where things are."""

    secret_environment: Mapping[str, Input[str]] = field(default_factory=dict)
    """Environment variables that open them."""

    network_paths: Sequence[NetworkPathArgs] = ()
    """Ways out of its pods that it needs beside those of every service."""

    def __or__(self, other: "Provided") -> "Provided":
        return Provided(
            {**self.environment, **other.environment},
            {**self.secret_environment, **other.secret_environment},
            [*self.network_paths, *other.network_paths],
        )


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

    def provide(self, service: str, namespace: Input[str]) -> Provided:
        """Give a service what its settings ask for: rights, addresses and ways to them."""
