"""The gateway: Kong, through which every request from outside reaches a service.

Owns Kong's release (ingress controller and proxies, without a database) and the policies that say who reaches its pods:
anyone the proxies, controllers alone their admin API; and the plugins that hold for every request. Does not own routes
with their plugins and certificates (see `WebService`), the namespace, or the load balancer, which the cluster makes for
the proxies' Service.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from web_platform import versions
from web_platform.chart_values import merge_values
from web_platform.charts import ChartSourceArgs
from web_platform.component_arguments import checked_component
from web_platform.errors import Fault, refuse
from web_platform.gateway_values import (
    ADMIN_PORT,
    CONTROLLER_METRICS_PORT,
    CONTROLLER_STATUS_PORT,
    HTTP_PORT,
    HTTPS_PORT,
    INGRESS_CLASS,
    STATUS_PORT,
    WEBHOOK_PORT,
    GatewayWishes,
    gateway_values,
    pod_labels,
)
from web_platform.helm_addon import DEFAULT_TIMEOUT_SECONDS, HelmAddon, timeout_fault
from web_platform.http_route import GATEWAY_API, GATEWAY_CLASS_ANNOTATIONS, gateway_class_spec
from web_platform.kong_plugin import NOT_EVERYWHERE, KongPlugin, KongPluginScope
from web_platform.kong_plugins import KongPluginsArgs, misplaced_everywhere, one_by_one, plugins_faults
from web_platform.order import after
from web_platform.syntax import cpu_fault, memory_fault, release_name_fault
from web_platform.whole_numbers import MOST_REPLICAS, range_fault, whole

# A body larger than this is a file, and waits on a node's disk until all of it has come.
_MOST_MEGABYTES = 100

# A proxy that is replaced stays for as long as a request may take.
_FEWEST_SECONDS, _MOST_SECONDS = 5, 300


# What every request gets: a number that logs name, a place in the counts, and headers for the safety of browsers.
_PLUGINS: KongPluginsArgs = {"correlation_id": {}, "prometheus": {}, "response_transformer": {}}


class GatewayArgs(TypedDict):
    """Arguments of `Gateway`."""

    namespace: Input[str]
    """Namespace that Kong lives in. It must exist; the restricted Pod Security Standard fits."""

    replicas: NotRequired[int]
    """Proxies that serve requests; with `maximum_replicas`, the fewest of them. Default: 2, so that one may be replaced
    while the other serves."""

    maximum_replicas: NotRequired[int | None]
    """Most proxies that an autoscaler may make when they are busy. A gateway that runs without one has a single proxy
    for half a minute when it is given one. Default: none, there are always `replicas`."""

    controller_replicas: NotRequired[int]
    """Controllers that turn Ingresses into routes. Default: as many as proxies, at most 2, since one leads and the
    others only wait to take over."""

    address: NotRequired[Input[str] | None]
    """IPv4 address that is reserved for the gateway, in the cluster's region. Default: the cluster gives it one, which
    changes when the gateway is made anew."""

    trusted_proxies: NotRequired[Sequence[str]]
    """Addresses, such as `203.0.113.0/24`, of proxies that stand before the gateway. From them alone it takes the
    header X-Forwarded-For for the client's address, and other headers for scheme and host. Default: none, since clients
    connect to the gateway themselves and could write anything there."""

    maximum_request_megabytes: NotRequired[int]
    """Size of the largest body that a request may have, up to 100. Larger files go to a bucket, directly and with a
    signed address. Default: 8."""

    request_timeout_seconds: NotRequired[int]
    """How long a client may take to send its headers, and then send or read nothing before it is cut off. From 5 to
    300; a proxy that is replaced stays as long. Default: 60."""

    cpu: NotRequired[str]
    """CPU that each proxy is sure to get. An autoscaler makes more proxies where 70% of it is used. Default: `200m`."""

    memory: NotRequired[str]
    """Memory of each proxy, reserved and at most. Default: `512Mi`, below which Kong's workers are short of cache."""

    gateway_api: NotRequired[bool]
    """Whether Kong serves the Gateway API as well, whose kinds the cluster must have. Default: false."""

    plugins: NotRequired[KongPluginsArgs]
    """What Kong does with every request, unless a route has a plugin of the same kind, beside or instead of
    `correlation_id`, `prometheus` and `response_transformer` with their defaults. The last adds security headers.
    Default: those three."""

    chart_source: NotRequired[ChartSourceArgs]
    """Where charts come from instead of their publishers. Default: their publishers."""

    timeout_seconds: NotRequired[int]
    """How long Kong may take to become ready, its load balancer's address included. Default: 300."""

    values: NotRequired[dict[str, Any]]
    """Values of the chart `kong/ingress` that go before the component's own. Default: none."""


