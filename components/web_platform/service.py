"""A web service: pods that answer HTTP, and the way to them from outside.

Owns the service's Deployment with its disruption budget and autoscaler, Service and ServiceAccount, the ConfigMap and
Secrets of its configuration, the Job that migrates its data, the network policy that says who connects to its pods and
where these connect to, and with a public host its route, its certificate and its plugins. Does not own the namespace,
the gateway, the issuer, consumers, or DNS. Pods start beside the gateway and cert-manager; the route and the
certificate wait for them, since `ingress_class` and `issuer` are outputs of those.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from web_platform.errors import Fault, refuse
from web_platform.http_route import GATEWAY_API, gateway_spec, http_route_spec
from web_platform.kong_plugin import own_plugins, plugins_annotation
from web_platform.kong_plugins import KongPluginsArgs
from web_platform.order import after
from web_platform.route import ROUTE_ANNOTATIONS, certificate_spec, example_host, ingress_spec
from web_platform.route_plugins import plugins_of_route, service_plugins_faults
from web_platform.syntax import path_fault, probe_path_fault, public_host_fault, service_name_fault
from web_platform.whole_numbers import range_fault
from web_platform.workloads.arguments import Faults, WorkloadArgs, check_arguments, workload_faults
from web_platform.workloads.containers import MAIN
from web_platform.workloads.deployment import declare_deployment
from web_platform.workloads.migration import MIGRATION, MigrationArgs, declare_migration, migration_faults
from web_platform.workloads.network import NetworkPeerArgs, peer_faults
from web_platform.workloads.scaling import WebAutoscalingArgs, scaling_faults
from web_platform.workloads.source import SourceMountArgs, declare_source_mount, source_faults
from web_platform.workloads.workload import DEFAULT_SHUTDOWN_SECONDS, Workload, declare_workload

# Port of the Service. Callers inside the cluster need not know which port the container listens on.
_SERVICE_PORT = 80

_PORT = 8080
_PORT_NAME = "http"
_LIVENESS_PATH, _READINESS_PATH = "/healthz", "/readyz"
_STARTUP_SECONDS = 60
_STARTUP_PERIOD = 2

# The gateway learns of a leaving pod a moment after the pod is told to stop: until then requests still arrive.
_DRAIN_SECONDS = 5

# Arguments whose types `service_plugins_faults` looks at, with what is in them.
_PLUGIN_ARGUMENTS = frozenset({"plugins", "service_plugins", "shared_plugins", "consumers"})


class WebRouteArgs(TypedDict):
    """The way to a service from outside, and what the gateway does with what comes by it."""

    public_host: NotRequired[str | None]
    """Host under which the service is reached from outside, over HTTPS, or `*.` and a domain for all that are one label
    below it. Default: none, inside the cluster only."""

    public_path: NotRequired[str]
    """Path under `public_host` below which requests come here, passed on as it is. Default: `/`."""

    gateway_namespace: NotRequired[Input[str] | None]
    """Namespace of the gateway, whose pods are let in. Required with `public_host`."""

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
    """The same, for every way that leads to the service, those of others included that are made by hand. Default:
    nothing."""

    shared_plugins: NotRequired[Sequence[Input[str]]]
    """Plugins that are made apart, by name: `plugin` of each `KongPlugin`. Default: none."""

    consumers: NotRequired[Sequence[Input[str]] | None]
    """Who is let in: consumers or groups of them, such as `consumer.group`. Required with a plugin that asks callers
    who they are. Default: everybody, where nothing asks."""


class WebServiceArgs(WorkloadArgs, WebRouteArgs):
    """Arguments of `WebService`."""

    port: NotRequired[int]
    """Port that the container listens on for HTTP. Default: 8080."""

    replicas: NotRequired[int]
    """Pods that serve requests; with `autoscaling`, the fewest of them. Default: 1."""

    autoscaling: NotRequired[WebAutoscalingArgs | None]
    """Autoscaler, which adds pods under load. Default: none, there are always `replicas`."""

    callers: NotRequired[Sequence[NetworkPeerArgs]]
    """Who may connect to its pods, beside the gateway of a public service: other workloads. Default: nobody."""

    liveness_path: NotRequired[str]
    """Path that answers while the process works. A pod that stops answering is restarted. Default: `/healthz`."""

    readiness_path: NotRequired[str]
    """Path that answers while requests can be served. A pod gets none while it does not. Default: `/readyz`."""

    startup_seconds: NotRequired[int]
    """How long a pod may take to answer for the first time. Then it is restarted. Default: 60."""

    migration: NotRequired[MigrationArgs | None]
    """What runs to success before a new version does. Default: nothing."""

    source_mount: NotRequired[SourceMountArgs | None]
    """Folder of sources that the pods run instead of what their image holds, for development. Default: none."""


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
        component = check_arguments("WebService", name, args, WebServiceArgs, web_service_faults(name, args))
        host, namespace = args.get("public_host"), args["namespace"]
        if host is not None:
            for field, fault in _outside_faults(args):
                refuse(component, field, fault)

        super().__init__("web-platform:index:WebService", name, None, opts)
        migration, port = args.get("migration"), int(args.get("port", _PORT))
        gateway: NetworkPeerArgs = {"namespace": args.get("gateway_namespace") or ""}
        workload = declare_workload(
            self,
            name,
            args,
            tasks=[] if migration is None else [MIGRATION],
            callers=[*([] if host is None else [gateway]), *args.get("callers", [])],
            port=port,
        )
        self.service_account = workload.account
        source = declare_source_mount(self, workload, args.get("source_mount"))
        declare_deployment(
            self,
            workload,
            workload.pod_template(
                {**_serving(args, port), **source.command},
                mounts=source.mounts,
                volumes=source.volumes,
                terminationGracePeriodSeconds=_DRAIN_SECONDS
                + int(args.get("shutdown_seconds", DEFAULT_SHUTDOWN_SECONDS)),
            ),
            replicas=int(args.get("replicas", 1)),
            autoscaling=args.get("autoscaling"),
            startup_seconds=int(args.get("startup_seconds", _STARTUP_SECONDS)),
            depends_on=[] if migration is None else [declare_migration(self, workload, migration)],
        )
        service = self._service(workload, args)
        self.address = Output.concat("http://", name, ".", namespace, ".svc")
        self.url = None
        self.tls_secret = None
        if host is not None:
            path = args.get("public_path", "/")
            self.tls_secret = self._certified(workload, args, host)
            self._routed(workload, args, host, path, service, self.tls_secret)
            self.url = Output.from_input(f"https://{example_host(host)}{path}")
        self.register_outputs(
            {
                "address": self.address,
                "serviceAccount": self.service_account,
                "url": self.url,
                "tlsSecret": self.tls_secret,
            }
        )

    def _service(self, workload: Workload, args: WebServiceArgs) -> Output[str]:
        """Give the pods an address in the cluster, and say what it is called."""
        name = workload.name
        plugins = self._own(f"{name}-service", args, args.get("service_plugins", {}))
        service = kubernetes.core.v1.Service(
            f"{name}-service",
            metadata=workload.metadata(**_annotated(plugins_annotation(plugins))),
            spec={
                "type": "ClusterIP",
                "selector": workload.labels,
                "ports": [{"name": _PORT_NAME, "port": _SERVICE_PORT, "targetPort": _PORT_NAME}],
            },
            opts=ResourceOptions(parent=self),
        )
        return service.metadata.apply(lambda made: made.name or name)

    def _own(self, name: str, args: WebServiceArgs, plugins: KongPluginsArgs) -> list[Output[str]]:
        """Make plugins of the service's own, once the gateway knows their kind, and say what they are called."""
        return own_plugins(self, name, plugins, args["namespace"], args.get("ingress_class") or "")

    def _routed(
        self, workload: Workload, args: WebServiceArgs, host: str, path: str, service: Output[str], tls: Output[str]
    ) -> None:
        """Lead requests from outside to the service: by an Ingress, or in the words of the Gateway API."""
        name, child = workload.name, ResourceOptions(parent=self)
        plugins = [*self._own(name, args, plugins_of_route({**args})), *args.get("shared_plugins", [])]
        metadata = workload.metadata(annotations={**ROUTE_ANNOTATIONS, **plugins_annotation(plugins)})
        gateway_class = args.get("gateway_class")
        if gateway_class is None:
            kubernetes.networking.v1.Ingress(
                f"{name}-ingress",
                metadata=metadata,
                spec=ingress_spec(args.get("ingress_class"), host, path, service, _SERVICE_PORT, tls),
                opts=child,
            )
            return
        gateway = kubernetes.apiextensions.CustomResource(
            f"{name}-gateway",
            api_version=GATEWAY_API,
            kind="Gateway",
            metadata=workload.metadata(),
            spec=gateway_spec(gateway_class, host, tls),
            opts=child,
        )
        kubernetes.apiextensions.CustomResource(
            f"{name}-route",
            api_version=GATEWAY_API,
            kind="HTTPRoute",
            metadata=metadata,
            spec=http_route_spec(after(name, gateway.urn), host, path, service, _SERVICE_PORT),
            opts=child,
        )

    def _certified(self, workload: Workload, args: WebServiceArgs, host: str) -> Output[str]:
        """Name the Secret that holds the host's certificate, and ask for the certificate unless another service did."""
        shared = args.get("tls_secret")
        if shared is not None:
            return Output.from_input(shared)
        secret = f"{workload.name}-tls"
        kubernetes.apiextensions.CustomResource(
            f"{workload.name}-certificate",
            api_version="cert-manager.io/v1",
            kind="Certificate",
            metadata=workload.metadata(name=secret),
            spec=certificate_spec(secret, host, args.get("issuer")),
            opts=ResourceOptions(parent=self),
        )
        return Output.from_input(secret)


