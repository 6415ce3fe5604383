"""The parts of a stack file, and of services.yaml, that say which workloads there are and what each needs."""

from typing import Annotated, Any, Literal

from pydantic import Field

from settings.consumers import Plugins
from settings.fields import (
    AccountEmail,
    ConsumerName,
    Cpu,
    DiskSize,
    EnvironmentName,
    FilePath,
    Image,
    Memory,
    NamespaceName,
    Port,
    ProbePath,
    PublicHost,
    Replicas,
    ResourceName,
    Role,
    Schedule,
    Secret,
    Section,
    ServiceName,
    TimeZone,
    UrlPath,
)

Percent = Annotated[int, Field(ge=1, le=1000)]
Seconds = Annotated[int, Field(ge=1, le=3600)]
JobSeconds = Annotated[int, Field(ge=1, le=24 * 60 * 60)]
Tries = Annotated[int, Field(ge=0, le=20)]


class Needs(Section):
    """What the platform gives to whoever asks for it, with rights to exactly that."""

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


class ContainerSettings(Section):
    """A container beside the main one, or before it."""

    image: Image | None = None
    """Image with a tag or digest. Default: the workload's own."""

    command: list[str] | None = None
    """Program in place of the image's entry point."""

    arguments: list[str] | None = None
    """Arguments of the program, in place of the image's."""

    environment: dict[EnvironmentName, str] = {}
    """Environment variables of this container alone."""

    shares_environment: bool = False
    """Whether it gets the workload's environment variables too, the secret ones included."""

    cpu: Cpu = "20m"
    """CPU that it is sure to get."""

    memory: Memory = "64Mi"
    """Memory of it."""


class WorkloadSettings(Needs):
    """What workloads of every kind have in common."""

    image: Image
    """Image with a tag or digest."""

    command: list[str] | None = None
    """Program in place of the image's entry point. `$(NAME)` stands for an environment variable."""

    arguments: list[str] | None = None
    """Arguments of the program, in place of the image's."""

    environment: dict[EnvironmentName, str] = {}
    """Environment variables."""

    secret_environment: dict[EnvironmentName, Secret] = {}
    """Environment variables that are secret. Each must be encrypted, as `pulumi config set --secret --path` does."""

    files: dict[FilePath, str] = {}
    """Files in the container, by their path."""

    secret_files: dict[FilePath, Secret] = {}
    """Files that are secret, by their path. Each must be encrypted."""

    scratch: dict[FilePath, DiskSize] = {}
    """Directories that it writes to beside `/tmp`, each with the most that it may hold."""

    calls: list[ServiceName] = []
    """Services of this stack that it calls. The variable `SERVICE_<NAME>` says where each is."""

    internet: bool = False
    """Whether its pods may open HTTPS connections to anywhere."""

    cpu: Cpu = "100m"
    """CPU that each pod is sure to get."""

    cpu_limit: Cpu | None = None
    """CPU that each pod gets at most. Default: what nobody else needs."""

    memory: Memory = "128Mi"
    """Memory that is reserved for each pod."""

    memory_limit: Memory | None = None
    """Memory at which a pod is killed. Default: `memory`."""

    user: Annotated[int, Field(ge=1, le=2**31 - 1)] = 65532
    """Number of the user that it runs as."""

    shutdown_seconds: Seconds = 25
    """How long it may take to end what it has begun, once it is told to stop."""

    sidecars: dict[str, ContainerSettings] = {}
    """Containers beside the main one, by name: started before it and stopped after it."""

    init_containers: dict[str, ContainerSettings] = {}
    """Containers that run to success before the main one starts, in the order of their names."""

    service_account_token: bool = False
    """Whether its pods get a token for the API server."""

    pod_spec: dict[str, Any] = {}
    """Anything else of the pod, in the words of Kubernetes, laid over the rest."""


class AutoscalingSettings(Section):
    """An autoscaler, which adds pods while any of its measures is above what is asked for."""

    maximum_replicas: Replicas
    """Most pods that there may be; `replicas` are the fewest."""

    cpu_percent: Percent | None = None
    """CPU that pods use on average, in percent of `cpu`. Default: 80 where nothing else is named."""

    memory_percent: Percent | None = None
    """Memory that pods use on average, in percent of `memory`."""


class ServiceAutoscalingSettings(AutoscalingSettings):
    """An autoscaler of a web service."""

    requests_per_second: Annotated[int, Field(ge=1)] | None = None
    """Requests that the gateway sends to each pod, on average."""


class WorkerAutoscalingSettings(AutoscalingSettings):
    """An autoscaler of a worker."""

    messages: Annotated[int, Field(ge=1)] | None = None
    """Messages that wait for each pod, in each topic that it subscribes to."""


class MigrationSettings(Section):
    """What runs to success before a new version does. Where it fails, the version before goes on serving."""

    command: list[str] | None = None
    """Program in place of the image's entry point."""

    arguments: list[str] | None = None
    """Arguments of the program. Required unless there is a `command`."""

    timeout_seconds: JobSeconds = 300
    """How long it may take."""

    retries: Tries = 0
    """How often it is tried again where it fails."""


