"""WebService: one call generates all that a service needs, and refuses what would not work."""

from typing import Any

import pytest
from pulumi import Output
from web_platform import WebService
from web_platform.route import certificate_spec

from tests.components.workloads.pods import (
    ACCOUNT,
    AUTOSCALER,
    BUDGET,
    CLOSED_POLICY,
    DEPLOYMENT,
    DNS,
    JOB,
    LABELS,
    LONGEST_NAME,
    METADATA,
    POLICY,
    SELECTOR,
    SERVICE,
    container,
    deployment_spec,
    main_container,
    make,
    pod,
    policy,
    refusal,
    shop,
)
from tests.recording import Recording, declare

TYPE = "web-platform:index:WebService"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
CERTIFICATE = "kubernetes:cert-manager.io/v1:Certificate"

PUBLIC: dict[str, Any] = {
    "public_host": "shop.example.com",
    "gateway_namespace": "kong",
    "ingress_class": "kong",
    "issuer": "self-signed",
}
GATEWAY = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kong"}}}
HTTP = [{"port": 8080, "protocol": "TCP"}]

SERVING: dict[str, Any] = {
    "ports": [{"name": "http", "containerPort": 8080}],
    "startupProbe": {
        "httpGet": {"path": "/healthz", "port": "http"},
        "periodSeconds": 2,
        "failureThreshold": 30,
    },
    "livenessProbe": {
        "httpGet": {"path": "/healthz", "port": "http"},
        "periodSeconds": 10,
        "failureThreshold": 3,
        "timeoutSeconds": 3,
    },
    "readinessProbe": {
        "httpGet": {"path": "/readyz", "port": "http"},
        "periodSeconds": 5,
        "failureThreshold": 2,
        "timeoutSeconds": 3,
    },
    "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
}


def service(**change: Any) -> Recording:
    return shop(WebService, **change)


def public(**change: Any) -> Recording:
    return service(**{**PUBLIC, **change})


def test_an_internal_service_has_neither_route_nor_certificate_nor_secret() -> None:
    assert service().names() == [
        (DEPLOYMENT, "shop"),
        (SERVICE, "shop-service"),
        (ACCOUNT, "shop-account"),
        (POLICY, "shop-network"),
        (BUDGET, "shop-disruption-budget"),
        (TYPE, "shop"),
    ]


def test_a_public_service_has_a_route_and_a_certificate_beside_what_an_internal_one_has() -> None:
    beside = {*public().names()} - {*service().names()}
    assert beside == {(CERTIFICATE, "shop-certificate"), (INGRESS, "shop-ingress")}


def test_every_child_is_the_services_own() -> None:
    recording = public(migration={"command": ["migrate"]}, autoscaling={"maximum_replicas": 2})
    children = [resource for resource in recording if resource.type != TYPE]
    assert {child.parent for child in children} == {recording.one(TYPE, "shop").urn}


def test_every_object_has_the_services_name_and_namespace() -> None:
    recording = public(autoscaling={"maximum_replicas": 2})
    metadata = {resource.type: resource.inputs["metadata"] for resource in recording if resource.type != TYPE}
    names = {type_: (entry["namespace"], entry["name"]) for type_, entry in metadata.items()}
    assert names == {
        DEPLOYMENT: ("services", "shop"),
        SERVICE: ("services", "shop"),
        ACCOUNT: ("services", "shop"),
        AUTOSCALER: ("services", "shop"),
        BUDGET: ("services", "shop"),
        INGRESS: ("services", "shop"),
        POLICY: ("services", "shop"),
        CERTIFICATE: ("services", "shop-tls"),
    }
    assert all(entry["labels"] == LABELS for entry in metadata.values())


def test_the_deployment_is_exactly_this() -> None:
    made = service().one(DEPLOYMENT, "shop").inputs
    assert made == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": METADATA,
        "spec": deployment_spec(containers=[main_container(**SERVING)], terminationGracePeriodSeconds=30),
    }


def test_the_service_forwards_port_80_to_the_container() -> None:
    assert service().one(SERVICE, "shop-service").inputs["spec"] == {
        "type": "ClusterIP",
        "selector": SELECTOR,
        "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
    }


