"""The keys and certificates of a local control plane, and the authority that signs them.

Each part has an identity of its own, named as Kubernetes' built-in roles expect it, so that RBAC holds here as it does
in a cloud. Everything is made once for a cluster, readable by its owner only, and never leaves the machine. Clusters
that a client must trust before they exist have an authority in common.
"""

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import filelock
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from localcloud.cluster import files

# A cluster lives on a laptop for weeks at most; a year spares its user the question.
_LIFETIME = datetime.timedelta(days=365)


@dataclass(frozen=True)
class Identity:
    """Who a certificate is for: a common name, and the groups that Kubernetes reads from the organisation."""

    common_name: str
    groups: tuple[str, ...] = ()


# https://kubernetes.io/docs/reference/access-authn-authz/rbac/#core-component-roles
IDENTITIES = {
    "admin": Identity("localcloud-admin", ("system:masters",)),
    "kube-controller-manager": Identity("system:kube-controller-manager"),
    "kube-scheduler": Identity("system:kube-scheduler"),
    # kwok plays every kubelet and writes the status of whatever its stages name, so one node's rights do not do.
    "kwok": Identity("localcloud-kwok", ("system:masters",)),
    # With cert-manager's chart come rights for a service account of the chart's namespace, wherever that will be.
    "cert-manager-controller": Identity("localcloud-cert-manager-controller", ("system:masters",)),
    "etcd-client": Identity("kube-apiserver-etcd-client"),
}
_SERVERS = ("kube-apiserver", "etcd")
_SERVER_NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
_SERVER_ADDRESSES = ("127.0.0.1", "10.96.0.1")
_AUTHORITY = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localcloud")])


class Authority:
    """Who signs certificates; its own, and the key to it, are in `directory`."""

    def __init__(self, directory: Path) -> None:
        self.certificate = directory / "ca.crt"
        self.key = directory / "ca.key"

    def ensure(self) -> None:
        """Makes certificate and key unless both are there; they belong together."""
        self.key.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(self.key.with_name("lock"), mode=0o600):
            if self.certificate.exists() and self.key.exists():
                return
            key = ec.generate_private_key(ec.SECP256R1())
            certificate = _sign(_AUTHORITY, _AUTHORITY, key, key, _authority_extensions())
            files.write(self.key, _pem(key))
            files.write(self.certificate, certificate.public_bytes(serialization.Encoding.PEM))


class Pki:
    """The certificates of one control plane.

    Args:
        directory: Where they are; `ensure` makes what is missing.
        authority: Who signs them. Default: one of their own, in the same directory.
    """

    def __init__(self, directory: Path, authority: Authority | None = None) -> None:
        self.directory = directory
        self._authority = authority or Authority(directory)

    @property
    def ca(self) -> Path:
        """The authority's certificate, which every part trusts."""
        return self._authority.certificate

    @property
    def ca_key(self) -> Path:
        """The authority's key, with which the controller manager signs requests."""
        return self._authority.key

    @property
    def service_account_key(self) -> Path:
        """The key that signs service accounts' tokens."""
        return self.directory / "service-accounts.key"

    def certificate(self, name: str) -> Path:
        """The certificate of the part or identity `name`."""
        return self.directory / f"{name}.crt"

    def key(self, name: str) -> Path:
        """The key of the part or identity `name`."""
        return self.directory / f"{name}.key"

    def ensure(self) -> None:
        """Makes the certificates unless all of them are there and of this authority: they belong together."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._authority.ensure()
        parts = [*IDENTITIES, *_SERVERS]
        files_of = [place(part) for part in parts for place in (self.certificate, self.key)]
        complete = all(file.exists() for file in (self.service_account_key, *files_of))
        if complete and self._signed_by.exists() and self._signed_by.read_bytes() == self.ca.read_bytes():
            return
        authority_key = _load(self.ca_key)
        for part, identity in IDENTITIES.items():
            self._issue(part, _subject(identity), authority_key, _leaf(ExtendedKeyUsageOID.CLIENT_AUTH))
        alternative_names = x509.SubjectAlternativeName(
            [
                *(x509.DNSName(n) for n in _SERVER_NAMES),
                *(x509.IPAddress(ipaddress.ip_address(a)) for a in _SERVER_ADDRESSES),
            ]
        )
        for part in _SERVERS:
            # etcd is also a client of itself (its gateway), hence both usages.
            extensions = [
                *_leaf(ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH),
                (alternative_names, False),
            ]
            self._issue(part, _subject(Identity(part)), authority_key, extensions)
        files.write(self.service_account_key, _pem(ec.generate_private_key(ec.SECP256R1())))
        files.write(self._signed_by, self.ca.read_bytes())

    @property
    def _signed_by(self) -> Path:
        """The authority's certificate when these were made: written last, so that half a set is not taken for one."""
        return self.directory / "signed-by.crt"

    def _issue(
        self,
        part: str,
        subject: x509.Name,
        authority_key: ec.EllipticCurvePrivateKey,
        extensions: Sequence[tuple[x509.ExtensionType, bool]],
    ) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _sign(subject, _AUTHORITY, key, authority_key, extensions)
        files.write(self.key(part), _pem(key))
        files.write(self.certificate(part), certificate.public_bytes(serialization.Encoding.PEM))


def _subject(identity: Identity) -> x509.Name:
    return x509.Name(
        [
            *(x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in identity.groups),
            x509.NameAttribute(NameOID.COMMON_NAME, identity.common_name),
        ]
    )


def _authority_extensions() -> list[tuple[x509.ExtensionType, bool]]:
    return [(x509.BasicConstraints(ca=True, path_length=None), True), (_key_usage(authority=True), True)]


def _leaf(*usages: x509.ObjectIdentifier) -> list[tuple[x509.ExtensionType, bool]]:
    return [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_key_usage(authority=False), True),
        (x509.ExtendedKeyUsage(usages), False),
    ]


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _sign(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    authority_key: ec.EllipticCurvePrivateKey,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))  # Clocks of one machine agree; its sleep may not.
        .not_valid_after(now + _LIFETIME)
    )
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    for extension, critical in [
        *extensions,
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (authority, False),
    ]:
        builder = builder.add_extension(extension, critical)
    return builder.sign(authority_key, hashes.SHA256())


def _load(key: Path) -> ec.EllipticCurvePrivateKey:
    loaded = serialization.load_pem_private_key(key.read_bytes(), password=None)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{key} holds no key of an elliptic curve")
    return loaded


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
