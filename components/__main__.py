"""Serves the components as a Pulumi package, so that programs in any language can use them.

`pulumi package add` and `pulumi package get-schema` run this file; Python programs import `web_platform` instead.
"""

import web_platform
from pulumi.provider.experimental import component_provider_host

if __name__ == "__main__":
    component_provider_host(
        components=[
            web_platform.Bucket,
            web_platform.CertificateManager,
            web_platform.Cluster,
            web_platform.Database,
            web_platform.Dataset,
            web_platform.DnsSolver,
            web_platform.DnsZone,
            web_platform.EnabledApis,
            web_platform.Gateway,
            web_platform.HelmAddon,
            web_platform.KongConsumer,
            web_platform.KongPlugin,
            web_platform.Namespace,
            web_platform.Network,
            web_platform.Registry,
            web_platform.StandIns,
            web_platform.Topic,
            web_platform.WebService,
            web_platform.WorkloadIdentity,
        ],
        name="web-platform",
    )
