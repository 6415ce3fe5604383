"""Who certifies hosts: the authorities to choose from, and what each of their issuers is asked of cert-manager.

Pure: nothing here declares a resource. A host that anybody's browser is to trust needs Let's Encrypt, which asks for a
proof that the host is ours: over HTTP through the gateway (HTTP01), or in DNS (DNS01), by which alone it certifies
wildcards.
"""

import re
from enum import Enum
from typing import Any, NamedTuple, NotRequired, TypedDict

from pulumi import Input

from web_platform.component_arguments import check_part
from web_platform.errors import Fault, chosen, refuse
from web_platform.gateway_values import INGRESS_CLASS
from web_platform.pods import resources
from web_platform.syntax import host_fault

# As the mail service of an authority reads addresses: no quotes, no comments, no address without a domain.
_EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?P<domain>[^@]+)")

# https://letsencrypt.org/docs/acme-protocol-updates/
_PRODUCTION = "https://acme-v02.api.letsencrypt.org/directory"
_STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory"

# A challenge arrives by plain HTTP. Without an explicit list of protocols the controller leaves them to the gateway; a
# route of HTTPS alone would answer with a redirect. No plugin is named: who asks for a challenge has no API key.
_CHALLENGE_ANNOTATIONS = {
    "konghq.com/protocols": "http,https",
    "konghq.com/strip-path": "false",
    "konghq.com/preserve-host": "true",
}

# Ten years: whoever trusts the authority was given its certificate by hand, and should not be given one each year.
_ROOT_LIFETIME = "87600h"

# The last two of those years: time to hand out the renewed certificate while the former is still good.
_ROOT_RENEWAL_PERCENTAGE = 20


class CertificateAuthority(Enum):
    """Who signs the certificates of hosts."""

    SELF_SIGNED = "selfSigned"
    """Each certificate its own key: no client trusts it, and none can be told to trust the next. For laptops."""

    PRIVATE_CA = "privateCa"
    """An authority of the cluster's own, trusted by clients that were given its root. For internal hosts."""

    LETS_ENCRYPT_STAGING = "letsEncryptStaging"
    """Let's Encrypt's rehearsal: the same proofs with generous limits, and certificates that no browser trusts. For
    drills."""

    LETS_ENCRYPT = "letsEncrypt"
    """Let's Encrypt: every browser trusts it. It certifies the same hosts five times in seven days at most."""

    @property
    def is_acme(self) -> bool:
        """Whether it asks for a proof that a host is ours."""
        return self in (CertificateAuthority.LETS_ENCRYPT_STAGING, CertificateAuthority.LETS_ENCRYPT)


class CloudDnsSolverArgs(TypedDict):
    """Cloud DNS as the place where proofs of DNS01 are put."""

    project: Input[str]
    """Project whose public zones hold the hosts, such as `dns_solver.project`. The zone must be delegated: resolvers of
    the whole world are asked."""


class CertificateIssuerArgs(TypedDict):
    """Who certifies hosts, and how they are proven."""

    authority: NotRequired[CertificateAuthority]
    """Who signs. Default: selfSigned, each certificate by its own key."""

    email: NotRequired[str | None]
    """Address of whoever answers for the certificates; the account at Let's Encrypt is registered with it. Required
    with Let's Encrypt. It sends no reminders of certificates that expire."""

    dns01: NotRequired[CloudDnsSolverArgs | None]
    """Where Let's Encrypt finds proofs in DNS, by which it certifies wildcards. Default: nowhere, and no wildcards."""

    ingress_class: NotRequired[Input[str]]
    """Ingress class of the gateway that Let's Encrypt reaches over HTTP. Default: `kong`."""


class Issuer(NamedTuple):
    """The arguments of an issuer, checked, with defaults for what was left out."""

    authority: CertificateAuthority
    email: str
    dns_project: Input[str] | None
    ingress_class: Input[str]


SELF_SIGNED_SPEC: dict[str, Any] = {"selfSigned": {}}
"""A ClusterIssuer that signs each certificate with the certificate's own key."""


def private_ca_spec(secret: Input[str]) -> dict[str, Any]:
    """A ClusterIssuer that signs with the authority in a Secret of cert-manager's namespace."""
    return {"ca": {"secretName": secret}}


def root_certificate_spec(secret: str, common_name: str, issuer: Input[str]) -> dict[str, Any]:
    """The certificate of a private authority, which `issuer` lets sign itself."""
    return {
        "secretName": secret,
        "commonName": common_name,
        "isCA": True,
        "duration": _ROOT_LIFETIME,
        "renewBeforePercentage": _ROOT_RENEWAL_PERCENTAGE,
        "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": issuer},
        # A renewed root with the same key vouches for all that the former has signed. With a new one, clients that know
        # the former alone would refuse whatever is signed from then on, and nobody would have decided that.
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Never"},
        "usages": ["cert sign", "crl sign"],
    }


