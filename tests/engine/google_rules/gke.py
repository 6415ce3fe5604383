"""Clusters and node pools, as far as no control plane has to be started.

One cluster is there already. Nothing answers behind it, and nothing is asked of it.
"""

from __future__ import annotations

from typing import Any

from localcloud.providers.google.kind import Resource
from localcloud.providers.google.tokens import CLUSTER, NODE_POOL
from tests.engine.google_program import PROJECT, REGION, Declared, wrong
from tests.engine.google_rules import Differing, Kept, Rules

HERE = {"location": REGION}
WEB_ID = f"projects/{PROJECT}/locations/{REGION}/clusters/web"
WITHOUT_POOLS = {"initialNodeCount": 1, "removeDefaultNodePool": True}
WEB = {
    **HERE,
    **WITHOUT_POOLS,
    "name": "web",
    "network": "vpc",
    "subnetwork": "nodes",
    "ipAllocationPolicy": {"clusterSecondaryRangeName": "pods"},
    "privateClusterConfig": {"masterIpv4CidrBlock": "172.16.0.0/28"},
    "releaseChannel": {"channel": "REGULAR"},
    "nodeLocations": [f"{REGION}-b", f"{REGION}-c", f"{REGION}-d"],
    "deletionProtection": True,
}
COMPUTED = {"project": PROJECT, "clusterIpv4Cidr": "10.1.0.0/16", "nodePools": [], "masterVersion": "1.35.4-gke.1"}
NEW = {**HERE, **WITHOUT_POOLS, "name": "a", "network": "vpc", "subnetwork": "nodes"}
POOL = {"cluster": WEB_ID, "name": "a", "nodeCount": 1}

BASE = [[], [], [], [], [Declared("cluster", CLUSTER, WEB, imports=WEB_ID)]]
BY_NAME = {each.name: each for wave in BASE for each in wave}


def weekly(start: str, end: str, recurrence: str) -> dict[str, Any]:
    window = {"startTime": start, "endTime": end, "recurrence": recurrence}
    return {**NEW, "maintenancePolicy": {"recurringWindow": window}}


