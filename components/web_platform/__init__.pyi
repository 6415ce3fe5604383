from .bucket import Bucket, BucketArgs
from .certificates import CertificateManager, CertificateManagerArgs
from .charts import ChartSourceArgs
from .cluster import Cluster, ClusterArgs
from .database import Database, DatabaseArgs
from .dataset import BigQueryColumnArgs, BigQueryTableArgs, Dataset, DatasetArgs
from .dns import DnsZone, DnsZoneArgs
from .egress import NetworkPathArgs
from .enabled_apis import EnabledApis, EnabledApisArgs
from .errors import ArgumentError, Fault
from .gateway import Gateway, GatewayArgs
from .helm_addon import HelmAddon, HelmAddonArgs
from .namespace import Namespace, NamespaceArgs, PodSecurity
from .network import Network, NetworkArgs
from .node_pools import GkeNodePoolArgs, GkeTaintArgs
from .registry import Registry, RegistryArgs
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
    "CertificateManager",
    "CertificateManagerArgs",
    "ChartSourceArgs",
    "Cluster",
    "ClusterArgs",
    "Database",
    "DatabaseArgs",
    "Dataset",
    "DatasetArgs",
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
]
