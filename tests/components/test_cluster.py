"""Cluster: a private GKE cluster with its nodes, its backups and the way to it."""

import json
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from pulumi import ResourceOptions
from web_platform.cluster import Cluster, ClusterArgs, hour_before, kubeconfig
from web_platform.errors import ArgumentError
from web_platform.node_pools import machine_type_fault

from tests import google_answers
from tests.components.resource_options import options_of
from tests.google_answers import DNS_ENDPOINT
from tests.recording import Recording, declare

TYPE = "web-platform:index:Cluster"
CLUSTER = "gcp:container/cluster:Cluster"
NODE_POOL = "gcp:container/nodePool:NodePool"
ACCOUNT = "gcp:serviceaccount/account:Account"
ROLE = "gcp:projects/iAMMember:IAMMember"
BACKUP_PLAN = "gcp:gkebackup/backupPlan:BackupPlan"
PROVIDER = "pulumi:providers:kubernetes"

CLUSTER_ID = "projects/acme-prod/locations/europe-west1-b/clusters/platform"
NODES = "platform-nodes@acme-prod.iam.gserviceaccount.com"
SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]
KUBECONFIG = kubeconfig("gke_acme-prod_europe-west1-b_platform", DNS_ENDPOINT)
SHIELDED = {"enableSecureBoot": True, "enableIntegrityMonitoring": True}


def arguments(**args: Any) -> ClusterArgs:
    return {
        "project": "acme-prod",
        "location": "europe-west1-b",
        "network": "projects/acme-prod/global/networks/platform",
        "subnetwork": "projects/acme-prod/regions/europe-west1/subnetworks/platform-nodes",
        "pod_range_name": "pods",
        "service_range_name": "services",
        "control_plane_range": "172.16.0.0/28",
        "node_pools": {"main": {"machine_type": "e2-standard-2", "nodes": 2}},
        **args,  # type: ignore[typeddict-item]
    }


def cluster(name: str = "platform", **args: Any) -> Recording:
    return declare(lambda: Cluster(name, arguments(**args)))


def pool(**args: Any) -> dict[str, Any]:
    """Inputs of a pool that is asked for with other arguments than a fixed size."""
    return cluster(node_pools={"main": {"machine_type": "e2-standard-2"} | args}).one(NODE_POOL, "platform-main").inputs


def options(**args: Any) -> dict[tuple[str, str], ResourceOptions]:
    """Options of every resource, which reach the engine beside the inputs."""
    return options_of(lambda opts: Cluster("platform", arguments(**args), opts))


def test_a_cluster_is_made_of_these_resources() -> None:
    assert sorted((resource.ancestry, resource.name) for resource in cluster()) == [
        (TYPE, "platform"),
        (f"{TYPE}${CLUSTER}", "platform"),
        (f"{TYPE}${NODE_POOL}", "platform-main"),
        (f"{TYPE}${BACKUP_PLAN}", "platform-backup"),
        (f"{TYPE}${ROLE}", "platform-nodes"),
        (f"{TYPE}${ACCOUNT}", "platform-nodes"),
        (f"{TYPE}${PROVIDER}", "platform-kubernetes"),
    ]


