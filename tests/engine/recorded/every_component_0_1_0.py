"""Every component once, with whatever makes it declare more resources."""

import pulumi
import pulumi_gcp as gcp
import web_platform as web

REGION = "europe-west1"
IMAGE = "ghcr.io/stefanprodan/podinfo:6.14.1"
charts: web.ChartSourceArgs = {"directory": pulumi.Config().require("charts"), "stand_in": "addon"}

# On Google Cloud.
APIS = (
    *("artifactregistry", "bigquery", "compute", "container", "dns", "gkebackup", "iam", "iamcredentials", "logging"),
    *("monitoring", "pubsub", "servicenetworking", "sqladmin", "storage"),
)
google = gcp.Provider("google", project="example-prod", region=REGION, zone=f"{REGION}-b")
on_google = pulumi.ResourceOptions(providers={"gcp": google})
project = web.EnabledApis(
    "apis",
    {
        "project": "example-prod",
        "apis": [f"{api}.googleapis.com" for api in APIS],
        "agents": ["pubsub.googleapis.com"],
    },
    on_google,
).project
number = gcp.organizations.get_project_output(
    project_id=project, opts=pulumi.InvokeOutputOptions(provider=google)
).number
network = web.Network("main", {"project": project, "region": REGION}, on_google)
cluster = web.Cluster(
    "main",
    {
        "project": project,
        "location": f"{REGION}-b",
        "network": network.network,
        "subnetwork": network.subnetwork,
        "pod_range_name": network.pod_range_name,
        "service_range_name": network.service_range_name,
        "control_plane_range": network.control_plane_range,
        "node_pools": {"main": {"machine_type": "e2-standard-2", "nodes": 1}},
        "deletion_protection": False,
    },
    on_google,
)
web.Registry(
    "main",
    {
        "project": project,
        "location": REGION,
        "readers": {"nodes": pulumi.Output.concat("serviceAccount:", cluster.node_service_account)},
    },
    on_google,
)
web.DnsZone(
    "main",
    {
        "project": project,
        "domain": "example.com",
        "hosts": ["shop.example.com", "*.shops.example.com"],
        "address": network.gateway_address,
    },
    on_google,
)
web.Database(
    "main",
    {"project": project, "region": REGION, "network": network.private_services, "databases": ["shop"]},
    on_google,
)
columns: list[web.BigQueryColumnArgs] = [{"name": "ordered_at", "type": "TIMESTAMP", "mode": "REQUIRED"}]
tables: dict[str, web.BigQueryTableArgs] = {"orders": {"columns": columns, "partition_by": "ordered_at"}}
reporting = web.Dataset(
    "reporting",
    {"project": project, "location": REGION, "tables": tables, "readers": ["analysts@example.com"]},
    on_google,
)
archive = web.Dataset("archive", {"project": project, "location": REGION}, on_google)
orders = web.Topic(
    "orders",
    {
        "project": project,
        "project_number": number,
        "schema": {"definition": '{"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]}'},
        "subscriptions": {"mailer": {}},
        "archive_dataset": archive.dataset,
    },
    on_google,
)
uploads = web.Bucket("uploads", {"project": project, "location": REGION, "expire_days": 365}, on_google)
web.WorkloadIdentity(
    "mailer",
    {
        "project": project,
        "project_number": number,
        "identity_pool": cluster.identity_pool,
        "namespace": "shop",
        "service_account": "mailer",
        "publishes": {"orders": orders.topic},
        "subscribes": {"orders": orders.subscriptions["mailer"]},
        "datasets": {"reporting": reporting.dataset},
        "buckets": {"uploads": uploads.bucket},
        "project_roles": ["roles/cloudtrace.agent"],
    },
    on_google,
)
web.DnsSolver(
    "cert-manager",
    {
        "project": project,
        "project_number": number,
        "identity_pool": cluster.identity_pool,
        "namespace": "cert-manager",
        "service_account": "cert-manager",
    },
    on_google,
)

# In a cluster.
kong = web.Namespace("kong", {}).namespace
gateway = web.Gateway("kong", {"namespace": kong, "replicas": 2, "maximum_replicas": 4, "chart_source": charts})
certificates = web.CertificateManager(
    "cert-manager",
    {
        "namespace": web.Namespace("cert-manager", {}).namespace,
        "issuer": {"authority": web.CertificateAuthority.PRIVATE_CA},
        "chart_source": charts,
    },
)
size: web.NamespaceSizeArgs = {"cpu": "2", "memory": "4Gi"}
shop = web.Namespace(
    "shop",
    {"default_deny": True, "gateway_namespace": kong, "quota": size, "maximum_pods": 50, "largest_memory": "2Gi"},
).namespace
web.StandIns(
    "stand-ins",
    {
        "namespace": web.Namespace("stand-ins", {}).namespace,
        "project": "example-prod",
        "callers": [{"namespace": shop}],
        "databases": ["shop"],
        "topics": {"orders": {"subscriptions": {"mailer": {}}}},
        "datasets": {"reporting": tables},
        "buckets": ["uploads"],
    },
)
partner = web.KongConsumer(
    "partner",
    {
        "namespace": shop,
        "ingress_class": gateway.ingress_class,
        "groups": ["partners"],
        "key_auth": {},
        "basic_auth": {},
        "jwt": {},
    },
)
addresses = web.KongPlugin(
    "office-only",
    {
        "plugin": {"ip_restriction": {"allow": ["203.0.113.0/24"]}},
        "ingress_class": gateway.ingress_class,
        "namespace": shop,
    },
)
container: web.ContainerArgs = {"image": IMAGE, "command": ["podcli", "version"]}
web.WebService(
    "storefront",
    {
        "image": IMAGE,
        "namespace": shop,
        "port": 9898,
        "replicas": 2,
        "autoscaling": {"maximum_replicas": 4},
        "environment": {"LOG_LEVEL": "info"},
        "secret_environment": {"API_KEY": "example"},
        "files": {"/etc/shop/settings.yaml": "theme: dark\n"},
        "secret_files": {"/etc/shop/licence": "example"},
        "sidecars": {"proxy": {"image": IMAGE}},
        "init_containers": {"check": container},
        "migration": {"command": ["podcli", "version"]},
        "public_host": "shop.example.com",
        "gateway_namespace": kong,
        "ingress_class": gateway.ingress_class,
        "issuer": certificates.issuer,
        "plugins": {"cors": {"origins": ["https://shop.example.com"]}, "key_auth": {}},
        "service_plugins": {"rate_limiting": {"minute": 100}},
        "shared_plugins": [addresses.plugin],
        "consumers": [partner.group],
    },
)
web.Worker("mailer", {"image": IMAGE, "namespace": shop, "autoscaling": {"maximum_replicas": 3}})
web.ScheduledJob("nightly", {"image": IMAGE, "namespace": shop, "schedule": "30 4 * * *"})
web.OneOffJob("import", {"image": IMAGE, "namespace": shop, "command": ["podcli", "version"]})
web.NodeAgent(
    "logs",
    {
        "image": IMAGE,
        "namespace": web.Namespace("logs", {"pod_security": web.PodSecurity.PRIVILEGED}).namespace,
        "node_folders": {"/logs": "/var/log"},
    },
)
web.Tenant("reviews", {"gateway_namespace": kong, "environment": {"A": "a"}, "secret_environment": {"B": "b"}})
web.HelmAddon(
    "kibana",
    {
        "chart": "kibana",
        "repository": "https://helm.elastic.co",
        "version": "8.5.1",
        "namespace": web.Namespace("kibana", {"pod_security": web.PodSecurity.BASELINE}).namespace,
        "chart_source": charts,
    },
)
