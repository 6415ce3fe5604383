"""Certificates: cert-manager, and who certifies hosts.

Owns cert-manager's release with its CRDs, and the cluster-wide issuers of one authority (see `issuers.py`): by default
each certificate signs itself, enough for TLS everywhere, though browsers ask before they trust it. Of a private
authority it owns the root too, whose key never leaves the cluster. Does not own the certificates of hosts (see
`WebService`), the rights to answer challenges in Cloud DNS (see `DnsSolver`), who is told to trust a private authority,
nor the namespace.
"""

from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from web_platform import versions
from web_platform.chart_values import disruption_budget, merge_values
from web_platform.charts import ChartSourceArgs
from web_platform.component_arguments import checked_component
from web_platform.errors import refuse
from web_platform.helm_addon import DEFAULT_TIMEOUT_SECONDS, HelmAddon, timeout_fault
from web_platform.issuers import (
    SELF_SIGNED_SPEC,
    CertificateAuthority,
    CertificateIssuerArgs,
    dns01_spec,
    http01_spec,
    is_wildcard,
    private_ca_spec,
    resolved_issuer,
    root_certificate_spec,
    wildcard_fault,
)
from web_platform.order import after
from web_platform.pods import resources, spread
from web_platform.syntax import release_name_fault

_SUFFIXES = {
    CertificateAuthority.SELF_SIGNED: "self-signed",
    CertificateAuthority.PRIVATE_CA: "private-ca",
    CertificateAuthority.LETS_ENCRYPT_STAGING: "lets-encrypt-staging",
    CertificateAuthority.LETS_ENCRYPT: "lets-encrypt",
}


class CertificateManagerArgs(TypedDict):
    """Arguments of `CertificateManager`."""

    namespace: Input[str]
    """Namespace that cert-manager lives in. It must exist; the restricted Pod Security Standard fits."""

    issuer: NotRequired[CertificateIssuerArgs]
    """Who certifies hosts, such as `{"authority": CertificateAuthority.LETS_ENCRYPT, "email": "platform@acme.com"}`.
    Default: each certificate signs itself."""

    highly_available: NotRequired[bool]
    """Whether cert-manager outlives the loss of a node: two controllers, three webhooks and two injectors instead of
    one of each. Default: true, because without the webhook no certificate can be changed."""

    chart_source: NotRequired[ChartSourceArgs]
    """Where charts come from instead of their publishers. Default: their publishers."""

    timeout_seconds: NotRequired[int]
    """How long cert-manager may take until its API answers. Default: 300."""

    values: NotRequired[dict[str, Any]]
    """Values of the chart `cert-manager` that go before the component's own. Default: none."""


