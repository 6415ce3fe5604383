"""Serves the components as a Pulumi package, so that programs in any language can use them.

`pulumi package add` and `pulumi package get-schema` run this file; Python programs import `web_platform` instead.
"""

from pulumi.provider.experimental import component_provider_host
from web_platform import (
    Bucket,
    CertificateManager,
    Cluster,
    Database,
    Dataset,
    DnsZone,
    EnabledApis,
    Gateway,
    HelmAddon,
    Namespace,
    Network,
    Registry,
    StandIns,
    Topic,
    WebService,
    WorkloadIdentity,
)

if __name__ == "__main__":
    component_provider_host(
        components=[
            Bucket,
            CertificateManager,
            Cluster,
            Database,
            Dataset,
            DnsZone,
            EnabledApis,
            Gateway,
            HelmAddon,
            Namespace,
            Network,
            Registry,
            StandIns,
            Topic,
            WebService,
            WorkloadIdentity,
        ],
        name="web-platform",
    )