class Gateway(pulumi.ComponentResource):
    """Kong Gateway with its ingress controller: takes requests from outside to services."""

    address: Output[str]
    """Address of the load balancer, known once Kong is ready: an IP address, or a host name where the cloud gives one.
    DNS names point here."""

    ingress_class: Output[str]
    """Ingress class to name in Ingresses that Kong is to serve. What uses it is created after Kong is ready."""

    gateway_class: Output[str] | None
    """Class of the Gateway API that Kong serves. What uses it is created after Kong is ready. Absent without
    `gateway_api`."""

    namespace: Output[str]
    """Namespace that Kong lives in, for policies that let it reach services. What uses it is created after Kong is
    ready."""

    def __init__(self, name: str, args: GatewayArgs, opts: ResourceOptions | None = None) -> None:
        check_gateway(name, args)
        wishes = _wishes(args)

        super().__init__("web-platform:index:Gateway", name, None, opts)
        self._policy(f"{name}-admin", args["namespace"], _closed_admin_api(name))
        self._policy(f"{name}-controller", args["namespace"], _open_controllers(name))
        addon = HelmAddon(
            name,
            {
                "chart": "ingress",
                "repository": "https://charts.konghq.com",
                "version": versions.KONG_CHART,
                "namespace": args["namespace"],
                "values": merge_values(gateway_values(name, wishes), args.get("values", {})),
                "timeout_seconds": args.get("timeout_seconds", DEFAULT_TIMEOUT_SECONDS),
                "chart_source": args.get("chart_source", {}),
            },
            ResourceOptions(parent=self),
        )
        if wishes.address is None:
            self.address = self._given_address(name, addon)
        else:
            self.address = after(wishes.address, addon.release)
        self.ingress_class = after(INGRESS_CLASS, addon.release)
        # Not the release's own, which is unknown in each preview of an upgrade: all that uses it would look changed.
        self.namespace = after(args["namespace"], addon.release)
        for plugin, alone in one_by_one({**_PLUGINS, **args.get("plugins", {})}).items():
            KongPlugin(
                f"{name}-{plugin}",
                {
                    "plugin": alone,
                    "scope": KongPluginScope.GLOBAL,
                    "namespace": self.namespace,
                    "ingress_class": self.ingress_class,
                },
                ResourceOptions(parent=self),
            )
        self.gateway_class = self._gateway_class(name, addon) if args.get("gateway_api", False) else None
        self.register_outputs(
            {
                "address": self.address,
                "ingressClass": self.ingress_class,
                "gatewayClass": self.gateway_class,
                "namespace": self.namespace,
            }
        )

    def _gateway_class(self, name: str, addon: HelmAddon) -> Output[str]:
        """Declare the class of Gateways that Kong serves, and say what it is called."""
        made = kubernetes.apiextensions.CustomResource(
            f"{name}-class",
            api_version=GATEWAY_API,
            kind="GatewayClass",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=INGRESS_CLASS, annotations=GATEWAY_CLASS_ANNOTATIONS),
            spec=gateway_class_spec(),
            opts=ResourceOptions(parent=self, depends_on=[addon]),
        )
        return after(INGRESS_CLASS, made.urn)

    def _policy(
        self, name: str, namespace: Input[str], spec: kubernetes.networking.v1.NetworkPolicySpecArgs
    ) -> kubernetes.networking.v1.NetworkPolicy:
        return kubernetes.networking.v1.NetworkPolicy(
            name,
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=name, namespace=namespace),
            spec=spec,
            opts=ResourceOptions(parent=self),
        )

    def _given_address(self, name: str, addon: HelmAddon) -> Output[str]:
        """The address that the cluster gave to the load balancer."""
        proxy = kubernetes.core.v1.Service.get(
            f"{name}-proxy",
            # The namespace is known only once Helm has installed the release: reading the Service before would fail.
            Output.concat(addon.namespace, "/", addon.release, "-gateway-proxy"),
            opts=ResourceOptions(parent=self),
        )
        return proxy.status.apply(_load_balancer_address)


def _wishes(args: GatewayArgs) -> GatewayWishes:
    # Numbers arrive as floats when the component is used from another language.
    replicas = int(args.get("replicas", 2))
    return GatewayWishes(
        replicas=replicas,
        maximum_replicas=whole(args.get("maximum_replicas")),
        controllers=int(args.get("controller_replicas", min(replicas, 2))),
        cpu=args.get("cpu", "200m"),
        memory=args.get("memory", "512Mi"),
        address=args.get("address"),
        trusted_proxies=tuple(args.get("trusted_proxies", ())),
        maximum_request_megabytes=int(args.get("maximum_request_megabytes", 8)),
        request_timeout_seconds=int(args.get("request_timeout_seconds", 60)),
    )


def _closed_admin_api(release: str) -> kubernetes.networking.v1.NetworkPolicySpecArgs:
    # Whoever reaches Kong's admin API can replace every route, and Kong asks nobody who they are.
    network = kubernetes.networking.v1
    controllers = network.NetworkPolicyPeerArgs(
        pod_selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=pod_labels(release, "controller"))
    )
    return network.NetworkPolicySpecArgs(
        pod_selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=pod_labels(release, "gateway")),
        policy_types=["Ingress"],
        ingress=[
            _from_anywhere(HTTP_PORT, HTTPS_PORT, STATUS_PORT),
            network.NetworkPolicyIngressRuleArgs(from_=[controllers], ports=_ports([ADMIN_PORT])),
        ],
    )