class CertificateManager(pulumi.ComponentResource):
    """cert-manager, and an issuer that certificates can name."""

    issuer: Output[str]
    """Name of the ClusterIssuer. What uses it is created after cert-manager is ready."""

    wildcard_issuer: Output[str] | None
    """Name of the ClusterIssuer that certifies wildcards too. Absent where none does."""

    service_account: Output[str]
    """ServiceAccount that cert-manager's controller runs as: what is granted to it, cert-manager may do. Known before
    cert-manager is there, so that its rights can be."""

    def __init__(self, name: str, args: CertificateManagerArgs, opts: ResourceOptions | None = None) -> None:
        component = check_certificate_manager(name, args)
        values = merge_values(
            cert_manager_values(name, args["namespace"], args.get("highly_available", True)), args.get("values", {})
        )

        super().__init__("web-platform:index:CertificateManager", name, None, opts)
        self._component = component
        self._wanted = resolved_issuer(component, args.get("issuer", {}), "issuer.")
        addon = HelmAddon(
            name,
            {
                "chart": "cert-manager",
                "repository": "oci://quay.io/jetstack/charts",
                "version": versions.CERT_MANAGER_CHART,
                "namespace": args["namespace"],
                "values": values,
                "timeout_seconds": args.get("timeout_seconds", DEFAULT_TIMEOUT_SECONDS),
                "chart_source": args.get("chart_source", {}),
            },
            ResourceOptions(parent=self),
        )
        self.issuer, self.wildcard_issuer = self._issuers(name, args["namespace"], addon)
        self.service_account = Output.from_input(values["serviceAccount"]["name"])
        self.register_outputs(
            {
                "issuer": self.issuer,
                "wildcardIssuer": self.wildcard_issuer,
                "serviceAccount": self.service_account,
            }
        )

    def issuer_for(self, host: str) -> Output[str]:
        """Name the ClusterIssuer that certifies a host, which may be a wildcard such as `*.example.com`.

        Raises:
            ArgumentError: The host is a wildcard, and none certifies those.
        """
        if not is_wildcard(host):
            return self.issuer
        fault = wildcard_fault(self._wanted.authority, dns01=self._wanted.dns_project is not None)
        refuse(self._component, f"host {host!r}", fault)
        return self.issuer if self.wildcard_issuer is None else self.wildcard_issuer

    def _issuers(self, name: str, namespace: Input[str], addon: HelmAddon) -> tuple[Output[str], Output[str] | None]:
        """Declare what certifies hosts. Name the issuer of most, and the one of wildcards."""
        wanted = self._wanted
        issuer_name = f"{name}-{_SUFFIXES[wanted.authority]}"
        if wanted.authority is CertificateAuthority.SELF_SIGNED:
            issuer = self._issuer(issuer_name, SELF_SIGNED_SPEC, addon)
            return issuer, issuer
        if wanted.authority is CertificateAuthority.PRIVATE_CA:
            issuer = self._issuer(issuer_name, private_ca_spec(self._root(name, namespace, addon)), addon)
            return issuer, issuer
        # Accounts of their own: two issuers that made one key at the same time would get into each other's way.
        account = f"{issuer_name}-account"
        spec = http01_spec(wanted.authority, wanted.email, account, wanted.ingress_class)
        issuer = self._issuer(issuer_name, spec, addon)
        if wanted.dns_project is None:
            return issuer, None
        wildcard_name = f"{issuer_name}-dns01"
        spec = dns01_spec(wanted.authority, wanted.email, f"{wildcard_name}-account", wanted.dns_project)
        return issuer, self._issuer(wildcard_name, spec, addon)

    def _root(self, name: str, namespace: Input[str], addon: HelmAddon) -> Output[str]:
        """Declare the root of a private authority, and name the Secret that holds its key."""
        root_name = f"{name}-root"
        root = kubernetes.apiextensions.CustomResource(
            root_name,
            api_version="cert-manager.io/v1",
            kind="Certificate",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=root_name, namespace=namespace),
            spec=root_certificate_spec(
                root_name, f"{name} root", self._issuer(f"{name}-self-signed", SELF_SIGNED_SPEC, addon)
            ),
            opts=ResourceOptions(parent=self),
        )
        return after(root_name, root.urn)

    def _issuer(self, name: str, spec: dict[str, Any], addon: HelmAddon) -> Output[str]:
        """Declare a ClusterIssuer, and say what it is called."""
        issuer = kubernetes.apiextensions.CustomResource(
            name,
            api_version="cert-manager.io/v1",
            kind="ClusterIssuer",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=name),
            spec=spec,
            # The kind exists once the release does, and Helm returns only when cert-manager's own check has passed.
            opts=ResourceOptions(parent=self, depends_on=[addon]),
        )
        return after(name, issuer.urn)


def cert_manager_values(release: str, namespace: Input[str], highly_available: bool) -> dict[str, Any]:
    """Values of the chart `cert-manager`."""
    controllers, webhooks, injectors = (2, 3, 2) if highly_available else (1, 1, 1)
    return {
        # The chart leaves its CRDs out by default, and keeps them on uninstall: deleting them would delete every
        # certificate in the cluster.
        "crds": {"enabled": True, "keep": True},
        # By default leaders are elected in kube-system, which a managed cluster may not let anyone write to.
        "global": {"leaderElection": {"namespace": namespace}},
        # Said explicitly, because rights on Google Cloud are granted to it by its name.
        "serviceAccount": {"name": release},
        # Secrets outlive their Certificates: one that was deleted by mistake and comes back finds its key and its
        # certificate again, and asks nobody for a new one.
        "enableCertificateOwnerRef": False,
        # When each certificate expires, at port 9402 of each controller: see docs/certificates.md.
        "prometheus": {"enabled": True},
        "replicaCount": controllers,
        "podDisruptionBudget": disruption_budget(controllers),
        "topologySpreadConstraints": _spread(release, "controller"),
        "resources": resources("20m", "128Mi"),
        "webhook": {
            "replicaCount": webhooks,
            "podDisruptionBudget": disruption_budget(webhooks),
            "topologySpreadConstraints": _spread(release, "webhook"),
            "resources": resources("20m", "64Mi"),
        },
        "cainjector": {
            "replicaCount": injectors,
            "podDisruptionBudget": disruption_budget(injectors),
            "topologySpreadConstraints": _spread(release, "cainjector"),
            "resources": resources("20m", "128Mi"),
        },
        "startupapicheck": {"resources": resources("20m", "64Mi")},
    }


def _spread(release: str, part: str) -> list[dict[str, Any]]:
    return spread({"app.kubernetes.io/instance": release, "app.kubernetes.io/component": part})


def check_certificate_manager(name: str, args: CertificateManagerArgs) -> str:
    """Refuse arguments of which no certificate manager can be made, before anything is, or say how errors call it."""
    component = checked_component("CertificateManager", name, args, CertificateManagerArgs)
    refuse(component, "name", release_name_fault(name))
    refuse(component, "timeout_seconds", timeout_fault(int(args.get("timeout_seconds", DEFAULT_TIMEOUT_SECONDS))))
    resolved_issuer(component, args.get("issuer", {}), "issuer.")
    return component
