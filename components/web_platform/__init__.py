"""Components that make up a web platform on Google Cloud and Kubernetes.

Each component is a Pulumi `ComponentResource` with safe defaults; its arguments say what is wanted and leave the how
to the component. Components know nothing of stacks: two environments differ by the arguments they pass.
"""

from web_platform.bucket import Bucket, BucketArgs
from web_platform.certificates import CertificateManager, CertificateManagerArgs
from web_platform.charts import ChartSourceArgs
from web_platform.cluster import Cluster, ClusterArgs
from web_platform.database import Database, DatabaseArgs
from web_platform.dataset import BigQueryColumnArgs, BigQueryTableArgs, Dataset, DatasetArgs
from web_platform.dns import DnsZone, DnsZoneArgs
from web_platform.egress import NetworkPathArgs
from web_platform.enabled_apis import EnabledApis, EnabledApisArgs
from web_platform.errors import ArgumentError, Fault
from web_platform.gateway import Gateway, GatewayArgs
from web_platform.helm_addon import HelmAddon, HelmAddonArgs
from web_platform.namespace import Namespace, NamespaceArgs, PodSecurity
from web_platform.network import Network, NetworkArgs
from web_platform.node_pools import GkeNodePoolArgs, GkeTaintArgs
from web_platform.registry import Registry, RegistryArgs
from web_platform.service import WebService, WebServiceArgs
from web_platform.stand_ins import StandIns, StandInsArgs
from web_platform.topic import PubSubSchemaArgs, PubSubSubscriptionArgs, Topic, TopicArgs
from web_platform.workload_identity import WorkloadIdentity, WorkloadIdentityArgs

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
