"""Issuers: who certifies hosts, and what each authority is asked of cert-manager."""

from typing import Any

import pytest
from web_platform.errors import ArgumentError
from web_platform.gateway_values import INGRESS_CLASS
from web_platform.issuers import (
    SELF_SIGNED_SPEC,
    CertificateAuthority,
    Issuer,
    dns01_spec,
    email_fault,
    http01_spec,
    is_wildcard,
    private_ca_spec,
    resolved_issuer,
    root_certificate_spec,
    wildcard_fault,
)

EMAIL = "platform@acme.com"
STAGING, PRODUCTION = CertificateAuthority.LETS_ENCRYPT_STAGING, CertificateAuthority.LETS_ENCRYPT


def resolved(**args: Any) -> Issuer:
    return resolved_issuer("CertificateManager 'cert-manager'", args, "issuer.")  # type: ignore[arg-type]


def test_each_certificate_signs_itself_where_nothing_is_said() -> None:
    assert resolved() == Issuer(CertificateAuthority.SELF_SIGNED, "", None, "kong")
    assert SELF_SIGNED_SPEC == {"selfSigned": {}}


def test_the_gateway_that_is_asked_for_challenges_is_the_platforms_own_where_nothing_is_said() -> None:
    assert resolved(authority=PRODUCTION, email=EMAIL).ingress_class == INGRESS_CLASS
    assert resolved(authority=PRODUCTION, email=EMAIL, ingress_class="edge").ingress_class == "edge"


@pytest.mark.parametrize("authority", CertificateAuthority)
def test_an_authority_may_be_given_by_its_value_as_other_languages_do(authority: CertificateAuthority) -> None:
    contact = {"email": EMAIL} if authority.is_acme else {}
    assert resolved(authority=authority.value, **contact) == resolved(authority=authority, **contact)


def test_the_values_of_the_authorities_are_these() -> None:
    values = [authority.value for authority in CertificateAuthority]
    assert values == ["selfSigned", "privateCa", "letsEncryptStaging", "letsEncrypt"]


def test_only_lets_encrypt_asks_for_proofs() -> None:
    assert [authority for authority in CertificateAuthority if authority.is_acme] == [STAGING, PRODUCTION]


def test_what_is_none_is_as_good_as_left_out() -> None:
    assert resolved(email=None, dns01=None) == resolved()
    assert resolved(authority=PRODUCTION, email=EMAIL, dns01=None).dns_project is None


def test_proofs_in_dns_are_put_into_the_zones_of_a_project() -> None:
    assert resolved(authority=STAGING, email=EMAIL, dns01={"project": "acme-dns"}) == Issuer(
        STAGING, EMAIL, "acme-dns", "kong"
    )


def test_the_private_authority_signs_with_the_root_in_its_secret() -> None:
    assert private_ca_spec("cert-manager-root") == {"ca": {"secretName": "cert-manager-root"}}


def test_the_root_lives_ten_years_and_is_renewed_two_before_their_end_with_the_same_key() -> None:
    assert root_certificate_spec("cert-manager-root", "cert-manager root", "cert-manager-self-signed") == {
        "secretName": "cert-manager-root",
        "commonName": "cert-manager root",
        "isCA": True,
        "duration": "87600h",
        "renewBeforePercentage": 20,
        "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "cert-manager-self-signed"},
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Never"},
        "usages": ["cert sign", "crl sign"],
    }


@pytest.mark.parametrize(
    ("authority", "server"),
    [
        (STAGING, "https://acme-staging-v02.api.letsencrypt.org/directory"),
        (PRODUCTION, "https://acme-v02.api.letsencrypt.org/directory"),
    ],
)
def test_lets_encrypt_finds_proofs_at_the_gateway_in_plain_http_and_without_plugins(
    authority: CertificateAuthority, server: str
) -> None:
    assert http01_spec(authority, EMAIL, "lets-encrypt-account", "kong") == {
        "acme": {
            "server": server,
            "email": EMAIL,
            "privateKeySecretRef": {"name": "lets-encrypt-account"},
            "solvers": [
                {
                    "http01": {
                        "ingress": {
                            "ingressClassName": "kong",
                            "serviceType": "ClusterIP",
                            "ingressTemplate": {
                                "metadata": {
                                    "annotations": {
                                        "konghq.com/protocols": "http,https",
                                        "konghq.com/strip-path": "false",
                                        "konghq.com/preserve-host": "true",
                                    }
                                }
                            },
                            "podTemplate": {
                                "spec": {
                                    "securityContext": {
                                        "runAsNonRoot": True,
                                        "seccompProfile": {"type": "RuntimeDefault"},
                                    },
                                    "resources": {
                                        "requests": {"cpu": "10m", "memory": "64Mi"},
                                        "limits": {"memory": "64Mi"},
                                    },
                                }
                            },
                        }
                    }
                }
            ],
        }
    }


def test_lets_encrypt_finds_proofs_in_cloud_dns_which_cert_manager_enters_without_a_key() -> None:
    assert dns01_spec(STAGING, EMAIL, "lets-encrypt-account", "acme-dns") == {
        "acme": {
            "server": "https://acme-staging-v02.api.letsencrypt.org/directory",
            "email": EMAIL,
            "privateKeySecretRef": {"name": "lets-encrypt-account"},
            "solvers": [{"dns01": {"cloudDNS": {"project": "acme-dns"}}}],
        }
    }