def test_the_route_is_exactly_this() -> None:
    route = public(public_path="/api").one(INGRESS, "shop-ingress").inputs
    assert route["metadata"]["annotations"] == {
        "konghq.com/protocols": "https",
        "konghq.com/https-redirect-status-code": "308",
        "konghq.com/strip-path": "false",
        "konghq.com/preserve-host": "true",
    }
    backend = {"service": {"name": "shop", "port": {"number": 80}}}
    assert route["spec"] == {
        "ingressClassName": "kong",
        "tls": [{"hosts": ["shop.example.com"], "secretName": "shop-tls"}],
        "rules": [
            {
                "host": "shop.example.com",
                "http": {"paths": [{"path": "/api", "pathType": "Prefix", "backend": backend}]},
            }
        ],
    }


def test_the_certificate_is_exactly_this() -> None:
    certificate = public().one(CERTIFICATE, "shop-certificate").inputs
    assert certificate["spec"] == {
        "secretName": "shop-tls",
        "dnsNames": ["shop.example.com"],
        "commonName": "shop.example.com",
        "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "self-signed"},
        "renewBeforePercentage": 33,
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        "usages": ["digital signature", "server auth"],
    }


def test_a_host_too_long_for_a_common_name_is_certified_without_one() -> None:
    assert "commonName" in certificate_spec("shop-tls", f"{'a' * 52}.example.com", "self-signed")
    assert "commonName" not in certificate_spec("shop-tls", f"{'a' * 53}.example.com", "self-signed")


def test_a_shared_certificate_is_used_and_not_asked_for_again() -> None:
    recording = public(issuer=None, tls_secret="pages-tls")
    assert recording.of_type(CERTIFICATE) == {}
    assert recording.one(INGRESS, "shop-ingress").inputs["spec"]["tls"][0]["secretName"] == "pages-tls"


def test_outputs_say_how_to_reach_the_service() -> None:
    assert public(public_path="/api").outputs_of(TYPE, "shop") == {
        "address": "http://shop.services.svc",
        "serviceAccount": "shop",
        "url": "https://shop.example.com/api",
        "tlsSecret": "shop-tls",
    }
    assert service().outputs_of(TYPE, "shop") == {
        "address": "http://shop.services.svc",
        "serviceAccount": "shop",
    }


def test_nobody_connects_to_an_internal_service() -> None:
    assert policy(service()) == CLOSED_POLICY


def test_the_gateway_connects_to_a_public_service_by_its_port() -> None:
    assert policy(public(port=9898)) == CLOSED_POLICY | {
        "ingress": [{"from": [GATEWAY], "ports": [{"port": 9898, "protocol": "TCP"}]}]
    }


def test_callers_connect_to_a_service_as_the_gateway_does() -> None:
    cart, reports = {"namespace": "services", "workload": "cart"}, "reports"
    in_cart = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "services"}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "cart"}},
    }
    in_reports = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": reports}}}
    both = declare(lambda: make(WebService, callers=[cart, {"namespace": Output.from_input(reports)}]))
    assert policy(both)["ingress"] == [{"from": [in_cart, in_reports], "ports": HTTP}]
    assert policy(public(callers=[cart]))["ingress"] == [{"from": [GATEWAY, in_cart], "ports": HTTP}]


def test_what_a_service_connects_to_is_beside_dns() -> None:
    paths = [{"cidr": "10.16.0.3/32", "port": 5432}]
    database = {"to": [{"ipBlock": {"cidr": "10.16.0.3/32"}}], "ports": [{"port": 5432, "protocol": "TCP"}]}
    assert policy(service(network_paths=paths))["egress"] == [DNS, database]


def test_the_port_is_the_containers_and_nobody_elses_business() -> None:
    recording = service(port=9898)
    assert container(recording)["ports"] == [{"name": "http", "containerPort": 9898}]
    assert recording.one(SERVICE, "shop-service").inputs == service().one(SERVICE, "shop-service").inputs


def test_probes_ask_for_the_paths_that_are_named() -> None:
    made = container(service(liveness_path="/alive", readiness_path="/"))
    paths = {probe: made[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "liveness", "readiness")}
    assert paths == {"startup": "/alive", "liveness": "/alive", "readiness": "/"}


