"""A Kubernetes cluster on Google Cloud (GKE), private and hardened.

Owns the cluster, its node pools with the identity of their nodes, the plan that backs the cluster up, and a Kubernetes
provider that reaches it. Does not own the network (see `Network`), what runs in the cluster, or the identities of
workloads (see `WorkloadIdentity`).

A zonal cluster has one control plane, which Google's monthly credit for each billing account pays for; while it is
upgraded the cluster runs on, but cannot be changed. A regional cluster has three and a fee that no credit covers, and
three times the nodes, since pools count by zone.
https://cloud.google.com/kubernetes-engine/pricing
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, NotRequired, TypedDict

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from web_platform.component_arguments import checked_component
from web_platform.errors import Fault, refuse
from web_platform.locations import location_fault, region_of
from web_platform.node_pools import GkeNodePoolArgs, check_node_pools, node_pool
from web_platform.order import after
from web_platform.physical_name import physical_name, physical_name_fault

# https://cloud.google.com/iam/docs/service-accounts-create
_MAXIMUM_ACCOUNT_NAME = 30

# https://cloud.google.com/kubernetes-engine/docs/concepts/release-channels
_CHANNELS = ("RAPID", "REGULAR", "STABLE", "EXTENDED")

# A daily plan keeps at most 360 backups.
# https://cloud.google.com/kubernetes-engine/docs/add-on/backup-for-gke/reference/rest/v1/projects.locations.backupPlans
_MAXIMUM_RETENTION_DAYS = 360

_TIME = re.compile(r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)", re.ASCII)


class ClusterArgs(TypedDict):
    """Arguments of `Cluster`."""

    project: Input[str]
    """Project that the cluster belongs to."""

    location: str
    """Zone, such as `europe-west1-b`, for one control plane that Google's credit pays for; or region, such as
    `europe-west1`, for three with a fee, and nodes in three zones. It cannot be changed later."""

    network: Input[str]
    """Id of the VPC, such as `network.network`."""

    subnetwork: Input[str]
    """Id of the subnet for nodes, such as `network.subnetwork`."""

    pod_range_name: Input[str]
    """Name of the subnet's range for pods, such as `network.pod_range_name`."""

    service_range_name: Input[str]
    """Name of the subnet's range for Services, such as `network.service_range_name`."""

    control_plane_range: Input[str]
    """Addresses for the control plane, a /28 such as `network.control_plane_range`."""

    node_pools: Mapping[str, GkeNodePoolArgs]
    """Nodes of the cluster, by a short name of your own for each kind."""

    release_channel: NotRequired[str]
    """How soon new versions of Kubernetes arrive: `RAPID`, `REGULAR`, `STABLE` or `EXTENDED`. Default: `REGULAR`."""

    maintenance_start: NotRequired[str]
    """When the four hours a day begin in which Google may upgrade the cluster, as `HH:MM` in UTC. Default: `02:00`."""

    backup_retention_days: NotRequired[int]
    """Days for which the backup of each day is kept, up to 360. Backups and their plan outlive the cluster. 0 makes
    none. Default: 14."""

    deletion_protection: NotRequired[bool]
    """Whether the cluster cannot be deleted until this is false and applied. Default: true."""


class _Wanted(NamedTuple):
    """What the arguments of `Cluster` may leave out, with its defaults."""

    release_channel: str
    maintenance_start: str
    backup_retention_days: int
    deletion_protection: bool


