"""The infrastructure of the web platform, from top to bottom.

Stacks differ in their settings only (Pulumi.<stack>.yaml); nothing here asks which stack it is.
"""

import pulumi
from pulumi import Output, ResourceOptions
from web_platform import (
    CertificateManager,
    Gateway,
    HelmAddon,
    KongConsumer,
    Namespace,
    NodeAgent,
    OneOffJob,
    ScheduledJob,
    Tenant,
    WebService,
    Worker,
)

import platforms
import settings as stack_settings

settings = stack_settings.from_pulumi()
charts = stack_settings.chart_source(settings.charts)
sources = stack_settings.source_mounts(settings)

# What everything stands on: identical nodes, the network, the database, messaging, the warehouse, files and DNS on
# Google Cloud, or what stands in for them in the cluster of a laptop.
platform = platforms.choose(settings)
in_cluster = ResourceOptions(providers={"kubernetes": platform.kubernetes})

# What every service relies on: certificates for its host, and a gateway that takes requests to it.
certificates = CertificateManager(
    "cert-manager",
    {
        "namespace": Namespace("cert-manager", {}, in_cluster).namespace,
        "highly_available": settings.certificates.highly_available,
        "issuer": {**stack_settings.issuer_args(settings.certificates), "dns01": platform.dns01},
        "chart_source": charts,
    },
    in_cluster,
)
gateway_namespace = Namespace("kong", {}, in_cluster).namespace
gateway = Gateway(
    "kong",
    {
        "namespace": gateway_namespace,
        **stack_settings.gateway_args(settings.gateway),
        "address": platform.gateway_address,
        "chart_source": charts,
    },
    in_cluster,
)

# Who calls services and is known to the gateway. A service that lets in a group is made after everybody in it.
services_namespace = Namespace(
    stack_settings.SERVICES_NAMESPACE,
    {
        "default_deny": True,
        "gateway_namespace": gateway_namespace,
        "quota": settings.services_quota(),
        "largest_memory": settings.largest_memory(),
    },
    in_cluster,
).namespace
consumers = {
    name: KongConsumer(
        name,
        {
            **stack_settings.consumer_args(consumer),
            "namespace": services_namespace,
            "ingress_class": gateway.ingress_class,
        },
        in_cluster,
    )
    for name, consumer in sorted(settings.consumers.items())
}
groups = {
    group: Output.all(group, *(consumers[member].group for member in members)).apply(lambda known: str(known[0]))
    for group, members in settings.groups().items()
}

# The services, each with rights to what it declares that it needs. Of several on one host, the first asks for the
# host's certificate and the others share it.
services: dict[str, WebService] = {}
for name, service in sorted(settings.services.items()):
    host, certifier = settings.host(name), settings.certifier(name)
    provided = platform.provide(name, service, services_namespace) | platforms.calls(service, services_namespace)
    services[name] = WebService(
        name,
        {
            **provided.added_to(stack_settings.workload_args(service, services_namespace)),
            "callers": settings.callers(name),
            "source_mount": sources[name],
            **stack_settings.route_args(
                service,
                {
                    "public_host": host,
                    "public_path": service.path,
                    "gateway_namespace": gateway_namespace,
                    "ingress_class": gateway.ingress_class,
                    "gateway_class": gateway.gateway_class,
                    "issuer": certificates.issuer_for(host),
                    "tls_secret": services[certifier].tls_secret if certifier in services else None,
                    "consumers": [groups[group] for group in service.consumers],
                },
            ),
        },
        in_cluster,
    )

# Work that nobody asks for over the network: for ever, by the clock, once, and on each node.
for name, worker in sorted(settings.workers.items()):
    provided = platform.provide(name, worker, services_namespace) | platforms.calls(worker, services_namespace)
    Worker(
        name,
        {
            **provided.added_to(stack_settings.workload_args(worker, services_namespace)),
            "autoscaling": stack_settings.worker_autoscaling_args(worker, provided.subscriptions),
            "source_mount": sources[name],
        },
        in_cluster,
    )
