"""A public service with all that it needs, as of before there were workloads of other kinds.

Its network policy said only where it connects to then, and was called after that.
"""

import pulumi
from web_platform import CertificateManager, ChartSourceArgs, Gateway, KongConsumer, Namespace, WebService

charts: ChartSourceArgs = {"directory": pulumi.Config().require("charts")}
kong = Namespace("kong", {}).namespace
gateway = Gateway("kong", {"namespace": kong, "chart_source": charts})
certificates = CertificateManager(
    "cert-manager", {"namespace": Namespace("cert-manager", {}).namespace, "chart_source": charts}
)
shop = Namespace("shop", {}).namespace
KongConsumer("partner", {"namespace": shop, "ingress_class": gateway.ingress_class, "key_auth": {}})
WebService(
    "storefront",
    {
        "image": "ghcr.io/stefanprodan/podinfo:6.14.1",
        "namespace": shop,
        "port": 9898,
        "environment": {"LOG_LEVEL": "info"},
        "secret_environment": {"API_KEY": "s3cret"},
        "network_paths": [{"cidr": "10.0.0.0/16", "port": 5432}],
        "public_host": "shop.example.com",
        "gateway_namespace": kong,
        "ingress_class": gateway.ingress_class,
        "issuer": certificates.issuer,
        "plugins": {"cors": {"origins": ["https://shop.example.com"]}},
    },
)