@pytest.mark.parametrize(("seconds", "attempts"), [(1, 1), (2, 1), (3, 2), (60, 30), (3600, 1800)])
def test_a_start_has_at_least_the_time_that_it_may_take(seconds: int, attempts: int) -> None:
    probe = container(service(startup_seconds=seconds))["startupProbe"]
    assert (probe["periodSeconds"], probe["failureThreshold"]) == (2, attempts)


def test_a_pod_has_all_of_its_time_to_end_after_the_gateway_has_learnt_of_it() -> None:
    recording = service(shutdown_seconds=55)
    assert pod(recording)["terminationGracePeriodSeconds"] == 60
    assert container(recording)["lifecycle"] == {"preStop": {"sleep": {"seconds": 5}}}


def test_there_are_as_many_pods_as_asked() -> None:
    recording = service(replicas=3)
    assert recording.one(DEPLOYMENT, "shop").inputs["spec"]["replicas"] == 3
    assert recording.of_type(AUTOSCALER) == {}


def test_an_autoscaler_goes_by_the_gateways_requests_to_the_service() -> None:
    recording = public(replicas=2, autoscaling={"maximum_replicas": 5, "requests_per_second": 50})
    scaled = recording.one(AUTOSCALER, "shop-autoscaler").inputs["spec"]
    (metric,) = scaled["metrics"]
    assert (scaled["minReplicas"], scaled["maxReplicas"]) == (2, 5)
    assert metric["external"]["metric"]["selector"] == {
        "matchLabels": {"metric.labels.service": "services.shop.80"},
    }


def test_no_pod_of_a_new_version_starts_before_its_migration_has_succeeded() -> None:
    recording = service(migration={"command": ["/app/manage", "migrate"]})
    assert recording.one(JOB, "shop-migration").urn in recording.one(DEPLOYMENT, "shop").depends_on
    assert service().of_type(JOB) == service(migration=None).of_type(JOB) == {}


def test_a_migration_connects_to_where_the_service_does_and_nobody_reaches_it_by_the_service() -> None:
    recording = public(migration={"command": ["migrate"]})
    values = ["shop", "shop-migration"]
    assert policy(recording)["podSelector"] == {
        "matchExpressions": [{"key": "app.kubernetes.io/name", "operator": "In", "values": values}]
    }
    assert recording.one(SERVICE, "shop-service").inputs["spec"]["selector"] == SELECTOR
    template = recording.one(JOB, "shop-migration").inputs["spec"]["template"]
    assert template["metadata"]["labels"] == LABELS | {"app.kubernetes.io/name": "shop-migration"}


def test_sources_are_run_instead_of_what_the_image_holds() -> None:
    mount = {"node_path": "/sources/shop", "mount_path": "/app", "command": ["reload", "/app"]}
    made = container(service(source_mount=mount, command=["/bin/shop"], arguments=["--fast"]))
    assert (made["command"], made["args"]) == (["reload", "/app"], ["--fast"])
    assert made["volumeMounts"][-1] == {"name": "source", "mountPath": "/app", "readOnly": True}
    assert made["ports"] == SERVING["ports"]


