"""The parts of a stack file that say what workloads stand on: nodes, the gateway, certificates and charts."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from web_platform import Fault, HelmReadinessArgs
from web_platform.charts import unversioned_fault

from settings import problems
from settings.consumers import Plugins
from settings.fields import (
    ChartVersion,
    Cpu,
    MachineType,
    Memory,
    Mirror,
    NamespaceName,
    ReleaseName,
    Replicas,
    Section,
    Until,
)


class ClusterSettings(Section):
    """The nodes that everything runs on."""

    nodes: Annotated[int, Field(ge=1, le=100)]
    """How many nodes there are. They are identical."""

    machine_type: MachineType
    """Size of each node, as Google Compute Engine names it."""


class ChartSettings(Section):
    """Where Helm charts come from."""

    source: Literal["upstream", "mirror", "standin"] | None = None
    """`upstream`: their publishers. `mirror`: our own registry. `standin`: a directory of stand-ins, for clusters
    whose nodes run no containers. Default: stand-ins where the environment names their directory, else the mirror
    where there is one, else upstream."""

    mirror: Mirror | None = None
    """OCI registry that holds a copy of each chart."""

    @model_validator(mode="after")
    def _mirror_is_named(self) -> Self:
        if self.source == "mirror" and self.mirror is None:
            raise problems.refused(
                Fault(
                    what="has the source 'mirror', but names no mirror",
                    danger="no chart could be found",
                    remedy="add `mirror:` with the registry that holds the charts, or set `source: upstream`",
                )
            )
        return self


class GatewaySettings(Section):
    """Kong, through which requests from outside reach services."""

    replicas: Replicas = 2
    """Proxies that serve requests; with `maximumReplicas`, the fewest of them."""

    maximum_replicas: Replicas | None = None
    """Most proxies that an autoscaler may make when they are busy. Default: none, there are always `replicas`."""

    cpu: Cpu = "200m"
    """CPU that each proxy is sure to get."""

    memory: Memory = "512Mi"
    """Memory of each proxy."""

    maximum_request_megabytes: int = 8
    """Size of the largest body that a request may have."""

    request_timeout_seconds: int = 60
    """How long a client may send or read nothing in the middle of a request."""

    gateway_api: bool = False
    """Whether services have routes of the Gateway API instead of Ingresses."""

    trusted_proxies: list[str] = []
    """Ranges of addresses of proxies before the gateway, whose word for a client's address is taken."""

    plugins: Plugins = {}
    """What Kong does with every request, beside its number, its place in the counts and its security headers: plugins
    by Kong's names."""


class CertificateSettings(Section):
    """cert-manager, which certifies every public host."""

    highly_available: bool = True
    """Whether it outlives the loss of a node."""

    authority: Literal["selfSigned", "privateCa", "letsEncryptStaging", "letsEncrypt"] = "selfSigned"
    """Who signs: each certificate itself, an authority of the cluster's own, or Let's Encrypt, of which the staging one
    is for drills. docs/certificates.md says which is for what."""

    email: str | None = None
    """Address of whoever answers for the certificates. Required with Let's Encrypt."""


class ReadinessSettings(Section):
    """An object of a chart, and what must hold of it before the add-on counts as ready."""

    api_version: Annotated[str, Field(min_length=1)]
    """API version of the object."""

    kind: Annotated[str, Field(min_length=1)]
    """Kind of the object."""

    name: Annotated[str, Field(min_length=1)]
    """Name of the object."""

    cluster_scoped: bool = False
    """Whether the object is in no namespace."""

    until: Until
    """What must hold: `condition=Ready`, or `jsonpath={.status.health}=green`."""


class AddonSettings(Section):
    """Any Helm chart."""

    enabled: bool = True
    """Whether it is installed. What stands here is checked either way."""

    chart: Annotated[str, Field(min_length=1)]
    """Name of the chart in its repository, or an `oci://` reference or a path."""

    repository: str | None = None
    """Repository that publishes the chart."""

    version: ChartVersion | None = None
    """Exact version. Required unless the chart is a path."""

    namespace: NamespaceName | None = None
    """Namespace that it is installed into; add-ons alone may share one. Default: the add-on's name."""

    pod_security: Literal["restricted", "baseline", "privileged"] = "baseline"
    """Pod Security Standard of that namespace. Default: baseline, which most charts meet."""

    depends_on: list[ReleaseName] = []
    """Other add-ons that are ready before this one is installed, and removed after it."""

    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 300
    """How long it may take to become ready."""

    ready_when: dict[ReleaseName, ReadinessSettings] = {}
    """Objects of the chart that are waited for beside what Helm waits for, by a name of one's own."""

    skip_crds: bool = False
    """Whether the chart's `crds/` are left out, because somebody else installs them."""

    value_files: list[str] = []
    """Files of values, from the directory of the program, each laid over the one before."""

    values: dict[str, Any] = {}
    """Values of the chart, over those of the files. Any of them may be encrypted."""

    @model_validator(mode="after")
    def _version_is_named(self) -> Self:
        fault = unversioned_fault(self.chart, self.repository, self.version)
        if fault is not None:
            raise problems.refused(fault)
        return self

    def readiness(self) -> dict[str, HelmReadinessArgs]:
        """What it is ready by, as the component takes it."""
        return {
            key: {
                "api_version": each.api_version,
                "kind": each.kind,
                "name": each.name,
                "cluster_scoped": each.cluster_scoped,
                "until": each.until,
            }
            for key, each in self.ready_when.items()
        }

    def namespace_of(self, name: str) -> str:
        """The namespace of the add-on, which has this name in the stack file."""
        return self.namespace or name