def test_the_cluster_is_private_hardened_and_asked_for_exactly_so() -> None:
    assert cluster().one(CLUSTER, "platform").inputs == {
        "name": "platform",
        "project": "acme-prod",
        "location": "europe-west1-b",
        "deletionProtection": True,
        "network": "projects/acme-prod/global/networks/platform",
        "subnetwork": "projects/acme-prod/regions/europe-west1/subnetworks/platform-nodes",
        "networkingMode": "VPC_NATIVE",
        "ipAllocationPolicy": {"clusterSecondaryRangeName": "pods", "servicesSecondaryRangeName": "services"},
        "datapathProvider": "ADVANCED_DATAPATH",
        "privateClusterConfig": {
            "enablePrivateNodes": True,
            "enablePrivateEndpoint": True,
            "masterIpv4CidrBlock": "172.16.0.0/28",
        },
        "controlPlaneEndpointsConfig": {
            "dnsEndpointConfig": {"allowExternalTraffic": True},
            "ipEndpointsConfig": {"enabled": False},
        },
        "masterAuth": {"clientCertificateConfig": {"issueClientCertificate": False}},
        "enableLegacyAbac": False,
        "anonymousAuthenticationConfig": {"mode": "LIMITED"},
        "rbacBindingConfig": {
            "enableInsecureBindingSystemAuthenticated": False,
            "enableInsecureBindingSystemUnauthenticated": False,
        },
        "workloadIdentityConfig": {"workloadPool": "acme-prod.svc.id.goog"},
        "releaseChannel": {"channel": "REGULAR"},
        "maintenancePolicy": {"dailyMaintenanceWindow": {"startTime": "02:00"}},
        "gatewayApiConfig": {"channel": "CHANNEL_STANDARD"},
        "costManagementConfig": {"enabled": True},
        "addonsConfig": {"gkeBackupAgentConfig": {"enabled": True}},
        "removeDefaultNodePool": True,
        "initialNodeCount": 1,
        "nodeConfig": {"serviceAccount": NODES, "oauthScopes": SCOPES, "shieldedInstanceConfig": SHIELDED},
        "enableShieldedNodes": True,
        "nodePoolDefaults": {"nodeConfigDefaults": {"insecureKubeletReadonlyPortEnabled": "FALSE"}},
    }


def test_what_describes_the_first_pool_never_replaces_the_cluster() -> None:
    assert options()[CLUSTER, "platform"].ignore_changes == ["initialNodeCount", "nodeConfig", "nodePools"]


def test_the_caller_chooses_channel_maintenance_and_protection() -> None:
    made = cluster(release_channel="STABLE", maintenance_start="23:30", deletion_protection=False)
    inputs = made.one(CLUSTER, "platform").inputs
    assert inputs["releaseChannel"] == {"channel": "STABLE"}
    assert inputs["maintenancePolicy"] == {"dailyMaintenanceWindow": {"startTime": "23:30"}}
    assert inputs["deletionProtection"] is False


def test_a_replacement_is_refused_by_pulumi_before_anything_in_the_cluster_is_deleted() -> None:
    assert options()[CLUSTER, "platform"].protect is True
    assert options(deletion_protection=False)[CLUSTER, "platform"].protect is False


def test_nodes_have_an_identity_that_may_log_and_nothing_else() -> None:
    recording = cluster()
    assert recording.one(ACCOUNT, "platform-nodes").inputs == {
        "project": "acme-prod",
        "accountId": "platform-nodes",
        "displayName": "Nodes of platform",
    }
    assert recording.one(ROLE, "platform-nodes").inputs == {
        "project": "acme-prod",
        "role": "roles/container.defaultNodeServiceAccount",
        "member": f"serviceAccount:{NODES}",
    }


def test_the_identity_of_nodes_has_a_name_that_google_accepts_even_when_the_clusters_is_long() -> None:
    name = "a-cluster-of-26-characters"
    (account,) = cluster(name, node_pools={"main": {"machine_type": "e2-small", "nodes": 1}}).of_type(ACCOUNT).values()
    assert len(account.inputs["accountId"]) == 30
    assert account.inputs["accountId"].endswith("-nodes")


def test_a_fixed_pool_is_asked_for_exactly_so() -> None:
    assert cluster().one(NODE_POOL, "platform-main").inputs == {
        "project": "acme-prod",
        "location": "europe-west1-b",
        "cluster": "platform",
        "nodeCount": 2,
        "management": {"autoRepair": True, "autoUpgrade": True},
        "upgradeSettings": {"strategy": "SURGE", "maxSurge": 1, "maxUnavailable": 0},
        "nodeDrainConfigs": [{"respectPdbDuringNodePoolDeletion": True}],
        "nodeConfig": {
            "machineType": "e2-standard-2",
            "imageType": "COS_CONTAINERD",
            "diskType": "pd-balanced",
            "diskSizeGb": 50,
            "spot": False,
            "taints": [],
            "serviceAccount": NODES,
            "oauthScopes": SCOPES,
            "shieldedInstanceConfig": SHIELDED,
            "workloadMetadataConfig": {"mode": "GKE_METADATA"},
        },
    }


