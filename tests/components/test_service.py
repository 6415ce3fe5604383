"""WebService: one call generates all that a service needs, and refuses what would not work."""

from typing import Any

import pytest
from pulumi import Output
from pulumi.runtime import rpc
from web_platform import ArgumentError, WebService, WebServiceArgs
from web_platform.route import certificate_spec

from tests.recording import Recording, declare

TYPE = "web-platform:index:WebService"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SERVICE = "kubernetes:core/v1:Service"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
SECRET = "kubernetes:core/v1:Secret"
CERTIFICATE = "kubernetes:cert-manager.io/v1:Certificate"

INTERNAL: WebServiceArgs = {"image": "ghcr.io/acme/shop:1.4.2", "namespace": "services"}
PUBLIC: WebServiceArgs = {
    **INTERNAL,
    "public_host": "shop.example.com",
    "ingress_class": "kong",
    "issuer": "self-signed",
}

LABELS = {"app.kubernetes.io/name": "shop", "app.kubernetes.io/managed-by": "pulumi"}
SELECTOR = {"app.kubernetes.io/name": "shop"}


def shop(args: WebServiceArgs) -> Recording:
    return declare(lambda: WebService("shop", args))


def pod(args: WebServiceArgs) -> dict[str, Any]:
    spec: dict[str, Any] = shop(args).one(DEPLOYMENT, "shop").inputs["spec"]["template"]["spec"]
    return spec


def container(args: WebServiceArgs) -> dict[str, Any]:
    (only,) = pod(args)["containers"]
    assert isinstance(only, dict)
    return only


def test_a_public_service_is_made_of_these_resources() -> None:
    assert shop(PUBLIC).names() == [
        (DEPLOYMENT, "shop"),
        (CERTIFICATE, "shop-certificate"),
        (SERVICE, "shop-service"),
        (ACCOUNT, "shop-account"),
        (INGRESS, "shop-ingress"),
        (POLICY, "shop-egress"),
        (TYPE, "shop"),
    ]


def test_an_internal_service_has_neither_route_nor_certificate_nor_secret() -> None:
    assert shop(INTERNAL).names() == [
        (DEPLOYMENT, "shop"),
        (SERVICE, "shop-service"),
        (ACCOUNT, "shop-account"),
        (POLICY, "shop-egress"),
        (TYPE, "shop"),
    ]


def test_every_child_is_the_services_own() -> None:
    recording = shop(PUBLIC)
    children = [resource for resource in recording if resource.type != TYPE]
    assert {child.parent for child in children} == {recording.one(TYPE, "shop").urn}


def test_every_object_has_the_services_name_and_namespace() -> None:
    recording = shop(PUBLIC)
    metadata = {resource.type: resource.inputs["metadata"] for resource in recording if resource.type != TYPE}
    names = {type_: (entry["namespace"], entry["name"]) for type_, entry in metadata.items()}
    assert names == {
        DEPLOYMENT: ("services", "shop"),
        SERVICE: ("services", "shop"),
        ACCOUNT: ("services", "shop"),
        INGRESS: ("services", "shop"),
        POLICY: ("services", "shop"),
        CERTIFICATE: ("services", "shop-tls"),
    }
    assert all(entry["labels"] == LABELS for entry in metadata.values())


def test_the_deployment_is_exactly_this() -> None:
    assert shop(INTERNAL).one(DEPLOYMENT, "shop").inputs["spec"] == {
        "replicas": 1,
        "selector": {"matchLabels": SELECTOR},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "template": {
            "metadata": {"labels": LABELS},
            "spec": {
                "serviceAccountName": "shop",
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "securityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": 65532,
                    "runAsGroup": 65532,
                    "fsGroup": 65532,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "topologySpreadConstraints": [
                    {
                        "maxSkew": 1,
                        "topologyKey": "kubernetes.io/hostname",
                        "whenUnsatisfiable": "ScheduleAnyway",
                        "labelSelector": {"matchLabels": SELECTOR},
                    }
                ],
                "terminationGracePeriodSeconds": 30,
                "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}}],
                "containers": [
                    {
                        "name": "service",
                        "image": "ghcr.io/acme/shop:1.4.2",
                        "ports": [{"name": "http", "containerPort": 8080}],
                        "env": [],
                        "resources": {
                            "requests": {"cpu": "100m", "memory": "128Mi"},
                            "limits": {"memory": "128Mi"},
                        },
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
                        "securityContext": {
                            "allowPrivilegeEscalation": False,
                            "readOnlyRootFilesystem": True,
                            "runAsNonRoot": True,
                            "capabilities": {"drop": ["ALL"]},
                            "seccompProfile": {"type": "RuntimeDefault"},
                        },
                        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - inside a container
                    }
                ],
            },
        },
    }


