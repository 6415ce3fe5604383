"""The parts of a stack file that say what runs in the cluster, and on what."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from web_platform import Fault
from web_platform.charts import unversioned_fault

from settings import problems
from settings.fields import (
    ChartVersion,
    Cpu,
    EnvironmentName,
    Host,
    Image,
    MachineType,
    Memory,
    Mirror,
    NamespaceName,
    Port,
    ProbePath,
    Replicas,
    ResourceName,
    Role,
    Section,
    UrlPath,
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
    """Proxies that serve requests."""

    cpu: Cpu = "200m"
    """CPU that each proxy is sure to get."""

    memory: Memory = "512Mi"
    """Memory of each proxy."""


class CertificateSettings(Section):
    """cert-manager, which certifies every public host."""

    highly_available: bool = True
    """Whether it outlives the loss of a node."""


class ServiceSettings(Section):
    """A web service."""

    image: Image
    """Image with a tag or digest."""

    host: Host | None = None
    """Public host. Default: the service's name under `domain`."""

    path: UrlPath = "/"
    """Path under the host below which requests come to this service."""

    port: Port = 8080
    """Port that the container listens on."""

    replicas: Replicas = 1
    """Pods that serve requests."""

    environment: dict[EnvironmentName, str] = {}
    """Environment variables."""

    cpu: Cpu = "100m"
    """CPU that each pod is sure to get."""

    memory: Memory = "128Mi"
    """Memory of each pod."""

    liveness_path: ProbePath = "/healthz"
    """Path that answers while the process works."""

    readiness_path: ProbePath = "/readyz"
    """Path that answers while requests can be served."""

    database: bool = False
    """Whether it has a database of its own, named after it, on the stack's PostgreSQL."""

    publishes: list[ResourceName] = []
    """Topics that it publishes to."""

    subscribes: list[ResourceName] = []
    """Topics of which it gets every message, through a subscription of its own."""

    datasets: list[ResourceName] = []
    """Datasets that it reads and writes."""

    buckets: list[ResourceName] = []
    """Buckets that it reads and writes."""

    roles: list[Role] = []
    """Further roles in the Google Cloud project, for what the lists above do not say."""

    def needs_identity(self) -> bool:
        """Whether it asks for anything that Google Cloud gives to an identity only: all but a database."""
        return bool(self.publishes or self.subscribes or self.datasets or self.buckets or self.roles)

    def host_of(self, name: str, domain: str) -> str:
        """The public host of the service, which has this name in the stack file."""
        return self.host or f"{name}.{domain}"


class AddonSettings(Section):
    """Any Helm chart."""

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

    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 300
    """How long it may take to become ready."""

    values: dict[str, Any] = {}
    """Values of the chart."""

    @model_validator(mode="after")
    def _version_is_named(self) -> Self:
        fault = unversioned_fault(self.chart, self.repository, self.version)
        if fault is not None:
            raise problems.refused(fault)
        return self

    def namespace_of(self, name: str) -> str:
        """The namespace of the add-on, which has this name in the stack file."""
        return self.namespace or name


def database_name(service: str) -> str:
    """The database of a service, and its user: SQL would have hyphens quoted everywhere."""
    return service.replace("-", "_")
