"""A web service: pods that answer HTTP, and the way to them from outside.

Owns the service's Deployment, Service and ServiceAccount, the Secret of its secret variables, the network policy that
says where its pods may connect to, and with a public host its route, its certificate and its plugins. Does not own
the namespace, the gateway, the issuer, consumers, or DNS. Pods start beside the gateway and cert-manager; the route and
the certificate wait for them, since `ingress_class` and `issuer` are outputs of those.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from web_platform.egress import NetworkPathArgs, cidr_fault, egress_policy
from web_platform.errors import Fault, check_keys, refuse
from web_platform.http_route import GATEWAY_API, gateway_spec, http_route_spec
from web_platform.kong_plugin import own_plugins, plugins_annotation
from web_platform.kong_plugins import KongPluginsArgs
from web_platform.pods import container_security, pod_security, resources
from web_platform.route import ROUTE_ANNOTATIONS, certificate_spec, example_host, ingress_spec
from web_platform.route_plugins import plugins_of_route, service_plugins_faults
from web_platform.syntax import (
    cpu_fault,
    environment_name_fault,
    image_fault,
    memory_fault,
    path_fault,
    probe_path_fault,
    public_host_fault,
    service_name_fault,
)
from web_platform.whole_numbers import range_fault

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

    secret_environment: NotRequired[Mapping[str, Input[str]]]
    """Environment variables that are secret: kept in a Secret, and encrypted in Pulumi's state. A change of one
    replaces the pods, as a change in `environment` does. Default: none."""

    network_paths: NotRequired[Sequence[NetworkPathArgs]]
    """Where pods may open connections to, beside the cluster's pods, DNS, and HTTPS anywhere: a database, for one, or
    the metadata server that tells a pod on GKE its identity. Default: nowhere else."""

    cpu: NotRequired[str]
    """CPU that each pod is sure to get. It may use more where nobody else needs it. Default: `100m`."""

    memory: NotRequired[str]
    """Memory of each pod, reserved and at most. Default: `128Mi`."""

    liveness_path: NotRequired[str]
    """Path that answers while the process works. A pod that stops answering is restarted. Default: `/healthz`."""

    readiness_path: NotRequired[str]
    """Path that answers while requests can be served. A pod gets none while it does not. Default: `/readyz`."""

    public_host: NotRequired[str | None]
    """Host under which the service is reached from outside, over HTTPS, or `*.` and a domain for all that are one label
    below it. Default: none, inside the cluster only."""

    public_path: NotRequired[str]
    """Path under `public_host` below which requests come here, passed on as it is. Default: `/`."""

    ingress_class: NotRequired[Input[str] | None]
    """Ingress class of the gateway, such as `gateway.ingress_class`. Required with `public_host`."""

    gateway_class: NotRequired[Input[str] | None]
    """Class of the Gateway API, such as `gateway.gateway_class`. With it, the service has a Gateway and an HTTPRoute
    instead of an Ingress, which lead to the same. Default: an Ingress."""

    issuer: NotRequired[Input[str] | None]
    """ClusterIssuer that certifies `public_host`, such as `certificates.issuer`. Required with it, unless there is a
    `tls_secret`."""

    tls_secret: NotRequired[Input[str] | None]
    """Secret that holds the certificate of `public_host`, where another service on this host has asked for one already.
    Default: the service asks `issuer` for its own."""

    plugins: NotRequired[KongPluginsArgs]
    """What the gateway does with requests from outside, such as `{"cors": {"origins": ["https://shop.example.com"]}}`.
    Default: nothing but what it does with all."""

    service_plugins: NotRequired[KongPluginsArgs]
    """The same, for every way that leads to the service, those of others included that are made by hand."""

    shared_plugins: NotRequired[Sequence[Input[str]]]
    """Plugins that are made apart, by name: `plugin` of each `KongPlugin`. Default: none."""

    consumers: NotRequired[Sequence[Input[str]] | None]
    """Who is let in: consumers or groups of them, such as `consumer.group`. Required with a plugin that asks callers
    who they are. Default: everybody, where nothing asks."""


class _Wanted(NamedTuple):
    """The arguments of `WebService`, with its defaults for what was left out."""

    image: Input[str]
    namespace: Input[str]
    port: int
    replicas: int
    environment: Mapping[str, Input[str]]
    secret_environment: Mapping[str, Input[str]]
    network_paths: Sequence[NetworkPathArgs]
    cpu: str
    memory: str
    liveness_path: str
    readiness_path: str
    public_host: str | None
    public_path: str
    ingress_class: Input[str] | None
    gateway_class: Input[str] | None
    issuer: Input[str] | None
    tls_secret: Input[str] | None
    plugins: KongPluginsArgs
    service_plugins: KongPluginsArgs
    shared_plugins: Sequence[Input[str]]


class WebService(pulumi.ComponentResource):
    """A service that answers HTTP: generates its pods, its address in the cluster, its public route and certificate."""

    address: Output[str]
    """Address of the service inside the cluster, such as `http://shop.services.svc`."""

    service_account: Output[str]
    """ServiceAccount that the pods run as: what is granted to it, the service may do."""

    url: Output[str] | None
    """Address of the service from outside; of a wildcard host, one of its many. Absent without a public host."""

    tls_secret: Output[str] | None
    """Secret that holds the certificate of the public host. Absent without one."""

    def __init__(self, name: str, args: WebServiceArgs, opts: ResourceOptions | None = None) -> None:
        component = f"WebService {name!r}"
        check_keys(component, args, WebServiceArgs)
        refuse(component, "name", service_name_fault(name))
        for field, fault in service_plugins_faults({**args}):
            refuse(component, field, fault)
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
        self.service_account = account.metadata.apply(lambda made: made.name or name)
        kubernetes.networking.v1.NetworkPolicy(
            f"{name}-egress", metadata=metadata, spec=egress_policy(labels, wanted.network_paths), opts=child
        )
        kubernetes.apps.v1.Deployment(
            name,
            metadata=metadata,
            spec=_deployment_spec(wanted, labels, self.service_account, self._secrets(name, wanted, metadata)),
            opts=child,
        )
        service = kubernetes.core.v1.Service(
            f"{name}-service",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=name,
                namespace=wanted.namespace,
                labels=metadata.labels,
                annotations=plugins_annotation(self._own(f"{name}-service", wanted, wanted.service_plugins)) or None,
            ),
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
            self._routed(
                wanted,
                wanted.public_host,
                kubernetes.meta.v1.ObjectMetaArgs(
                    name=name,
                    namespace=wanted.namespace,
                    labels=metadata.labels,
                    annotations={
                        **ROUTE_ANNOTATIONS,
                        **plugins_annotation([*self._own(name, wanted, wanted.plugins), *wanted.shared_plugins]),
                    },
                ),
                service.metadata.apply(lambda made: made.name or name),
                self.tls_secret,
            )
            self.url = Output.from_input(f"https://{example_host(wanted.public_host)}{wanted.public_path}")
        self.register_outputs(
            {
                "address": self.address,
                "serviceAccount": self.service_account,
                "url": self.url,
                "tlsSecret": self.tls_secret,
            }
        )

    def _secrets(self, name: str, wanted: _Wanted, metadata: kubernetes.meta.v1.ObjectMetaArgs) -> Output[str] | None:
        """Name the Secret that holds the secret variables, where there are any."""
        if not wanted.secret_environment:
            return None
        secret = kubernetes.core.v1.Secret(
            f"{name}-secrets",
            # Without a name of its own: Pulumi gives one that changes with the content. So a changed value changes the
            # Deployment too, which replaces the pods, and the old ones keep the old Secret until they are gone. A hash
            # of the values in an annotation would do half of it, and let whoever sees the pods test guesses.
            metadata=kubernetes.meta.v1.ObjectMetaArgs(namespace=wanted.namespace, labels=metadata.labels),
            string_data={key: Output.secret(value) for key, value in wanted.secret_environment.items()},
            opts=ResourceOptions(parent=self),
        )
        return secret.metadata.apply(lambda made: made.name or f"{name}-secrets")

    def _own(self, name: str, wanted: _Wanted, plugins: KongPluginsArgs) -> list[Output[str]]:
        """Make plugins of the service's own, once the gateway knows their kind, and say what they are called."""
        return own_plugins(self, name, plugins, wanted.namespace, wanted.ingress_class or "")

    def _routed(
        self,
        wanted: _Wanted,
        host: str,
        metadata: kubernetes.meta.v1.ObjectMetaArgs,
        service: Output[str],
        tls_secret: Output[str],
    ) -> None:
        """Lead requests from outside to the service: by an Ingress, or in the words of the Gateway API."""
        name, child = str(metadata.name), ResourceOptions(parent=self)
        if wanted.gateway_class is None:
            kubernetes.networking.v1.Ingress(
                f"{name}-ingress",
                metadata=metadata,
                spec=ingress_spec(wanted.ingress_class, host, wanted.public_path, service, _SERVICE_PORT, tls_secret),
                opts=child,
            )
            return
        gateway = kubernetes.apiextensions.CustomResource(
            f"{name}-gateway",
            api_version=GATEWAY_API,
            kind="Gateway",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=name, namespace=wanted.namespace, labels=metadata.labels),
            spec=gateway_spec(wanted.gateway_class, host, tls_secret),
            opts=child,
        )
        kubernetes.apiextensions.CustomResource(
            f"{name}-route",
            api_version=GATEWAY_API,
            kind="HTTPRoute",
            metadata=metadata,
            spec=http_route_spec(gateway.urn.apply(lambda _: name), host, wanted.public_path, service, _SERVICE_PORT),
            opts=child,
        )

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


