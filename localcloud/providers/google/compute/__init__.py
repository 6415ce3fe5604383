"""Compute Engine's networking: networks, subnets, routers, NAT, firewalls, addresses, routes and security policies.

Simulated are names, references, ranges that overlap, what is in use and therefore stays, and the computed outputs.
Not simulated are traffic, quotas, IPv6, the `default` network and the subnets that an auto mode network gets by itself.
"""

from localcloud.providers.google.compute.firewalls import Firewall
from localcloud.providers.google.compute.networks import Network
from localcloud.providers.google.compute.peering_routes import NetworkPeeringRoutesConfig
from localcloud.providers.google.compute.routers import Router, RouterNat
from localcloud.providers.google.compute.routes import Route
from localcloud.providers.google.compute.security_policies import SecurityPolicy
from localcloud.providers.google.compute.static_addresses import Address, GlobalAddress
from localcloud.providers.google.compute.subnetworks import Subnetwork

__all__ = [
    "Address",
    "Firewall",
    "GlobalAddress",
    "Network",
    "NetworkPeeringRoutesConfig",
    "Route",
    "Router",
    "RouterNat",
    "SecurityPolicy",
    "Subnetwork",
]
