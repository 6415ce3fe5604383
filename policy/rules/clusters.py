"""What clusters of GKE and their nodes must be: out of reach, and with no rights of their own."""

from collections.abc import Iterator

from web_platform.relations.objects import listed

from policy.resource import Resource, value_at
from policy.rule import ResourceRule

_CLUSTER = "gcp:container/cluster:Cluster"
_POOL = "gcp:container/nodePool:NodePool"
_MACHINES = (
    "gcp:compute/instance:Instance",
    "gcp:compute/instanceFromMachineImage:InstanceFromMachineImage",
    "gcp:compute/instanceFromTemplate:InstanceFromTemplate",
    "gcp:compute/instanceTemplate:InstanceTemplate",
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
)
_HARDENING = "https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster"


def _pools(resource: Resource) -> Iterator[tuple[str, object]]:
    """The pools of nodes that a resource makes, each with its field: a cluster makes those that it names, or one."""
    if resource.type == _POOL:
        yield "", resource.properties
    elif resource.type == _CLUSTER and resource.get("enableAutopilot", False) is False:
        yield from ((f"{field}.", pool) for field, pool in listed(resource.properties, "nodePools") if pool is not None)
        # Without pools of its own it has a default one, which it may remove once it is there.
        if resource.get("nodePools", []) == [] and resource.get("removeDefaultNodePool", False) is False:
            yield "", resource.properties


def _private(resource: Resource) -> Iterator[str]:
    if resource.type == _CLUSTER and resource.get("privateClusterConfig.enablePrivateNodes", False) is False:
        yield "privateClusterConfig.enablePrivateNodes is not true"
    for field, pool in _pools(resource):
        if value_at(pool, "networkConfig.enablePrivateNodes", True) is False:
            yield f"{field}networkConfig.enablePrivateNodes is false"
    for place, interface in listed(resource.properties, "networkInterfaces"):
        for access in ("accessConfigs", "ipv6AccessConfigs"):
            if value_at(interface, access):
                yield f"{place}.{access} gives the machine a public address"


PRIVATE_NODES = ResourceRule(
    name="private-nodes",
    demand="Nodes have no public address.",
    danger="Everybody can try the ports of a node, and one hole in one of them is a way into every pod on it.",
    remedy="Set enablePrivateNodes to true, and let NAT take what nodes ask for; the component Cluster does both.",
    source="https://cloud.google.com/kubernetes-engine/docs/concepts/private-cluster-concept",
    types=(_CLUSTER, _POOL, *_MACHINES),
    check=_private,
)


def _identity(resource: Resource) -> Iterator[str]:
    if resource.get("enableAutopilot", False) is not False:
        return
    if resource.type == _CLUSTER and resource.get("workloadIdentityConfig.workloadPool", "") == "":
        yield "workloadIdentityConfig.workloadPool is missing"
    for field, pool in _pools(resource):
        if (mode := value_at(pool, "nodeConfig.workloadMetadataConfig.mode", "missing")) not in (None, "GKE_METADATA"):
            yield f"{field}nodeConfig.workloadMetadataConfig.mode is {mode}"


WORKLOAD_IDENTITY = ResourceRule(
    name="workload-identity",
    demand="Pods have identities of their own.",
    danger="Every pod can take the credentials of its node, and may do what any other pod may.",
    remedy="Give the cluster a workloadPool and its pools the mode GKE_METADATA, as the component Cluster does.",
    source="https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity",
    types=(_CLUSTER, _POOL),
    check=_identity,
)


def _shielded(resource: Resource) -> Iterator[str]:
    if resource.type == _CLUSTER and resource.get("enableShieldedNodes", True) is False:
        yield "enableShieldedNodes is false"
    for field, pool in _pools(resource):
        if value_at(pool, "nodeConfig.shieldedInstanceConfig.enableSecureBoot", False) is False:
            yield f"{field}nodeConfig.shieldedInstanceConfig.enableSecureBoot is not true"


SHIELDED_NODES = ResourceRule(
    name="shielded-nodes",
    demand="Nodes start only what their makers signed.",
    danger="Whoever gets into a node once can stay in it through each restart, unseen.",
    remedy="Set enableSecureBoot to true.",
    source="https://cloud.google.com/kubernetes-engine/docs/how-to/shielded-gke-nodes",
    types=(_CLUSTER, _POOL),
    check=_shielded,
)


def _account(resource: Resource) -> Iterator[str]:
    for field, pool in _pools(resource):
        account = value_at(pool, "nodeConfig.serviceAccount", "")
        if account in ("", "default") or str(account).endswith("-compute@developer.gserviceaccount.com"):
            yield f"{field}nodeConfig.serviceAccount is missing, or Google's default one"


NODE_ACCOUNT = ResourceRule(
    name="node-account",
    demand="Nodes have a service account of their own.",
    danger="Google's default account may edit the whole project, and so may whoever gets into a node.",
    remedy="Name an account with roles/container.defaultNodeServiceAccount, as the component Cluster does.",
    source=f"{_HARDENING}#use_least_privilege_sa",
    types=(_CLUSTER, _POOL),
    check=_account,
)


def _logins(resource: Resource) -> Iterator[str]:
    if resource.get("masterAuth.clientCertificateConfig.issueClientCertificate", False) is True:
        yield "masterAuth.clientCertificateConfig.issueClientCertificate is true"
    if resource.get("enableLegacyAbac", False) is True:
        yield "enableLegacyAbac is true"


NO_OLD_LOGINS = ResourceRule(
    name="no-old-logins",
    demand="Clusters know people by Google's IAM alone.",
    danger="A certificate is a key that nobody can take back, and old access control lets too much pass.",
    remedy="Leave issueClientCertificate and enableLegacyAbac false.",
    source=f"{_HARDENING}#restrict_authn_methods",
    types=(_CLUSTER,),
    check=_logins,
)
