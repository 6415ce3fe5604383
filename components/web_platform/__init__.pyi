from .bucket import Bucket, BucketArgs
from .certificates import CertificateManager, CertificateManagerArgs
from .charts import ChartSourceArgs
from .cluster import Cluster, ClusterArgs
from .consumer import KongConsumer, KongConsumerArgs, KongCredentialArgs, KongJwtCredentialArgs
from .database import Database, DatabaseArgs
from .dataset import BigQueryColumnArgs, BigQueryTableArgs, Dataset, DatasetArgs
from .dns import DnsZone, DnsZoneArgs
from .dns_solver import DnsSolver, DnsSolverArgs
from .egress import NetworkPathArgs
from .enabled_apis import EnabledApis, EnabledApisArgs
from .errors import ArgumentError, Fault
from .gateway import Gateway, GatewayArgs
from .helm_addon import HelmAddon, HelmAddonArgs, HelmReadinessArgs
from .issuers import CertificateAuthority, CertificateIssuerArgs, CloudDnsSolverArgs
from .kong_plugin import KongPlugin, KongPluginArgs, KongPluginScope
from .kong_plugins import KongPluginsArgs
from .namespace import Namespace, NamespaceArgs, PodSecurity
from .network import Network, NetworkArgs
from .node_pools import GkeNodePoolArgs, GkeTaintArgs
from .registry import Registry, RegistryArgs
from .relations import Dangling, dangling
from .service import WebService, WebServiceArgs
from .stand_ins import StandIns, StandInsArgs
from .topic import PubSubSchemaArgs, PubSubSubscriptionArgs, Topic, TopicArgs
from .workload_identity import WorkloadIdentity, WorkloadIdentityArgs

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
    "Namespace",
    "NamespaceArgs",
    "Network",
    "NetworkArgs",
    "NetworkPathArgs",
    "PodSecurity",
    "PubSubSchemaArgs",
    "PubSubSubscriptionArgs",
    "Registry",
    "RegistryArgs",
    "StandIns",
    "StandInsArgs",
    "Topic",
    "TopicArgs",
    "WebService",
    "WebServiceArgs",
    "WorkloadIdentity",
    "WorkloadIdentityArgs",
    "dangling",
]
