"""The gateway: Kong, through which every request from outside reaches a service.

Owns Kong's release (ingress controller and proxies, without a database) and the policy that closes Kong's admin API.
Does not own routes and certificates (see `WebService`), the namespace, or the load balancer, which the cluster makes
for the proxy's Service.
"""

import ipaddress
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from web_platform import versions
from web_platform.chart_values import disruption_budget, merge_values
from web_platform.charts import ChartSourceArgs
from web_platform.errors import Fault, check_keys, refuse
from web_platform.helm_addon import HelmAddon
from web_platform.pods import resources
from web_platform.syntax import cpu_fault, memory_fault

# The class that Kong's controller watches, and that Ingresses name.
INGRESS_CLASS = "kong"

# Ports of the proxy's container: HTTP, HTTPS and the status that its probes ask for may be reached from anywhere, the
# admin API may not.
_OPEN_PORTS = (8000, 8443, 8100)
_ADMIN_PORT = 8444


class GatewayArgs(TypedDict):
    """Arguments of `Gateway`."""

    namespace: Input[str]
    """Namespace that Kong lives in. It must exist; the restricted Pod Security Standard fits."""

    replicas: NotRequired[int]
    """Proxies that serve requests. Default: 2, so that one may be replaced while the other serves."""

    controller_replicas: NotRequired[int]
    """Controllers that turn Ingresses into routes. Default: as many as proxies, at most 2, since one leads and the
    others only wait to take over."""

    address: NotRequired[Input[str] | None]
    """IPv4 address that is reserved for the gateway, in the cluster's region. Default: the cluster gives it one, which
    changes when the gateway is made anew."""

    cpu: NotRequired[str]
    """CPU that each proxy is sure to get. Default: `200m`."""

    memory: NotRequired[str]
    """Memory of each proxy, reserved and at most. Default: `512Mi`, below which Kong's workers are short of cache."""

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

    def __init__(self, name: str, args: GatewayArgs, opts: ResourceOptions | None = None) -> None:
        component = f"Gateway {name!r}"
        check_keys(component, args, GatewayArgs)
        # Numbers arrive as floats when the component is used from another language.
        replicas = int(args.get("replicas", 2))
        controllers = int(args.get("controller_replicas", min(replicas, 2)))
        cpu, memory = args.get("cpu", "200m"), args.get("memory", "512Mi")
        address = args.get("address")
        refuse(component, "replicas", _replicas_fault(replicas))
        refuse(component, "controller_replicas", _replicas_fault(controllers))
        if isinstance(address, str):
            refuse(component, "address", _address_fault(address))
        refuse(component, "cpu", cpu_fault(cpu))
        refuse(component, "memory", memory_fault(memory))

        super().__init__("web-platform:index:Gateway", name, None, opts)
        kubernetes.networking.v1.NetworkPolicy(
            f"{name}-admin",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=f"{name}-admin", namespace=args["namespace"]),
            spec=_closed_admin_api(name),
            opts=ResourceOptions(parent=self),
        )
        addon = HelmAddon(
            name,
            {
                "chart": "ingress",
                "repository": "https://charts.konghq.com",
                "version": versions.KONG_CHART,
                "namespace": args["namespace"],
                "values": merge_values(
                    gateway_values(name, replicas, controllers, cpu, memory, address), args.get("values", {})
                ),
                "timeout_seconds": args.get("timeout_seconds", 300),
                "chart_source": args.get("chart_source", {}),
            },
            ResourceOptions(parent=self),
        )
        if address is None:
            self.address = self._given_address(name, addon)
        else:
            self.address = Output.all(address, addon.release).apply(lambda known: known[0])
        self.ingress_class = addon.release.apply(lambda _: INGRESS_CLASS)
        self.register_outputs({"address": self.address, "ingressClass": self.ingress_class})

    def _given_address(self, name: str, addon: HelmAddon) -> Output[str]:
        """The address that the cluster gave to the load balancer."""
        proxy = kubernetes.core.v1.Service.get(
            f"{name}-proxy",
            # The namespace is known only once Helm has installed the release: reading the Service before would fail.
            Output.concat(addon.namespace, "/", addon.release, "-gateway-proxy"),
            opts=ResourceOptions(parent=self),
        )
        return proxy.status.apply(_load_balancer_address)