def web_service_faults(name: str, args: Mapping[str, Any]) -> Faults:
    """Find what is wrong with a web service, beside what its route needs from others."""
    if fault := service_name_fault(name):
        yield "name", fault
    yield from service_plugins_faults(args)
    wrong = list(workload_faults(args, WebServiceArgs, _PLUGIN_ARGUMENTS))
    yield from wrong
    if wrong:
        return
    yield from scaling_faults(args)
    yield from peer_faults("callers", args.get("callers", []))
    yield from migration_faults(name, args)
    yield from source_faults(args)
    port, seconds = int(args.get("port", _PORT)), int(args.get("startup_seconds", _STARTUP_SECONDS))
    checks = {
        "port": range_fault(port, 1, 65535, "no request could reach the pods"),
        "startup_seconds": range_fault(seconds, 1, 3600, "pods would be restarted before they can answer, or never"),
        "liveness_path": probe_path_fault(args.get("liveness_path", _LIVENESS_PATH)),
        "readiness_path": probe_path_fault(args.get("readiness_path", _READINESS_PATH)),
        "public_path": path_fault(args.get("public_path", "/")),
        "public_host": _host_fault(args),
    }
    yield from ((field, fault) for field, fault in checks.items() if fault)
    yield from _port_faults(args, port)
    yield from _request_faults(args)


