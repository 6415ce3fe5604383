"""The hosts of services: whether each is one, has a name server, can be certified, and is nobody else's."""

from collections.abc import Iterator, Mapping

from web_platform import CertificateAuthority, Fault
from web_platform.issuers import is_wildcard, wildcard_fault
from web_platform.syntax import host_fault, is_within

from settings.problems import Problem, shown
from settings.sections import CertificateSettings
from settings.workloads import ServiceSettings, TenantSettings


def problems(
    services: Mapping[str, ServiceSettings],
    tenants: Mapping[str, TenantSettings],
    certificates: CertificateSettings | None,
    values: Mapping[str, object],
) -> Iterator[Problem]:
    """Find hosts that nobody could reach, or that lead to two services at once."""
    domain = str(values.get("domain"))
    yield from _idle_routes(services)
    services = {name: service for name, service in services.items() if service.public}
    given = {f"services.{name}.host": service.host for name, service in services.items() if service.host}
    given |= {
        f"tenants.{name}.hosts[{number}]": host
        for name, tenant in tenants.items()
        for number, host in enumerate(tenant.hosts)
    }
    yield from _shared_routes(services, domain)
    yield from _long_hosts(services, domain)
    yield from _foreign_hosts(given, values)
    yield from _uncertified_wildcards(given, certificates, values)


def _idle_routes(services: Mapping[str, ServiceSettings]) -> Iterator[Problem]:
    """Find services that say how they are reached from outside, though they are not."""
    for name, service in services.items():
        keys = ("host", "path", "plugins", "consumers")
        idle = [key for key in keys if getattr(service, key) != ServiceSettings.model_fields[key].default]
        if idle and not service.public:
            fault = Fault(
                what=f"is false, though {' and '.join(f'`{key}`' for key in idle)} is given",
                danger="no request would ever come by it, and nobody would see why",
                remedy=f"remove {' and '.join(f'`{key}`' for key in idle)}, or set it to true",
            )
            yield Problem(f"services.{name}.public", fault)


def _shared_routes(services: Mapping[str, ServiceSettings], domain: str) -> list[Problem]:
    """Find services on one host and path."""
    found: list[Problem] = []
    first: dict[tuple[str, str], str] = {}
    for name, service in services.items():
        host = service.host_of(name, domain)
        other = first.setdefault((host, service.path), name)
        if other != name:
            fault = Fault(
                what=f"is on https://{host}{service.path}, as {other!r} is",
                danger="the gateway would send each request to either of the two",
                remedy="give one of them another `host` or `path`",
            )
            found.append(Problem(f"services.{name}", fault))
    return found


def _long_hosts(services: Mapping[str, ServiceSettings], domain: str) -> Iterator[Problem]:
    """Find hosts that are none, though the service's name and the domain are right by themselves."""
    for name, service in services.items():
        fault = None if service.host else host_fault(service.host_of(name, domain))
        if fault is not None and host_fault(domain) is None:
            yield Problem(f"services.{name}", fault._replace(what=f"with the domain {fault.what}"))


def _foreign_hosts(given: Mapping[str, str], values: Mapping[str, object]) -> Iterator[Problem]:
    """Find hosts outside of every domain that the stack knows of."""
    others = values.get("otherDomains") or []
    domains = [str(values.get("domain")), *map(str, others if isinstance(others, list) else ())]
    for place, host in given.items() if "domain" in values else ():
        if not any(is_within(host, domain) for domain in domains):
            fault = Fault(
                what=f"is in none of this stack's domains: {', '.join(domains)}",
                danger="no name server would lead it to the gateway, and no certificate could be issued for it",
                remedy="correct it, or add its domain to `otherDomains` where somebody else keeps that domain's DNS",
            )
            yield Problem(place, fault, shown(host))


def _uncertified_wildcards(
    given: Mapping[str, str], certificates: CertificateSettings | None, values: Mapping[str, object]
) -> Iterator[Problem]:
    """Find wildcards that the authority certifies by DNS alone, where that is not ours to change."""
    for place, host in given.items():
        if certificates is None or not is_wildcard(host):
            continue
        ours = values.get("platform") == "google" and is_within(host, str(values.get("domain")))
        fault = wildcard_fault(CertificateAuthority(certificates.authority), dns01=ours)
        if fault is not None:
            remedy = (
                "name each host, choose another `certificates.authority`, or use a host in the stack's own `domain`"
            )
            yield Problem(place, fault._replace(remedy=remedy), shown(host))
