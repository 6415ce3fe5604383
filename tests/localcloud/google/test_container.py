"""Clusters and node pools of the simulated GKE: what is refused, what is computed, and which nodes are asked for."""

import importlib
import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509

from localcloud.cluster import NodePool as Nodes
from localcloud.cluster import Taint
from localcloud.cluster.machine_types import machine_type
from localcloud.errors import LocalCloudError
from localcloud.providers.google import clusters
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.compute import Network, Subnetwork
from localcloud.providers.google.container import Cluster, NodePool
from localcloud.providers.google.kind import Kind, Place, Refusal, Resource
from localcloud.providers.google.tokens import ACCOUNT
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import UNKNOWN
from tests.localcloud.google.conftest import enable

RANGES = [
    {"rangeName": "pods", "ipCidrRange": "10.4.0.0/22"},
    {"rangeName": "services", "ipCidrRange": "10.8.0.0/20"},
]
CLUSTER: dict[str, Any] = {
    "name": "web",
    "network": "projects/acme-prod/global/networks/web",
    "subnetwork": "https://www.googleapis.com/compute/v1/projects/acme-prod/regions/europe-west1/subnetworks/web",
    "initialNodeCount": 1,
    "removeDefaultNodePool": True,
    "ipAllocationPolicy": {"clusterSecondaryRangeName": "pods", "servicesSecondaryRangeName": "services"},
    "workloadIdentityConfig": {"workloadPool": "acme-prod.svc.id.goog"},
}
CLUSTER_ID = "projects/acme-prod/locations/europe-west1-b/clusters/web"
POOL: dict[str, Any] = {
    "name": "main",
    "cluster": "web",
    "nodeCount": 2,
    "nodeConfig": {"machineType": "e2-standard-2"},
}
POOL_ID = f"{CLUSTER_ID}/nodePools/main"


