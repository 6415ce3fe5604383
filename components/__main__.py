"""Serves the components as a Pulumi package, so that programs in any language can use them.

`pulumi package add` and `pulumi package get-schema` run this file; Python programs import `web_platform` instead.
"""

import web_platform
from pulumi.provider.experimental import component_provider_host
from pulumi.provider.experimental.analyzer import Analyzer
from web_platform.service import WebRouteArgs
from web_platform.workloads.arguments import WorkloadArgs
from web_platform.workloads.jobs import JobLimitArgs
from web_platform.workloads.scaling import AutoscalingArgs

# Arguments that several components share, and whose descriptions stand where they are defined.
_SHARED = (WorkloadArgs, WebRouteArgs, AutoscalingArgs, JobLimitArgs)

_own_docstring = Analyzer.get_docstring


def _docstring(self: Analyzer, typ: type, name: str) -> str | None:
    """The description of an argument. Pulumi looks for it in the class itself, and not in those that it inherits."""
    sources = (typ, *(shared for shared in _SHARED if name in shared.__annotations__))
    return next((found for source in sources if (found := _own_docstring(self, source, name))), None)


Analyzer.get_docstring = _docstring  # type: ignore[method-assign]

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
        ],
        name="web-platform",
    )
