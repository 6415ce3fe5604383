from typing import Any

import pytest

from policy.rule import Rule
from policy.rules import clusters
from tests.policy.rules import resource, wrong

CLUSTER = "gcp:container/cluster:Cluster"
POOL = "gcp:container/nodePool:NodePool"
INSTANCE = "gcp:compute/instance:Instance"


@pytest.mark.parametrize(
    ("rule", "type_", "properties", "what"),
    [
        (clusters.PRIVATE_NODES, CLUSTER, {}, "privateClusterConfig.enablePrivateNodes is not true"),
        (
            clusters.PRIVATE_NODES,
            CLUSTER,
            {"privateClusterConfig": {"enablePrivateNodes": False}},
            "privateClusterConfig.enablePrivateNodes is not true",
        ),
        (
            clusters.PRIVATE_NODES,
            POOL,
            {"networkConfig": {"enablePrivateNodes": False}},
            "networkConfig.enablePrivateNodes is false",
        ),
        (
            clusters.PRIVATE_NODES,
            INSTANCE,
            {"networkInterfaces": [{}, {"accessConfigs": [{}]}]},
            "networkInterfaces[1].accessConfigs gives the machine a public address",
        ),
        (
            clusters.PRIVATE_NODES,
            INSTANCE,
            {"networkInterfaces": [{"ipv6AccessConfigs": [{"networkTier": "PREMIUM"}]}]},
            "networkInterfaces[0].ipv6AccessConfigs gives the machine a public address",
        ),
        (
            clusters.PRIVATE_NODES,
            "gcp:compute/instanceTemplate:InstanceTemplate",
            {"networkInterfaces": [{"accessConfigs": [{}]}]},
            "networkInterfaces[0].accessConfigs gives the machine a public address",
        ),
        (
            clusters.PRIVATE_NODES,
            "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
            {"networkInterfaces": [{"accessConfigs": [{}]}]},
            "networkInterfaces[0].accessConfigs gives the machine a public address",
        ),
        (
            clusters.WORKLOAD_IDENTITY,
            CLUSTER,
            {"removeDefaultNodePool": True},
            "workloadIdentityConfig.workloadPool is missing",
        ),
        (clusters.WORKLOAD_IDENTITY, POOL, {}, "nodeConfig.workloadMetadataConfig.mode is missing"),
        (
            clusters.WORKLOAD_IDENTITY,
            POOL,
            {"nodeConfig": {"workloadMetadataConfig": {"mode": "GCE_METADATA"}}},
            "nodeConfig.workloadMetadataConfig.mode is GCE_METADATA",
        ),
        (
            clusters.SHIELDED_NODES,
            CLUSTER,
            {"enableShieldedNodes": False, "removeDefaultNodePool": True},
            "enableShieldedNodes is false",
        ),
        (
            clusters.SHIELDED_NODES,
            POOL,
            {"nodeConfig": {}},
            "nodeConfig.shieldedInstanceConfig.enableSecureBoot is not true",
        ),
        (
            clusters.NODE_ACCOUNT,
            POOL,
            {"nodeConfig": {}},
            "nodeConfig.serviceAccount is missing, or Google's default one",
        ),
        (
            clusters.NODE_ACCOUNT,
            POOL,
            {"nodeConfig": {"serviceAccount": "1-compute@developer.gserviceaccount.com"}},
            "nodeConfig.serviceAccount is missing, or Google's default one",
        ),
        (
            clusters.NO_OLD_LOGINS,
            CLUSTER,
            {"masterAuth": {"clientCertificateConfig": {"issueClientCertificate": True}}},
            "masterAuth.clientCertificateConfig.issueClientCertificate is true",
        ),
        (clusters.NO_OLD_LOGINS, CLUSTER, {"enableLegacyAbac": True}, "enableLegacyAbac is true"),
    ],
)
def test_what_opens_a_cluster_or_its_nodes_is_found(
    rule: Rule, type_: str, properties: dict[str, Any], what: str
) -> None:
    assert wrong(rule, resource(type_, **properties)) == [what]