def _serving(args: WebServiceArgs, port: int) -> dict[str, Any]:
    """What the main container is asked for, and how it leaves."""
    liveness = {"path": args.get("liveness_path", _LIVENESS_PATH), "port": _PORT_NAME}
    readiness = {"path": args.get("readiness_path", _READINESS_PATH), "port": _PORT_NAME}
    attempts = -(-int(args.get("startup_seconds", _STARTUP_SECONDS)) // _STARTUP_PERIOD)
    return {
        "ports": [{"name": _PORT_NAME, "containerPort": port}],
        # A slow start has its time before liveness counts; afterwards a process that hangs is restarted within 30 s.
        "startupProbe": {"httpGet": liveness, "periodSeconds": _STARTUP_PERIOD, "failureThreshold": attempts},
        "livenessProbe": {"httpGet": liveness, "periodSeconds": 10, "failureThreshold": 3, "timeoutSeconds": 3},
        "readinessProbe": {"httpGet": readiness, "periodSeconds": 5, "failureThreshold": 2, "timeoutSeconds": 3},
        "lifecycle": {"preStop": {"sleep": {"seconds": _DRAIN_SECONDS}}},
    }


def _annotated(annotations: Mapping[str, Input[str]]) -> dict[str, Any]:
    return {"annotations": annotations} if annotations else {}


def _host_fault(args: Mapping[str, Any]) -> Fault | None:
    host = args.get("public_host")
    if host is not None:
        return public_host_fault(host)
    outside = WebRouteArgs.__annotations__.keys()
    idle = sorted(outside & {key for key, value in args.items() if value})
    if not idle:
        return None
    return Fault(
        what=f"is missing, though {' and '.join(idle)} is given",
        danger="the service would be reachable inside the cluster only",
        remedy=f"pass public_host, or leave out {' and '.join(idle)}",
    )


def _port_faults(args: Mapping[str, Any], port: int) -> Faults:
    """Find raw parts of the pod by which no container listens where requests are sent."""
    containers = args.get("pod_spec", {}).get("containers")
    for each in containers if isinstance(containers, Sequence) else ():
        if isinstance(each, Mapping) and each.get("name") == MAIN and "ports" in each:
            ports = each["ports"] if isinstance(each["ports"], Sequence) else ()
            known = {entry.get("name"): entry.get("containerPort") for entry in ports if isinstance(entry, Mapping)}
            if None in known:
                yield "pod_spec.containers", _UNNAMED
            elif known.get(_PORT_NAME, port) != port:
                yield (
                    "pod_spec.containers",
                    Fault(
                        what=f"has the port {known[_PORT_NAME]} where `port` is {port}",
                        danger="the network policy would keep everybody from the pods",
                        remedy="set `port`, and leave the container's ports alone",
                    ),
                )


def _request_faults(args: Mapping[str, Any]) -> Faults:
    """Find an autoscaler that goes by requests which nobody counts."""
    field = "autoscaling.requests_per_second"
    if (args.get("autoscaling") or {}).get("requests_per_second") is None:
        return
    if args.get("public_host") is None:
        yield field, _UNCOUNTED._replace(what="is given, though no request comes through the gateway")
    elif args.get("gateway_class") is not None:
        yield field, _UNCOUNTED._replace(what="is given, and Kong counts requests by HTTPRoutes under names of its own")


def _outside_faults(args: Mapping[str, Any]) -> Faults:
    """Find what the route of a public service lacks."""
    if args.get("ingress_class") is None:
        yield "ingress_class", _NO_CLASS
    if args.get("gateway_namespace") is None:
        yield "gateway_namespace", _NO_GATEWAY
    if args.get("issuer") is None and args.get("tls_secret") is None:
        yield "issuer", _NO_ISSUER


_UNCOUNTED = Fault(
    what="",
    danger="nothing would be counted for this service, and load would bring no pod",
    remedy="scale by cpu_percent or memory_percent",
)

_UNNAMED = Fault(
    what="has a port without a name",
    danger="it would replace the port that probes and the Service go by, and no pod would ever be ready",
    remedy="name each further port, and leave the one that is called 'http' alone",
)

_NO_CLASS = Fault(
    what="is missing",
    danger="no gateway would serve the host",
    remedy="pass the gateway's, such as `gateway.ingress_class`",
)

_NO_GATEWAY = Fault(
    what="is missing",
    danger="no request from outside would reach the pods, since nobody is let in who is not named",
    remedy="pass the namespace that the gateway lives in, such as `gateway.namespace`",
)

_NO_ISSUER = Fault(
    what="is missing, and so is tls_secret",
    danger="the host would be served with the gateway's own certificate, which no client accepts for it",
    remedy="pass the issuer, such as `certificates.issuer`, or the tls_secret of another service on this host",
)