def _open_controllers(release: str) -> kubernetes.networking.v1.NetworkPolicySpecArgs:
    # The API server asks the webhook from outside of all pods, at addresses that clouds do not tell.
    return kubernetes.networking.v1.NetworkPolicySpecArgs(
        pod_selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=pod_labels(release, "controller")),
        policy_types=["Ingress"],
        ingress=[_from_anywhere(WEBHOOK_PORT, CONTROLLER_STATUS_PORT, CONTROLLER_METRICS_PORT)],
    )


def _from_anywhere(*ports: int) -> kubernetes.networking.v1.NetworkPolicyIngressRuleArgs:
    return kubernetes.networking.v1.NetworkPolicyIngressRuleArgs(ports=_ports(ports))


def _ports(ports: Iterable[int]) -> list[kubernetes.networking.v1.NetworkPolicyPortArgs]:
    return [kubernetes.networking.v1.NetworkPolicyPortArgs(port=port, protocol="TCP") for port in ports]


def _load_balancer_address(status: kubernetes.core.v1.outputs.ServiceStatus | None) -> str:
    balancer = status.load_balancer if status else None
    addresses = [entry.ip or entry.hostname for entry in (balancer.ingress or [])] if balancer else []
    return next((address for address in addresses if address), "")


def check_gateway(name: str, args: GatewayArgs) -> None:
    """Refuse arguments of which no gateway can be made, before anything is."""
    component = checked_component("Gateway", name, args, GatewayArgs)
    refuse(component, "name", release_name_fault(name))
    wishes = _wishes(args)
    refuse(component, "replicas", _replicas_fault(wishes.replicas))
    if wishes.maximum_replicas is not None:
        refuse(component, "maximum_replicas", _maximum_fault(wishes.maximum_replicas, wishes.replicas))
    refuse(component, "controller_replicas", _replicas_fault(wishes.controllers))
    if isinstance(wishes.address, str):
        refuse(component, "address", _address_fault(wishes.address))
    for cidr in wishes.trusted_proxies:
        refuse(component, "trusted_proxies", _proxies_fault(cidr))
    refuse(
        component,
        "maximum_request_megabytes",
        range_fault(
            wishes.maximum_request_megabytes,
            1,
            _MOST_MEGABYTES,
            "Kong would take 0 for no limit, and many large bodies at a time would fill the disk of its node",
        ),
    )
    refuse(
        component,
        "request_timeout_seconds",
        range_fault(
            wishes.request_timeout_seconds,
            _FEWEST_SECONDS,
            _MOST_SECONDS,
            "clients with a slow connection would be cut off, or clients that say nothing would keep theirs for long",
        ),
    )
    for field, fault in plugins_faults(args.get("plugins", {})):
        refuse(component, f"plugins.{field}", fault)
    for field in misplaced_everywhere(args.get("plugins", {})):
        refuse(component, f"plugins.{field}", NOT_EVERYWHERE)
    refuse(component, "timeout_seconds", timeout_fault(int(args.get("timeout_seconds", DEFAULT_TIMEOUT_SECONDS))))
    refuse(component, "cpu", cpu_fault(wishes.cpu))
    refuse(component, "memory", memory_fault(wishes.memory))


def _address_fault(address: str) -> Fault | None:
    try:
        ipaddress.IPv4Address(address)
    except ValueError:
        return Fault(
            what=f"is {address!r}, which is not an IPv4 address",
            danger="the cluster would make no load balancer, and no request would reach any service",
            remedy="pass the address that was reserved, such as '203.0.113.7', or leave it out",
        )
    return None


def _replicas_fault(replicas: int) -> Fault | None:
    return range_fault(replicas, 1, MOST_REPLICAS, "no request would reach any service, or no node would hold them")


def _maximum_fault(maximum: int, replicas: int) -> Fault | None:
    if maximum >= replicas:
        return _replicas_fault(maximum)
    return Fault(
        what=f"is {maximum}, fewer than the {replicas} of `replicas`",
        danger="the API server would refuse the autoscaler, and Helm would undo the whole release",
        remedy=f"pass {replicas} or more, or leave it out for a fixed number",
    )


def _proxies_fault(cidr: str) -> Fault | None:
    try:
        network = ipaddress.ip_network(cidr)
    except ValueError:
        network = None
    if network is None or "/" not in cidr:
        return Fault(
            what=f"has {cidr!r}, which is no range of addresses",
            danger="Kong would not start, or would trust other addresses than are meant",
            remedy="write an address and the length of its mask, such as '203.0.113.0/24'",
        )
    if network.prefixlen == 0:
        return Fault(
            what=f"has {cidr!r}, which is every address",
            danger="each client could claim to be another, and limits and lists that go by addresses would hold nobody",
            remedy="name the addresses of the proxies alone",
        )
    return None