CHECKED = [
    wrong(
        "gke-cluster",
        CLUSTER,
        {
            "name": "Web",
            "location": "europe-west1-z",
            "releaseChannel": {"channel": "FAST"},
            "gatewayApiConfig": {"channel": "STANDARD"},
            "datapathProvider": "ADVANCED_DATAPATH",
            "networkPolicy": {"enabled": True},
            "privateClusterConfig": {"masterIpv4CidrBlock": "172.16.0.0/24"},
            "nodeConfig": {"machineType": "e2-tiny"},
        },
        "name is 'Web', but a name has 1 to 40 lower-case letters",
        "location is 'europe-west1-z', but there is no such zone: choose 'europe-west1-b'",
        "releaseChannel.channel is 'FAST', which Google does not know",
        "gatewayApiConfig.channel is 'STANDARD', which Google does not know",
        "networkPolicy enables NetworkPolicy, which for clusters with DatapathProvider=ADVANCED_DATAPATH is not",
        "privateClusterConfig.masterIpv4CidrBlock is 172.16.0.0/24, but a control plane has 16 addresses",
        "initialNodeCount must be greater than zero",
        "nodeConfig.machineType is 'e2-tiny', but there is no such machine type",
    ),
    wrong(
        "gke-cluster-in-two-regions",
        CLUSTER,
        {**NEW, "nodeLocations": ["europe-west4-a"], "datapathProvider": "FAST"},
        "nodeLocations[0] is 'europe-west4-a', a zone of 'europe-west4', but the region is 'europe-west1'",
        "datapathProvider is 'FAST', which Google does not know",
    ),
    wrong(
        "autopilot",
        CLUSTER,
        {**HERE, "name": "a", "enableAutopilot": True},
        "enableAutopilot is true, but Autopilot is not",
    ),
    wrong(
        "maintenance-at-no-time",
        CLUSTER,
        {**NEW, "maintenancePolicy": {"dailyMaintenanceWindow": {"startTime": "3 am"}}},
        "maintenancePolicy.dailyMaintenanceWindow.startTime is '3 am', which is no time of day",
    ),
    wrong(
        "maintenance-that-never-ends",
        CLUSTER,
        weekly("2026-01-03T02:00:00Z", "later", "FREQ=DAILY"),
        "maintenancePolicy.recurringWindow is from '2026-01-03T02:00:00Z' to 'later', which are not both times",
    ),
    wrong(
        "maintenance-that-ends-before",
        CLUSTER,
        weekly("2026-01-03T02:00:00Z", "2026-01-03T01:00:00Z", "FREQ=DAILY"),
        "maintenancePolicy.recurringWindow ends at 2026-01-03T01:00:00Z, not after its start",
    ),
    wrong(
        "maintenance-once",
        CLUSTER,
        weekly("2026-01-03T02:00:00Z", "2026-01-03T06:00:00Z", "FREQ=ONCE"),
        "maintenancePolicy.recurringWindow.recurrence is 'FREQ=ONCE', which does not recur",
    ),
    wrong(
        "maintenance-too-short",
        CLUSTER,
        weekly("2026-01-03T02:00:00Z", "2026-01-03T06:00:00Z", "FREQ=WEEKLY;BYDAY=SA"),
        "maintenancePolicy.recurringWindow leaves 16 h within 32 days",
    ),
    wrong(
        "pool-of-nodes",
        NODE_POOL,
        {
            "cluster": "web",
            "name": "Main",
            "location": "europe-west99",
            "nodeCount": 2001,
            "maxPodsPerNode": 4,
            "upgradeSettings": {"strategy": "SLOW", "maxSurge": 15, "maxUnavailable": 15},
            "nodeConfig": {
                "diskSizeGb": 5,
                "workloadMetadataConfig": {"mode": "NONE"},
                "labels": {"kubernetes.io/team": "web"},
                "taints": [{"key": "only", "value": "batch", "effect": "NEVER"}],
            },
        },
        "name is 'Main', but a name has 1 to 40 lower-case letters",
        "location is 'europe-west99', but there is no such region",
        "nodeCount is 2001, but Google takes 0 to 2000 nodes in a zone",
        "maxPodsPerNode is 4, but Google takes 8 to 256",
        "upgradeSettings.strategy is 'SLOW', which Google does not know",
        "upgradeSettings upgrades more than 20 nodes at a time",
        "nodeConfig.diskSizeGb is 5, but Google takes 10 to 65536 GB",
        "nodeConfig.workloadMetadataConfig.mode is 'NONE', which Google does not know",
        "nodeConfig.labels['kubernetes.io/team'] has a prefix that is Kubernetes' own",
        "nodeConfig.taints[0].effect is 'NEVER', which Google does not know",
    ),
    wrong(
        "pool-that-never-upgrades",
        NODE_POOL,
        {
            **POOL,
            "initialNodeCount": 1,
            "upgradeSettings": {
                "maxSurge": 0,
                "maxUnavailable": 0,
                "blueGreenSettings": {"standardRolloutPolicy": {"batchNodeCount": 1}},
            },
        },
        "nodeCount cannot be set together with initialNodeCount",
        "upgradeSettings has blueGreenSettings, which only the strategy BLUE_GREEN takes",
        "upgradeSettings lets no node be added (maxSurge) and none be missing (maxUnavailable)",
    ),
    *(
        wrong(name, NODE_POOL, {"cluster": WEB_ID, "name": "a", **given}, told)
        for name, given, told in (
            (
                "pool-of-two-masters",
                {"nodeCount": 1, "autoscaling": {"maxNodeCount": 3}},
                "nodeCount must not be set where the autoscaler decides",
            ),
            (
                "pool-of-two-limits",
                {"autoscaling": {"maxNodeCount": 3, "totalMaxNodeCount": 9}},
                "autoscaling has limits of a zone and total ones",
            ),
            ("pool-of-no-limit", {"autoscaling": {"minNodeCount": 1}}, "autoscaling has no limit"),
            (
                "pool-of-less-than-nothing",
                {"autoscaling": {"minNodeCount": 4, "maxNodeCount": 3}},
                "autoscaling is from 4 to 3 nodes",
            ),
            (
                "pool-anywhere",
                {"autoscaling": {"maxNodeCount": 3, "locationPolicy": "ANYWHERE"}},
                "autoscaling.locationPolicy is 'ANYWHERE', which Google does not know",
            ),
        )
    ),
]

