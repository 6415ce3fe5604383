"""The infrastructure of the web platform, from top to bottom.

Stacks differ in their settings only (Pulumi.<stack>.yaml); nothing here asks which stack it is.
"""

import pulumi
from pulumi import Output, ResourceOptions
from web_platform import CertificateManager, Gateway, HelmAddon, KongConsumer, Namespace, WebService

import platforms
import settings as stack_settings

settings = stack_settings.from_pulumi()
charts = stack_settings.chart_source(settings.charts)

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
services_namespace = Namespace("services", {"admits_from": [gateway_namespace]}, in_cluster).namespace
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
certified: dict[str, WebService] = {}
for name, service in sorted(settings.services.items()):
    host = settings.host(name)
    provided = platform.provide(name, services_namespace)
    services[name] = WebService(
        name,
        {
            "namespace": services_namespace,
            "image": service.image,
            "port": service.port,
            "replicas": service.replicas,
            "environment": {**provided.environment, **service.environment},
            "secret_environment": provided.secret_environment,
            "network_paths": provided.network_paths,
            "cpu": service.cpu,
            "memory": service.memory,
            "liveness_path": service.liveness_path,
            "readiness_path": service.readiness_path,
            "public_host": host,
            "public_path": service.path,
            "ingress_class": gateway.ingress_class,
            "gateway_class": gateway.gateway_class,
            "issuer": certificates.issuer_for(host),
            "tls_secret": certified[host].tls_secret if host in certified else None,
            "plugins": stack_settings.plugins_args(service.plugins),
            "consumers": [groups[group] for group in service.consumers],
        },
        in_cluster,
    )
    certified.setdefault(host, services[name])

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

pulumi.export("urls", {name: service.url for name, service in services.items()})
pulumi.export("consumers", {name: consumer.credentials for name, consumer in consumers.items()})
pulumi.export("gatewayAddress", gateway.address)
pulumi.export("platform", platform.outputs)
# Works before DNS knows the hosts; before that, nobody certifies them for the world, hence --insecure.
pulumi.export(
    "try",
    {
        name: Output.format(
            "curl --insecure --resolve {0}:443:{1} {2}", settings.example_host(name), gateway.address, service.url
        )
        for name, service in services.items()
    },
)
pulumi.export(
    "inspect",
    Output.format("kubectl get deployments,pods,services,ingresses,certificates --namespace {0}", services_namespace),
)