def test_an_autoscaled_pool_starts_at_its_minimum_and_has_no_fixed_size() -> None:
    made = pool(minimum_nodes=1.0, maximum_nodes=4.0)
    assert made["autoscaling"] == {"minNodeCount": 1, "maxNodeCount": 4}
    assert made["initialNodeCount"] == 1
    assert "nodeCount" not in made


def test_the_live_count_is_the_autoscalers_where_there_is_one_and_the_programs_elsewhere() -> None:
    pools = {
        "fixed": {"machine_type": "e2-standard-2", "nodes": 2},
        "elastic": {"machine_type": "e2-standard-2", "minimum_nodes": 0, "maximum_nodes": 3},
    }
    seen = options(node_pools=pools)
    assert seen[NODE_POOL, "platform-elastic"].ignore_changes == ["nodeCount", "initialNodeCount"]
    assert not seen[NODE_POOL, "platform-fixed"].ignore_changes


def test_a_pools_replacement_comes_up_before_the_pool_goes() -> None:
    assert "name" not in cluster().one(NODE_POOL, "platform-main").inputs
    assert not options()[NODE_POOL, "platform-main"].delete_before_replace


def test_pods_have_hours_to_leave_a_pool() -> None:
    timeouts = options()[NODE_POOL, "platform-main"].custom_timeouts
    assert timeouts is not None
    assert (timeouts.update, timeouts.delete) == ("3h", "3h")


def test_pools_have_the_nodes_that_are_asked_for() -> None:
    made = pool(
        nodes=1.0,
        disk_gb=100.0,
        spot=True,
        labels={"tier": "batch"},
        taints=[
            {"key": "dedicated", "value": "batch", "effect": "NoSchedule"},
            {"key": "slow", "value": "true", "effect": "PreferNoSchedule"},
            {"key": "leaving", "value": "true", "effect": "NoExecute"},
        ],
    )
    assert made["nodeCount"] == 1
    config = made["nodeConfig"]
    assert (config["diskSizeGb"], config["spot"], config["labels"]) == (100, True, {"tier": "batch"})
    assert config["taints"] == [
        {"key": "dedicated", "value": "batch", "effect": "NO_SCHEDULE"},
        {"key": "slow", "value": "true", "effect": "PREFER_NO_SCHEDULE"},
        {"key": "leaving", "value": "true", "effect": "NO_EXECUTE"},
    ]


@pytest.mark.parametrize(
    ("machine_type", "disk"),
    [("n2-standard-4", "pd-balanced"), ("c3-standard-4", "pd-balanced"), ("n4-standard-2", "hyperdisk-balanced")],
)
def test_disks_are_of_a_kind_that_the_machines_take(machine_type: str, disk: str) -> None:
    assert pool(nodes=1, machine_type=machine_type)["nodeConfig"]["diskType"] == disk


def test_every_pool_is_made_once_its_cluster_and_the_role_of_its_nodes_exist() -> None:
    pools = {key: {"machine_type": "e2-standard-2", "nodes": 1} for key in ("main", "batch")}
    recording = cluster(node_pools=pools)
    assert sorted(recording.of_type(NODE_POOL)) == ["platform-batch", "platform-main"]
    for made in recording.of_type(NODE_POOL).values():
        assert recording.one(CLUSTER, "platform").urn in made.depends_on
        assert recording.one(ROLE, "platform-nodes").urn in made.depends_on


def test_everything_in_the_cluster_is_backed_up_each_day_before_maintenance() -> None:
    assert cluster().one(BACKUP_PLAN, "platform-backup").inputs == {
        "project": "acme-prod",
        "location": "europe-west1",
        "cluster": CLUSTER_ID,
        "description": "Everything in platform, each day",
        "backupSchedule": {"cronSchedule": "0 1 * * *"},
        "retentionPolicy": {"backupRetainDays": 14},
        "backupConfig": {"allNamespaces": True, "includeVolumeData": True, "includeSecrets": True},
    }


