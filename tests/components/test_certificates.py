"""CertificateManager: cert-manager from its chart, and the issuers of one authority, which wait for it."""

from collections.abc import Callable
from typing import Any

import pytest
from pulumi import Output
from web_platform import ArgumentError, CertificateAuthority, CertificateManager, CertificateManagerArgs, versions
from web_platform.certificates import check_certificate_manager
from web_platform.issuers import dns01_spec, http01_spec

from tests.components.resource_options import options_of
from tests.recording import Recording, declare

TYPE = "web-platform:index:CertificateManager"
ADDON = "web-platform:index:HelmAddon"
RELEASE = "kubernetes:helm.sh/v3:Release"
ISSUER = "kubernetes:cert-manager.io/v1:ClusterIssuer"
CERTIFICATE = "kubernetes:cert-manager.io/v1:Certificate"

EMAIL = "platform@acme.com"
PRIVATE = {"authority": CertificateAuthority.PRIVATE_CA}
PUBLIC = {"authority": CertificateAuthority.LETS_ENCRYPT, "email": EMAIL}
STAGING = {"authority": CertificateAuthority.LETS_ENCRYPT_STAGING, "email": EMAIL}
WILDCARDS = {"dns01": {"project": "acme-dns"}}


def cert_manager(**args: Any) -> Recording:
    arguments: CertificateManagerArgs = {"namespace": "cert-manager", **args}  # type: ignore[typeddict-item]
    return declare(lambda: CertificateManager("cert-manager", arguments))


def test_a_certificate_manager_is_made_of_these_resources() -> None:
    assert sorted((resource.ancestry, resource.name) for resource in cert_manager()) == [
        (TYPE, "cert-manager"),
        (f"{TYPE}${ISSUER}", "cert-manager-self-signed"),
        (f"{TYPE}${ADDON}", "cert-manager"),
        (f"{TYPE}${ADDON}${RELEASE}", "cert-manager"),
    ]


def test_the_release_is_the_publishers_oci_chart_at_its_pinned_version() -> None:
    release = cert_manager().one(RELEASE, "cert-manager").inputs
    assert release["chart"] == "oci://quay.io/jetstack/charts/cert-manager"
    assert "repositoryOpts" not in release
    assert release["version"] == versions.CERT_MANAGER_CHART


def test_values_are_exactly_these() -> None:
    budget = {"enabled": True, "maxUnavailable": 1}

    def spread(part: str) -> list[dict[str, Any]]:
        labels = {"app.kubernetes.io/instance": "cert-manager", "app.kubernetes.io/component": part}
        return [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": labels},
            }
        ]

    assert cert_manager().one(RELEASE, "cert-manager").inputs["values"] == {
        "crds": {"enabled": True, "keep": True},
        "global": {"leaderElection": {"namespace": "cert-manager"}},
        "serviceAccount": {"name": "cert-manager"},
        "enableCertificateOwnerRef": False,
        "prometheus": {"enabled": True},
        "replicaCount": 2,
        "podDisruptionBudget": budget,
        "topologySpreadConstraints": spread("controller"),
        "resources": {"requests": {"cpu": "20m", "memory": "128Mi"}, "limits": {"memory": "128Mi"}},
        "webhook": {
            "replicaCount": 3,
            "podDisruptionBudget": budget,
            "topologySpreadConstraints": spread("webhook"),
            "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
        },
        "cainjector": {
            "replicaCount": 2,
            "podDisruptionBudget": budget,
            "topologySpreadConstraints": spread("cainjector"),
            "resources": {"requests": {"cpu": "20m", "memory": "128Mi"}, "limits": {"memory": "128Mi"}},
        },
        "startupapicheck": {
            "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
        },
    }


def test_without_high_availability_there_is_one_of_each_and_no_budget() -> None:
    made = cert_manager(highly_available=False).one(RELEASE, "cert-manager").inputs["values"]
    for part in (made, made["webhook"], made["cainjector"]):
        assert (part["replicaCount"], part["podDisruptionBudget"]) == (1, {"enabled": False})