def test_the_service_forwards_port_80_to_the_container() -> None:
    assert shop(INTERNAL).one(SERVICE, "shop-service").inputs["spec"] == {
        "type": "ClusterIP",
        "selector": SELECTOR,
        "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
    }


def test_the_service_account_gives_no_token_to_pods() -> None:
    assert shop(INTERNAL).one(ACCOUNT, "shop-account").inputs["automountServiceAccountToken"] is False


def test_the_route_is_exactly_this() -> None:
    route = shop({**PUBLIC, "public_path": "/api"}).one(INGRESS, "shop-ingress").inputs
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
    certificate = shop(PUBLIC).one(CERTIFICATE, "shop-certificate").inputs
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
    recording = shop({**PUBLIC, "issuer": None, "tls_secret": "pages-tls"})
    assert recording.of_type(CERTIFICATE) == {}
    assert recording.one(INGRESS, "shop-ingress").inputs["spec"]["tls"][0]["secretName"] == "pages-tls"


def test_outputs_say_how_to_reach_the_service() -> None:
    assert shop({**PUBLIC, "public_path": "/api"}).outputs_of(TYPE, "shop") == {
        "address": "http://shop.services.svc",
        "serviceAccount": "shop",
        "url": "https://shop.example.com/api",
        "tlsSecret": "shop-tls",
    }
    assert shop(INTERNAL).outputs_of(TYPE, "shop") == {
        "address": "http://shop.services.svc",
        "serviceAccount": "shop",
    }


def test_environment_is_sorted_so_that_its_order_restarts_nothing() -> None:
    environment = {"ZONE": "eu", "AUDIENCE": "all"}
    assert container({**INTERNAL, "environment": environment})["env"] == [
        {"name": "AUDIENCE", "value": "all"},
        {"name": "ZONE", "value": "eu"},
    ]


def test_secret_variables_are_in_a_secret_and_not_in_the_deployment() -> None:
    recording = shop({**INTERNAL, "secret_environment": {"PGPASSWORD": "hunter2", "API_KEY": "k-1"}})
    made = recording.one(SECRET, "shop-secrets")
    assert made.parent == recording.one(TYPE, "shop").urn
    assert made.inputs["metadata"] == {"namespace": "services", "labels": LABELS}
    assert made.inputs["stringData"] == {
        rpc._special_sig_key: rpc._special_secret_sig,
        "value": {"PGPASSWORD": "hunter2", "API_KEY": "k-1"},
    }
    deployment = recording.one(DEPLOYMENT, "shop")
    assert "hunter2" not in str(deployment.inputs)
    assert made.urn in deployment.depends_on


def test_secret_variables_follow_the_others_by_reference() -> None:
    args: WebServiceArgs = {
        **INTERNAL,
        "environment": {"ZONE": "eu"},
        "secret_environment": {"PGPASSWORD": "hunter2", "API_KEY": "k-1"},
    }
    assert container(args)["env"] == [
        {"name": "ZONE", "value": "eu"},
        {"name": "API_KEY", "valueFrom": {"secretKeyRef": {"name": "shop-secrets", "key": "API_KEY"}}},
        {"name": "PGPASSWORD", "valueFrom": {"secretKeyRef": {"name": "shop-secrets", "key": "PGPASSWORD"}}},
    ]


def test_a_secret_has_no_name_of_its_own_so_that_a_changed_value_replaces_the_pods() -> None:
    recording = shop({**INTERNAL, "secret_environment": {"PGPASSWORD": "hunter2"}})
    assert "name" not in recording.one(SECRET, "shop-secrets").inputs["metadata"]