def test_the_specs_of_two_issuers_share_nothing_that_one_could_change_for_the_other() -> None:
    def annotations() -> dict[str, str]:
        (solver,) = http01_spec(STAGING, EMAIL, "account", "kong")["acme"]["solvers"]
        found: dict[str, str] = solver["http01"]["ingress"]["ingressTemplate"]["metadata"]["annotations"]
        return found

    annotations()["konghq.com/protocols"] = "https"
    assert annotations()["konghq.com/protocols"] == "http,https"


def test_a_wildcard_begins_with_an_asterisk_as_its_first_label() -> None:
    assert is_wildcard("*.example.com")
    assert not is_wildcard("shop.example.com")
    assert not is_wildcard("*shop.example.com")


@pytest.mark.parametrize("authority", CertificateAuthority)
def test_every_authority_certifies_wildcards_with_proofs_in_dns(authority: CertificateAuthority) -> None:
    assert wildcard_fault(authority, dns01=True) is None


@pytest.mark.parametrize("authority", [CertificateAuthority.SELF_SIGNED, CertificateAuthority.PRIVATE_CA])
def test_authorities_of_our_own_certify_wildcards_without_proofs(authority: CertificateAuthority) -> None:
    assert wildcard_fault(authority, dns01=False) is None


@pytest.mark.parametrize("authority", [STAGING, PRODUCTION])
def test_lets_encrypt_certifies_no_wildcard_without_proofs_in_dns(authority: CertificateAuthority) -> None:
    assert wildcard_fault(authority, dns01=False) == (
        "is a wildcard, which Let's Encrypt certifies by DNS01 only",
        "each order would fail, and clients would be shown the gateway's own certificate, which none accepts",
        "give the issuer dns01 with the project of its Cloud DNS zones, or name each host",
    )


@pytest.mark.parametrize(
    "email", ["platform@acme.com", "web.platform+tls@mail.acme.co.uk", "o'brien@acme.com", "x@Acme.COM", "1_a@a-b.de"]
)
def test_an_address_is_a_mailbox_at_a_full_host_name(email: str) -> None:
    assert email_fault(email) is None


@pytest.mark.parametrize(
    "email",
    [
        "",
        "platform",
        "@acme.com",
        "platform@",
        "platform@acme",
        "platform@10.0.0.1",
        "platform@@acme.com",
        "a@b@acme.com",
        "web platform@acme.com",
        ".platform@acme.com",
        "platform.@acme.com",
        "plat..form@acme.com",
        "mailto:platform@acme.com",
        "Platform <platform@acme.com>",
        "platform@acme.com,other@acme.com",
        "platform@acme.com\n",
    ],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    assert email_fault(email) == (
        f"is {email!r}, which is not an e-mail address",
        "Let's Encrypt would refuse the account, and no certificate would ever be issued",
        "write the address of whoever answers for the certificates, such as 'platform@acme.com'",
    )


IDLE = (
    "it would be ignored: nothing is proven to an authority of our own",
    "leave it out, or choose the authority letsEncrypt or letsEncryptStaging",
)


@pytest.mark.parametrize(
    ("args", "field", "fault"),
    [
        (
            {"authority": "letsencrypt"},
            "authority",
            (
                "is 'letsencrypt', which is no authority",
                "no host would have a certificate, and clients would be shown the gateway's own",
                "pass one of: CertificateAuthority.SELF_SIGNED, CertificateAuthority.PRIVATE_CA, "
                "CertificateAuthority.LETS_ENCRYPT_STAGING, CertificateAuthority.LETS_ENCRYPT",
            ),
        ),
        (
            {"authority": PRODUCTION},
            "email",
            (
                "is missing",
                "nobody could be told that certificates are about to be revoked, and the account would be nobody's",
                "pass the address of whoever answers for the certificates, such as 'platform@acme.com'",
            ),
        ),
        (
            {"authority": STAGING, "email": "nobody"},
            "email",
            (
                "is 'nobody', which is not an e-mail address",
                "Let's Encrypt would refuse the account, and no certificate would ever be issued",
                "write the address of whoever answers for the certificates, such as 'platform@acme.com'",
            ),
        ),
        ({"email": EMAIL}, "email", ("is given, though the authority is selfSigned", *IDLE)),
        (
            {"authority": CertificateAuthority.PRIVATE_CA, "dns01": {"project": "acme-dns"}},
            "dns01",
            ("is given, though the authority is privateCa", *IDLE),
        ),
        ({"ingress_class": "kong"}, "ingress_class", ("is given, though the authority is selfSigned", *IDLE)),
        (
            {"authority": PRODUCTION, "email": EMAIL, "dns01": {"zone": "acme"}},
            "dns01.zone",
            (
                "is not a known key",
                "it would be ignored, and what it was meant to change would stay as it is",
                "use one of: project",
            ),
        ),
        (
            {"authority": PRODUCTION, "email": EMAIL, "dns01": {}},
            "dns01.project",
            (
                "is missing",
                "there is no value that would be safe to assume",
                "add 'project'",
            ),
        ),
        (
            {"mail": EMAIL},
            "mail",
            (
                "is not a known key",
                "it would be ignored, and what it was meant to change would stay as it is",
                "did you mean 'email'?",
            ),
        ),
    ],
)
def test_arguments_that_would_not_work_are_refused(
    args: dict[str, Any], field: str, fault: tuple[str, str, str]
) -> None:
    with pytest.raises(ArgumentError, match=r"^CertificateManager 'cert-manager': issuer") as refused:
        resolved(**args)
    assert refused.value.field == f"issuer.{field}"
    assert refused.value.fault == fault
