from .bucket import Bucket, BucketArgs
from .certificates import CertificateManager, CertificateManagerArgs
from .charts import ChartSourceArgs
from .cluster import Cluster, ClusterArgs
from .consumer import KongConsumer, KongConsumerArgs, KongCredentialArgs, KongJwtCredentialArgs
from .database import Database, DatabaseArgs
from .dataset import BigQueryColumnArgs, BigQueryTableArgs, Dataset, DatasetArgs
from .dns import DnsZone, DnsZoneArgs
from .dns_solver import DnsSolver, DnsSolverArgs
from .enabled_apis import EnabledApis, EnabledApisArgs
from .errors import ArgumentError, Fault
from .gateway import Gateway, GatewayArgs
from .helm_addon import HelmAddon, HelmAddonArgs, HelmReadinessArgs
from .issuers import CertificateAuthority, CertificateIssuerArgs, CloudDnsSolverArgs
from .kong_plugin import KongPlugin, KongPluginArgs, KongPluginScope
from .kong_plugins import KongPluginsArgs
from .namespace import Namespace, NamespaceArgs, NamespaceSizeArgs, PodSecurity
from .network import Network, NetworkArgs
from .node_agent import NodeAgent, NodeAgentArgs
from .node_pools import GkeNodePoolArgs, GkeTaintArgs
from .one_off_job import OneOffJob, OneOffJobArgs
from .registry import Registry, RegistryArgs
from .relations import Dangling, dangling
from .scheduled_job import ConcurrencyPolicy, ScheduledJob, ScheduledJobArgs
from .service import WebRouteArgs, WebService, WebServiceArgs
from .stand_ins.component import StandIns, StandInsArgs
from .stand_ins.pubsub import StandInTopicArgs
from .tenant import Tenant, TenantArgs
from .topic import PubSubSchemaArgs, PubSubSubscriptionArgs, Topic, TopicArgs
from .worker import Worker, WorkerArgs
from .workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from .workloads.arguments import EnvironmentFromArgs, WorkloadArgs
from .workloads.containers import ContainerArgs
from .workloads.migration import MigrationArgs
from .workloads.network import NetworkPathArgs, NetworkPeerArgs
from .workloads.scaling import WebAutoscalingArgs, WorkerAutoscalingArgs
from .workloads.source import SourceMountArgs

__all__ = [
    "ArgumentError",
    "BigQueryColumnArgs",
    "BigQueryTableArgs",
    "Bucket",
    "BucketArgs",
    "CertificateAuthority",
    "CertificateIssuerArgs",
    "CertificateManager",
    "CertificateManagerArgs",
    "ChartSourceArgs",
    "CloudDnsSolverArgs",
    "Cluster",
    "ClusterArgs",
    "ConcurrencyPolicy",
    "ContainerArgs",
    "Dangling",
    "Database",
    "DatabaseArgs",
    "Dataset",
    "DatasetArgs",
    "DnsSolver",
    "DnsSolverArgs",
    "DnsZone",
    "DnsZoneArgs",
    "EnabledApis",
    "EnabledApisArgs",
    "EnvironmentFromArgs",
    "Fault",
    "Gateway",
    "GatewayArgs",
    "GkeNodePoolArgs",
    "GkeTaintArgs",
    "HelmAddon",
    "HelmAddonArgs",
    "HelmReadinessArgs",
    "KongConsumer",
    "KongConsumerArgs",
    "KongCredentialArgs",
    "KongJwtCredentialArgs",
    "KongPlugin",
    "KongPluginArgs",
    "KongPluginScope",
    "KongPluginsArgs",
    "MigrationArgs",
    "Namespace",
    "NamespaceArgs",
    "NamespaceSizeArgs",
    "Network",
    "NetworkArgs",
    "NetworkPathArgs",
    "NetworkPeerArgs",
    "NodeAgent",
    "NodeAgentArgs",
    "OneOffJob",
    "OneOffJobArgs",
    "PodSecurity",
    "PubSubSchemaArgs",
    "PubSubSubscriptionArgs",
    "Registry",
    "RegistryArgs",
    "ScheduledJob",
    "ScheduledJobArgs",
    "SourceMountArgs",
    "StandInTopicArgs",
    "StandIns",
    "StandInsArgs",
    "Tenant",
    "TenantArgs",
    "Topic",
    "TopicArgs",
    "WebAutoscalingArgs",
    "WebRouteArgs",
    "WebService",
    "WebServiceArgs",
    "Worker",
    "WorkerArgs",
    "WorkerAutoscalingArgs",
    "WorkloadArgs",
    "WorkloadIdentity",
    "WorkloadIdentityArgs",
    "dangling",
]