for name, scheduled in sorted(settings.scheduled_jobs.items()):
    provided = platform.provide(name, scheduled, services_namespace) | platforms.calls(scheduled, services_namespace)
    ScheduledJob(name, provided.added_to(stack_settings.workload_args(scheduled, services_namespace)), in_cluster)
for name, job in sorted(settings.jobs.items()):
    provided = platform.provide(name, job, services_namespace) | platforms.calls(job, services_namespace)
    OneOffJob(name, provided.added_to(stack_settings.workload_args(job, services_namespace)), in_cluster)
for name, agent in sorted(settings.node_agents.items()):
    agent_namespace = Namespace(
        name, {"pod_security": settings.agent_security(name), "default_deny": True}, in_cluster
    ).namespace
    provided = platform.provide(name, agent, agent_namespace) | platforms.calls(agent, services_namespace)
    NodeAgent(name, provided.added_to(stack_settings.workload_args(agent, agent_namespace)), in_cluster)

# Teams that deploy from stacks of their own: a namespace, and what the platform gives to those who ask for it.
tenants: dict[str, Tenant] = {}
for name, tenant in sorted(settings.tenants.items()):
    provided = platform.provide(name, tenant, name)
    tenants[name] = Tenant(
        name,
        {
            "gateway_namespace": gateway_namespace,
            "quota": settings.tenant_quota(name),
            "largest_memory": settings.largest_memory(),
            "environment": provided.environment,
            "secret_environment": provided.secret_environment,
            "network_paths": provided.network_paths,
            "deployers": tenant.deployers,
            "hosts": tenant.hosts,
        },
        in_cluster,
    )

# Any other chart, in namespaces of their own.
addon_namespaces = {
    name: Namespace(name, {"pod_security": standard}, in_cluster).namespace
    for name, standard in sorted(settings.addon_namespaces().items())
}
addons: dict[str, HelmAddon] = {}
for name, addon in settings.enabled_addons().items():
    after = ResourceOptions(depends_on=[addons[other] for other in addon.depends_on])
    addons[name] = HelmAddon(
        name,
        {
            "namespace": addon_namespaces[settings.addon_namespace(name)],
            "chart": addon.chart,
            "repository": addon.repository,
            "version": addon.version,
            "value_files": addon.value_files,
            "values": addon.values,
            "skip_crds": addon.skip_crds,
            "timeout_seconds": addon.timeout_seconds,
            "ready_when": addon.readiness(),
            "chart_source": charts,
        },
        ResourceOptions.merge(in_cluster, after),
    )

pulumi.export("urls", {name: services[name].url for name in settings.public_services()})
pulumi.export("consumers", {name: consumer.credentials for name, consumer in consumers.items()})
pulumi.export("gatewayAddress", gateway.address)
pulumi.export("platform", platform.outputs)
# What a team's own stack takes by a StackReference: its place, and what its public services say of gateway and issuer.
pulumi.export(
    "tenants",
    {
        name: {"namespace": tenant.namespace, "configMap": tenant.config_map, "secret": tenant.secret}
        for name, tenant in tenants.items()
    },
)
pulumi.export(
    "route",
    {
        "gatewayNamespace": gateway_namespace,
        "ingressClass": gateway.ingress_class,
        "gatewayClass": gateway.gateway_class,
        "issuer": certificates.issuer,
    },
)
# Works before DNS knows the hosts; before that, nobody certifies them for the world, hence --insecure.
pulumi.export(
    "try",
    {
        name: Output.format(
            "curl --insecure --resolve {0}:443:{1} {2}",
            settings.example_host(name),
            gateway.address,
            services[name].url,
        )
        for name in settings.public_services()
    },
)
pulumi.export(
    "inspect",
    Output.format(
        "kubectl get deployments,pods,services,ingresses,certificates,cronjobs,jobs --namespace {0}", services_namespace
    ),
)
