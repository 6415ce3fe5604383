"""The service in a stack: in the namespace that the platform's stack of the same name gives to the team."""

import pulumi
import pulumi_kubernetes as kubernetes
from web_platform import WebService

config = pulumi.Config()
platform = pulumi.StackReference(f"organization/web-platform/{pulumi.get_stack()}")
team, route = platform.require_output("tenants")["hello-service"], platform.require_output("route")

# On Google Cloud the platform says where its cluster is; elsewhere the environment does.
kubeconfig = platform.require_output("platform").apply(lambda known: known.get("kubeconfig"))
cluster = kubernetes.Provider("cluster", kubeconfig=kubeconfig)

# In the integration mode, pods run a folder of the nodes in place of what the image holds.
sources = config.require("sources")

service = WebService(
    "hello-service",
    {
        "image": config.require("image"),
        "namespace": team["namespace"],
        "replicas": config.require_int("replicas"),
        "environment": {"GREETING": config.require("greeting")},
        "environment_from": {"config_maps": [team["configMap"]], "secrets": [team["secret"]]},
        "source_mount": {"node_path": sources, "mount_path": "/app"} if sources else None,
        "public_host": config.require("host"),
        "gateway_namespace": route["gatewayNamespace"],
        "ingress_class": route["ingressClass"],
        "issuer": route["issuer"],
    },
    pulumi.ResourceOptions(providers={"kubernetes": cluster}),
)
pulumi.export("url", service.url)