class Cluster(pulumi.ComponentResource):
    """A private GKE cluster with its nodes, and the way to it."""

    cluster_name: Output[str]
    """Name of the cluster. What uses it is created after the cluster."""

    endpoint: Output[str]
    """Host name of the control plane. It is reached from anywhere, and IAM decides who may."""

    identity_pool: Output[str]
    """Pool that the identities of workloads belong to, such as `acme-prod.svc.id.goog`. What uses it is created after
    the cluster, before which the pool does not exist."""

    node_service_account: Output[str]
    """E-mail address of the identity that nodes have, for what they may read, such as images."""

    kubeconfig: Output[str]
    """Kubeconfig for the cluster. It holds no credentials: `gke-gcloud-auth-plugin` gets them from whoever uses it."""

    def __init__(self, name: str, args: ClusterArgs, opts: ResourceOptions | None = None) -> None:
        component = checked_component("Cluster", name, args, ClusterArgs)
        refuse(component, "name", physical_name_fault(name))
        location = args["location"]
        refuse(component, "location", location_fault(location))
        check_node_pools(component, name, args["node_pools"])
        wanted = _resolved(args)
        refuse(component, "release_channel", _channel_fault(wanted.release_channel))
        refuse(component, "maintenance_start", _time_fault(wanted.maintenance_start))
        refuse(component, "backup_retention_days", _retention_fault(wanted.backup_retention_days))

        super().__init__("web-platform:index:Cluster", name, None, opts)
        child = ResourceOptions(parent=self)
        account = gcp.serviceaccount.Account(
            f"{name}-nodes",
            project=args["project"],
            account_id=physical_name(name, _MAXIMUM_ACCOUNT_NAME, "-nodes"),
            display_name=f"Nodes of {name}",
            opts=child,
        )
        # Writing logs and metrics, and no more: the default account of Compute Engine may edit the whole project.
        # https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster#use_least_privilege_sa
        role = gcp.projects.IAMMember(
            f"{name}-nodes",
            project=args["project"],
            role="roles/container.defaultNodeServiceAccount",
            member=account.member,
            opts=child,
        )
        cluster = gcp.container.Cluster(
            name,
            **_cluster_inputs(name, args, wanted, account.email),
            opts=ResourceOptions(
                parent=self,
                # The provider's protection comes too late for a replacement: by then, all that is in the cluster has
                # been deleted. Pulumi's own refuses it in the preview.
                protect=wanted.deletion_protection,
                # These describe the first pool, which is gone by now. Google answers with those of another, and a
                # difference would replace the cluster.
                ignore_changes=["initialNodeCount", "nodeConfig", "nodePools"],
            ),
        )
        pools = [
            node_pool(f"{name}-{key}", pool, cluster, account.email, parent=self, after=role)
            for key, pool in args["node_pools"].items()
        ]
        if wanted.backup_retention_days:
            gcp.gkebackup.BackupPlan(
                f"{name}-backup",
                project=args["project"],
                location=region_of(location),
                cluster=cluster.id,
                description=f"Everything in {name}, each day",
                backup_schedule=gcp.gkebackup.BackupPlanBackupScheduleArgs(
                    cron_schedule=hour_before(wanted.maintenance_start)
                ),
                retention_policy=gcp.gkebackup.BackupPlanRetentionPolicyArgs(
                    backup_retain_days=wanted.backup_retention_days
                ),
                backup_config=gcp.gkebackup.BackupPlanBackupConfigArgs(
                    all_namespaces=True,
                    include_volume_data=True,
                    # Without Secrets a restored cluster would ask for all certificates anew, and soon meet the limits
                    # of who issues them.
                    include_secrets=True,
                ),
                # Google deletes no plan that has backups, and to lose them with the cluster is to have none. Pulumi
                # chooses the name, so that a rebuilt cluster can have a plan beside the old one.
                # https://github.com/hashicorp/terraform-provider-google/issues/15309
                opts=ResourceOptions(parent=self, retain_on_delete=True),
            )

        self.cluster_name = cluster.name
        # With the id, which is unknown until the cluster exists: until then the configuration is what was asked for.
        self.endpoint = Output.all(cluster.control_plane_endpoints_config.apply(_dns_endpoint), cluster.id).apply(
            lambda known: _existing(known[0])
        )
        self.identity_pool = after(args["project"], cluster.urn).apply(_identity_pool)
        self.node_service_account = account.email
        # No secret, so that teams can be told of it: who may come in, IAM and the cluster's own roles decide.
        self.kubeconfig = Output.all(args["project"], self.endpoint).apply(
            lambda known: kubeconfig(f"gke_{known[0]}_{location}_{name}", known[1])
        )
        self.provider = kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=self.kubeconfig,
            # Each cluster has an endpoint of its own, and keeps it for life. So a kubeconfig that changes in another
            # way replaces nothing, and a cluster that is replaced is not taken for the one that held everything.
            cluster_identifier=self.endpoint,
            # Without nodes nothing could become ready; and what runs is deleted before the nodes that it runs on.
            opts=ResourceOptions(parent=self, depends_on=pools),
        )
        """Kubernetes provider that reaches the cluster, for the options of what is to be in it. It waits for nodes."""
        self.register_outputs(
            {
                "clusterName": self.cluster_name,
                "endpoint": self.endpoint,
                "identityPool": self.identity_pool,
                "nodeServiceAccount": self.node_service_account,
                "kubeconfig": self.kubeconfig,
            }
        )


