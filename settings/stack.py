"""All of a stack file: the sections, and the questions that take more than one of them to answer."""

from graphlib import TopologicalSorter
from typing import Annotated, Literal

from pydantic import BeforeValidator
from web_platform import CertificateAuthority, NamespaceSizeArgs, NetworkPeerArgs, PodSecurity
from web_platform.issuers import is_wildcard
from web_platform.route import example_host

from settings import admission, capacity
from settings.cloud import BucketSettings, DatabaseSettings, DatasetSettings, GoogleSettings, TopicSettings
from settings.consumers import ConsumerSettings
from settings.fields import ConsumerName, Host, ReleaseName, ResourceName, Section, ServiceName
from settings.sections import (
    AddonSettings,
    CertificateSettings,
    ChartSettings,
    ClusterSettings,
    GatewaySettings,
)
from settings.workloads import (
    JobSettings,
    Needs,
    NodeAgentSettings,
    ScheduledJobSettings,
    ServiceSettings,
    TenantSettings,
    WorkerSettings,
    WorkloadSettings,
)

# Where workloads are, but for agents and those of tenants: these have namespaces of their own.
SERVICES_NAMESPACE = "services"


class Settings(Section):
    """Everything that a stack file may say."""

    platform: Literal["local", "google"]
    """`google`: everything is on Google Cloud. `local`: on the cluster that the kubeconfig names, with stand-ins for
    what Google Cloud would give."""

    # Pulumi.yaml cannot declare a key without a default that may be left out; it gives an empty section.
    google: Annotated[GoogleSettings | None, BeforeValidator(lambda given: given or None)] = None
    """Where on Google Cloud the stack is. Required with the platform `google`."""

    protected: bool = True
    """Whether cluster, database, topics and tables refuse to be deleted, and buckets that hold files."""

    domain: Host
    """Domain under which services have their hosts."""

    other_domains: list[Host] = []
    """Further domains in which services may have hosts. Somebody else keeps their DNS and lets it lead to the
    gateway."""

    cluster: ClusterSettings
    """The nodes that everything runs on."""

    charts: ChartSettings = ChartSettings()
    """Where Helm charts come from."""

    gateway: GatewaySettings = GatewaySettings()
    """Kong, through which requests from outside reach services."""

    certificates: CertificateSettings = CertificateSettings()
    """cert-manager, which certifies every public host."""

    database: DatabaseSettings = DatabaseSettings()
    """PostgreSQL, of which each service that asks for it has a database."""

    topics: dict[ResourceName, TopicSettings] = {}
    """Pub/Sub topics by name."""

    datasets: dict[ResourceName, DatasetSettings] = {}
    """BigQuery datasets by name."""

    buckets: dict[ResourceName, BucketSettings] = {}
    """Cloud Storage buckets by name."""

    consumers: dict[ConsumerName, ConsumerSettings] = {}
    """Who calls services through the gateway and is known there, by name."""

    services: dict[ServiceName, ServiceSettings] = {}
    """Web services by name. What services.yaml says of one is said here only where it differs."""

    workers: dict[ServiceName, WorkerSettings] = {}
    """Workers by name: pods without a port, which do work by themselves."""

    scheduled_jobs: dict[ServiceName, ScheduledJobSettings] = {}
    """Jobs that run by the clock, by name."""

    jobs: dict[ServiceName, JobSettings] = {}
    """Jobs that run once for what they are made of, by name."""

    node_agents: dict[ServiceName, NodeAgentSettings] = {}
    """Agents by name: a pod on each node, in a namespace of that name."""

    tenants: dict[ServiceName, TenantSettings] = {}
    """Teams that deploy from stacks of their own, by the name of the namespace that each has."""

    addons: dict[ReleaseName, AddonSettings] = {}
    """Helm charts by the name of their release."""

    def public_services(self) -> list[str]:
        """The services that are reached from outside."""
        return sorted(name for name, service in self.services.items() if service.public)

    def host(self, service: str) -> str:
        """The public host of a service that has one."""
        return self.services[service].host_of(service, self.domain)

    def certifier(self, service: str) -> str:
        """The service that asks for the certificate of a service's host: the first of those that are public on it."""
        return next((name for name in self.public_services() if self.host(name) == self.host(service)), service)

    def example_host(self, service: str) -> str:
        """A host that leads to a service: its own, or of a wildcard one of many."""
        return example_host(self.host(service))

    def hosts(self) -> list[str]:
        """Every public host, once, those of tenants included."""
        of_tenants = {host for tenant in self.tenants.values() for host in tenant.hosts}
        return sorted({self.host(name) for name in self.public_services()} | of_tenants)

    def certifies_wildcards(self) -> bool:
        """Whether somebody has to see in DNS that hosts are ours, which for wildcards is the only way."""
        is_acme = CertificateAuthority(self.certificates.authority).is_acme
        return is_acme and any(is_wildcard(host) for host in self.hosts())

    def groups(self) -> dict[str, list[str]]:
        """Every group of consumers with its members; each consumer is one of its own name."""
        return admission.groups(self.consumers)

    def workloads(self) -> dict[str, WorkloadSettings]:
        """Every workload of the stack, whatever its kind. No two of them have one name."""
        return {**self.services, **self.workers, **self.scheduled_jobs, **self.jobs, **self.node_agents}

    def databases(self) -> list[str]:
        """Who has a database."""
        return sorted(name for name, needs in self._needing().items() if needs.database)

    def archives(self) -> bool:
        """Whether messages of any topic are kept in BigQuery."""
        return any(topic.archived for topic in self.topics.values())

    def subscribers(self, topic: str) -> list[str]:
        """Who has a subscription to a topic."""
        return sorted(name for name, needs in self._needing().items() if topic in needs.subscribes)

    def callers(self, service: str) -> list[NetworkPeerArgs]:
        """Who connects to a service of this stack, beside the gateway."""
        calling = [name for name, workload in sorted(self.workloads().items()) if service in workload.calls]
        tenants: list[NetworkPeerArgs] = [{"namespace": tenant} for tenant in self.services[service].admits]
        workloads: list[NetworkPeerArgs] = [{"namespace": self.namespace(name), "workload": name} for name in calling]
        return workloads + tenants

    def namespace(self, workload: str) -> str:
        """The namespace that a workload is in."""
        return workload if workload in self.node_agents else SERVICES_NAMESPACE

    def namespaces(self) -> list[str]:
        """The namespaces of all who may ask the platform for something."""
        return [SERVICES_NAMESPACE, *sorted(self.node_agents), *sorted(self.tenants)]

    def agent_security(self, agent: str) -> PodSecurity:
        """The Pod Security Standard of an agent's namespace: only one that looks at its node needs more than others."""
        return PodSecurity.PRIVILEGED if self.node_agents[agent].node_folders else PodSecurity.RESTRICTED

    def services_quota(self) -> NamespaceSizeArgs:
        """Most that the services may reserve together: what all nodes have."""
        regional = self.google is not None and self.google.regional
        return capacity.nodes_size(self.cluster, capacity.number_of_nodes(self.cluster, regional=regional))

    def tenant_quota(self, tenant: str) -> NamespaceSizeArgs:
        """Most that a tenant may reserve."""
        quota = self.tenants[tenant].quota
        return capacity.node_size(self.cluster) if quota is None else {"cpu": quota.cpu, "memory": quota.memory}

    def largest_memory(self) -> str:
        """Most memory that a container can have: what one node has."""
        return capacity.node_size(self.cluster)["memory"]

    def _needing(self) -> dict[str, Needs]:
        return {**self.workloads(), **self.tenants}

    def addon_namespace(self, addon: str) -> str:
        """The namespace of an add-on."""
        return self.addons[addon].namespace_of(addon)

    def enabled_addons(self) -> dict[str, AddonSettings]:
        """The add-ons that are installed, each behind those that it depends on."""
        enabled = {name: addon for name, addon in sorted(self.addons.items()) if addon.enabled}
        order = TopologicalSorter({name: addon.depends_on for name, addon in enabled.items()}).static_order()
        return {name: enabled[name] for name in order}

    def addon_namespaces(self) -> dict[str, PodSecurity]:
        """The namespaces of all add-ons that are installed, each with the Pod Security Standard of those in it."""
        addons = self.enabled_addons()
        return {self.addon_namespace(name): PodSecurity(addon.pod_security) for name, addon in addons.items()}