def test_numbers_may_arrive_as_floats_from_other_languages() -> None:
    numbers = {"port": 9898, "replicas": 3, "startup_seconds": 9, "shutdown_seconds": 7}
    whole, floats = service(**numbers), service(**{key: float(number) for key, number in numbers.items()})
    assert [resource.inputs for resource in floats] == [resource.inputs for resource in whole]
    assert container(floats)["startupProbe"]["failureThreshold"] == 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"port": 0}, "port is 0"),
        ({"port": 65536}, "port is 65536"),
        ({"replicas": 0}, "replicas is 0"),
        ({"autoscaling": {"maximum_replicas": 0}}, "autoscaling.maximum_replicas is 0"),
        ({"autoscaling": {}}, "autoscaling.maximum_replicas is missing"),
        ({"callers": [{"workload": "cart"}]}, "callers[0].namespace is missing"),
        ({"callers": [{"namespace": "a"}, {"namespace": "a", "workload": "A b"}]}, "callers[1].workload is not a name"),
        ({"startup_seconds": 0}, "startup_seconds is 0"),
        ({"startup_seconds": 3601}, "startup_seconds is 3601"),
        ({"liveness_path": "healthz"}, "liveness_path is not a path"),
        ({"readiness_path": "/readyz/"}, "readiness_path is not a path"),
        ({"migration": {}}, "migration.command is missing, and so is arguments"),
        ({"source_mount": {"node_path": "shop", "mount_path": "/app"}}, "source_mount.node_path is not a path"),
        ({"image": "ghcr.io/acme/shop"}, "image has neither tag nor digest"),
        ({**PUBLIC, "public_host": "https://shop.example.com"}, "public_host is not a full host name"),
        ({**PUBLIC, "public_path": "api"}, "public_path is not a path that the gateway can match"),
        ({**PUBLIC, "ingress_class": None}, "ingress_class is missing"),
        ({**PUBLIC, "gateway_namespace": None}, "gateway_namespace is missing"),
        ({**PUBLIC, "issuer": None}, "issuer is missing, and so is tls_secret"),
        ({"issuer": "self-signed"}, "public_host is missing, though issuer is given"),
        ({"gateway_namespace": "kong"}, "public_host is missing, though gateway_namespace is given"),
        ({"public_path": "/api", "tls_secret": "s"}, "public_host is missing, though public_path and tls_secret is"),
        ({"public_hots": "shop.example.com"}, "public_hots is not a known key"),
        ({"image": None}, "image is missing"),
        ({"replicas": "3"}, "replicas is '3', which is not a whole number"),
    ],
)
def test_arguments_that_would_not_work_are_refused_and_declare_nothing(change: dict[str, Any], message: str) -> None:
    assert refusal(WebService, **change).startswith(message)


def test_a_misspelt_key_is_answered_with_the_right_one() -> None:
    assert "did you mean 'public_host'?" in refusal(WebService, public_hots="shop.example.com")


def _listening(*ports: object) -> dict[str, Any]:
    return {"containers": [{"name": "main", "ports": list(ports)}]}


def test_a_raw_port_that_nobody_is_let_in_to_is_refused() -> None:
    message = refusal(WebService, pod_spec=_listening({"name": "http", "containerPort": 9090}))
    assert message.startswith("pod_spec.containers has the port 9090 where `port` is 8080")


@pytest.mark.parametrize(
    "spec",
    [
        _listening({"name": "http", "containerPort": 9898}),
        _listening({"name": "http", "containerPort": 9898.0}),
        _listening({"name": "metrics", "containerPort": 9090}),
        {"containers": [{"name": "beside", "ports": [{"name": "http", "containerPort": 1}]}]},
    ],
)
def test_raw_ports_beside_that_of_requests_are_laid_over(spec: dict[str, Any]) -> None:
    made = pod(service(port=9898, pod_spec=spec))["containers"][0]
    assert made["ports"][0] == {"name": "http", "containerPort": 9898}


@pytest.mark.parametrize("name", ["Shop", "1shop", "shop-", "web_shop", f"{LONGEST_NAME}a"])
def test_a_name_that_kubernetes_refuses_is_refused_before_it(name: str) -> None:
    assert refusal(WebService, name).startswith("name ")


def test_the_longest_name_is_accepted() -> None:
    assert list(declare(lambda: make(WebService, LONGEST_NAME)).of_type(DEPLOYMENT)) == [LONGEST_NAME]


def test_a_migration_needs_room_in_the_name_for_what_it_adds() -> None:
    longest, migration = "a" * 44, {"command": ["migrate"]}
    made = declare(lambda: make(WebService, longest, migration=migration))
    assert list(made.of_type(JOB)) == [f"{longest}-migration"]
    message = refusal(WebService, f"{longest}a", migration=migration)
    assert message.startswith(f"migration makes '{longest}a-migration', of 55 characters and 54 at most")


def test_a_raw_port_without_a_name_is_refused() -> None:
    raw = {"containers": [{"name": "main", "ports": [{"containerPort": 8080}]}]}
    assert refusal(WebService, pod_spec=raw).startswith("pod_spec.containers")


def test_a_rollout_has_the_time_that_a_start_may_take() -> None:
    spec = shop(WebService, startup_seconds=1800).one(DEPLOYMENT, "shop").inputs["spec"]
    assert spec["progressDeadlineSeconds"] > 1800