def _deployment_spec(
    wanted: _Wanted, labels: dict[str, str], account: Output[str], secrets: Output[str] | None
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
                security_context=pod_security(_USER),
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
                containers=[_container(wanted, secrets)],
                volumes=[core.VolumeArgs(name="tmp", empty_dir=core.EmptyDirVolumeSourceArgs(size_limit="64Mi"))],
            ),
        ),
    )


def _container(wanted: _Wanted, secrets: Output[str] | None) -> kubernetes.core.v1.ContainerArgs:
    core = kubernetes.core.v1
    liveness = core.HTTPGetActionArgs(path=wanted.liveness_path, port="http")
    readiness = core.HTTPGetActionArgs(path=wanted.readiness_path, port="http")
    size = resources(wanted.cpu, wanted.memory)
    return core.ContainerArgs(
        name="service",
        image=wanted.image,
        ports=[core.ContainerPortArgs(name="http", container_port=wanted.port)],
        # Sorted, so that the order in which a program happens to name them does not restart the pods.
        env=[core.EnvVarArgs(name=key, value=value) for key, value in sorted(wanted.environment.items())]
        + [_secret_variable(key, secrets) for key in sorted(wanted.secret_environment)],
        resources=core.ResourceRequirementsArgs(requests=size["requests"], limits=size["limits"]),
        # A slow start has a minute before liveness counts; afterwards a process that hangs is restarted within 30 s.
        startup_probe=core.ProbeArgs(http_get=liveness, period_seconds=2, failure_threshold=30),
        liveness_probe=core.ProbeArgs(http_get=liveness, period_seconds=10, failure_threshold=3, timeout_seconds=3),
        readiness_probe=core.ProbeArgs(http_get=readiness, period_seconds=5, failure_threshold=2, timeout_seconds=3),
        lifecycle=core.LifecycleArgs(
            pre_stop=core.LifecycleHandlerArgs(sleep=core.SleepActionArgs(seconds=_DRAIN_SECONDS))
        ),
        security_context=container_security(),
        volume_mounts=[core.VolumeMountArgs(name="tmp", mount_path=_SCRATCH)],
    )