def test_values_of_the_caller_go_before_the_components() -> None:
    made = cert_manager(values={"webhook": {"replicaCount": 5}}).one(RELEASE, "cert-manager").inputs["values"]
    assert made["webhook"]["replicaCount"] == 5
    assert made["webhook"]["resources"]["limits"] == {"memory": "64Mi"}


def test_the_issuer_signs_for_the_whole_cluster_once_cert_manager_answers() -> None:
    recording = cert_manager()
    issuer = recording.one(ISSUER, "cert-manager-self-signed")
    assert issuer.inputs["spec"] == {"selfSigned": {}}
    assert issuer.inputs["metadata"] == {"name": "cert-manager-self-signed"}
    assert recording.one(RELEASE, "cert-manager").urn in issuer.depends_on


def test_the_issuers_name_is_the_output() -> None:
    assert cert_manager().outputs_of(TYPE, "cert-manager") == {
        "issuer": "cert-manager-self-signed",
        "wildcardIssuer": "cert-manager-self-signed",
        "serviceAccount": "cert-manager",
    }


def test_a_namespace_that_is_known_later_goes_into_the_values() -> None:
    def program() -> None:
        CertificateManager("cert-manager", {"namespace": Output.concat("cert-", "manager")})

    made = declare(program).one(RELEASE, "cert-manager").inputs
    assert made["values"] == cert_manager().one(RELEASE, "cert-manager").inputs["values"]


def test_the_service_account_is_the_one_that_the_chart_makes() -> None:
    recording = declare(lambda: CertificateManager("tls", {"namespace": "cert-manager"}))
    assert recording.one(RELEASE, "tls").inputs["values"]["serviceAccount"] == {"name": "tls"}
    assert recording.outputs_of(TYPE, "tls")["serviceAccount"] == "tls"


def test_a_service_account_of_the_callers_is_the_output_too() -> None:
    recording = cert_manager(values={"serviceAccount": {"create": False, "name": "edge"}})
    assert recording.outputs_of(TYPE, "cert-manager")["serviceAccount"] == "edge"


def test_a_private_authority_is_made_of_a_root_that_signs_itself_and_an_issuer() -> None:
    recording = cert_manager(issuer=PRIVATE)
    assert sorted((resource.ancestry, resource.name) for resource in recording) == [
        (TYPE, "cert-manager"),
        (f"{TYPE}${CERTIFICATE}", "cert-manager-root"),
        (f"{TYPE}${ISSUER}", "cert-manager-private-ca"),
        (f"{TYPE}${ISSUER}", "cert-manager-self-signed"),
        (f"{TYPE}${ADDON}", "cert-manager"),
        (f"{TYPE}${ADDON}${RELEASE}", "cert-manager"),
    ]
    assert recording.one(ISSUER, "cert-manager-self-signed").inputs["spec"] == {"selfSigned": {}}
    assert recording.one(ISSUER, "cert-manager-private-ca").inputs["spec"] == {
        "ca": {"secretName": "cert-manager-root"}
    }
    root = recording.one(CERTIFICATE, "cert-manager-root").inputs
    # Where cert-manager looks for the Secrets of issuers that are for the whole cluster.
    assert root["metadata"] == {"name": "cert-manager-root", "namespace": "cert-manager"}
    assert root["spec"] == {
        "secretName": "cert-manager-root",
        "commonName": "cert-manager root",
        "isCA": True,
        "duration": "87600h",
        "renewBeforePercentage": 20,
        "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "cert-manager-self-signed"},
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Never"},
        "usages": ["cert sign", "crl sign"],
    }


def test_a_private_authority_signs_once_it_has_its_root() -> None:
    recording = cert_manager(issuer=PRIVATE)
    release, root = recording.one(RELEASE, "cert-manager"), recording.one(CERTIFICATE, "cert-manager-root")
    first, last = (recording.one(ISSUER, f"cert-manager-{kind}") for kind in ("self-signed", "private-ca"))
    assert release.urn in first.depends_on
    assert first.urn in root.depends_on
    assert {release.urn, root.urn} <= last.depends_on