REFUSED = [
    wrong(
        "cluster-nowhere",
        CLUSTER,
        {**WITHOUT_POOLS, "name": "a"},
        "400: Cannot determine location: set location in this resource, or set provider-level zone or region",
    ),
    wrong(
        "cluster-in-no-network",
        CLUSTER,
        {**NEW, "network": "none"},
        '400: Project "acme-prod" has no network named "none"., badRequest',
    ),
    wrong(
        "cluster-in-no-subnet",
        CLUSTER,
        {**NEW, "location": "europe-west4"},
        '400: Network "vpc" has no subnetwork named "nodes" in region "europe-west4"., badRequest',
    ),
    wrong(
        "cluster-over-a-subnet",
        CLUSTER,
        {**NEW, "privateClusterConfig": {"masterIpv4CidrBlock": "10.0.0.0/28"}},
        "400: Invalid value for field 'resource.privateClusterConfig.masterIpv4CidrBlock': '10.0.0.0/28'.",
    ),
    wrong(
        "cluster-over-another",
        CLUSTER,
        {**NEW, "privateClusterConfig": {"masterIpv4CidrBlock": "172.16.0.0/28"}},
        "400: The given master_ipv4_cidr 172.16.0.0/28 overlaps with 172.16.0.0/28 of the cluster projects/acme-prod/",
    ),
    wrong(
        "cluster-with-the-identities-of-another-project",
        CLUSTER,
        {**NEW, "workloadIdentityConfig": {"workloadPool": "acme-test.svc.id.goog"}},
        "400: Currently, the only supported workload pool is 'acme-prod.svc.id.goog', not 'acme-test.svc.id.goog'.",
    ),
    wrong(
        "cluster-of-no-range",
        CLUSTER,
        {**NEW, "ipAllocationPolicy": {"clusterSecondaryRangeName": "none"}},
        '400: Error validating pod secondary range: secondary range "none" does not exist in subnetwork "nodes".',
    ),
    wrong(
        "pool-of-no-cluster",
        NODE_POOL,
        {**POOL, "cluster": f"{WEB_ID}-none"},
        f"404: Not found: {WEB_ID}-none., notFound",
    ),
    wrong(
        "pool-without-upgrades",
        NODE_POOL,
        {**POOL, "management": {"autoUpgrade": False}},
        "400: Auto_upgrade must be true when release_channel REGULAR is set.",
    ),
    wrong(
        "pool-with-identities-of-no-pool",
        NODE_POOL,
        {**POOL, "nodeConfig": {"workloadMetadataConfig": {"mode": "GKE_METADATA"}}},
        "400: The node pool a has workloadMetadataConfig mode GKE_METADATA, and workload identity is not enabled on",
    ),
    wrong(
        "pool-of-nobody",
        NODE_POOL,
        {**POOL, "nodeConfig": {"serviceAccount": f"nobody@{PROJECT}.iam.gserviceaccount.com"}},
        '400: Service account "nobody@acme-prod.iam.gserviceaccount.com" does not exist., badRequest',
    ),
    wrong(
        "pool-larger-than-its-subnet",
        NODE_POOL,
        {**POOL, "nodeCount": 100},
        f"400: IP space of 'projects/acme-prod/regions/{REGION}/subnetworks/nodes' (10.0.0.0/24) is exhausted by 300",
    ),
]

DIFFERING = [
    Differing(BY_NAME["cluster"].changed(location=f"{REGION}-b"), {"location": "update-replace"}),
]

KEPT = [
    Kept("cluster", "400: Cannot destroy cluster because deletion_protection is set to true."),
]

RULES = Rules(
    BASE,
    CHECKED,
    REFUSED,
    differing=DIFFERING,
    kept=KEPT,
    adopted=[Resource(CLUSTER, WEB_ID, {**WEB, **COMPUTED})],
)
