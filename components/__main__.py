"""Serves the components as a Pulumi package, so that programs in any language can use them.

`pulumi package add` and `pulumi package get-schema` run this file; Python programs import `web_platform` instead.
"""

import sys

import web_platform
from pulumi.provider import main
from web_platform.package.provider import Package

COMPONENTS = (
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
    web_platform.NodeAgent,
    web_platform.OneOffJob,
    web_platform.Registry,
    web_platform.ScheduledJob,
    web_platform.StandIns,
    web_platform.Tenant,
    web_platform.Topic,
    web_platform.WebService,
    web_platform.Worker,
    web_platform.WorkloadIdentity,
)

if __name__ == "__main__":
    main(Package(COMPONENTS), sys.argv[1:])