def http01_spec(authority: CertificateAuthority, email: str, account: str, ingress_class: Input[str]) -> dict[str, Any]:
    """A ClusterIssuer of Let's Encrypt that proves a host through the gateway; `account` names its key's Secret."""
    solver = {
        "ingress": {
            "ingressClassName": ingress_class,
            "serviceType": "ClusterIP",
            "ingressTemplate": {"metadata": {"annotations": dict(_CHALLENGE_ANNOTATIONS)}},
            "podTemplate": {
                "spec": {
                    # It replaces cert-manager's own, so it says all that the restricted Pod Security Standard asks of a
                    # pod. The container has what the standard asks of it already, and no field of the template.
                    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
                    # It answers a handful of requests and is gone.
                    "resources": resources("10m", "64Mi"),
                }
            },
        }
    }
    return _acme_spec(authority, email, account, {"http01": solver})


def dns01_spec(authority: CertificateAuthority, email: str, account: str, project: Input[str]) -> dict[str, Any]:
    """A ClusterIssuer of Let's Encrypt that proves a host in Cloud DNS; `account` names its key's Secret.

    It names no key of Google's: cert-manager's pods have an identity.
    """
    return _acme_spec(authority, email, account, {"dns01": {"cloudDNS": {"project": project}}})


def _acme_spec(authority: CertificateAuthority, email: str, account: str, solver: dict[str, Any]) -> dict[str, Any]:
    return {
        "acme": {
            "server": _PRODUCTION if authority is CertificateAuthority.LETS_ENCRYPT else _STAGING,
            "email": email,
            "privateKeySecretRef": {"name": account},
            "solvers": [solver],
        }
    }


def resolved_issuer(component: str, args: CertificateIssuerArgs, inside: str = "") -> Issuer:
    """Check the arguments of an issuer, which `component` has in its key `inside`, and fill in what was left out."""
    check_part(component, args, CertificateIssuerArgs, inside)
    authority = chosen(
        component,
        f"{inside}authority",
        args.get("authority", CertificateAuthority.SELF_SIGNED),
        CertificateAuthority,
        _NO_AUTHORITY,
    )
    email, dns01 = args.get("email"), args.get("dns01")
    if authority.is_acme:
        refuse(component, f"{inside}email", _NO_EMAIL if email is None else email_fault(email))
    else:
        for key in ("email", "dns01", "ingress_class"):
            if args.get(key) is not None:
                refuse(component, f"{inside}{key}", _idle_fault(authority))
    return Issuer(authority, email or "", dns01["project"] if dns01 else None, args.get("ingress_class", INGRESS_CLASS))


def is_wildcard(host: str) -> bool:
    """Whether a host stands for all hosts one label below a domain, as `*.example.com` does."""
    return host.startswith("*.")


def wildcard_fault(authority: CertificateAuthority, dns01: bool) -> Fault | None:
    """Say why an authority certifies no wildcards, with or without proofs in DNS."""
    if not authority.is_acme or dns01:
        return None
    return Fault(
        what="is a wildcard, which Let's Encrypt certifies by DNS01 only",
        danger="each order would fail, and clients would be shown the gateway's own certificate, which none accepts",
        remedy="give the issuer dns01 with the project of its Cloud DNS zones, or name each host",
    )


def email_fault(email: str) -> Fault | None:
    """An address as an authority takes it: a mailbox at a full host name."""
    match = _EMAIL.fullmatch(email)
    if match is not None and host_fault(match["domain"].lower()) is None:
        return None
    return Fault(
        what=f"is {email!r}, which is not an e-mail address",
        danger="Let's Encrypt would refuse the account, and no certificate would ever be issued",
        remedy="write the address of whoever answers for the certificates, such as 'platform@acme.com'",
    )


_NO_EMAIL = Fault(
    what="is missing",
    danger="nobody could be told that certificates are about to be revoked, and the account would be nobody's",
    remedy="pass the address of whoever answers for the certificates, such as 'platform@acme.com'",
)


def _idle_fault(authority: CertificateAuthority) -> Fault:
    return Fault(
        what=f"is given, though the authority is {authority.value}",
        danger="it would be ignored: nothing is proven to an authority of our own",
        remedy="leave it out, or choose the authority letsEncrypt or letsEncryptStaging",
    )


_NO_AUTHORITY = Fault(
    what="which is no authority",
    danger="no host would have a certificate, and clients would be shown the gateway's own",
    remedy="pass one of",
)