def _cluster_inputs(name: str, args: ClusterArgs, wanted: _Wanted, nodes: Input[str]) -> dict[str, Any]:
    container = gcp.container
    return {
        "name": name,
        "project": args["project"],
        "location": args["location"],
        "deletion_protection": wanted.deletion_protection,
        **_network_inputs(args),
        **_access_inputs(args),
        "release_channel": container.ClusterReleaseChannelArgs(channel=wanted.release_channel),
        "maintenance_policy": container.ClusterMaintenancePolicyArgs(
            daily_maintenance_window=container.ClusterMaintenancePolicyDailyMaintenanceWindowArgs(
                start_time=wanted.maintenance_start
            )
        ),
        # The kinds of the Gateway API, which cost nothing and which Google keeps current. Its own classes come along;
        # nothing uses them.
        "gateway_api_config": container.ClusterGatewayApiConfigArgs(channel="CHANNEL_STANDARD"),
        # Who causes which cost, by namespace, in the billing export.
        "cost_management_config": container.ClusterCostManagementConfigArgs(enabled=True),
        "addons_config": container.ClusterAddonsConfigArgs(
            gke_backup_agent_config=container.ClusterAddonsConfigGkeBackupAgentConfigArgs(
                enabled=wanted.backup_retention_days > 0
            )
        ),
        # Google makes a cluster with a first pool only. It is deleted at once, since a pool inside the cluster cannot
        # be changed without replacing the cluster; for its minutes it has the nodes' identity too, because the
        # default one may be missing.
        "remove_default_node_pool": True,
        "initial_node_count": 1,
        "node_config": container.ClusterNodeConfigArgs(
            service_account=nodes,
            oauth_scopes=["https://www.googleapis.com/auth/cloud-platform"],
            shielded_instance_config=container.ClusterNodeConfigShieldedInstanceConfigArgs(
                enable_secure_boot=True, enable_integrity_monitoring=True
            ),
        ),
        "enable_shielded_nodes": True,
        "node_pool_defaults": container.ClusterNodePoolDefaultsArgs(
            node_config_defaults=container.ClusterNodePoolDefaultsNodeConfigDefaultsArgs(
                # Whoever reaches a node could otherwise read what runs there, without credentials.
                insecure_kubelet_readonly_port_enabled="FALSE"
            )
        ),
    }


def _network_inputs(args: ClusterArgs) -> dict[str, Any]:
    """Where the cluster's addresses come from, and how packets travel."""
    container = gcp.container
    return {
        "network": args["network"],
        "subnetwork": args["subnetwork"],
        "networking_mode": "VPC_NATIVE",
        "ip_allocation_policy": container.ClusterIpAllocationPolicyArgs(
            cluster_secondary_range_name=args["pod_range_name"],
            services_secondary_range_name=args["service_range_name"],
        ),
        # Dataplane V2, without which nothing enforces network policies. It cannot be switched on later.
        "datapath_provider": "ADVANCED_DATAPATH",
        "private_cluster_config": container.ClusterPrivateClusterConfigArgs(
            enable_private_nodes=True,
            # Google answers so for a cluster without IP endpoints, whatever was asked.
            enable_private_endpoint=True,
            master_ipv4_cidr_block=args["control_plane_range"],
        ),
    }


