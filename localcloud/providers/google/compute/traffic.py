"""What can be said of traffic: the protocols, ports and directions of firewall rules and of NAT gateways.

All functions judge inputs by themselves, before anything is made; any value in them may be `UNKNOWN`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

_PROTOCOL = re.compile(r"tcp|udp|icmp|esp|ah|sctp|ipip|all|\d{1,3}")

_WITH_PORTS = ("tcp", "udp", "sctp", "6", "17", "132")

_PORTS = tuple(2**exponent for exponent in range(5, 17))


def nat_port_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    """What is wrong with how many ports a NAT gateway gives to a machine.

    https://cloud.google.com/nat/docs/ports-and-addresses#port-reservation-procedure
    """
    problems = []
    dynamic = inputs.get("enableDynamicPortAllocation")
    least, most = inputs.get("minPortsPerVm"), inputs.get("maxPortsPerVm")
    if dynamic is True:
        # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_router_nat
        if inputs.get("enableEndpointIndependentMapping") is True:
            problems.append(
                Problem(
                    "enableEndpointIndependentMapping",
                    "and enableDynamicPortAllocation exclude each other: set enableEndpointIndependentMapping to false",
                )
            )
        problems += [
            Problem(name, f"is {value:g}, but with dynamic port allocation a power of two from 32 to 65536: change it")
            for name, value in (("minPortsPerVm", least), ("maxPortsPerVm", most))
            if isinstance(value, int | float) and int(value) not in _PORTS
        ]
        if isinstance(least, int | float) and isinstance(most, int | float) and most <= least:
            problems.append(Problem("maxPortsPerVm", f"is {most:g}, not more than minPortsPerVm {least:g}: raise it"))
    elif not dynamic and most is not None:
        problems.append(Problem("maxPortsPerVm", "is for dynamic port allocation: set enableDynamicPortAllocation too"))
    return problems


def direction_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    """What is wrong with where a firewall rule says that traffic comes from."""
    sources = [name for name in ("sourceRanges", "sourceTags", "sourceServiceAccounts") if inputs.get(name) is not None]
    direction = inputs.get("direction") or "INGRESS"
    # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_firewall
    if direction == "INGRESS" and not sources:
        remedy = "set sourceRanges, sourceTags or sourceServiceAccounts"
        return [Problem("sourceRanges", f"are missing, and nothing else says where the traffic comes from: {remedy}")]
    if direction == "EGRESS" and sources:
        return [Problem(sources[0], "cannot be set for direction EGRESS: select by destinationRanges")]
    return []


def protocol_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    """What is wrong with the protocols and ports of a firewall rule.

    https://cloud.google.com/firewall/docs/firewalls#protocols_and_ports
    """
    problems = []
    for name in ("allows", "denies"):
        entries = inputs.get(name)
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            if not isinstance(entry, Mapping):
                continue
            path, protocol, ports = f"{name}[{index}]", entry.get("protocol"), entry.get("ports")
            if isinstance(protocol, str) and not _PROTOCOL.fullmatch(protocol.lower()):
                remedy = "use tcp, udp, icmp, esp, ah, sctp, ipip, all or a number"
                problems.append(Problem(f"{path}.protocol", f"is {protocol!r}, which is no protocol: {remedy}"))
            elif isinstance(protocol, str) and ports and protocol.lower() not in _WITH_PORTS:
                problems.append(Problem(f"{path}.ports", f"cannot be set for protocol {protocol!r}: leave them out"))
            problems += [
                Problem(f"{path}.ports[{number}]", f"is {port!r}, which is no port: write '443' or '8000-8080'")
                for number, port in enumerate(ports if isinstance(ports, list) else [])
                if isinstance(port, str) and not _is_port(port)
            ]
    return problems


def _is_port(text: str) -> bool:
    first, dash, end = text.partition("-")
    numbers = [first, end] if dash else [first]
    return all(each.isdecimal() and int(each) <= 65535 for each in numbers) and (not dash or int(first) <= int(end))
