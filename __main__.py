"""The infrastructure of the web platform, from top to bottom.

Stacks differ in their settings only (Pulumi.<stack>.yaml); nothing here asks which stack it is.
"""

import pulumi
from pulumi import Output, ResourceOptions
from web_platform import CertificateManager, Gateway, HelmAddon, Namespace, WebService

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
        "chart_source": charts,
    },
    in_cluster,
)
gateway = Gateway(
    "kong",
    {
        "namespace": Namespace("kong", {}, in_cluster).namespace,
        "replicas": settings.gateway.replicas,
        "cpu": settings.gateway.cpu,
        "memory": settings.gateway.memory,
        "address": platform.gateway_address,
        "chart_source": charts,
    },
    in_cluster,
)

# The services, each with rights to what it declares that it needs. Of several on one host, the first asks for the
# host's certificate and the others share it.
services: dict[str, WebService] = {}
certified: dict[str, WebService] = {}
services_namespace = Namespace("services", {}, in_cluster).namespace
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
            "issuer": certificates.issuer,
            "tls_secret": certified[host].tls_secret if host in certified else None,
        },
        in_cluster,
    )
    certified.setdefault(host, services[name])

# Any other chart, in namespaces of their own.
addon_namespaces = {
    name: Namespace(name, {"pod_security": standard}, in_cluster).namespace
    for name, standard in sorted(settings.addon_namespaces().items())
}
for name, addon in sorted(settings.addons.items()):
    HelmAddon(
        name,
        {
            "namespace": addon_namespaces[settings.addon_namespace(name)],
            "chart": addon.chart,
            "repository": addon.repository,
            "version": addon.version,
            "values": addon.values,
            "timeout_seconds": addon.timeout_seconds,
            "chart_source": charts,
        },
        in_cluster,
    )

pulumi.export("urls", {name: service.url for name, service in services.items()})
pulumi.export("gatewayAddress", gateway.address)
pulumi.export("platform", platform.outputs)
# Works before DNS knows the hosts. The certificates sign themselves, hence --insecure.
pulumi.export(
    "try",
    {
        name: Output.format(
            "curl --insecure --resolve {0}:443:{1} {2}", settings.host(name), gateway.address, service.url
        )
        for name, service in services.items()
    },
)
pulumi.export(
    "inspect",
    Output.format("kubectl get deployments,pods,services,ingresses,certificates --namespace {0}", services_namespace),
)
