"""The components that the package has: all that `web_platform` exports."""

import web_platform

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
