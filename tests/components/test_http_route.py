"""What is asked of the gateway in the words of the Gateway API."""

from typing import Any

from web_platform import Gateway, WebService
from web_platform.http_route import gateway_class_spec, gateway_spec, http_route_spec

from tests.recording import Recording, declare

CLASS = "kubernetes:gateway.networking.k8s.io/v1:GatewayClass"
GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
ROUTE = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"


def shop(**args: Any) -> Recording:
    def program() -> None:
        gateway = Gateway("kong", {"namespace": "kong", "gateway_api": True})
        WebService(
            "shop",
            {
                "image": "ghcr.io/acme/shop:1.4.2",
                "namespace": "services",
                "public_host": "shop.example.com",
                "gateway_namespace": "kong",
                "ingress_class": gateway.ingress_class,
                "gateway_class": gateway.gateway_class,
                "issuer": "letsencrypt",
                **args,  # type: ignore[typeddict-item]
            },
        )

    return declare(program)


def test_the_class_is_of_kongs_controller() -> None:
    assert gateway_class_spec() == {"controllerName": "konghq.com/kic-gateway-controller"}


def test_a_host_is_taken_with_tls_and_without_for_routes_of_its_own_namespace() -> None:
    listener = {"hostname": "shop.example.com", "allowedRoutes": {"namespaces": {"from": "Same"}}}
    assert gateway_spec("kong", "shop.example.com", "shop-tls") == {
        "gatewayClassName": "kong",
        "listeners": [
            {"name": "http", "protocol": "HTTP", "port": 80, **listener},
            {
                "name": "https",
                "protocol": "HTTPS",
                "port": 443,
                "tls": {
                    "mode": "Terminate",
                    "certificateRefs": [{"group": "", "kind": "Secret", "name": "shop-tls"}],
                },
                **listener,
            },
        ],
    }


def test_requests_below_a_path_go_to_a_port_of_a_service() -> None:
    parent = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "shop"}
    assert http_route_spec("shop", "shop.example.com", "/api", "api", 80) == {
        "parentRefs": [{**parent, "sectionName": "http"}, {**parent, "sectionName": "https"}],
        "hostnames": ["shop.example.com"],
        "rules": [
            {
                "matches": [{"path": {"type": "PathPrefix", "value": "/api"}}],
                "backendRefs": [{"group": "", "kind": "Service", "name": "api", "port": 80, "weight": 1}],
            }
        ],
    }


def test_a_service_has_a_route_instead_of_an_ingress_with_the_same_plugins_and_certificate() -> None:
    plugins = {"plugins": {"rate_limiting": {"minute": 60}}}
    with_route = shop(**plugins)
    with_ingress = shop(gateway_class=None, **plugins)
    assert with_route.of_type(INGRESS) == {}
    assert with_ingress.of_type(ROUTE) == with_ingress.of_type(GATEWAY) == {}
    route, ingress = with_route.one(ROUTE, "shop-route"), with_ingress.one(INGRESS, "shop-ingress")
    assert route.inputs["metadata"] == ingress.inputs["metadata"]
    assert route.inputs["metadata"]["annotations"]["konghq.com/plugins"] == "shop-rate-limiting"
    assert route.inputs["metadata"]["annotations"]["konghq.com/protocols"] == "https"
    listeners = with_route.one(GATEWAY, "shop-gateway").inputs["spec"]["listeners"]
    assert listeners[1]["tls"]["certificateRefs"][0]["name"] == ingress.inputs["spec"]["tls"][0]["secretName"]
    url = "https://shop.example.com/"
    assert with_route.outputs_of("web-platform:index:WebService", "shop")["url"] == url


def test_routes_wait_for_kong_and_kong_for_nobody() -> None:
    recording = shop()
    release = recording.one("kubernetes:helm.sh/v3:Release", "kong").urn
    class_ = recording.one(CLASS, "kong-class")
    assert class_.inputs["metadata"] == {
        "name": "kong",
        "annotations": {"konghq.com/gatewayclass-unmanaged": "true"},
    }
    assert release in class_.depends_on
    assert class_.urn in recording.one(GATEWAY, "shop-gateway").depends_on
    assert recording.one(GATEWAY, "shop-gateway").urn in recording.one(ROUTE, "shop-route").depends_on


def test_without_it_there_is_no_class() -> None:
    recording = declare(lambda: Gateway("kong", {"namespace": "kong"}))
    assert recording.of_type(CLASS) == {}
    assert recording.outputs_of("web-platform:index:Gateway", "kong").get("gatewayClass") is None