def _secret_variable(key: str, secret: Output[str] | None) -> kubernetes.core.v1.EnvVarArgs:
    core = kubernetes.core.v1
    reference = core.SecretKeySelectorArgs(name=secret, key=key)
    return core.EnvVarArgs(name=key, value_from=core.EnvVarSourceArgs(secret_key_ref=reference))


def _resolved(args: WebServiceArgs) -> _Wanted:
    return _Wanted(
        image=args["image"],
        namespace=args["namespace"],
        # Numbers arrive as floats when the component is used from another language.
        port=int(args.get("port", 8080)),
        replicas=int(args.get("replicas", 1)),
        environment=args.get("environment", {}),
        secret_environment=args.get("secret_environment", {}),
        network_paths=args.get("network_paths", []),
        cpu=args.get("cpu", "100m"),
        memory=args.get("memory", "128Mi"),
        liveness_path=args.get("liveness_path", "/healthz"),
        readiness_path=args.get("readiness_path", "/readyz"),
        public_host=args.get("public_host"),
        public_path=args.get("public_path", "/"),
        ingress_class=args.get("ingress_class"),
        gateway_class=args.get("gateway_class"),
        issuer=args.get("issuer"),
        tls_secret=args.get("tls_secret"),
        plugins=plugins_of_route({**args}),
        service_plugins=args.get("service_plugins", {}),
        shared_plugins=args.get("shared_plugins", []),
    )


