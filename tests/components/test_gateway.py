"""Gateway: Kong from its chart, behind policies that say who reaches it."""

from typing import Any

import pulumi_kubernetes as kubernetes
import pytest
from pulumi import Output
from web_platform import ArgumentError, Gateway, GatewayArgs, versions
from web_platform.gateway import check_gateway
from web_platform.gateway_values import GatewayWishes, gateway_values

from tests.recording import GATEWAY_ADDRESS, Recording, declare

TYPE = "web-platform:index:Gateway"
ADDON = "web-platform:index:HelmAddon"
RELEASE = "kubernetes:helm.sh/v3:Release"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
SERVICE = "kubernetes:core/v1:Service"
PLUGIN = "web-platform:index:KongPlugin"
CLUSTER_PLUGIN = "kubernetes:configuration.konghq.com/v1:KongClusterPlugin"
EVERYWHERE = ["correlation-id", "prometheus", "response-transformer"]

DEFAULTS = GatewayWishes(
    replicas=2,
    maximum_replicas=None,
    controllers=2,
    cpu="200m",
    memory="512Mi",
    address=None,
    trusted_proxies=(),
    maximum_request_megabytes=8,
    request_timeout_seconds=60,
)


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
        (f"{TYPE}${POLICY}", "kong-controller"),
        (f"{TYPE}${ADDON}", "kong"),
        (f"{TYPE}${ADDON}${RELEASE}", "kong"),
        *((f"{TYPE}${PLUGIN}", f"kong-{plugin}") for plugin in EVERYWHERE),
        *((f"{TYPE}${PLUGIN}${CLUSTER_PLUGIN}", f"kong-{plugin}") for plugin in EVERYWHERE),
    ]


def test_every_request_has_a_number_is_counted_and_gets_security_headers() -> None:
    plugins = kong().of_type(CLUSTER_PLUGIN)
    assert {plugin.inputs["plugin"] for plugin in plugins.values()} == set(EVERYWHERE)
    for name, plugin in plugins.items():
        assert plugin.inputs["metadata"] == {
            "name": name,
            "annotations": {"kubernetes.io/ingress.class": "kong"},
            "labels": {"app.kubernetes.io/managed-by": "pulumi", "global": "true"},
        }
    assert plugins["kong-response-transformer"].inputs["config"] == {
        "add": {
            "headers": [
                "X-Content-Type-Options:nosniff",
                "X-Frame-Options:SAMEORIGIN",
                "Referrer-Policy:strict-origin-when-cross-origin",
            ]
        }
    }


def test_plugins_for_every_request_wait_for_kong_whose_kinds_they_are() -> None:
    recording = kong()
    release = recording.one(RELEASE, "kong").urn
    assert all(release in recording.waits_for(plugin) for plugin in recording.of_type(CLUSTER_PLUGIN).values())


def test_a_plugin_of_the_callers_is_beside_or_instead_of_those() -> None:
    plugins = kong(plugins={"prometheus": {"per_consumer": True}, "rate_limiting": {"second": 50}}).of_type(
        CLUSTER_PLUGIN
    )
    assert sorted(plugins) == sorted(f"kong-{plugin}" for plugin in (*EVERYWHERE, "rate-limiting"))
    assert plugins["kong-prometheus"].inputs["config"]["per_consumer"] is True


def test_the_release_is_the_recommended_chart_at_its_pinned_version() -> None:
    release = kong().one(RELEASE, "kong").inputs
    assert release["chart"] == "ingress"
    assert release["repositoryOpts"] == {"repo": "https://charts.konghq.com"}
    assert release["version"] == versions.KONG_CHART
    assert (release["namespace"], release["name"]) == ("kong", "kong")


def test_without_arguments_the_defaults_hold() -> None:
    assert values() == gateway_values("kong", DEFAULTS)
    assert values(maximum_replicas=None, trusted_proxies=[], address=None) == values()


def test_every_argument_arrives_in_the_values() -> None:
    wishes = GatewayWishes(
        replicas=3,
        maximum_replicas=9,
        controllers=1,
        cpu="1",
        memory="1Gi",
        address="203.0.113.9",
        trusted_proxies=("198.51.100.0/24",),
        maximum_request_megabytes=20,
        request_timeout_seconds=120,
    )
    arguments = wishes._asdict()
    arguments["controller_replicas"] = arguments.pop("controllers")
    assert values(**arguments) == gateway_values("kong", wishes)


