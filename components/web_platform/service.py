"""A web service: pods that answer HTTP, and the way to them from outside.

Owns the service's Deployment, Service and ServiceAccount, and with a public host its Ingress and its certificate.
Does not own the namespace, the gateway, the issuer, or DNS. Pods start beside the gateway and cert-manager; the route
and the certificate wait for them, since `ingress_class` and `issuer` are outputs of those.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from web_platform.errors import Fault, check_keys, refuse
from web_platform.pods import resources
from web_platform.syntax import (
    cpu_fault,
    environment_name_fault,
    host_fault,
    image_fault,
    memory_fault,
    path_fault,
    probe_path_fault,
    service_name_fault,
)

# Port of the Service. Callers inside the cluster need not know which port the container listens on.
_SERVICE_PORT = 80

# A user that owns nothing. Kubernetes can tell only of a number that it is not root, and many images name their user.
_USER = 65532

# Many languages need a place for temporary files, and the rest of the file system is read-only.
_SCRATCH = "/tmp"  # noqa: S108 - inside a container, where nobody else is

# The gateway learns of a leaving pod a moment after the pod is told to stop: until then requests still arrive.
_DRAIN_SECONDS = 5


class WebServiceArgs(TypedDict):
    """Arguments of `WebService`."""

    image: Input[str]
    """Image to run, with a tag other than `latest` or with a digest. It runs without root and without write access to
    its own files; `/tmp` is writable."""

    namespace: Input[str]
    """Namespace that the service lives in. It must exist; the restricted Pod Security Standard fits."""

    port: NotRequired[int]
    """Port that the container listens on for HTTP. Default: 8080."""

    replicas: NotRequired[int]
    """Pods that serve requests. Default: 1."""

    environment: NotRequired[Mapping[str, Input[str]]]
    """Environment variables of the container. Not for secrets: whoever may see the Deployment may read them."""

    cpu: NotRequired[str]
    """CPU that each pod is sure to get. It may use more where nobody else needs it. Default: `100m`."""

    memory: NotRequired[str]
    """Memory of each pod, reserved and at most. Default: `128Mi`."""

    liveness_path: NotRequired[str]
    """Path that answers while the process works. A pod that stops answering is restarted. Default: `/healthz`."""

    readiness_path: NotRequired[str]
    """Path that answers while requests can be served. A pod gets none while it does not. Default: `/readyz`."""

    public_host: NotRequired[str | None]
    """Host under which the service is reached from outside, over HTTPS. Default: none, inside the cluster only."""

    public_path: NotRequired[str]
    """Path under `public_host` below which requests come here, passed on as it is. Default: `/`."""

    ingress_class: NotRequired[Input[str] | None]
    """Ingress class of the gateway, such as `gateway.ingress_class`. Required with `public_host`."""

    issuer: NotRequired[Input[str] | None]
    """ClusterIssuer that certifies `public_host`, such as `certificates.issuer`. Required with it, unless there is a
    `tls_secret`."""

    tls_secret: NotRequired[Input[str] | None]
    """Secret that holds the certificate of `public_host`, where another service on this host has asked for one already.
    Default: the service asks `issuer` for its own."""


class _Wanted(NamedTuple):
    """The arguments of `WebService`, with its defaults for what was left out."""

    image: Input[str]
    namespace: Input[str]
    port: int
    replicas: int
    environment: Mapping[str, Input[str]]
    cpu: str
    memory: str
    liveness_path: str
    readiness_path: str
    public_host: str | None
    public_path: str
    ingress_class: Input[str] | None
    issuer: Input[str] | None
    tls_secret: Input[str] | None


class WebService(pulumi.ComponentResource):
    """A service that answers HTTP: generates its pods, its address in the cluster, its public route and certificate."""

    address: Output[str]
    """Address of the service inside the cluster, such as `http://shop.services.svc`."""

    url: Output[str] | None
    """Address of the service from outside. Absent without a public host."""

    tls_secret: Output[str] | None
    """Secret that holds the certificate of the public host. Absent without one."""

    def __init__(self, name: str, args: WebServiceArgs, opts: ResourceOptions | None = None) -> None:
        component = f"WebService {name!r}"
        check_keys(component, args, WebServiceArgs)
        refuse(component, "name", service_name_fault(name))
        wanted = _resolved(args)
        _check(component, wanted)
        if wanted.public_host is None:
            refuse(component, "public_host", _needed_fault(args))

        super().__init__("web-platform:index:WebService", name, None, opts)
        labels = {"app.kubernetes.io/name": name}
        metadata = kubernetes.meta.v1.ObjectMetaArgs(
            name=name,
            namespace=wanted.namespace,
            labels=labels | {"app.kubernetes.io/managed-by": "pulumi"},
        )
        child = ResourceOptions(parent=self)
        account = kubernetes.core.v1.ServiceAccount(
            f"{name}-account", metadata=metadata, automount_service_account_token=False, opts=child
        )
        kubernetes.apps.v1.Deployment(
            name,
            metadata=metadata,
            spec=_deployment_spec(wanted, labels, account.metadata.apply(lambda made: made.name or name)),
            opts=child,
        )
        service = kubernetes.core.v1.Service(
            f"{name}-service",
            metadata=metadata,
            spec=kubernetes.core.v1.ServiceSpecArgs(
                type="ClusterIP",
                selector=labels,
                ports=[kubernetes.core.v1.ServicePortArgs(name="http", port=_SERVICE_PORT, target_port="http")],
            ),
            opts=child,
        )
        self.address = Output.concat("http://", name, ".", wanted.namespace, ".svc")
        self.url = None
        self.tls_secret = None
        if wanted.public_host is not None:
            self.tls_secret = self._certified(name, wanted, wanted.public_host, metadata)
            route = _ingress_spec(
                wanted, wanted.public_host, service.metadata.apply(lambda made: made.name or name), self.tls_secret
            )
            kubernetes.networking.v1.Ingress(
                f"{name}-ingress",
                metadata=kubernetes.meta.v1.ObjectMetaArgs(
                    name=name, namespace=wanted.namespace, labels=metadata.labels, annotations=_ROUTE_ANNOTATIONS
                ),
                spec=route,
                opts=child,
            )
            self.url = Output.from_input(f"https://{wanted.public_host}{wanted.public_path}")
        self.register_outputs({"address": self.address, "url": self.url, "tlsSecret": self.tls_secret})

    def _certified(
        self, name: str, wanted: _Wanted, host: str, metadata: kubernetes.meta.v1.ObjectMetaArgs
    ) -> Output[str]:
        """Name the Secret that holds the host's certificate, and ask for the certificate unless another service did."""
        if wanted.tls_secret is not None:
            return Output.from_input(wanted.tls_secret)
        secret = f"{name}-tls"
        kubernetes.apiextensions.CustomResource(
            f"{name}-certificate",
            api_version="cert-manager.io/v1",
            kind="Certificate",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=secret, namespace=wanted.namespace, labels=metadata.labels),
            spec=certificate_spec(secret, host, wanted.issuer),
            opts=ResourceOptions(parent=self),
        )
        return Output.from_input(secret)