def _check(component: str, wanted: _Wanted) -> None:
    if isinstance(wanted.image, str):
        refuse(component, "image", image_fault(wanted.image))
    refuse(component, "port", range_fault(wanted.port, 1, 65535, "no request could reach the pods"))
    refuse(component, "replicas", range_fault(wanted.replicas, 1, 1000, "nothing would serve requests"))
    refuse(component, "cpu", cpu_fault(wanted.cpu))
    refuse(component, "memory", memory_fault(wanted.memory))
    refuse(component, "liveness_path", probe_path_fault(wanted.liveness_path))
    refuse(component, "readiness_path", probe_path_fault(wanted.readiness_path))
    refuse(component, "public_path", path_fault(wanted.public_path))
    for variable in wanted.environment:
        refuse(component, f"environment {variable!r}", environment_name_fault(variable))
    for variable in wanted.secret_environment:
        refuse(component, f"secret_environment {variable!r}", environment_name_fault(variable))
        if variable in wanted.environment:
            refuse(component, f"secret_environment {variable!r}", _TWICE)
    for number, path in enumerate(wanted.network_paths):
        field = f"network_paths[{number}]."
        check_keys(component, path, NetworkPathArgs, field)
        refuse(component, f"{field}port", range_fault(int(path["port"]), 1, 65535, "nothing could be reached by it"))
        if isinstance(cidr := path["cidr"], str):
            refuse(component, f"{field}cidr", cidr_fault(cidr))
    if wanted.public_host is not None:
        refuse(component, "public_host", public_host_fault(wanted.public_host))
        if wanted.ingress_class is None:
            refuse(component, "ingress_class", _NO_CLASS)
        if wanted.issuer is None and wanted.tls_secret is None:
            refuse(component, "issuer", _NO_ISSUER)


_TWICE = Fault(
    what="is in environment too",
    danger="the API server would refuse the pods, or one of the two would be ignored",
    remedy="leave it out of one of them",
)

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
    outside = {"public_path", "ingress_class", "gateway_class", "issuer", "tls_secret", "consumers"}
    outside |= {"plugins", "service_plugins", "shared_plugins"}
    idle = sorted(outside & {key for key, value in args.items() if value})
    if not idle:
        return None
    return Fault(
        what=f"is missing, though {' and '.join(idle)} is given",
        danger="the service would be reachable inside the cluster only",
        remedy=f"pass public_host, or leave out {' and '.join(idle)}",
    )
