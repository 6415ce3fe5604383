"""A team's own stack: a service and a nightly job, in the namespace that the platform gives to the team."""

import pulumi
import pulumi_kubernetes as kubernetes
from web_platform import EnvironmentFromArgs, ScheduledJob, WebService

config = pulumi.Config()
platform = pulumi.StackReference(f"organization/web-platform/{pulumi.get_stack()}")
given, route = platform.require_output("tenants")["reviews"], platform.require_output("route")

# On Google Cloud the platform says where its cluster is; elsewhere the environment does.
kubeconfig = platform.require_output("platform").apply(lambda known: known.get("kubeconfig"))
on_cluster = pulumi.ResourceOptions(providers={"kubernetes": kubernetes.Provider("cluster", kubeconfig=kubeconfig)})

image, namespace = "ghcr.io/stefanprodan/podinfo:6.14.1", given["namespace"]
environment: EnvironmentFromArgs = {"config_maps": [given["configMap"]], "secrets": [given["secret"]]}

reviews = WebService(
    "reviews",
    {
        "image": image,
        "namespace": namespace,
        "port": 9898,
        "replicas": config.require_int("replicas"),
        "environment_from": environment,
        "public_host": config.require("host"),
        "gateway_namespace": route["gatewayNamespace"],
        "ingress_class": route["ingressClass"],
        "issuer": route["issuer"],
        "plugins": {"rate_limiting": {"minute": 300}},
    },
    on_cluster,
)
ScheduledJob(
    "summary",
    {
        "image": image,
        "namespace": namespace,
        "schedule": "30 4 * * *",
        "command": ["podcli", "version"],
        "environment_from": environment,
    },
    on_cluster,
)
pulumi.export("url", reviews.url)