@pytest.mark.parametrize(
    ("issuer", "name"), [(PUBLIC, "cert-manager-lets-encrypt"), (STAGING, "cert-manager-lets-encrypt-staging")]
)
def test_lets_encrypt_is_one_issuer_that_proves_hosts_through_the_gateway(issuer: dict[str, Any], name: str) -> None:
    recording = cert_manager(issuer=issuer)
    (made,) = recording.of_type(ISSUER).values()
    assert made.name == name
    assert made.inputs["metadata"] == {"name": name}
    assert made.inputs["spec"] == http01_spec(issuer["authority"], EMAIL, f"{name}-account", "kong")
    assert recording.one(RELEASE, "cert-manager").urn in made.depends_on
    assert recording.of_type(CERTIFICATE) == {}


def test_proofs_in_dns_have_an_issuer_and_an_account_of_their_own() -> None:
    recording = cert_manager(issuer={**PUBLIC, **WILDCARDS, "ingress_class": "edge"})
    authority = CertificateAuthority.LETS_ENCRYPT
    name = "cert-manager-lets-encrypt"
    issuers = recording.of_type(ISSUER)
    assert sorted(issuers) == [name, f"{name}-dns01"]
    assert issuers[name].inputs["spec"] == http01_spec(authority, EMAIL, f"{name}-account", "edge")
    assert issuers[f"{name}-dns01"].inputs["metadata"] == {"name": f"{name}-dns01"}
    assert issuers[f"{name}-dns01"].inputs["spec"] == dns01_spec(authority, EMAIL, f"{name}-dns01-account", "acme-dns")
    assert recording.one(RELEASE, "cert-manager").urn in issuers[f"{name}-dns01"].depends_on


@pytest.mark.parametrize(
    ("issuer", "usual", "wildcards"),
    [
        ({}, "self-signed", "self-signed"),
        ({"authority": "selfSigned"}, "self-signed", "self-signed"),
        (PRIVATE, "private-ca", "private-ca"),
        (PUBLIC, "lets-encrypt", None),
        (STAGING, "lets-encrypt-staging", None),
        ({**PUBLIC, **WILDCARDS}, "lets-encrypt", "lets-encrypt-dns01"),
        ({**STAGING, **WILDCARDS}, "lets-encrypt-staging", "lets-encrypt-staging-dns01"),
    ],
)
def test_the_outputs_name_what_certifies_hosts_and_what_certifies_wildcards(
    issuer: dict[str, Any], usual: str, wildcards: str | None
) -> None:
    assert cert_manager(issuer=issuer).outputs_of(TYPE, "cert-manager") == {
        "issuer": f"cert-manager-{usual}",
        "serviceAccount": "cert-manager",
    } | ({"wildcardIssuer": f"cert-manager-{wildcards}"} if wildcards else {})


def named(host: str, issuer: dict[str, Any]) -> str:
    """The issuer that a manager names for a host, which must be one that it declares."""
    found: list[str] = []

    def program() -> None:
        args: CertificateManagerArgs = {"namespace": "cert-manager", "issuer": issuer}  # type: ignore[typeddict-item]
        CertificateManager("cert-manager", args).issuer_for(host).apply(found.append)

    recording = declare(program)
    assert set(found) <= set(recording.of_type(ISSUER))
    return found[0]


@pytest.mark.parametrize("issuer", [PUBLIC, {**PUBLIC, **WILDCARDS}])
def test_a_host_is_proven_through_the_gateway_even_where_dns_could(issuer: dict[str, Any]) -> None:
    assert named("shop.example.com", issuer) == "cert-manager-lets-encrypt"


@pytest.mark.parametrize(
    ("issuer", "name"),
    [
        ({}, "self-signed"),
        (PRIVATE, "private-ca"),
        ({**PUBLIC, **WILDCARDS}, "lets-encrypt-dns01"),
        ({**STAGING, **WILDCARDS}, "lets-encrypt-staging-dns01"),
    ],
)
def test_a_wildcard_is_certified_by_the_issuer_that_can(issuer: dict[str, Any], name: str) -> None:
    assert named("*.example.com", issuer) == f"cert-manager-{name}"