def test_backups_outlive_the_cluster() -> None:
    assert options()[BACKUP_PLAN, "platform-backup"].retain_on_delete is True


def test_backups_are_kept_as_long_as_is_asked_for() -> None:
    plan = cluster(backup_retention_days=90.0).one(BACKUP_PLAN, "platform-backup")
    assert plan.inputs["retentionPolicy"] == {"backupRetainDays": 90}


def test_without_days_there_is_no_plan_and_no_agent() -> None:
    recording = cluster(backup_retention_days=0)
    assert recording.of_type(BACKUP_PLAN) == {}
    assert recording.one(CLUSTER, "platform").inputs["addonsConfig"] == {"gkeBackupAgentConfig": {"enabled": False}}


@pytest.mark.parametrize(("start", "schedule"), [("02:00", "0 1 * * *"), ("00:30", "30 23 * * *")])
def test_the_hour_before_may_be_the_day_before(start: str, schedule: str) -> None:
    assert hour_before(start) == schedule


def test_a_regional_clusters_plan_is_in_its_region() -> None:
    recording = cluster(location="europe-west1")
    assert recording.one(CLUSTER, "platform").inputs["location"] == "europe-west1"
    assert recording.one(BACKUP_PLAN, "platform-backup").inputs["location"] == "europe-west1"


def test_outputs_are_the_way_to_the_cluster_which_is_no_secret_and_what_identities_need() -> None:
    assert cluster().outputs_of(TYPE, "platform") == {
        "clusterName": "platform",
        "endpoint": DNS_ENDPOINT,
        "identityPool": "acme-prod.svc.id.goog",
        "nodeServiceAccount": NODES,
        "kubeconfig": KUBECONFIG,
    }


def test_the_kubeconfig_is_what_gcloud_writes_for_a_dns_endpoint() -> None:
    written = json.loads(kubeconfig("gke_p_l_n", "gke-1.europe-west1.gke.goog"))
    hint = written["users"][0]["user"]["exec"].pop("installHint")
    assert hint.startswith("Install gke-gcloud-auth-plugin")
    assert written == {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "gke_p_l_n",
        "clusters": [{"name": "gke_p_l_n", "cluster": {"server": "https://gke-1.europe-west1.gke.goog"}}],
        "contexts": [{"name": "gke_p_l_n", "context": {"cluster": "gke_p_l_n", "user": "gke_p_l_n"}}],
        "users": [
            {
                "name": "gke_p_l_n",
                "user": {
                    "exec": {
                        "apiVersion": "client.authentication.k8s.io/v1beta1",
                        "command": "gke-gcloud-auth-plugin",
                        "provideClusterInfo": True,
                    }
                },
            }
        ],
    }


def test_a_cluster_that_cannot_be_reached_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_answers, "DNS_ENDPOINT", "")
    with pytest.raises(pulumi.RunError, match=r"^The cluster has no DNS endpoint\.\n  Danger: nothing"):
        cluster()


def test_the_provider_speaks_to_this_cluster_and_to_no_successor() -> None:
    provider = cluster().one(PROVIDER, "platform-kubernetes").inputs
    assert provider == {
        "kubeconfig": KUBECONFIG,
        "clusterIdentifier": DNS_ENDPOINT,
    }


def test_nothing_is_made_in_the_cluster_before_it_has_nodes() -> None:
    def program() -> None:
        provider = Cluster("platform", arguments()).provider
        kubernetes.core.v1.Namespace("inside", opts=ResourceOptions(provider=provider))

    recording = declare(program)
    provider = recording.one(PROVIDER, "platform-kubernetes")
    assert recording.one("kubernetes:core/v1:Namespace", "inside").provider.startswith(f"{provider.urn}::")
    assert recording.one(NODE_POOL, "platform-main").urn in provider.depends_on


