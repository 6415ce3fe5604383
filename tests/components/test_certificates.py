"""CertificateManager: cert-manager from its chart, and an issuer that waits for it."""

from typing import Any

import pytest
from web_platform import ArgumentError, CertificateManager, CertificateManagerArgs, versions

from tests.recording import Recording, declare

TYPE = "web-platform:index:CertificateManager"
ADDON = "web-platform:index:HelmAddon"
RELEASE = "kubernetes:helm.sh/v3:Release"
ISSUER = "kubernetes:cert-manager.io/v1:ClusterIssuer"


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
    assert cert_manager().one(RELEASE, "cert-manager").inputs["values"] == {
        "crds": {"enabled": True, "keep": True},
        "global": {"leaderElection": {"namespace": "cert-manager"}},
        "replicaCount": 2,
        "podDisruptionBudget": budget,
        "resources": {"requests": {"cpu": "20m", "memory": "128Mi"}, "limits": {"memory": "128Mi"}},
        "webhook": {
            "replicaCount": 3,
            "podDisruptionBudget": budget,
            "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
        },
        "cainjector": {
            "replicaCount": 2,
            "podDisruptionBudget": budget,
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
    assert cert_manager().outputs_of(TYPE, "cert-manager") == {"issuer": "cert-manager-self-signed"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"highly_avaliable": False}, r"highly_avaliable is not a known key.\n.*\n.*did you mean 'highly_available'\?"),
        ({"namespace": None}, "namespace is missing"),
    ],
)
def test_arguments_that_would_not_work_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^CertificateManager 'cert-manager': {message}"):
        cert_manager(**change)