@pytest.mark.parametrize("issuer", [PUBLIC, STAGING])
def test_a_wildcard_that_nobody_can_certify_is_refused(issuer: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError) as refused:
        named("*.example.com", issuer)
    assert refused.value.field == "host '*.example.com'"
    assert str(refused.value) == (
        "CertificateManager 'cert-manager': host '*.example.com' is a wildcard, which Let's Encrypt certifies by DNS01 "
        "only.\n"
        "  Danger: each order would fail, and clients would be shown the gateway's own certificate, which none "
        "accepts\n"
        "  Remedy: give the issuer dns01 with the project of its Cloud DNS zones, or name each host"
    )


def test_every_child_is_the_managers_own() -> None:
    arguments: CertificateManagerArgs = {
        "namespace": "cert-manager",
        "issuer": {"authority": CertificateAuthority.PRIVATE_CA},
    }
    seen = options_of(lambda opts: CertificateManager("cert-manager", arguments, opts))
    parents = {type_: type(options.parent).__name__ for (type_, _), options in seen.items() if type_ != TYPE}
    assert parents == {
        ADDON: "CertificateManager",
        RELEASE: "HelmAddon",
        ISSUER: "CertificateManager",
        CERTIFICATE: "CertificateManager",
    }


def declared(name: str, args: CertificateManagerArgs) -> None:
    recording = Recording()
    try:
        declare(lambda: CertificateManager(name, args), recording=recording)
    finally:
        assert recording.names() == []


@pytest.mark.parametrize("refusing", [check_certificate_manager, declared])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"highly_avaliable": False}, r"highly_avaliable is not a known key.\n.*\n.*did you mean 'highly_available'\?"),
        ({"namespace": None}, "namespace is missing"),
        ({"issuer": "letsEncrypt"}, "issuer is text, which is not keys with values"),
        ({"issuer": {"authorty": "letsEncrypt"}}, r"issuer.authorty is not a known key.\n.*\n.*'authority'\?"),
        ({"issuer": {"authority": "acme"}}, "issuer.authority is 'acme', which is no authority"),
        ({"issuer": {"authority": "letsEncrypt"}}, "issuer.email is missing"),
        ({"issuer": {**PUBLIC, "email": "me"}}, "issuer.email is 'me', which is not an e-mail address"),
        ({"issuer": {"email": EMAIL}}, "issuer.email is given, though the authority is selfSigned"),
        ({"issuer": {**PRIVATE, **WILDCARDS}}, "issuer.dns01 is given, though the authority is privateCa"),
        ({"issuer": {**PRIVATE, "ingress_class": "kong"}}, "issuer.ingress_class is given, though the authority is"),
        ({"issuer": {**PUBLIC, "dns01": {"projct": "acme"}}}, r"issuer.dns01.projct is not a known key"),
        ({"issuer": {**PUBLIC, "dns01": {}}}, "issuer.dns01.project is missing"),
    ],
)
def test_arguments_that_would_not_work_are_refused_and_declare_nothing(
    change: dict[str, Any], message: str, refusing: Callable[[str, CertificateManagerArgs], None]
) -> None:
    args: CertificateManagerArgs = {"namespace": "cert-manager", **change}  # type: ignore[typeddict-item]
    with pytest.raises(ArgumentError, match=f"^CertificateManager 'cert-manager': {message}"):
        refusing("cert-manager", args)


def test_a_name_that_helm_would_refuse_is_refused_before() -> None:
    with pytest.raises(ArgumentError, match=r"^CertificateManager 'Cert': name is not a name that Helm accepts"):
        declared("Cert", {"namespace": "cert-manager"})


def test_what_can_be_made_passes_the_check() -> None:
    check_certificate_manager("cert-manager", {"namespace": "cert-manager", "issuer": {**PUBLIC, **WILDCARDS}})  # type: ignore[typeddict-item]