class Embedded:
    """Stands in for a control plane: keeps what it is asked for."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ca = directory / "ca.crt"
        self.server = "127.0.0.1:40404"
        self.asked: list[tuple[list[Nodes], bool]] = []
        self.fails: LocalCloudError | None = None

    def start(self, pools: Sequence[Nodes]) -> None:
        self.ca.write_bytes(b"a certificate")
        self.set_pools(pools)

    def set_pools(self, pools: Sequence[Nodes], respect_budgets: bool = True) -> None:
        if self.fails:
            raise self.fails
        self.asked.append((list(pools), respect_budgets))

    def delete(self) -> None:
        self.asked.append(([], False))

    @property
    def pools(self) -> list[Nodes]:
        """The last that it was asked for, without pools that have no nodes."""
        return [pool for pool in self.asked[-1][0] if pool.count and pool.zones]


@pytest.fixture
def embedded(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Embedded:
    stand_in = Embedded(cloud.directory / "clusters" / "acme-prod_europe-west1-b_web")
    monkeypatch.setattr(clusters, "embedded", lambda *_: stand_in)
    return stand_in


@pytest.fixture
def network(cloud: Cloud, place: Place, embedded: Embedded) -> Cloud:
    """A cloud in which a cluster can be made."""
    enable(cloud, "compute.googleapis.com", "container.googleapis.com")
    for name in ("web", "other"):
        cloud.create(Network(), {"name": name, "autoCreateSubnetworks": False}, place)
    subnetwork = {"name": "web", "network": "web", "ipCidrRange": "10.0.0.0/29", "secondaryIpRanges": RANGES}
    cloud.create(Subnetwork(), subnetwork, place)
    return cloud


@pytest.fixture
def cluster(network: Cloud, place: Place) -> Resource:
    return network.create(Cluster(), CLUSTER, place)


Make = Callable[..., Resource]


@pytest.fixture
def make_pool(network: Cloud, cluster: Resource, place: Place) -> Make:
    def make(**changes: Any) -> Resource:
        return network.create(NodePool(), {**POOL, **changes}, place)

    return make


def spelled(problems: Sequence[Problem]) -> list[str]:
    return [f"{each.path} {each.reason}" for each in problems]


# --- Clusters


def test_a_cluster_has_the_outputs_of_a_real_one(cluster: Resource) -> None:
    assert cluster.id == CLUSTER_ID
    computed = {name: value for name, value in cluster.state.items() if name not in CLUSTER}
    assert computed == {
        "project": "acme-prod",
        "location": "europe-west1-b",
        "clusterIpv4Cidr": "10.4.0.0/22",
        "servicesIpv4Cidr": "10.8.0.0/20",
        "controlPlaneEndpointsConfig": {
            "dnsEndpointConfig": {"endpoint": "127.0.0.1:40404"},
            "ipEndpointsConfig": {"enabled": True},
        },
        "datapathProvider": "DATAPATH_PROVIDER_UNSPECIFIED",
        "defaultMaxPodsPerNode": 110,
        "deletionProtection": True,
        "emulatedVersion": "",
        "endpoint": computed["endpoint"],
        "labelFingerprint": computed["labelFingerprint"],
        "loggingService": "logging.googleapis.com/kubernetes",
        "masterAuth": {
            "clientCertificate": "",
            "clientCertificateConfig": {"issueClientCertificate": False},
            "clientKey": "",
            "clusterCaCertificate": "YSBjZXJ0aWZpY2F0ZQ==",
        },
        "masterVersion": "1.35.4-gke.1000000",
        "monitoringService": "monitoring.googleapis.com/kubernetes",
        "networkingMode": "VPC_NATIVE",
        "nodeLocations": ["europe-west1-b"],
        "nodePools": [],
        "nodeVersion": "1.35.4-gke.1000000",
        "operation": "",
        "releaseChannel": {"channel": "REGULAR"},
        "selfLink": ("https://container.googleapis.com/v1/projects/acme-prod/zones/europe-west1-b/clusters/web"),
        "tpuIpv4CidrBlock": "",
    }
    assert computed["endpoint"].startswith("192.0.2.")
    assert cluster.state["ipAllocationPolicy"] == {
        **CLUSTER["ipAllocationPolicy"],
        "clusterIpv4CidrBlock": "10.4.0.0/22",
        "servicesIpv4CidrBlock": "10.8.0.0/20",
        "stackType": "IPV4",
    }


def test_what_is_kept_is_what_is_answered(network: Cloud, cluster: Resource) -> None:
    assert network.get(Cluster.token, CLUSTER_ID) == cluster


def test_a_cluster_whose_default_pool_is_removed_has_no_nodes(cluster: Resource, embedded: Embedded) -> None:
    del cluster
    assert embedded.asked == [([], True)]


def test_a_cluster_keeps_its_default_pool_unless_it_is_removed(
    network: Cloud, place: Place, embedded: Embedded
) -> None:
    made = network.create(Cluster(), {**CLUSTER, "removeDefaultNodePool": False, "initialNodeCount": 2}, place)
    assert [(pool.name, pool.count, pool.machine.name) for pool in embedded.pools] == [("default-pool", 2, "e2-medium")]
    assert made.state["nodePools"][0]["nodeCount"] == 2
    network.update(Cluster(), CLUSTER_ID, CLUSTER, place)
    assert embedded.pools == []


def test_a_regional_cluster_is_in_three_zones(network: Cloud, place: Place) -> None:
    made = network.create(Cluster(), {**CLUSTER, "location": "europe-west1"}, place)
    assert made.state["nodeLocations"] == ["europe-west1-b", "europe-west1-c", "europe-west1-d"]
    assert made.state["selfLink"].endswith("/projects/acme-prod/locations/europe-west1/clusters/web")


def test_a_private_endpoint_is_in_the_control_planes_range(network: Cloud, place: Place) -> None:
    private = {"enablePrivateNodes": True, "enablePrivateEndpoint": True, "masterIpv4CidrBlock": "172.16.0.0/28"}
    made = network.create(Cluster(), {**CLUSTER, "privateClusterConfig": private}, place)
    assert made.state["endpoint"] == "172.16.0.2"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": "Web"}, "name is 'Web', but a name has 1 to 40"),
        ({"name": "a" * 41}, "but a name has 1 to 40"),
        ({"location": "europe-west1-a"}, "location is 'europe-west1-a', but there is no such zone"),
        ({"location": "mars-north1"}, "location is 'mars-north1', but there is no such region"),
        (
            {"nodeLocations": ["us-east1-b"], "location": "europe-west1"},
            r"nodeLocations\[0\] is 'us-east1-b', a zone of",
        ),
        ({"releaseChannel": {"channel": "FAST"}}, "releaseChannel.channel is 'FAST', which Google does not know"),
        ({"datapathProvider": "CILIUM"}, "datapathProvider is 'CILIUM', which Google does not know"),
        (
            {"gatewayApiConfig": {"channel": "STANDARD"}},
            "gatewayApiConfig.channel is 'STANDARD', which Google does not know",
        ),
        (
            {"datapathProvider": "ADVANCED_DATAPATH", "networkPolicy": {"enabled": True}},
            "networkPolicy enables NetworkPolicy, which for clusters with DatapathProvider=ADVANCED_DATAPATH is not",
        ),
        ({"privateClusterConfig": {"masterIpv4CidrBlock": "172.16.0.0/27"}}, "write it with the mask /28"),
        ({"privateClusterConfig": {"masterIpv4CidrBlock": "172.16.0.1/28"}}, "not a range in CIDR notation"),
        ({"initialNodeCount": None}, "initialNodeCount must be greater than zero"),
        ({"initialNodeCount": 0}, "initialNodeCount must be greater than zero"),
        ({"enableAutopilot": True}, "enableAutopilot is true, but Autopilot is not simulated"),
        (
            {"nodeConfig": {"machineType": "e2-standard-3"}},
            "nodeConfig.machineType is 'e2-standard-3', but there is no",
        ),
    ],
)
def test_a_clusters_mistakes_are_found_before_anything_is_made(changes: Mapping[str, Any], problem: str) -> None:
    with pytest.raises(AssertionError, match=problem):
        assert spelled(Cluster().problems({**CLUSTER, **changes})) == []
    assert Cluster().problems({**CLUSTER, **dict.fromkeys(changes, UNKNOWN)}) == []


@pytest.mark.parametrize(
    ("window", "problem"),
    [
        ({"dailyMaintenanceWindow": {"startTime": "03:00"}}, None),
        ({"dailyMaintenanceWindow": {"startTime": "24:00"}}, "is '24:00', which is no time of day"),
        (("02:00", "06:00", "FREQ=DAILY"), None),
        (("02:00", "06:00", "FREQ=WEEKLY;BYDAY=MO,TU,WE"), None),
        (("02:00", "08:00", "FREQ=WEEKLY;BYDAY=SA,SU"), None),
        (("02:00", "06:00", "FREQ=WEEKLY;BYDAY=SA,SU"), "leaves 32 h within 32 days"),
        (("02:00", "10:00", "FREQ=WEEKLY"), "leaves 32 h within 32 days"),
        (("02:00", "05:00", "FREQ=DAILY"), "leaves 0 h within 32 days"),
        (("06:00", "02:00", "FREQ=DAILY"), "not after its start"),
        (("02:00", "06:00", "DAILY"), "recurrence is 'DAILY', which does not recur"),
        (("02:00", "noon", "FREQ=DAILY"), "which are not both times"),
        (("02:00", "06:00", "FREQ=MONTHLY;BYMONTHDAY=1"), None),
    ],
)
def test_a_maintenance_window_is_long_enough_and_often_enough(window: Any, problem: str | None) -> None:
    if isinstance(window, tuple):
        start, end, rule = window
        times = {"startTime": f"2026-01-03T{start}:00Z", "endTime": f"2026-01-03T{end}:00Z"}
        window = {"recurringWindow": {**times, "recurrence": rule}}
    found = spelled(Cluster().problems({**CLUSTER, "maintenancePolicy": window}))
    assert len(found) == (problem is not None)
    assert (problem or "") in "".join(found)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"network": "none"}, 'Project "acme-prod" has no network named "none"'),
        ({"network": None}, 'Project "acme-prod" has no network named "default"'),
        ({"subnetwork": "none"}, 'Network "web" has no subnetwork named "none" in region "europe-west1"'),
        ({"location": "us-east1-b"}, 'has no subnetwork named "web" in region "us-east1"'),
        ({"network": "other"}, 'Network "other" has no subnetwork named "web"'),
        (
            {"ipAllocationPolicy": {"clusterSecondaryRangeName": "pod"}},
            'pod secondary range: secondary range "pod" does not exist in subnetwork "web"',
        ),
        (
            {"ipAllocationPolicy": {"servicesSecondaryRangeName": "svc"}},
            'services secondary range: secondary range "svc" does not exist',
        ),
        (
            {"privateClusterConfig": {"masterIpv4CidrBlock": "10.8.0.16/28"}},
            "privateClusterConfig.masterIpv4CidrBlock': '10.8.0.16/28'. Invalid IPCidrRange: 10.8.0.16/28 conflicts",
        ),
        (
            {"workloadIdentityConfig": {"workloadPool": "acme.svc.id.goog"}},
            "the only supported workload pool is 'acme-prod.svc.id.goog', not 'acme.svc.id.goog'",
        ),
        (
            {
                "removeDefaultNodePool": False,
                "nodeConfig": {"serviceAccount": "nobody@acme-prod.iam.gserviceaccount.com"},
            },
            'Service account "nobody@acme-prod.iam.gserviceaccount.com" does not exist',
        ),
    ],
)
def test_a_cluster_that_google_would_not_make_is_refused(
    network: Cloud, place: Place, embedded: Embedded, changes: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(Refusal) as refused:
        network.create(Cluster(), {**CLUSTER, **changes}, place)
    assert message in str(refused.value)
    assert refused.value.code == 400
    assert network.find(Cluster.token) == []
    assert embedded.asked == []


def test_two_control_planes_of_a_network_have_ranges_of_their_own(network: Cloud, place: Place) -> None:
    private = {"privateClusterConfig": {"masterIpv4CidrBlock": "172.16.0.0/28"}}
    network.create(Cluster(), {**CLUSTER, **private}, place)
    network.update(Cluster(), CLUSTER_ID, {**CLUSTER, **private}, place)
    with pytest.raises(Refusal, match=r"master_ipv4_cidr 172.16.0.0/28 overlaps with 172.16.0.0/28"):
        network.create(Cluster(), {**CLUSTER, **private, "name": "shop"}, place)


@pytest.mark.parametrize(("kind", "inputs"), [(Cluster(), CLUSTER), (NodePool(), POOL)])
def test_what_is_nowhere_is_refused(network: Cloud, kind: Kind, inputs: Mapping[str, Any]) -> None:
    with pytest.raises(Refusal, match="Cannot determine location"):
        network.create(kind, inputs, Place("acme-prod"))


def test_what_the_control_plane_cannot_do_is_refused_and_leaves_nothing(
    network: Cloud, place: Place, embedded: Embedded
) -> None:
    embedded.fails = LocalCloudError("etcd did not become ready.", "It was stopped again.", "Try again.")
    with pytest.raises(Refusal, match="etcd did not become ready") as refused:
        network.create(Cluster(), CLUSTER, place)
    assert "Remedy: Try again." in str(refused.value)
    assert network.find(Cluster.token) == []
    assert embedded.asked == [([], False)]


def test_a_cluster_is_protected_until_it_is_said_not_to_be(network: Cloud, cluster: Resource, place: Place) -> None:
    with pytest.raises(Refusal, match=r"Cannot destroy cluster because deletion_protection is set to true. Set it to"):
        network.delete(Cluster(), cluster.id)
    network.update(Cluster(), cluster.id, {**CLUSTER, "deletionProtection": False}, place)
    network.delete(Cluster(), cluster.id)
    assert network.find(Cluster.token) == []


def test_an_update_keeps_what_was_computed(network: Cloud, cluster: Resource, place: Place) -> None:
    endpoints = {"controlPlaneEndpointsConfig": {"dnsEndpointConfig": {"allowExternalTraffic": True}}}
    updated = network.update(Cluster(), cluster.id, {**CLUSTER, **endpoints, "resourceLabels": {"a": "b"}}, place)
    assert updated.state["controlPlaneEndpointsConfig"] == {
        "dnsEndpointConfig": {"allowExternalTraffic": True, "endpoint": "127.0.0.1:40404"},
        "ipEndpointsConfig": {"enabled": True},
    }
    assert updated.state["masterAuth"] == cluster.state["masterAuth"]
    assert updated.state["labelFingerprint"] != cluster.state["labelFingerprint"]


@pytest.mark.parametrize("spelling", [CLUSTER_ID, "acme-prod/europe-west1-b/web", "europe-west1-b/web"])
def test_a_cluster_is_imported_by_any_of_its_ids(place: Place, spelling: str) -> None:
    assert Cluster().imported(spelling, place) == CLUSTER_ID


# --- Node pools


def test_a_pool_has_the_outputs_of_a_real_one(make_pool: Make) -> None:
    made = make_pool()
    [url] = made.state["instanceGroupUrls"]
    group = url.rpartition("/")[2]
    assert made.id == POOL_ID
    assert group.startswith("gke-web-main-")
    assert group.endswith("-grp")
    zone = "https://www.googleapis.com/compute/v1/projects/acme-prod/zones/europe-west1-b"
    assert {name: value for name, value in made.state.items() if name not in POOL} == {
        "project": "acme-prod",
        "location": "europe-west1-b",
        "instanceGroupUrls": [f"{zone}/instanceGroupManagers/{group}"],
        "managedInstanceGroupUrls": [f"{zone}/instanceGroups/{group}"],
        "management": {"autoRepair": True, "autoUpgrade": True},
        "maxPodsPerNode": 110,
        "networkConfig": {"enablePrivateNodes": False, "podRange": "pods", "podIpv4CidrBlock": "10.4.0.0/22"},
        "nodeLocations": ["europe-west1-b"],
        "operation": "",
        "upgradeSettings": {"strategy": "SURGE", "maxSurge": 1, "maxUnavailable": 0},
        "version": "1.35.4-gke.1000000",
    }
    assert made.state["nodeConfig"] == {
        "diskSizeGb": 100,
        "diskType": "pd-balanced",
        "effectiveTaints": [],
        "imageType": "COS_CONTAINERD",
        "loggingVariant": "DEFAULT",
        "machineType": "e2-standard-2",
        "metadata": {"disable-legacy-endpoints": "true"},
        "serviceAccount": "default",
    }


def test_a_pools_nodes_are_as_gke_would_make_them(make_pool: Make, embedded: Embedded) -> None:
    make_pool(
        maxPodsPerNode=32,
        nodeConfig={
            "machineType": "n2-highmem-4",
            "labels": {"team": "web"},
            "taints": [{"key": "only", "value": "web", "effect": "NO_SCHEDULE"}],
            "spot": True,
            "workloadMetadataConfig": {"mode": "GKE_METADATA"},
        },
    )
    assert embedded.pools == [
        Nodes(
            2,
            machine_type("n2-highmem-4"),
            name="main",
            cluster="web",
            zones=("europe-west1-b",),
            labels={
                "team": "web",
                "cloud.google.com/gke-nodepool": "main",
                "cloud.google.com/machine-family": "n2",
                "cloud.google.com/gke-provisioning": "spot",
                "cloud.google.com/gke-spot": "true",
                "iam.gke.io/gke-metadata-server-enabled": "true",
            },
            taints=(Taint("only", "web", "NoSchedule"),),
            pods=32,
        )
    ]


def test_every_pool_is_settled_with_all_others(make_pool: Make, embedded: Embedded) -> None:
    make_pool(nodeCount=1)
    make_pool(name="spare", nodeCount=1, cluster=CLUSTER_ID)
    assert [pool.name for pool in embedded.pools] == ["main", "spare"]


def test_a_pool_without_its_cluster_is_refused(network: Cloud, place: Place) -> None:
    with pytest.raises(Refusal, match=f"Not found: {CLUSTER_ID}") as refused:
        network.create(NodePool(), POOL, place)
    assert refused.value.code == 404


@pytest.mark.parametrize(
    ("reference", "provider"),
    [
        (CLUSTER_ID, Place("other", "us-east1")),
        ("web", Place("acme-prod", "europe-west1", "europe-west1-b")),
    ],
)
def test_a_pool_is_where_its_cluster_is(make_pool: Make, network: Cloud, reference: str, provider: Place) -> None:
    del make_pool  # Only its cluster is wanted.
    assert network.create(NodePool(), {**POOL, "cluster": reference}, provider).id == POOL_ID


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": "main_pool"}, "name is 'main_pool', but a name has 1 to 40"),
        ({"nodeConfig": {"machineType": "e2-huge-2"}}, "nodeConfig.machineType is 'e2-huge-2', but there is no such"),
        ({"nodeConfig": {"diskSizeGb": 5}}, "nodeConfig.diskSizeGb is 5, but Google takes 10"),
        (
            {"nodeConfig": {"labels": {"kubernetes.io/role": "a"}}},
            r"nodeConfig.labels\['kubernetes.io/role'\] has a prefix",
        ),
        (
            {"nodeConfig": {"taints": [{"key": "a", "value": "b", "effect": "NoSchedule"}]}},
            r"nodeConfig.taints\[0\].effect is 'NoSchedule', which Google does not know: choose 'NO_SCHEDULE'",
        ),
        (
            {"nodeConfig": {"workloadMetadataConfig": {"mode": "GKE"}}},
            "nodeConfig.workloadMetadataConfig.mode is 'GKE'",
        ),
        (
            {"nodeLocations": ["us-east1-b"], "location": "europe-west1"},
            r"nodeLocations\[0\] is 'us-east1-b', a zone of",
        ),
        ({"initialNodeCount": 1}, "nodeCount cannot be set together with initialNodeCount"),
        ({"nodeCount": -1}, "nodeCount is -1, but Google takes 0 to 2000"),
        ({"autoscaling": {"maxNodeCount": 3}}, "nodeCount must not be set where the autoscaler decides"),
        ({"nodeCount": None, "autoscaling": {"minNodeCount": 1}}, "autoscaling has no limit"),
        (
            {"nodeCount": None, "autoscaling": {"minNodeCount": 4, "maxNodeCount": 3}},
            "autoscaling is from 4 to 3 nodes",
        ),
        ({"nodeCount": None, "autoscaling": {"maxNodeCount": 0}}, "autoscaling is from 0 to 0 nodes"),
        (
            {"nodeCount": None, "autoscaling": {"minNodeCount": 1, "totalMaxNodeCount": 3}},
            "autoscaling has limits of a zone and total ones",
        ),
        (
            {"nodeCount": None, "autoscaling": {"maxNodeCount": 3, "locationPolicy": "ALL"}},
            "autoscaling.locationPolicy is 'ALL'",
        ),
        ({"maxPodsPerNode": 300}, "maxPodsPerNode is 300, but Google takes 8 to 256"),
        ({"upgradeSettings": {"maxSurge": 0, "maxUnavailable": 0}}, "upgradeSettings lets no node be added"),
        ({"upgradeSettings": {"maxSurge": 20, "maxUnavailable": 1}}, "upgradeSettings upgrades more than 20 nodes"),
        ({"upgradeSettings": {"strategy": "SLOW"}}, "upgradeSettings.strategy is 'SLOW'"),
        (
            {"upgradeSettings": {"blueGreenSettings": {"nodePoolSoakDuration": "1s"}}},
            "only the strategy BLUE_GREEN takes",
        ),
    ],
)
def test_a_pools_mistakes_are_found_before_anything_is_made(changes: Mapping[str, Any], problem: str) -> None:
    with pytest.raises(AssertionError, match=problem):
        assert spelled(NodePool().problems({**POOL, **changes})) == []


def test_what_is_not_known_yet_is_nobodys_mistake() -> None:
    assert NodePool().problems(dict.fromkeys([*POOL, "upgradeSettings", "nodeLocations", "location"], UNKNOWN)) == []
    inside = {"machineType": UNKNOWN, "labels": UNKNOWN, "taints": UNKNOWN, "diskSizeGb": UNKNOWN}
    assert NodePool().problems({**POOL, "nodeConfig": inside}) == []
    scaling = {"minNodeCount": UNKNOWN, "maxNodeCount": UNKNOWN}
    assert NodePool().problems({**POOL, "nodeCount": None, "autoscaling": scaling}) == []


def test_a_machine_type_that_was_not_known_before_is_refused_then(make_pool: Make) -> None:
    with pytest.raises(Refusal, match=r"nodeConfig.machineType': is 'e2-huge-2', but there is no such machine type"):
        make_pool(nodeConfig={"machineType": "e2-huge-2"})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"management": {"autoUpgrade": False}}, "Auto_upgrade must be true when release_channel REGULAR is set"),
        ({"management": {"autoRepair": False}}, "Auto_repair must be true when release_channel REGULAR is set"),
        ({"nodeLocations": ["us-east1-b"]}, "nodeLocations[0]': is 'us-east1-b', a zone of 'us-east1'"),
        (
            {"nodeConfig": {"serviceAccount": "nodes@acme-prod.iam.gserviceaccount.com"}},
            'Service account "nodes@acme-prod.iam.gserviceaccount.com" does not exist',
        ),
        ({"nodeCount": 5}, "subnetworks/web' (10.0.0.0/29) is exhausted by 5 nodes of main"),
        ({"nodeCount": 3, "maxPodsPerNode": 256}, "web-pods' (10.4.0.0/22) is exhausted by 3 nodes of main"),
        ({"networkConfig": {"podRange": "none"}}, 'secondary range "none" does not exist in subnetwork "web"'),
    ],
)
def test_a_pool_that_google_would_not_make_is_refused(
    make_pool: Make, network: Cloud, changes: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(Refusal) as refused:
        make_pool(**changes)
    assert message in str(refused.value)
    assert network.find(NodePool.token) == []


def test_without_a_channel_nodes_may_stay_as_they_are(network: Cloud, place: Place) -> None:
    network.create(Cluster(), {**CLUSTER, "releaseChannel": {"channel": "UNSPECIFIED"}}, place)
    made = network.create(NodePool(), {**POOL, "management": {"autoUpgrade": False}}, place)
    assert made.state["management"] == {"autoRepair": True, "autoUpgrade": False}


def test_the_metadata_server_needs_a_workload_pool(network: Cloud, place: Place) -> None:
    network.create(Cluster(), {**CLUSTER, "workloadIdentityConfig": None}, place)
    config = {"workloadMetadataConfig": {"mode": "GKE_METADATA"}}
    with pytest.raises(Refusal, match="workload identity is not enabled on the cluster"):
        network.create(NodePool(), {**POOL, "nodeConfig": config}, place)


@pytest.mark.parametrize(
    "email",
    ["nodes@acme-prod.iam.gserviceaccount.com", "default", "100000000001-compute@developer.gserviceaccount.com"],
)
def test_a_service_account_that_exists_will_do(make_pool: Make, network: Cloud, email: str) -> None:
    account = "projects/acme-prod/serviceAccounts/nodes@acme-prod.iam.gserviceaccount.com"
    network.adopt(Resource(ACCOUNT, account, {}))
    assert make_pool(nodeConfig={"serviceAccount": email}).state["nodeConfig"]["serviceAccount"] == email


@pytest.mark.parametrize(
    ("size", "count"),
    [
        ({"nodeCount": 2}, 2),
        ({"nodeCount": 0}, 0),
        ({"initialNodeCount": 1}, 1),
        ({}, 0),
        ({"autoscaling": {"minNodeCount": 1, "maxNodeCount": 3}}, 1),
        ({"autoscaling": {"minNodeCount": 1, "maxNodeCount": 3}, "initialNodeCount": 2}, 2),
        ({"autoscaling": {"totalMinNodeCount": 2, "totalMaxNodeCount": 3}}, 2),
        ({"autoscaling": {"maxNodeCount": 3}}, 0),
    ],
)
def test_a_pool_begins_with_as_many_nodes_as_asked_or_the_autoscalers_least(
    make_pool: Make, size: Mapping[str, Any], count: int
) -> None:
    assert make_pool(**{"nodeCount": None, **size}).state["nodeCount"] == count


def test_the_count_is_that_of_each_zone(network: Cloud, place: Place, embedded: Embedded) -> None:
    network.create(Cluster(), {**CLUSTER, "location": "europe-west1"}, place)
    made = network.create(NodePool(), {**POOL, "location": "europe-west1", "nodeCount": 1}, place)
    assert made.state["nodeCount"] == 1
    assert len(made.state["instanceGroupUrls"]) == 3
    [pool] = embedded.pools
    assert (pool.count, pool.zones) == (1, ("europe-west1-b", "europe-west1-c", "europe-west1-d"))


def test_the_autoscalers_bounds_hold_when_they_change(make_pool: Make, network: Cloud, place: Place) -> None:
    scaled = {**POOL, "nodeCount": None}
    make_pool(nodeCount=None, autoscaling={"minNodeCount": 1, "maxNodeCount": 3})
    for least, most, count in ((2, 3, 2), (1, 3, 2), (0, 1, 1)):
        bounds = {"minNodeCount": least, "maxNodeCount": most}
        updated = network.update(NodePool(), POOL_ID, {**scaled, "autoscaling": bounds}, place)
        assert updated.state["nodeCount"] == count


def test_other_machines_come_one_by_one_before_the_former_ones_go(
    make_pool: Make, network: Cloud, place: Place, embedded: Embedded
) -> None:
    make_pool()
    embedded.asked.clear()
    network.update(NodePool(), POOL_ID, {**POOL, "nodeConfig": {"machineType": "e2-standard-4"}}, place)
    stages = [[(pool.machine.cpu, pool.count) for pool in pools if pool.zones] for pools, _ in embedded.asked]
    assert stages == [[(4, 1), (2, 1)], [(4, 2), (2, 0)], [(4, 2)]]


def test_a_larger_surge_changes_more_at_a_time(
    make_pool: Make, network: Cloud, place: Place, embedded: Embedded
) -> None:
    surge = {"upgradeSettings": {"maxSurge": 2, "maxUnavailable": 1}}
    make_pool(nodeCount=4, maxPodsPerNode=64, **surge)
    embedded.asked.clear()
    larger = {**POOL, **surge, "nodeCount": 4, "maxPodsPerNode": 64, "nodeConfig": {"machineType": "e2-standard-4"}}
    network.update(NodePool(), POOL_ID, larger, place)
    stages = [[(pool.machine.cpu, pool.count) for pool in pools if pool.zones] for pools, _ in embedded.asked]
    assert stages == [[(4, 3), (2, 1)], [(4, 4), (2, 0)], [(4, 4)]]


def test_what_changes_nothing_of_the_nodes_asks_nothing_of_the_cluster(
    make_pool: Make, network: Cloud, place: Place, embedded: Embedded
) -> None:
    make_pool()
    embedded.asked.clear()
    network.update(NodePool(), POOL_ID, {**POOL, "upgradeSettings": {"maxSurge": 2}}, place)
    assert embedded.asked == []


@pytest.mark.parametrize(
    ("drain", "respected"),
    [({}, False), ({"nodeDrainConfigs": [{"respectPdbDuringNodePoolDeletion": True}]}, True)],
)
def test_a_pool_that_goes_respects_budgets_where_it_is_told_to(
    make_pool: Make, network: Cloud, embedded: Embedded, drain: Mapping[str, Any], respected: bool
) -> None:
    make_pool(**drain)
    network.delete(NodePool(), POOL_ID)
    assert embedded.asked[-1] == ([], respected)


def test_a_deleted_cluster_takes_its_pools_along(
    make_pool: Make, network: Cloud, cluster: Resource, place: Place
) -> None:
    make_pool()
    network.update(Cluster(), cluster.id, {**CLUSTER, "deletionProtection": False}, place)
    network.delete(Cluster(), cluster.id)
    assert network.find(NodePool.token) == []
    network.delete(NodePool(), POOL_ID)


def test_a_pool_whose_nodes_do_not_come_up_is_not_made(make_pool: Make, network: Cloud, embedded: Embedded) -> None:
    embedded.fails = LocalCloudError("kwok did not become ready.", "It was stopped again.", "Try again.")
    with pytest.raises(Refusal, match="kwok did not become ready"):
        make_pool()
    assert network.find(NodePool.token) == []


@pytest.mark.parametrize("spelling", [POOL_ID, "acme-prod/europe-west1-b/web/main", "europe-west1-b/web/main"])
def test_a_pool_is_imported_by_any_of_its_ids(place: Place, spelling: str) -> None:
    assert NodePool().imported(spelling, place) == POOL_ID


# --- Whom clients trust


def test_the_bundle_has_the_clouds_authority_and_whom_the_machine_trusts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = clusters.authority(tmp_path / "other")
    other.ensure()
    monkeypatch.setenv("SSL_CERT_FILE", str(other.certificate))
    bundle = clusters.trust_bundle(tmp_path)
    own = clusters.authority(tmp_path).certificate
    expected = [x509.load_pem_x509_certificate(each.read_bytes()) for each in (other.certificate, own)]
    assert x509.load_pem_x509_certificates(bundle.read_bytes()) == expected
    assert bundle.stat().st_mode & 0o777 == 0o600


def test_the_bundle_stays_the_same_where_it_is_trusted_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = clusters.trust_bundle(tmp_path)
    before = bundle.read_bytes()
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert clusters.trust_bundle(tmp_path).read_bytes() == before


def test_without_a_system_bundle_certifi_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: SimpleNamespace(cafile=None))
    certifi = importlib.import_module("certifi")
    own = clusters.authority(tmp_path)
    bundle = clusters.trust_bundle(tmp_path).read_bytes()
    assert bundle == Path(certifi.where()).read_bytes() + b"\n" + own.certificate.read_bytes()


def test_no_two_clusters_share_a_directory(tmp_path: Path) -> None:
    zonal = clusters.directory(tmp_path, "web", "europe-west1-b", "acme")
    assert zonal == tmp_path / "clusters" / "acme_europe-west1-b_web"
    assert zonal != clusters.directory(tmp_path, "b-web", "europe-west1", "acme")


def test_a_cloud_without_clusters_has_none_to_resume(tmp_path: Path) -> None:
    assert clusters.resume(tmp_path) == []
    assert clusters.all_clusters(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