def gateway_values(
    release: str, replicas: int, controllers: int, cpu: str, memory: str, address: Input[str] | None = None
) -> dict[str, Any]:
    """Values of the chart `kong/ingress`, which holds `kong/kong` twice: as `controller` and as `gateway`."""
    # Kubernetes calls the field deprecated, since clouds differ in it; GKE takes a reserved address by it.
    # https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer-parameters#spd-static-ip-parameters
    reserved = {} if address is None else {"loadBalancerIP": address}
    return {
        "controller": {
            "replicaCount": controllers,
            "podDisruptionBudget": disruption_budget(controllers),
            "topologySpreadConstraints": _spread(release, "controller"),
            "ingressController": {
                "image": {
                    "repository": "kong/kubernetes-ingress-controller",
                    "tag": versions.KONG_CONTROLLER_IMAGE,
                },
                "ingressClass": INGRESS_CLASS,
                "resources": resources("100m", "256Mi"),
            },
        },
        "gateway": {
            "image": {"repository": "kong", "tag": versions.KONG_GATEWAY_IMAGE},
            "replicaCount": replicas,
            "podDisruptionBudget": disruption_budget(replicas),
            "topologySpreadConstraints": _spread(release, "gateway"),
            "resources": resources(cpu, memory),
            # Without a database the controllers' objects are the only source of routes, and there is none to back up.
            "env": {"database": "off"},
            # Controllers find proxies through this Service. It has no address of its own, even inside the cluster, and
            # speaks TLS only.
            "admin": {
                "enabled": True,
                "type": "ClusterIP",
                "clusterIP": "None",
                "http": {"enabled": False},
                "tls": {"enabled": True, "containerPort": _ADMIN_PORT},
            },
            "manager": {"enabled": False},
            "proxy": {"enabled": True, "type": "LoadBalancer", **reserved},
        },
    }


def _closed_admin_api(release: str) -> kubernetes.networking.v1.NetworkPolicySpecArgs:
    # Whoever reaches Kong's admin API can replace every route, and Kong asks nobody who they are.
    network = kubernetes.networking.v1
    controllers = network.NetworkPolicyPeerArgs(
        pod_selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=_labels(release, "controller"))
    )
    return network.NetworkPolicySpecArgs(
        pod_selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=_labels(release, "gateway")),
        policy_types=["Ingress"],
        ingress=[
            network.NetworkPolicyIngressRuleArgs(
                ports=[network.NetworkPolicyPortArgs(port=port, protocol="TCP") for port in _OPEN_PORTS]
            ),
            network.NetworkPolicyIngressRuleArgs(
                from_=[controllers], ports=[network.NetworkPolicyPortArgs(port=_ADMIN_PORT, protocol="TCP")]
            ),
        ],
    )


def _labels(release: str, part: str) -> dict[str, str]:
    return {"app.kubernetes.io/instance": release, "app.kubernetes.io/name": part}


def _spread(release: str, part: str) -> list[dict[str, Any]]:
    # A wish, not a demand: while one of two nodes is down, the other must be allowed to run everything.
    return [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": _labels(release, part)},
        }
    ]


def _load_balancer_address(status: kubernetes.core.v1.outputs.ServiceStatus | None) -> str:
    balancer = status.load_balancer if status else None
    addresses = [entry.ip or entry.hostname for entry in (balancer.ingress or [])] if balancer else []
    return next((address for address in addresses if address), "")


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
    if replicas >= 1:
        return None
    return Fault(
        what=f"is {replicas}",
        danger="no request would reach any service",
        remedy="pass 1, or 2 for a gateway that stays up while a node is replaced",
    )