POLICY_OF_ALL = [
    {"to": [{"namespaceSelector": {}}]},
    {
        "to": [{"ipBlock": {"cidr": "169.254.20.10/32"}}, {"ipBlock": {"cidr": "169.254.169.254/32"}}],
        "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
    },
    {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": 443, "protocol": "TCP"}]},
]


def test_pods_connect_to_pods_dns_and_https_and_nothing_else() -> None:
    assert shop(INTERNAL).one(POLICY, "shop-egress").inputs["spec"] == {
        "podSelector": {"matchLabels": SELECTOR},
        "policyTypes": ["Egress"],
        "egress": POLICY_OF_ALL,
    }


def test_pods_connect_to_the_paths_that_are_named() -> None:
    def program() -> None:
        database: Any = {"cidr": Output.concat("10.16.0.3", "/32"), "port": 5432.0}
        WebService("shop", {**INTERNAL, "network_paths": [database, {"cidr": "10.1.0.0/16", "port": 80}]})

    assert declare(program).one(POLICY, "shop-egress").inputs["spec"]["egress"] == [
        *POLICY_OF_ALL,
        {"to": [{"ipBlock": {"cidr": "10.16.0.3/32"}}], "ports": [{"port": 5432, "protocol": "TCP"}]},
        {"to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}], "ports": [{"port": 80, "protocol": "TCP"}]},
    ]


def test_numbers_may_arrive_as_floats_from_other_languages() -> None:
    recording = shop({**INTERNAL, "port": 9898.0, "replicas": 3.0})  # type: ignore[typeddict-item]
    spec = recording.one(DEPLOYMENT, "shop").inputs["spec"]
    assert spec["replicas"] == 3
    assert spec["template"]["spec"]["containers"][0]["ports"] == [{"name": "http", "containerPort": 9898}]


def test_size_and_probes_are_as_asked() -> None:
    made = container({**INTERNAL, "cpu": "2", "memory": "1Gi", "liveness_path": "/alive", "readiness_path": "/"})
    assert made["resources"] == {"requests": {"cpu": "2", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}
    paths = {probe: made[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "liveness", "readiness")}
    assert paths == {"startup": "/alive", "liveness": "/alive", "readiness": "/"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": "ghcr.io/acme/shop"}, "image has neither tag nor digest"),
        ({"image": "ghcr.io/acme/shop:latest"}, "image has the tag 'latest'"),
        ({"port": 0}, "port is 0"),
        ({"port": 65536}, "port is 65536"),
        ({"replicas": 0}, "replicas is 0"),
        ({"cpu": "128Mi"}, "cpu is not an amount of CPU"),
        ({"memory": "128m"}, "memory is not an amount of memory"),
        ({"environment": {"log-level": "debug"}}, "environment 'log-level' is not a name"),
        ({"secret_environment": {"api-key": "k"}}, "secret_environment 'api-key' is not a name"),
        ({"environment": {"A": "1"}, "secret_environment": {"A": "2"}}, "secret_environment 'A' is in environment too"),
        ({"network_paths": [{"port": 1}]}, r"network_paths\[0\].cidr is missing"),
        ({"network_paths": [{"cidr": "10.0.0.1", "port": 1}]}, r"network_paths\[0\].cidr is '10.0.0.1', which is no"),
        ({"network_paths": [{"cidr": "10.0.0.1/32", "port": 0}]}, r"network_paths\[0\].port is 0"),
        ({"network_paths": [{"cidr": "::/0", "prot": 1}]}, r"network_paths\[0\].prot is not a known key"),
        ({"liveness_path": "healthz"}, "liveness_path is not a path"),
        ({"public_host": "https://shop.example.com"}, "public_host is not a full host name"),
        ({"public_host": "shop.example.com", "issuer": "i"}, "ingress_class is missing"),
        ({"public_host": "shop.example.com", "ingress_class": "kong"}, "issuer is missing, and so is tls_secret"),
        ({"issuer": "self-signed"}, "public_host is missing, though issuer is given"),
        ({"public_path": "/api", "tls_secret": "s"}, "public_host is missing, though public_path and tls_secret is"),
        ({"public_hots": "shop.example.com"}, r"public_hots is not a known key.\n.*\n.*did you mean 'public_host'\?"),
        ({"image": None}, "image is missing"),
    ],
)
def test_arguments_that_would_not_work_are_refused_and_declare_nothing(change: dict[str, Any], message: str) -> None:
    recording, args = Recording(), {**INTERNAL, **change}
    with pytest.raises(ArgumentError, match=f"^WebService 'shop': {message}"):
        declare(lambda: WebService("shop", args), recording=recording)  # type: ignore[arg-type]
    assert recording.names() == []


@pytest.mark.parametrize("name", ["Shop", "1shop", "shop-", "web_shop", "a" * 47])
def test_a_name_that_kubernetes_refuses_is_refused_before_it(name: str) -> None:
    with pytest.raises(ArgumentError, match=f"^WebService '{name}': name "):
        declare(lambda: WebService(name, INTERNAL))