def test_numbers_from_other_languages_arrive_as_fractions_and_are_whole_again() -> None:
    made = values(maximum_replicas=4.0, maximum_request_megabytes=20.0, request_timeout_seconds=90.0)
    assert made == values(maximum_replicas=4, maximum_request_megabytes=20, request_timeout_seconds=90)
    assert made["gateway"]["env"]["nginx_proxy_client_max_body_size"] == "20m"


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


def test_webhook_probes_and_metrics_of_controllers_are_all_that_is_reached() -> None:
    policy = kong().one(POLICY, "kong-controller").inputs
    assert policy["metadata"] == {"name": "kong-controller", "namespace": "kong"}
    controller = {"app.kubernetes.io/instance": "kong", "app.kubernetes.io/name": "controller"}
    assert policy["spec"] == {
        "podSelector": {"matchLabels": controller},
        "policyTypes": ["Ingress"],
        "ingress": [{"ports": [{"port": port, "protocol": "TCP"} for port in (8080, 10254, 10255)]}],
    }


@pytest.mark.parametrize(("replicas", "controllers"), [(1, 1), (2, 2), (5, 2)])
def test_there_are_as_many_controllers_as_proxies_but_at_most_two(replicas: int, controllers: int) -> None:
    made = values(replicas=replicas)
    assert (made["gateway"]["replicaCount"], made["controller"]["replicaCount"]) == (replicas, controllers)


def test_values_of_the_caller_go_before_the_components() -> None:
    made = values(values={"gateway": {"env": {"headers": "off"}, "replicaCount": 4}})
    assert made["gateway"]["env"]["database"] == "off"
    assert made["gateway"]["env"]["headers"] == "off"
    assert made["gateway"]["replicaCount"] == 4


def test_the_address_is_the_load_balancers() -> None:
    recording = kong()
    assert recording.outputs_of(TYPE, "kong") == {
        "address": GATEWAY_ADDRESS,
        "ingressClass": "kong",
        "namespace": "kong",
    }
    assert recording.one(SERVICE, "kong-proxy").read_id == "kong/kong-gateway-proxy"


def test_a_reserved_address_is_the_output_once_kong_is_ready_and_nothing_is_read() -> None:
    recording = declare(lambda: Gateway("kong", {"namespace": "kong", "address": "203.0.113.9"}))
    assert recording.outputs_of(TYPE, "kong") == {
        "address": "203.0.113.9",
        "ingressClass": "kong",
        "namespace": "kong",
    }
    assert not recording.of_type(SERVICE)


def test_what_uses_the_namespace_is_created_after_kong() -> None:
    def program() -> None:
        gateway = Gateway("kong", {"namespace": "kong"})
        metadata = kubernetes.meta.v1.ObjectMetaArgs(namespace=gateway.namespace)
        kubernetes.core.v1.ConfigMap("after", metadata=metadata)

    recording = declare(program)
    after = recording.one("kubernetes:core/v1:ConfigMap", "after")
    assert after.inputs["metadata"] == {"namespace": "kong"}
    assert recording.one(RELEASE, "kong").urn in after.depends_on