def _access_inputs(args: ClusterArgs) -> dict[str, Any]:
    """Who reaches the control plane, and as whom."""
    container = gcp.container
    return {
        # The DNS endpoint alone: IAM guards it, so that people and hosted pipelines reach it without a VPN, and there
        # is no address to scan. https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation
        "control_plane_endpoints_config": container.ClusterControlPlaneEndpointsConfigArgs(
            dns_endpoint_config=container.ClusterControlPlaneEndpointsConfigDnsEndpointConfigArgs(
                allow_external_traffic=True
            ),
            ip_endpoints_config=container.ClusterControlPlaneEndpointsConfigIpEndpointsConfigArgs(enabled=False),
        ),
        # A client certificate could not be revoked. Passwords are gone from GKE altogether.
        "master_auth": container.ClusterMasterAuthArgs(
            client_certificate_config=container.ClusterMasterAuthClientCertificateConfigArgs(
                issue_client_certificate=False
            )
        ),
        # Whoever has no credentials learns whether the cluster is alive, and whoever has any Google account cannot be
        # given a role by mistake.
        # https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster
        "enable_legacy_abac": False,
        "anonymous_authentication_config": container.ClusterAnonymousAuthenticationConfigArgs(mode="LIMITED"),
        "rbac_binding_config": container.ClusterRbacBindingConfigArgs(
            enable_insecure_binding_system_authenticated=False,
            enable_insecure_binding_system_unauthenticated=False,
        ),
        "workload_identity_config": container.ClusterWorkloadIdentityConfigArgs(
            workload_pool=Output.from_input(args["project"]).apply(_identity_pool)
        ),
    }


def _identity_pool(project: str) -> str:
    return f"{project}.svc.id.goog"


def _dns_endpoint(config: gcp.container.outputs.ClusterControlPlaneEndpointsConfig) -> str | None:
    return config.dns_endpoint_config.endpoint if config.dns_endpoint_config else None


def _existing(endpoint: str | None) -> str:
    if not endpoint:
        raise pulumi.RunError(
            "The cluster has no DNS endpoint.\n"
            "  Danger: nothing could reach its control plane, and nothing would be made in it\n"
            "  Remedy: `pulumi refresh`; if that changes nothing, look at the cluster's control plane in the console"
        )
    return endpoint


def kubeconfig(context: str, endpoint: str) -> str:
    """What `gcloud container clusters get-credentials --dns-endpoint` writes, as JSON, which is YAML too.

    There is no certificate authority in it: the endpoint has a certificate that every client trusts.
    """
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": context, "cluster": {"server": f"https://{endpoint}"}}],
            "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
            "current-context": context,
            "users": [
                {
                    "name": context,
                    "user": {
                        "exec": {
                            "apiVersion": "client.authentication.k8s.io/v1beta1",
                            "command": "gke-gcloud-auth-plugin",
                            "installHint": "Install gke-gcloud-auth-plugin: https://cloud.google.com/kubernetes-engine"
                            "/docs/how-to/cluster-access-for-kubectl#install_plugin",
                            "provideClusterInfo": True,
                        }
                    },
                }
            ],
        }
    )


def hour_before(start: str) -> str:
    """Cron schedule of the hour before maintenance, so that what an upgrade breaks was backed up just before."""
    time = _TIME.fullmatch(start)
    assert time is not None  # noqa: S101 - refused before
    return f"{int(time['minute'])} {(int(time['hour']) - 1) % 24} * * *"


def _resolved(args: ClusterArgs) -> _Wanted:
    return _Wanted(
        release_channel=args.get("release_channel", "REGULAR"),
        maintenance_start=args.get("maintenance_start", "02:00"),
        # Numbers arrive as floats when the component is used from another language.
        backup_retention_days=int(args.get("backup_retention_days", 14)),
        deletion_protection=args.get("deletion_protection", True),
    )


def _channel_fault(channel: str) -> Fault | None:
    if channel in _CHANNELS:
        return None
    return Fault(
        what=f"is {channel!r}, which is no release channel",
        danger="Google would refuse the cluster",
        remedy=f"write one of: {', '.join(_CHANNELS)}",
    )


def _time_fault(time: str) -> Fault | None:
    if _TIME.fullmatch(time):
        return None
    return Fault(
        what=f"is {time!r}, which is no time of day",
        danger="Google would refuse the cluster",
        remedy="write hours and minutes in UTC, such as '02:00'",
    )


def _retention_fault(days: int) -> Fault | None:
    if 0 <= days <= _MAXIMUM_RETENTION_DAYS:
        return None
    return Fault(
        what=f"is {days}",
        danger="Google would refuse the plan, and the cluster would have no backups",
        remedy=f"pass days from 1 to {_MAXIMUM_RETENTION_DAYS}, or 0 for no backups",
    )