class SourceMountSettings(Section):
    """A folder of sources that pods run instead of what their image holds, on a developer's machine."""

    folder: Annotated[str, Field(min_length=1)]
    """Folder in the project, such as `examples/hello`."""

    mount_path: FilePath
    """Where the container finds it."""

    command: list[str] | None = None
    """Program that runs it, such as one that starts again where a file changes."""

    arguments: list[str] | None = None
    """Arguments of the program."""


class ServiceSettings(WorkloadSettings):
    """A web service."""

    public: bool = True
    """Whether it is reached from outside. Otherwise those who call it reach it, and nobody else."""

    host: PublicHost | None = None
    """Public host, or `*.` and a domain for all hosts below it. Default: the service's name under `domain`."""

    path: UrlPath = "/"
    """Path under the host below which requests come to this service."""

    port: Port = 8080
    """Port that the container listens on."""

    replicas: Replicas = 1
    """Pods that serve requests; with `autoscaling`, the fewest of them."""

    autoscaling: ServiceAutoscalingSettings | None = None
    """Autoscaler, which adds pods under load."""

    liveness_path: ProbePath = "/healthz"
    """Path that answers while the process works."""

    readiness_path: ProbePath = "/readyz"
    """Path that answers while requests can be served."""

    startup_seconds: Seconds = 60
    """How long a pod may take to answer for the first time."""

    migration: MigrationSettings | None = None
    """What runs to success before a new version does."""

    source_mount: SourceMountSettings | None = None
    """Folder of sources that the pods run, for development."""

    admits: list[NamespaceName] = []
    """Tenants whose pods may call it, beside the services of this stack that do."""

    plugins: Plugins = {}
    """What the gateway does with requests from outside: Kong's plugins by Kong's names, such as `cors`, each with the
    fields that Kong documents. docs/plugins.md shows each."""

    consumers: list[ConsumerName] = []
    """Who is let in, where a plugin asks callers who they are: consumers, or groups of them."""

    def host_of(self, name: str, domain: str) -> str:
        """The public host of the service, which has this name in the stack file."""
        return self.host or f"{name}.{domain}"


class WorkerSettings(WorkloadSettings):
    """A worker: pods without a port, which do work by themselves."""

    replicas: Replicas = 1
    """Pods that work; with `autoscaling`, the fewest of them."""

    autoscaling: WorkerAutoscalingSettings | None = None
    """Autoscaler, which adds pods under load."""

    liveness_command: list[str] = []
    """Command that succeeds in the container while the process works."""

    source_mount: SourceMountSettings | None = None
    """Folder of sources that the pods run, for development."""


class JobSettings(WorkloadSettings):
    """A job that runs once for what it is made of."""

    timeout_seconds: JobSeconds = 600
    """How long it may take, all tries together."""

    retries: Tries = 2
    """How often it is tried again where it fails."""


class ScheduledJobSettings(JobSettings):
    """A job that runs by the clock."""

    schedule: Schedule
    """When it runs: a line of cron, or a word such as `@daily`."""

    time_zone: TimeZone = "Etc/UTC"
    """Time zone of the schedule, by IANA's name."""

    concurrency: Literal["Forbid", "Replace", "Allow"] = "Forbid"
    """What happens where the run before has not ended: the new one is left out, the one before is stopped, or both
    run."""

    start_within_seconds: Annotated[int, Field(ge=10, le=24 * 60 * 60)] = 300
    """How late a run may start before it is left out."""

    keep_succeeded: Annotated[int, Field(ge=0, le=100)] = 3
    """How many runs that succeeded are kept, with their logs."""

    keep_failed: Annotated[int, Field(ge=1, le=100)] = 3
    """How many runs that failed are kept, with their logs."""

    suspended: bool = False
    """Whether no run starts for now."""


class NodeAgentSettings(WorkloadSettings):
    """An agent: a pod on each node, in a namespace of its own."""

    node_folders: dict[FilePath, str] = {}
    """Folders of the node that it may read, by where its container finds them. With any, its namespace admits pods that
    can see the node."""

    on_every_node: bool = True
    """Whether it runs on nodes too that others are kept from by taints."""


WORKLOADS: dict[str, type[WorkloadSettings]] = {
    "services": ServiceSettings,
    "workers": WorkerSettings,
    "scheduledJobs": ScheduledJobSettings,
    "jobs": JobSettings,
    "nodeAgents": NodeAgentSettings,
}
"""The sections of workloads, by the key that each has in a stack file and in services.yaml."""


class QuotaSettings(Section):
    """Most that the pods of a namespace may reserve together."""

    cpu: Cpu
    """CPU of all of them."""

    memory: Memory
    """Memory of all of them."""


class TenantSettings(Needs):
    """A team that deploys into a namespace of its own, from a stack of its own."""

    quota: QuotaSettings | None = None
    """Most that its pods may reserve together. Default: what one node has."""

    hosts: list[PublicHost] = []
    """Public hosts of its services, which the stack's DNS leads to the gateway. Its deployers can use no others."""

    deployers: list[AccountEmail] = []
    """Google accounts that deploy its stack, by their e-mail addresses. They have rights in its namespace alone."""
