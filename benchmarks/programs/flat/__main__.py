"""The objects that `WebService` makes of each service, written by hand with the SDK of Kubernetes alone."""

import os

import pulumi
from pulumi_kubernetes.apps.v1 import (
    Deployment,
    DeploymentSpecArgs,
    DeploymentStrategyArgs,
    RollingUpdateDeploymentArgs,
)
from pulumi_kubernetes.autoscaling.v2 import (
    CrossVersionObjectReferenceArgs,
    HorizontalPodAutoscaler,
    HorizontalPodAutoscalerSpecArgs,
    MetricSpecArgs,
    MetricTargetArgs,
    ResourceMetricSourceArgs,
)
from pulumi_kubernetes.core.v1 import (
    CapabilitiesArgs,
    ContainerArgs,
    ContainerPortArgs,
    EmptyDirVolumeSourceArgs,
    EnvVarArgs,
    EnvVarSourceArgs,
    HTTPGetActionArgs,
    LifecycleArgs,
    LifecycleHandlerArgs,
    PodSecurityContextArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    ProbeArgs,
    ResourceRequirementsArgs,
    SeccompProfileArgs,
    Secret,
    SecretKeySelectorArgs,
    SecurityContextArgs,
    Service,
    ServiceAccount,
    ServicePortArgs,
    ServiceSpecArgs,
    SleepActionArgs,
    TopologySpreadConstraintArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import (
    HTTPIngressPathArgs,
    HTTPIngressRuleValueArgs,
    Ingress,
    IngressBackendArgs,
    IngressRuleArgs,
    IngressServiceBackendArgs,
    IngressSpecArgs,
    IngressTLSArgs,
    IPBlockArgs,
    NetworkPolicy,
    NetworkPolicyEgressRuleArgs,
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicyPortArgs,
    NetworkPolicySpecArgs,
    ServiceBackendPortArgs,
)
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget, PodDisruptionBudgetSpecArgs

NAMESPACE = "services"
PORT = 8080
DEFAULT_SECCOMP = SeccompProfileArgs(type="RuntimeDefault")


def declare_service(name: str) -> None:
    """Declare one service: pods, what they may reach and who reaches them, and the route from outside."""
    selected = {"app.kubernetes.io/name": name}
    labels = {**selected, "app.kubernetes.io/managed-by": "pulumi"}
    metadata = ObjectMetaArgs(name=name, namespace=NAMESPACE, labels=labels)
    selector = LabelSelectorArgs(match_labels=selected)

    account = ServiceAccount(f"{name}-account", metadata=metadata, automount_service_account_token=False)
    policy = NetworkPolicy(f"{name}-network", metadata=metadata, spec=network(selector))
    secret = Secret(
        f"{name}-secrets",
        metadata=ObjectMetaArgs(namespace=NAMESPACE, labels=labels),
        string_data={"DATABASE_URL": pulumi.Output.secret(f"postgresql://{name}@10.16.0.3/{name}")},
        immutable=True,
    )
    PodDisruptionBudget(
        f"{name}-disruption-budget",
        metadata=metadata,
        spec=PodDisruptionBudgetSpecArgs(
            max_unavailable=1, selector=selector, unhealthy_pod_eviction_policy="AlwaysAllow"
        ),
    )
    HorizontalPodAutoscaler(
        f"{name}-autoscaler",
        metadata=metadata,
        spec=HorizontalPodAutoscalerSpecArgs(
            scale_target_ref=CrossVersionObjectReferenceArgs(api_version="apps/v1", kind="Deployment", name=name),
            min_replicas=1,
            max_replicas=3,
            metrics=[
                MetricSpecArgs(
                    type="Resource",
                    resource=ResourceMetricSourceArgs(
                        name="cpu", target=MetricTargetArgs(type="Utilization", average_utilization=80)
                    ),
                )
            ],
        ),
    )
    Deployment(
        name,
        metadata=metadata,
        spec=DeploymentSpecArgs(
            replicas=1,
            selector=selector,
            strategy=DeploymentStrategyArgs(
                type="RollingUpdate",
                rolling_update=RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0),
            ),
            template=PodTemplateSpecArgs(
                metadata=ObjectMetaArgs(labels=labels),
                spec=pod(account.metadata.name, secret.metadata.name, selector),
            ),
        ),
        opts=pulumi.ResourceOptions(depends_on=[policy], ignore_changes=["spec.replicas"]),
    )
    service = Service(
        f"{name}-service",
        metadata=metadata,
        spec=ServiceSpecArgs(
            type="ClusterIP",
            selector=selected,
            ports=[ServicePortArgs(name="http", port=80, target_port="http")],
        ),
    )
    Ingress(
        f"{name}-ingress",
        metadata=ObjectMetaArgs(
            name=name,
            namespace=NAMESPACE,
            labels=labels,
            annotations={
                "konghq.com/protocols": "https",
                "konghq.com/https-redirect-status-code": "308",
                "konghq.com/strip-path": "false",
                "konghq.com/preserve-host": "true",
            },
        ),
        spec=IngressSpecArgs(
            ingress_class_name="kong",
            tls=[IngressTLSArgs(hosts=[f"{name}.example.com"], secret_name="wildcard-tls")],  # noqa: S106 - its name
            rules=[
                IngressRuleArgs(
                    host=f"{name}.example.com",
                    http=HTTPIngressRuleValueArgs(
                        paths=[
                            HTTPIngressPathArgs(
                                path="/",
                                path_type="Prefix",
                                backend=IngressBackendArgs(
                                    service=IngressServiceBackendArgs(
                                        name=service.metadata.name, port=ServiceBackendPortArgs(number=80)
                                    )
                                ),
                            )
                        ]
                    ),
                )
            ],
        ),
    )


