"""Certificates: cert-manager and an issuer.

Owns cert-manager's release with its CRDs, and one issuer for the whole cluster that signs with the certificate's own
key: enough for TLS everywhere, though browsers ask before they trust it. Does not own the certificates themselves
(see `WebService`), nor the namespace.
"""

from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from web_platform import versions
from web_platform.chart_values import disruption_budget, merge_values
from web_platform.charts import ChartSourceArgs
from web_platform.errors import check_keys
from web_platform.helm_addon import HelmAddon
from web_platform.pods import resources


class CertificateManagerArgs(TypedDict):
    """Arguments of `CertificateManager`."""

    namespace: Input[str]
    """Namespace that cert-manager lives in. It must exist; the restricted Pod Security Standard fits."""

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

    def __init__(self, name: str, args: CertificateManagerArgs, opts: ResourceOptions | None = None) -> None:
        check_keys(f"CertificateManager {name!r}", args, CertificateManagerArgs)

        super().__init__("web-platform:index:CertificateManager", name, None, opts)
        addon = HelmAddon(
            name,
            {
                "chart": "cert-manager",
                "repository": "oci://quay.io/jetstack/charts",
                "version": versions.CERT_MANAGER_CHART,
                "namespace": args["namespace"],
                "values": Output.from_input(args["namespace"]).apply(
                    lambda namespace: merge_values(
                        cert_manager_values(namespace, args.get("highly_available", True)), args.get("values", {})
                    )
                ),
                "timeout_seconds": args.get("timeout_seconds", 300),
                "chart_source": args.get("chart_source", {}),
            },
            ResourceOptions(parent=self),
        )
        issuer_name = f"{name}-self-signed"
        issuer = kubernetes.apiextensions.CustomResource(
            issuer_name,
            api_version="cert-manager.io/v1",
            kind="ClusterIssuer",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=issuer_name),
            spec={"selfSigned": {}},
            # The kind exists once the release does, and Helm returns only when cert-manager's own check has passed.
            opts=ResourceOptions(parent=self, depends_on=[addon]),
        )
        # From the URN, so that what names the issuer is created after it, and the name is known in previews.
        self.issuer = issuer.urn.apply(lambda _: issuer_name)
        self.register_outputs({"issuer": self.issuer})


def cert_manager_values(namespace: str, highly_available: bool) -> dict[str, Any]:
    """Values of the chart `cert-manager`."""
    controllers, webhooks, injectors = (2, 3, 2) if highly_available else (1, 1, 1)
    return {
        # The chart leaves its CRDs out by default, and keeps them on uninstall: deleting them would delete every
        # certificate in the cluster.
        "crds": {"enabled": True, "keep": True},
        # By default leaders are elected in kube-system, which a managed cluster may not let anyone write to.
        "global": {"leaderElection": {"namespace": namespace}},
        "replicaCount": controllers,
        "podDisruptionBudget": disruption_budget(controllers),
        "resources": resources("20m", "128Mi"),
        "webhook": {
            "replicaCount": webhooks,
            "podDisruptionBudget": disruption_budget(webhooks),
            "resources": resources("20m", "64Mi"),
        },
        "cainjector": {
            "replicaCount": injectors,
            "podDisruptionBudget": disruption_budget(injectors),
            "resources": resources("20m", "128Mi"),
        },
        "startupapicheck": {"resources": resources("20m", "64Mi")},
    }
