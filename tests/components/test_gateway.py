"""Gateway: Kong from its chart, without a database, with its admin API closed."""

from typing import Any

import pytest
from pulumi import Output
from web_platform import ArgumentError, Gateway, GatewayArgs, versions
from web_platform.gateway import gateway_values

from tests.recording import GATEWAY_ADDRESS, Recording, declare

TYPE = "web-platform:index:Gateway"
ADDON = "web-platform:index:HelmAddon"
RELEASE = "kubernetes:helm.sh/v3:Release"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
SERVICE = "kubernetes:core/v1:Service"


def kong(**args: Any) -> Recording:
    arguments: GatewayArgs = {"namespace": "kong", **args}  # type: ignore[typeddict-item]
    return declare(lambda: Gateway("kong", arguments))


def values(**args: Any) -> dict[str, Any]:
    made: dict[str, Any] = kong(**args).one(RELEASE, "kong").inputs["values"]
    return made


def test_a_gateway_is_made_of_these_resources() -> None:
    assert sorted((resource.ancestry, resource.name) for resource in kong()) == [
        (TYPE, "kong"),
        (f"{TYPE}${SERVICE}", "kong-proxy"),
        (f"{TYPE}${POLICY}", "kong-admin"),
        (f"{TYPE}${ADDON}", "kong"),
        (f"{TYPE}${ADDON}${RELEASE}", "kong"),
    ]


def test_the_release_is_the_recommended_chart_at_its_pinned_version() -> None:
    release = kong().one(RELEASE, "kong").inputs
    assert release["chart"] == "ingress"
    assert release["repositoryOpts"] == {"repo": "https://charts.konghq.com"}
    assert release["version"] == versions.KONG_CHART
    assert (release["namespace"], release["name"]) == ("kong", "kong")


def test_values_are_exactly_these() -> None:
    def spread(part: str) -> list[dict[str, Any]]:
        labels = {"app.kubernetes.io/instance": "kong", "app.kubernetes.io/name": part}
        return [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": labels},
            }
        ]

    assert values() == {
        "controller": {
            "replicaCount": 2,
            "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1},
            "topologySpreadConstraints": spread("controller"),
            "ingressController": {
                "image": {"repository": "kong/kubernetes-ingress-controller", "tag": versions.KONG_CONTROLLER_IMAGE},
                "ingressClass": "kong",
                "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "256Mi"}},
            },
        },
        "gateway": {
            "image": {"repository": "kong", "tag": versions.KONG_GATEWAY_IMAGE},
            "replicaCount": 2,
            "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1},
            "topologySpreadConstraints": spread("gateway"),
            "resources": {"requests": {"cpu": "200m", "memory": "512Mi"}, "limits": {"memory": "512Mi"}},
            "env": {"database": "off"},
            "admin": {
                "enabled": True,
                "type": "ClusterIP",
                "clusterIP": "None",
                "http": {"enabled": False},
                "tls": {"enabled": True, "containerPort": 8444},
            },
            "manager": {"enabled": False},
            "proxy": {"enabled": True, "type": "LoadBalancer"},
        },
    }


def test_only_controllers_reach_the_admin_api() -> None:
    policy = kong().one(POLICY, "kong-admin").inputs
    assert policy["metadata"] == {"name": "kong-admin", "namespace": "kong"}
    controller = {"app.kubernetes.io/instance": "kong", "app.kubernetes.io/name": "controller"}
    gateway = {"app.kubernetes.io/instance": "kong", "app.kubernetes.io/name": "gateway"}
    assert policy["spec"] == {
        "podSelector": {"matchLabels": gateway},
        "policyTypes": ["Ingress"],
        "ingress": [
            {"ports": [{"port": port, "protocol": "TCP"} for port in (8000, 8443, 8100)]},
            {
                "from": [{"podSelector": {"matchLabels": controller}}],
                "ports": [{"port": 8444, "protocol": "TCP"}],
            },
        ],
    }


def test_one_replica_has_no_disruption_budget_that_would_block_its_node() -> None:
    made = values(replicas=1)
    assert made["gateway"]["podDisruptionBudget"] == {"enabled": False}
    assert made["controller"]["podDisruptionBudget"] == {"enabled": False}


@pytest.mark.parametrize(("replicas", "controllers"), [(1, 1), (2, 2), (5, 2)])
def test_there_are_as_many_controllers_as_proxies_but_at_most_two(replicas: int, controllers: int) -> None:
    made = values(replicas=replicas)
    assert (made["gateway"]["replicaCount"], made["controller"]["replicaCount"]) == (replicas, controllers)


def test_values_of_the_caller_go_before_the_components() -> None:
    made = values(values={"gateway": {"env": {"headers": "off"}, "replicaCount": 4}})
    assert made["gateway"]["env"] == {"database": "off", "headers": "off"}
    assert made["gateway"]["replicaCount"] == 4


def test_the_address_is_the_load_balancers() -> None:
    recording = kong()
    assert recording.outputs_of(TYPE, "kong") == {"address": GATEWAY_ADDRESS, "ingressClass": "kong"}
    assert recording.one(SERVICE, "kong-proxy").read_id == "kong/kong-gateway-proxy"


def test_a_reserved_address_is_asked_of_the_load_balancer() -> None:
    made = values(address="203.0.113.9")
    assert made["gateway"]["proxy"] == {"enabled": True, "type": "LoadBalancer", "loadBalancerIP": "203.0.113.9"}


def test_a_reserved_address_is_the_output_once_kong_is_ready_and_nothing_is_read() -> None:
    recording = declare(lambda: Gateway("kong", {"namespace": "kong", "address": "203.0.113.9"}))
    assert recording.outputs_of(TYPE, "kong") == {"address": "203.0.113.9", "ingressClass": "kong"}
    assert not recording.of_type(SERVICE)


def test_a_reserved_address_may_be_known_later() -> None:
    recording = declare(lambda: Gateway("kong", {"namespace": "kong", "address": Output.concat("203.0.113.", "9")}))
    made = recording.one(RELEASE, "kong").inputs["values"]["gateway"]
    assert made["proxy"]["loadBalancerIP"] == "203.0.113.9"


def test_without_a_reserved_address_none_is_asked_for() -> None:
    assert values(address=None) == values()


def test_names_in_values_follow_the_release() -> None:
    spread = gateway_values("edge", 2, 2, "200m", "512Mi")["gateway"]["topologySpreadConstraints"]
    assert spread[0]["labelSelector"]["matchLabels"]["app.kubernetes.io/instance"] == "edge"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"replicas": 0}, "replicas is 0"),
        ({"controller_replicas": 0}, "controller_replicas is 0"),
        ({"cpu": "fast"}, "cpu is not an amount of CPU"),
        ({"memory": "512"}, "memory is not an amount of memory"),
        ({"address": "edge.example.com"}, "address is 'edge.example.com', which is not an IPv4 address"),
        ({"replica": 2}, r"replica is not a known key.\n.*\n.*did you mean 'replicas'\?"),
        ({"namespace": None}, "namespace is missing"),
        ({"chart_source": {"miror": "oci://x"}}, r"chart_source.miror is not a known key.\n.*\n.*'mirror'\?"),
    ],
)
def test_arguments_that_would_not_work_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^Gateway 'kong': {message}"):
        kong(**change)