def test_a_reserved_address_may_be_known_later() -> None:
    recording = declare(lambda: Gateway("kong", {"namespace": "kong", "address": Output.concat("203.0.113.", "9")}))
    made = recording.one(RELEASE, "kong").inputs["values"]["gateway"]
    assert made["proxy"]["loadBalancerIP"] == "203.0.113.9"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"replicas": 0}, "replicas is 0"),
        ({"controller_replicas": 0}, "controller_replicas is 0"),
        ({"replicas": 1001}, "replicas is 1001.\n.*\n.*from 1 to 1000"),
        ({"controller_replicas": 1001}, "controller_replicas is 1001"),
        ({"maximum_replicas": 1001}, "maximum_replicas is 1001"),
        ({"maximum_replicas": 1}, "maximum_replicas is 1, fewer than the 2 of `replicas`"),
        ({"replicas": 5, "maximum_replicas": 4}, "maximum_replicas is 4, fewer than the 5 of `replicas`"),
        ({"maximum_request_megabytes": 0}, "maximum_request_megabytes is 0"),
        ({"maximum_request_megabytes": 101}, r"maximum_request_megabytes is 101.\n.*\n.*from 1 to 100"),
        ({"request_timeout_seconds": 4}, "request_timeout_seconds is 4"),
        ({"request_timeout_seconds": 301}, r"request_timeout_seconds is 301.\n.*\n.*from 5 to 300"),
        ({"trusted_proxies": ["203.0.113.7"]}, "trusted_proxies has '203.0.113.7', which is no range of addresses"),
        ({"trusted_proxies": ["203.0.113.7/24"]}, "trusted_proxies has '203.0.113.7/24', which is no range"),
        ({"trusted_proxies": ["10.0.0.0/8", "lb.example.com"]}, "trusted_proxies has 'lb.example.com', which is no"),
        ({"trusted_proxies": ["0.0.0.0/0"]}, "trusted_proxies has '0.0.0.0/0', which is every address"),
        ({"trusted_proxies": ["::/0"]}, "trusted_proxies has '::/0', which is every address"),
        ({"plugins": {"key_auth": {}}}, "plugins.key_auth would apply to every request to the gateway"),
        ({"plugins": {"ip_restriction": {"deny": ["10.0.0.1"]}}}, "plugins.ip_restriction would apply to every"),
        ({"plugins": {"other": {"redirect": {}}}}, "plugins.other.redirect would apply to every request"),
        ({"plugins": {"cors": {}}}, "plugins.cors.origins is missing"),
        ({"cpu": "fast"}, "cpu is not an amount of CPU"),
        ({"memory": "512"}, "memory is not an amount of memory"),
        ({"address": "edge.example.com"}, "address is 'edge.example.com', which is not an IPv4 address"),
        ({"replica": 2}, r"replica is not a known key.\n.*\n.*did you mean 'replicas'\?"),
        ({"namespace": None}, "namespace is missing"),
        ({"chart_source": {"miror": "oci://x"}}, r"chart_source.miror is not a known key.\n.*\n.*'mirror'\?"),
    ],
)
def test_arguments_that_would_not_work_are_refused(change: dict[str, Any], message: str) -> None:
    arguments: GatewayArgs = {"namespace": "kong", **change}  # type: ignore[typeddict-item]
    with pytest.raises(ArgumentError, match=f"^Gateway 'kong': {message}"):
        check_gateway("kong", arguments)
    with pytest.raises(ArgumentError, match=f"^Gateway 'kong': {message}"):
        kong(**change)


@pytest.mark.parametrize(
    "arguments",
    [
        {"replicas": 2, "maximum_replicas": 2},
        {"maximum_request_megabytes": 100, "request_timeout_seconds": 5},
        {"maximum_request_megabytes": 1, "request_timeout_seconds": 300},
        {"trusted_proxies": ["203.0.113.7/32", "2001:db8::/32"]},
    ],
)
def test_arguments_at_the_edge_of_what_works_are_taken(arguments: dict[str, Any]) -> None:
    check_gateway("kong", {"namespace": "kong", **arguments})  # type: ignore[typeddict-item]


def test_a_password_for_a_plugin_of_every_request_is_in_the_gateways_namespace() -> None:
    redis: Any = {"host": "redis", "password_secret": "redis-access"}
    recording = kong(plugins={"rate_limiting": {"minute": 60, "policy": "redis", "redis": redis}})
    (plugin,) = [
        each
        for each in recording.of_type("kubernetes:configuration.konghq.com/v1:KongClusterPlugin").values()
        if each.inputs["plugin"] == "rate-limiting"
    ]
    reference = {"name": "redis-access", "key": "password", "namespace": "kong"}
    assert plugin.inputs["configPatches"] == [{"path": "/redis/password", "valueFrom": {"secretKeyRef": reference}}]
    assert plugin.inputs["metadata"]["labels"]["global"] == "true"


@pytest.mark.parametrize("name", ["My Gateway", "k" * 54])
def test_a_name_that_helm_would_not_take_is_the_gateways(name: str) -> None:
    with pytest.raises(ArgumentError, match=f"^Gateway '{name}': name "):
        check_gateway(name, {"namespace": "kong"})
