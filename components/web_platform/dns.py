"""A domain's public DNS zone.

Owns the zone, signed with DNSSEC, an address record for each host and the record that says who may issue certificates.
Does not own the domain: its registrar must be told the zone's name servers once, and the zone's DS record before
resolvers can check signatures. Does not own records that cert-manager makes for DNS01 challenges.
"""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from web_platform.component_arguments import checked_component
from web_platform.errors import Fault, refuse
from web_platform.physical_name import physical_name, physical_name_fault
from web_platform.syntax import host_fault, public_host_fault

# https://cloud.google.com/dns/docs/reference/rest/v1/managedZones
_MAXIMUM_NAME = 63

# https://letsencrypt.org/docs/caa/
_ISSUER = "letsencrypt.org"

_DAY = 24 * 60 * 60


class DnsZoneArgs(TypedDict):
    """Arguments of `DnsZone`."""

    project: Input[str]
    """Project that the zone belongs to."""

    domain: str
    """Domain that the zone answers for, such as `example.com`."""

    hosts: Sequence[str]
    """Full names of the hosts that lead to `address`: the domain itself, names in it, or for all names that have no
    record of their own such as `*.shop.example.com`."""

    address: Input[str]
    """IPv4 address that every host leads to, such as `network.gateway_address`."""

    ttl_seconds: NotRequired[int]
    """How long resolvers may remember an answer. Default: 300, so that a move of the address is over in 5 minutes."""


class DnsZone(pulumi.ComponentResource):
    """A public DNS zone whose hosts lead to one address."""

    name_servers: Output[list[str]]
    """Name servers of the zone, to be entered at the domain's registrar."""

    zone: Output[str]
    """Name of the zone in Google Cloud, such as cert-manager needs for DNS01 challenges."""

    def __init__(self, name: str, args: DnsZoneArgs, opts: ResourceOptions | None = None) -> None:
        component = checked_component("DnsZone", name, args, DnsZoneArgs)
        refuse(component, "name", physical_name_fault(name))
        project, domain, hosts, address = args["project"], args["domain"], args["hosts"], args["address"]
        # Numbers arrive as floats when the component is used from another language.
        ttl = int(args.get("ttl_seconds", 300))
        refuse(component, "domain", host_fault(domain))
        for host in hosts:
            refuse(component, f"hosts {host!r}", public_host_fault(host) or _membership_fault(host, domain, hosts))
        refuse(component, "ttl_seconds", _ttl_fault(ttl))

        super().__init__("web-platform:index:DnsZone", name, None, opts)
        child = ResourceOptions(parent=self)
        zone = gcp.dns.ManagedZone(
            name,
            name=physical_name(name, _MAXIMUM_NAME),
            project=project,
            description=f"Public names in {domain}",
            dns_name=f"{domain}.",
            visibility="public",
            # Answers are signed: nobody between a resolver and Google can lead requests elsewhere.
            dnssec_config=gcp.dns.ManagedZoneDnssecConfigArgs(state="on", non_existence="nsec3"),
            # Records that somebody else put into the zone are not to be lost with it.
            force_destroy=False,
            opts=child,
        )
        for host in hosts:
            gcp.dns.RecordSet(
                f"{name}-{_label(host, domain)}-address",
                project=project,
                managed_zone=zone.name,
                name=f"{host}.",
                type="A",
                ttl=ttl,
                rrdatas=[address],
                opts=child,
            )
        gcp.dns.RecordSet(
            f"{name}-issuer",
            project=project,
            managed_zone=zone.name,
            name=f"{domain}.",
            type="CAA",
            ttl=ttl,
            # Every other authority must refuse to certify a host of this domain, whoever asks.
            rrdatas=[f'0 issue "{_ISSUER}"'],
            opts=child,
        )
        self.name_servers = zone.name_servers.apply(list)
        self.zone = zone.name
        self.register_outputs({"nameServers": self.name_servers, "zone": self.zone})


def _label(host: str, domain: str) -> str:
    """A host without the domain, so that its record has the same name in stacks of other domains."""
    return host.removesuffix(domain).removesuffix(".") or "@"


def _membership_fault(host: str, domain: str, hosts: Sequence[str]) -> Fault | None:
    if host != domain and not host.endswith(f".{domain}"):
        return Fault(
            what=f"is not in the domain {domain!r}",
            danger="Google refuses records outside of the zone's domain, and nobody would find the host",
            remedy=f"write a name that ends with '.{domain}', or make a zone for its domain",
        )
    if hosts.count(host) > 1:
        return Fault(
            what="is there more than once",
            danger="two records would have one name, which Pulumi refuses",
            remedy="name each host once",
        )
    return None


def _ttl_fault(seconds: int) -> Fault | None:
    if 1 <= seconds <= _DAY:
        return None
    return Fault(
        what=f"is {seconds}",
        danger="answers would never be remembered, or for so long that a moved address is missed for days",
        remedy=f"pass seconds from 1 to {_DAY}",
    )
