"""What cert-manager is asked for, and by whom: Certificates, and Ingresses and Gateways with its annotations."""

from collections.abc import Iterator
from typing import NamedTuple

from web_platform.relations.hosts import certified
from web_platform.relations.objects import (
    CERTIFICATE,
    CLUSTER_ISSUER,
    GATEWAY,
    INGRESS,
    ISSUER,
    Object,
    Objects,
    listed,
    strings,
    text,
    texts,
)

SOLVER_LABEL = "acme.cert-manager.io/http01-solver"
"""Label of the pods, Services and Ingresses by which cert-manager answers a challenge, while it does."""

# The last leaves the issuer to how cert-manager was installed.
_ISSUER_ANNOTATIONS = {
    "cert-manager.io/issuer": ISSUER,
    "cert-manager.io/cluster-issuer": CLUSTER_ISSUER,
    "kubernetes.io/tls-acme": "",
}


class Wanted(NamedTuple):
    """A certificate that cert-manager is asked for."""

    object: Object
    """What asks for it, in the namespace of the Secret."""

    secret_field: str
    secret: str
    """Secret that it is written to, or nothing where that is only known later."""

    hosts: list[tuple[str, str]]
    """Its names, each with its field."""

    issuer_field: str
    issuer_type: str
    issuer: str
    """Who signs it, or nothing where that is only known later, or cert-manager chooses."""

    def covers(self, host: str) -> bool:
        """Whether it is good for a host."""
        return any(certified(name, host) for _, name in self.hosts)

    def signer(self, objects: Objects) -> Object | None:
        """The issuer, where there is one."""
        return objects.find(self.issuer_type, self.object.namespace, self.issuer)


class Solver(NamedTuple):
    """A way in which an issuer answers the challenges of an ACME server."""

    field: str
    content: object

    def answers(self, wanted: Wanted, host: str) -> bool:
        """Whether it is meant for a name of a certificate: https://cert-manager.io/docs/configuration/acme/."""
        names = [name for _, name in texts(self.content, "selector.dnsNames")]
        zones = [zone for _, zone in texts(self.content, "selector.dnsZones")]
        labels = strings(self.content, "selector.matchLabels")
        plain = host.removeprefix("*.")
        return (
            (not names or host in names)
            and (not zones or any(plain == zone or plain.endswith(f".{zone}") for zone in zones))
            and labels.items() <= wanted.object.labels.items()
        )


def issuers_of(objects: Objects) -> list[Object]:
    """All issuers."""
    return objects.all(ISSUER, CLUSTER_ISSUER)


def solvers_of(issuer: Object) -> list[Solver]:
    """The solvers of an issuer that asks an ACME server."""
    return [Solver(field, solver) for field, solver in listed(issuer.content, "spec.acme.solvers")]


def wanted_of(objects: Objects) -> list[Wanted]:
    """All certificates that cert-manager is asked for."""
    made = [_of_certificate(certificate) for certificate in objects.all(CERTIFICATE)]
    for asking in objects.all(INGRESS, GATEWAY):
        # Once cert-manager has seen the annotation there is a Certificate too, called as the Secret.
        made += [
            wanted
            for wanted in _of_annotations(asking)
            if objects.find(CERTIFICATE, asking.namespace, wanted.secret) is None
        ]
    return made


def writers_of(objects: Objects) -> dict[tuple[str, str], list[Wanted]]:
    """What writes each Secret, by its namespace and name."""
    made: dict[tuple[str, str], list[Wanted]] = {}
    for wanted in wanted_of(objects):
        if wanted.secret:
            made.setdefault((wanted.object.namespace, wanted.secret), []).append(wanted)
    return made


def _of_certificate(certificate: Object) -> Wanted:
    content = certificate.content
    kind, group = text(content, "spec.issuerRef.kind") or "Issuer", text(content, "spec.issuerRef.group")
    return Wanted(
        certificate,
        "spec.secretName",
        text(content, "spec.secretName"),
        texts(content, "spec.dnsNames"),
        "spec.issuerRef.name",
        f"{group or 'cert-manager.io'}/{kind}",
        text(content, "spec.issuerRef.name"),
    )


def _of_annotations(asking: Object) -> Iterator[Wanted]:
    annotation = next((key for key in _ISSUER_ANNOTATIONS if key in asking.annotations), "")
    if not annotation:
        return
    field, type_ = f"metadata.annotations['{annotation}']", _ISSUER_ANNOTATIONS[annotation]
    issuer = asking.annotations[annotation]
    for place, entry in listed(asking.content, "spec.tls"):
        secret, hosts = text(entry, "secretName"), texts(entry, "hosts", place)
        yield Wanted(asking, f"{place}.secretName", secret, hosts, field, type_, issuer)
    for place, listener in listed(asking.content, "spec.listeners"):
        for reference_field, reference in listed(listener, "tls.certificateRefs", place):
            secret, hosts = text(reference, "name"), [(f"{place}.hostname", text(listener, "hostname"))]
            yield Wanted(asking, f"{reference_field}.name", secret, hosts, field, type_, issuer)