# Without an explicit list of protocols the controller leaves them to the gateway, which would also answer in plain
# HTTP. A redirect, because browsers and old links begin with http; 308, because it keeps the method. ACME challenges
# have Ingresses of their own and stay reachable without TLS.
_ROUTE_ANNOTATIONS = {
    "konghq.com/protocols": "https",
    "konghq.com/https-redirect-status-code": "308",
    "konghq.com/strip-path": "false",
    "konghq.com/preserve-host": "true",
}


def certificate_spec(secret: str, host: str, issuer: Input[str] | None) -> dict[str, Any]:
    """What is asked of cert-manager for one host."""
    spec: dict[str, Any] = {
        "secretName": secret,
        "dnsNames": [host],
        "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": issuer},
        # A new key with each renewal: one that leaks is of use until then only.
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        "usages": ["digital signature", "server auth"],
    }
    # A certificate that signs itself has no issuer but its subject, and some clients refuse an empty one. The field
    # holds 64 characters at most.
    return spec | ({"commonName": host} if len(host) <= 64 else {})


def _ingress_spec(
    wanted: _Wanted, host: str, service: Output[str], tls_secret: Output[str]
) -> kubernetes.networking.v1.IngressSpecArgs:
    network = kubernetes.networking.v1
    backend = network.IngressBackendArgs(
        service=network.IngressServiceBackendArgs(
            name=service, port=network.ServiceBackendPortArgs(number=_SERVICE_PORT)
        )
    )
    return network.IngressSpecArgs(
        ingress_class_name=wanted.ingress_class,
        tls=[network.IngressTLSArgs(hosts=[host], secret_name=tls_secret)],
        rules=[
            network.IngressRuleArgs(
                host=host,
                http=network.HTTPIngressRuleValueArgs(
                    paths=[network.HTTPIngressPathArgs(path=wanted.public_path, path_type="Prefix", backend=backend)]
                ),
            )
        ],
    )