class Later(pulumi.CustomResource):
    """Whatever uses an output."""

    def __init__(self, value: pulumi.Input[str]) -> None:
        super().__init__("test:index:Later", "later", {"value": value})


@pytest.mark.parametrize("output", ["cluster_name", "endpoint", "identity_pool", "kubeconfig"])
def test_what_uses_an_output_waits_for_the_cluster(output: str) -> None:
    recording = declare(lambda: Later(getattr(Cluster("platform", arguments()), output)))
    later = recording.one("test:index:Later", "later")
    assert recording.one(CLUSTER, "platform").urn in recording.waits_for(later)


def pools(**args: Any) -> dict[str, Any]:
    return {"node_pools": {"main": {"machine_type": "e2-standard-2", "nodes": 2} | args}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "Platform"}, "name is not a name that Google accepts"),
        ({"location": "europe"}, "location is 'europe', which is neither a zone nor a region"),
        ({"release_channel": "regular"}, "release_channel is 'regular', which is no release channel"),
        ({"maintenance_start": "2:00"}, "maintenance_start is '2:00', which is no time of day"),
        ({"maintenance_start": "24:00"}, "maintenance_start is '24:00', which is no time of day"),
        ({"backup_retention_days": -1}, "backup_retention_days is -1"),
        ({"backup_retention_days": 361}, "backup_retention_days is 361"),
        ({"node_pools": {}}, "node_pools is empty"),
        (pools(machine_type="large"), "node_pools.main.machine_type is 'large', which is not a machine type"),
        (pools(machine="x"), r"node_pools.main.machine is not a known key.\n.*\n.*did you mean 'machine_type'\?"),
        ({"node_pools": {"main": {"nodes": 2}}}, "node_pools.main.machine_type is missing"),
        (pools(nodes=0), "node_pools.main.nodes is 0"),
        (pools(nodes=1001), "node_pools.main.nodes is 1001"),
        (pools(nodes=None), "node_pools.main.nodes is missing, and so is minimum_nodes or maximum_nodes"),
        (pools(nodes=None, minimum_nodes=1), "node_pools.main.nodes is missing, and so is"),
        (pools(maximum_nodes=3), "node_pools.main.nodes is given, and so is minimum_nodes or maximum_nodes"),
        (pools(nodes=None, minimum_nodes=3, maximum_nodes=2), "node_pools.main.nodes is to be from 3 to 2"),
        (pools(nodes=None, minimum_nodes=0, maximum_nodes=0), "node_pools.main.nodes is to be from 0 to 0"),
        (pools(nodes=None, minimum_nodes=-1, maximum_nodes=2), "node_pools.main.nodes is to be from -1 to 2"),
        (pools(disk_gb=9), "node_pools.main.disk_gb is 9"),
        (
            pools(taints=[{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}]),
            r"node_pools.main.taints\[0\].effect is 'NO_SCHEDULE', which is no effect of a taint",
        ),
        (pools(taints=[{"key": "a", "value": "b"}]), r"node_pools.main.taints\[0\].effect is missing"),
        (
            {"node_pools": {"a" * 24: {"machine_type": "e2-standard-2", "nodes": 1}}},
            f"node_pools.{'a' * 24} makes the name 'platform-{'a' * 24}' of 33 characters, of 32 at most",
        ),
        (
            {"node_pools": {"Main": {"machine_type": "e2-standard-2", "nodes": 1}}},
            "node_pools.Main is not a name that Google accepts",
        ),
    ],
)
def test_arguments_that_would_not_work_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^Cluster '[Pp]latform': {message}"):
        cluster(**change)


@pytest.mark.parametrize(
    "machine_type", ["e2-small", "e2-standard-2", "n2d-highmem-8", "c3-standard-4-lssd", "e2-custom-4-8192"]
)
def test_machine_types_of_every_shape_are_accepted(machine_type: str) -> None:
    assert machine_type_fault(machine_type) is None