NODES = {
    "workloadMetadataConfig": {"mode": "GKE_METADATA"},
    "shieldedInstanceConfig": {"enableSecureBoot": True},
    "serviceAccount": "nodes@p.iam.gserviceaccount.com",
}
OUT_OF_REACH: dict[str, Any] = {
    "privateClusterConfig": {"enablePrivateNodes": True},
    "workloadIdentityConfig": {"workloadPool": "p.svc.id.goog"},
}
CLOSED = [
    resource(CLUSTER, **OUT_OF_REACH, removeDefaultNodePool=True),
    resource(CLUSTER, **OUT_OF_REACH, nodeConfig=NODES),
    resource(CLUSTER, **OUT_OF_REACH, nodePools=[{"nodeConfig": NODES}]),
    resource(POOL, nodeConfig=NODES),
    resource(INSTANCE, networkInterfaces=[{"network": "n"}]),
]
KNOWN_LATER = [
    resource(CLUSTER, privateClusterConfig=None, workloadIdentityConfig={"workloadPool": None}, nodeConfig=None),
    resource(CLUSTER, **OUT_OF_REACH, nodePools=None),
    resource(CLUSTER, **OUT_OF_REACH, nodePools=[None]),
    resource(CLUSTER, **OUT_OF_REACH, removeDefaultNodePool=None),
    resource(POOL, nodeConfig={"workloadMetadataConfig": None, "shieldedInstanceConfig": None, "serviceAccount": None}),
    resource(INSTANCE, networkInterfaces=None),
]


@pytest.mark.parametrize("resources", [CLOSED, KNOWN_LATER], ids=["closed", "known later"])
@pytest.mark.parametrize(
    "rule",
    [
        clusters.PRIVATE_NODES,
        clusters.WORKLOAD_IDENTITY,
        clusters.SHIELDED_NODES,
        clusters.NODE_ACCOUNT,
        clusters.NO_OLD_LOGINS,
    ],
    ids=lambda rule: rule.name,
)
def test_what_is_closed_or_known_later_passes(rule: Rule, resources: list[Any]) -> None:
    assert wrong(rule, *resources) == []


OPEN_POOL = {"networkConfig": {"enablePrivateNodes": False}, "nodeConfig": {"serviceAccount": "default"}}
FAULTS = [
    (clusters.PRIVATE_NODES, "networkConfig.enablePrivateNodes is false"),
    (clusters.WORKLOAD_IDENTITY, "nodeConfig.workloadMetadataConfig.mode is missing"),
    (clusters.SHIELDED_NODES, "nodeConfig.shieldedInstanceConfig.enableSecureBoot is not true"),
    (clusters.NODE_ACCOUNT, "nodeConfig.serviceAccount is missing, or Google's default one"),
]


@pytest.mark.parametrize(("rule", "what"), FAULTS)
def test_a_pool_within_a_cluster_is_held_to_what_any_other_is(rule: Rule, what: str) -> None:
    inside = resource(CLUSTER, **OUT_OF_REACH, nodePools=[{"nodeConfig": NODES}, OPEN_POOL])
    assert wrong(rule, inside) == [f"nodePools[1].{what}"]
    # What the default pool would be like is nothing to a cluster that has others.
    assert wrong(rule, resource(CLUSTER, **OUT_OF_REACH, nodeConfig={}, nodePools=[{"nodeConfig": NODES}])) == []


@pytest.mark.parametrize(("rule", "what"), FAULTS[1:])
@pytest.mark.parametrize("default", [{}, {"nodeConfig": {"machineType": "e2-medium"}}, {"nodePools": []}])
def test_so_is_the_pool_that_a_cluster_has_by_default(rule: Rule, what: str, default: dict[str, Any]) -> None:
    assert wrong(rule, resource(CLUSTER, **OUT_OF_REACH, **default)) == [what]
    assert wrong(rule, resource(CLUSTER, **OUT_OF_REACH, **default, removeDefaultNodePool=True)) == []
    assert wrong(rule, resource(CLUSTER, **OUT_OF_REACH, **default, enableAutopilot=True)) == []


def test_google_gives_an_autopilot_cluster_its_identities() -> None:
    assert wrong(clusters.WORKLOAD_IDENTITY, resource(CLUSTER, enableAutopilot=True)) == []