def _deployment_spec(
    wanted: _Wanted, labels: dict[str, str], account: Output[str]
) -> kubernetes.apps.v1.DeploymentSpecArgs:
    core = kubernetes.core.v1
    selector = kubernetes.meta.v1.LabelSelectorArgs(match_labels=labels)
    return kubernetes.apps.v1.DeploymentSpecArgs(
        replicas=wanted.replicas,
        selector=selector,
        # A new pod serves before an old one goes, so that a rollout takes nothing from what is available.
        strategy=kubernetes.apps.v1.DeploymentStrategyArgs(
            type="RollingUpdate",
            rolling_update=kubernetes.apps.v1.RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0),
        ),
        template=core.PodTemplateSpecArgs(
            metadata=kubernetes.meta.v1.ObjectMetaArgs(labels=labels | {"app.kubernetes.io/managed-by": "pulumi"}),
            spec=core.PodSpecArgs(
                service_account_name=account,
                # The service does not talk to the API server, so whoever breaks into it cannot either.
                automount_service_account_token=False,
                # One variable for each Service in the namespace would make pods differ by what else is installed.
                enable_service_links=False,
                security_context=core.PodSecurityContextArgs(
                    run_as_non_root=True,
                    run_as_user=_USER,
                    run_as_group=_USER,
                    fs_group=_USER,
                    seccomp_profile=core.SeccompProfileArgs(type="RuntimeDefault"),
                ),
                # A wish, not a demand: while one of two nodes is down, the other must be allowed to run everything.
                topology_spread_constraints=[
                    core.TopologySpreadConstraintArgs(
                        max_skew=1,
                        topology_key="kubernetes.io/hostname",
                        when_unsatisfiable="ScheduleAnyway",
                        label_selector=selector,
                    )
                ],
                termination_grace_period_seconds=30,
                containers=[_container(wanted)],
                volumes=[core.VolumeArgs(name="tmp", empty_dir=core.EmptyDirVolumeSourceArgs(size_limit="64Mi"))],
            ),
        ),
    )