def network(selector: LabelSelectorArgs) -> NetworkPolicySpecArgs:
    """The gateway comes in; DNS and the database can be reached."""

    def namespace(name: str) -> NetworkPolicyPeerArgs:
        return NetworkPolicyPeerArgs(
            namespace_selector=LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": name})
        )

    def block(cidr: str) -> NetworkPolicyPeerArgs:
        return NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr=cidr))

    def port(number: int, protocol: str = "TCP") -> NetworkPolicyPortArgs:
        return NetworkPolicyPortArgs(port=number, protocol=protocol)

    return NetworkPolicySpecArgs(
        pod_selector=selector,
        policy_types=["Ingress", "Egress"],
        ingress=[NetworkPolicyIngressRuleArgs(from_=[namespace("kong")], ports=[port(PORT)])],
        egress=[
            NetworkPolicyEgressRuleArgs(
                to=[namespace("kube-system"), block("169.254.20.10/32"), block("169.254.169.254/32")],
                ports=[port(53, "UDP"), port(53)],
            ),
            NetworkPolicyEgressRuleArgs(to=[block("10.16.0.3/32")], ports=[port(5432)]),
        ],
    )


def pod(account: pulumi.Input[str], secret: pulumi.Input[str], selector: LabelSelectorArgs) -> PodSpecArgs:
    """A pod that the restricted Pod Security Standard admits, with one container that answers HTTP."""
    live = HTTPGetActionArgs(path="/healthz", port="http")
    return PodSpecArgs(
        topology_spread_constraints=[
            TopologySpreadConstraintArgs(
                max_skew=1,
                topology_key="kubernetes.io/hostname",
                when_unsatisfiable="ScheduleAnyway",
                label_selector=selector,
                match_label_keys=["pod-template-hash"],
            )
        ],
        service_account_name=account,
        automount_service_account_token=False,
        enable_service_links=False,
        security_context=PodSecurityContextArgs(
            run_as_non_root=True,
            run_as_user=65532,
            run_as_group=65532,
            fs_group=65532,
            seccomp_profile=DEFAULT_SECCOMP,
        ),
        termination_grace_period_seconds=30,
        containers=[
            ContainerArgs(
                name="main",
                image="registry.example.com/shop:1.4.2",
                image_pull_policy="Always",
                env=[
                    EnvVarArgs(name="LOG_LEVEL", value="info"),
                    EnvVarArgs(name="PORT", value="8080"),
                    EnvVarArgs(
                        name="DATABASE_URL",
                        value_from=EnvVarSourceArgs(
                            secret_key_ref=SecretKeySelectorArgs(name=secret, key="DATABASE_URL")
                        ),
                    ),
                ],
                resources=ResourceRequirementsArgs(
                    requests={"cpu": "100m", "memory": "256Mi", "ephemeral-storage": "128Mi"},
                    limits={"memory": "256Mi", "ephemeral-storage": "128Mi"},
                ),
                security_context=SecurityContextArgs(
                    allow_privilege_escalation=False,
                    read_only_root_filesystem=True,
                    run_as_non_root=True,
                    capabilities=CapabilitiesArgs(drop=["ALL"]),
                    seccomp_profile=DEFAULT_SECCOMP,
                ),
                volume_mounts=[VolumeMountArgs(name="scratch-tmp", mount_path="/tmp")],  # noqa: S108 - inside the container
                ports=[ContainerPortArgs(name="http", container_port=PORT)],
                startup_probe=ProbeArgs(http_get=live, period_seconds=2, failure_threshold=30),
                liveness_probe=ProbeArgs(http_get=live, period_seconds=10, failure_threshold=3, timeout_seconds=3),
                readiness_probe=ProbeArgs(
                    http_get=HTTPGetActionArgs(path="/readyz", port="http"),
                    period_seconds=5,
                    failure_threshold=2,
                    timeout_seconds=3,
                ),
                lifecycle=LifecycleArgs(pre_stop=LifecycleHandlerArgs(sleep=SleepActionArgs(seconds=5))),
            )
        ],
        volumes=[VolumeArgs(name="scratch-tmp", empty_dir=EmptyDirVolumeSourceArgs(size_limit="64Mi"))],
    )


for number in range(int(os.environ["SERVICES"])):
    declare_service(f"shop-{number}")