def _container(wanted: _Wanted) -> kubernetes.core.v1.ContainerArgs:
    core = kubernetes.core.v1
    liveness = core.HTTPGetActionArgs(path=wanted.liveness_path, port="http")
    readiness = core.HTTPGetActionArgs(path=wanted.readiness_path, port="http")
    size = resources(wanted.cpu, wanted.memory)
    return core.ContainerArgs(
        name="service",
        image=wanted.image,
        ports=[core.ContainerPortArgs(name="http", container_port=wanted.port)],
        # Sorted, so that the order in which a program happens to name them does not restart the pods.
        env=[core.EnvVarArgs(name=key, value=value) for key, value in sorted(wanted.environment.items())],
        resources=core.ResourceRequirementsArgs(requests=size["requests"], limits=size["limits"]),
        # A slow start has a minute before liveness counts; afterwards a process that hangs is restarted within 30 s.
        startup_probe=core.ProbeArgs(http_get=liveness, period_seconds=2, failure_threshold=30),
        liveness_probe=core.ProbeArgs(http_get=liveness, period_seconds=10, failure_threshold=3, timeout_seconds=3),
        readiness_probe=core.ProbeArgs(http_get=readiness, period_seconds=5, failure_threshold=2, timeout_seconds=3),
        lifecycle=core.LifecycleArgs(
            pre_stop=core.LifecycleHandlerArgs(sleep=core.SleepActionArgs(seconds=_DRAIN_SECONDS))
        ),
        security_context=core.SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            run_as_non_root=True,
            capabilities=core.CapabilitiesArgs(drop=["ALL"]),
            seccomp_profile=core.SeccompProfileArgs(type="RuntimeDefault"),
        ),
        volume_mounts=[core.VolumeMountArgs(name="tmp", mount_path=_SCRATCH)],
    )


def _resolved(args: WebServiceArgs) -> _Wanted:
    return _Wanted(
        image=args["image"],
        namespace=args["namespace"],
        # Numbers arrive as floats when the component is used from another language.
        port=int(args.get("port", 8080)),
        replicas=int(args.get("replicas", 1)),
        environment=args.get("environment", {}),
        cpu=args.get("cpu", "100m"),
        memory=args.get("memory", "128Mi"),
        liveness_path=args.get("liveness_path", "/healthz"),
        readiness_path=args.get("readiness_path", "/readyz"),
        public_host=args.get("public_host"),
        public_path=args.get("public_path", "/"),
        ingress_class=args.get("ingress_class"),
        issuer=args.get("issuer"),
        tls_secret=args.get("tls_secret"),
    )


def _check(component: str, wanted: _Wanted) -> None:
    if isinstance(wanted.image, str):
        refuse(component, "image", image_fault(wanted.image))
    refuse(component, "port", _range_fault(wanted.port, 1, 65535, "no request could reach the pods"))
    refuse(component, "replicas", _range_fault(wanted.replicas, 1, 1000, "nothing would serve requests"))
    refuse(component, "cpu", cpu_fault(wanted.cpu))
    refuse(component, "memory", memory_fault(wanted.memory))
    refuse(component, "liveness_path", probe_path_fault(wanted.liveness_path))
    refuse(component, "readiness_path", probe_path_fault(wanted.readiness_path))
    refuse(component, "public_path", path_fault(wanted.public_path))
    for variable in wanted.environment:
        refuse(component, f"environment {variable!r}", environment_name_fault(variable))
    if wanted.public_host is not None:
        refuse(component, "public_host", host_fault(wanted.public_host))
        if wanted.ingress_class is None:
            refuse(component, "ingress_class", _NO_CLASS)
        if wanted.issuer is None and wanted.tls_secret is None:
            refuse(component, "issuer", _NO_ISSUER)


_NO_CLASS = Fault(
    what="is missing",
    danger="no gateway would serve the host",
    remedy="pass the gateway's, such as `gateway.ingress_class`",
)

_NO_ISSUER = Fault(
    what="is missing, and so is tls_secret",
    danger="the host would be served with the gateway's own certificate, which no client accepts for it",
    remedy="pass the issuer, such as `certificates.issuer`, or the tls_secret of another service on this host",
)


def _needed_fault(args: WebServiceArgs) -> Fault | None:
    idle = sorted(
        {"public_path", "ingress_class", "issuer", "tls_secret"}
        & {key for key, value in args.items() if value is not None}
    )
    if not idle:
        return None
    return Fault(
        what=f"is missing, though {' and '.join(idle)} is given",
        danger="the service would be reachable inside the cluster only",
        remedy=f"pass public_host, or leave out {' and '.join(idle)}",
    )


def _range_fault(number: int, lowest: int, highest: int, danger: str) -> Fault | None:
    if lowest <= number <= highest:
        return None
    return Fault(what=f"is {number}", danger=danger, remedy=f"pass a whole number from {lowest} to {highest}")
