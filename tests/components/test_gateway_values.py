"""Values of Kong's chart: what proxies trust, limit, log and tell, and how they scale and go."""

import json
import re
from typing import Any

import pytest
from web_platform import versions
from web_platform.gateway_values import GatewayWishes, gateway_values

WISHES = GatewayWishes(
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

SECURITY = {
    "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
    "containerSecurityContext": {
        "enabled": True,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "runAsGroup": 1000,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    },
}


def gateway(**wishes: Any) -> dict[str, Any]:
    made: dict[str, Any] = gateway_values("kong", WISHES._replace(**wishes))["gateway"]
    return made


def controller(**wishes: Any) -> dict[str, Any]:
    made: dict[str, Any] = gateway_values("kong", WISHES._replace(**wishes))["controller"]
    return made


def environment(**wishes: Any) -> dict[str, str]:
    made: dict[str, str] = gateway(**wishes)["env"]
    return made


def spread(part: str) -> list[dict[str, Any]]:
    labels = {"app.kubernetes.io/instance": "kong", "app.kubernetes.io/name": part}
    return [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": labels},
            "matchLabelKeys": ["pod-template-hash"],
        }
    ]


def test_values_of_the_controller_are_exactly_these() -> None:
    assert controller() == {
        "replicaCount": 2,
        "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1},
        "topologySpreadConstraints": spread("controller"),
        "podAnnotations": {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": "10255",
            "prometheus.io/path": "/metrics",
        },
        **SECURITY,
        "ingressController": {
            "image": {"repository": "kong/kubernetes-ingress-controller", "tag": versions.KONG_CONTROLLER_IMAGE},
            "ingressClass": "kong",
            "env": {"log_format": "json", "anonymous_reports": "false"},
            "admissionWebhook": {
                "enabled": True,
                "port": 8080,
                "failurePolicy": "Ignore",
                "timeoutSeconds": 5,
                "filterSecrets": True,
                "namespaceSelector": {
                    "matchExpressions": [
                        {
                            "key": "kubernetes.io/metadata.name",
                            "operator": "NotIn",
                            "values": ["kube-system", "kube-node-lease"],
                        }
                    ]
                },
            },
            "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "256Mi"}},
        },
    }


def test_values_of_the_gateway_are_exactly_these() -> None:
    made = gateway()
    del made["env"]
    assert made == {
        "image": {"repository": "kong", "tag": versions.KONG_GATEWAY_IMAGE},
        "replicaCount": 2,
        "autoscaling": {"enabled": False},
        "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1},
        "topologySpreadConstraints": spread("gateway"),
        "podAnnotations": {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": "8100",
            "prometheus.io/path": "/metrics",
        },
        **SECURITY,
        "resources": {"requests": {"cpu": "200m", "memory": "512Mi"}, "limits": {"memory": "512Mi"}},
        "initContainerResources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "32Mi"}},
        "deployment": {"minReadySeconds": 10},
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}},
        "readinessProbe": {
            "httpGet": {"path": "/status/ready", "port": "status", "scheme": "HTTP"},
            "initialDelaySeconds": 5,
            "timeoutSeconds": 5,
            "periodSeconds": 5,
            "successThreshold": 1,
            "failureThreshold": 3,
        },
        "lifecycle": {"preStop": {"exec": {"command": ["kong", "quit", "--wait=30", "--timeout=60"]}}},
        "terminationGracePeriodSeconds": 100,
        "admin": {
            "enabled": True,
            "type": "ClusterIP",
            "clusterIP": "None",
            "http": {"enabled": False},
            "tls": {"enabled": True, "containerPort": 8444},
        },
        "status": {"enabled": True, "http": {"enabled": True, "containerPort": 8100}, "tls": {"enabled": False}},
        "manager": {"enabled": False},
        "enterprise": {"enabled": False},
        "proxy": {
            "enabled": True,
            "type": "LoadBalancer",
            "externalTrafficPolicy": "Local",
            "annotations": {"cloud.google.com/l4-rbs": "enabled"},
        },
    }


def test_kong_is_configured_exactly_so() -> None:
    made = environment()
    assert made.pop("nginx_http_log_format").startswith("access escape=json '{")
    assert made == {
        "database": "off",
        "admin_gui_listen": "off",
        "anonymous_reports": "off",
        "headers": "X-Kong-Request-Id",
        "ssl_cipher_suite": "intermediate",
        "ssl_session_tickets": "off",
        "nginx_proxy_add_header": 'Strict-Transport-Security "max-age=31536000" always',
        "proxy_access_log": "/dev/stdout access",
        "admin_access_log": "/dev/stdout access",
        "proxy_error_log": "/dev/stderr",
        "admin_error_log": "/dev/stderr",
        "nginx_proxy_client_max_body_size": "8m",
        "nginx_proxy_client_header_timeout": "60s",
        "nginx_proxy_client_body_timeout": "60s",
        "nginx_proxy_send_timeout": "60s",
        "nginx_proxy_proxy_max_temp_file_size": "8m",
    }


def test_each_request_is_logged_as_one_object_of_json() -> None:
    quoted = re.fullmatch(r"access escape=json '([^']*)'", environment()["nginx_http_log_format"])
    assert quoted is not None
    # Nginx puts a value in the place of each variable: a number, or text that is escaped for JSON.
    logged = json.loads(re.sub(r"\$(\w+|\{\w+\})", "7", quoted[1]))
    assert logged == {
        "time": "7",
        "requestId": "7",
        "httpRequest": {
            "requestMethod": "7",
            "requestUrl": "7://77",
            "requestSize": 7,
            "status": 7,
            "responseSize": 7,
            "userAgent": "7",
            "remoteIp": "7",
            "referer": "7",
            "latency": "7s",
            "protocol": "7",
        },
        "upstream": {"address": "7", "status": "7", "seconds": "7"},
        "tls": "7",
        "traceparent": "7",
    }


def test_the_log_format_survives_what_it_passes_through() -> None:
    written = environment()["nginx_http_log_format"]
    assert "$(" not in written  # Kubernetes would look for a variable of that name.
    assert "$$" not in written
    assert "${{" not in written  # So would Kong's own template.
    assert "valueFrom" not in written  # The chart would take it for a reference to a Secret.
    assert "#" not in written  # Kong would read no further when it reads its configuration again.
    assert "\n" not in written


def test_an_autoscaler_owns_the_number_of_proxies() -> None:
    made = gateway(replicas=3, maximum_replicas=9)
    assert "replicaCount" not in made
    assert made["autoscaling"] == {
        "enabled": True,
        "minReplicas": 3,
        "maxReplicas": 9,
        "metrics": [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
            }
        ],
    }
    assert made["podDisruptionBudget"] == {"enabled": True, "maxUnavailable": 1}


def test_one_replica_has_no_disruption_budget_that_would_block_its_node() -> None:
    assert gateway(replicas=1)["podDisruptionBudget"] == {"enabled": False}
    assert gateway(replicas=1, maximum_replicas=3)["podDisruptionBudget"] == {"enabled": False}
    assert controller(controllers=1)["podDisruptionBudget"] == {"enabled": False}


@pytest.mark.parametrize(("timeout", "quitting", "grace"), [(5, 60, 100), (60, 60, 100), (300, 300, 340)])
def test_a_proxy_is_not_killed_before_its_requests_may_end(timeout: int, quitting: int, grace: int) -> None:
    made = gateway(request_timeout_seconds=timeout)
    assert made["lifecycle"]["preStop"]["exec"]["command"] == ["kong", "quit", "--wait=30", f"--timeout={quitting}"]
    assert made["terminationGracePeriodSeconds"] == grace


def test_limits_of_requests_are_the_callers() -> None:
    made = environment(maximum_request_megabytes=20, request_timeout_seconds=120)
    assert made["nginx_proxy_client_max_body_size"] == "20m"
    assert made["nginx_proxy_proxy_max_temp_file_size"] == "20m"
    timeouts = ("client_header_timeout", "client_body_timeout", "send_timeout")
    assert {made[f"nginx_proxy_{timeout}"] for timeout in timeouts} == {"120s"}


def test_nobody_is_trusted_to_say_who_the_client_is() -> None:
    assert not {"trusted_ips", "real_ip_header", "real_ip_recursive"} & set(environment())


def test_proxies_that_are_trusted_are_believed_and_what_a_client_wrote_before_them_is_not() -> None:
    made = environment(trusted_proxies=("203.0.113.0/24", "2001:db8::/32"))
    assert made["trusted_ips"] == "203.0.113.0/24,2001:db8::/32"
    assert made["real_ip_header"] == "X-Forwarded-For"
    assert made["real_ip_recursive"] == "on"


def test_every_setting_of_kong_is_text_since_the_chart_would_misspell_others() -> None:
    everything = environment(trusted_proxies=("203.0.113.0/24",)) | controller()["ingressController"]["env"]
    assert {type(value) for value in everything.values()} == {str}


def test_a_reserved_address_is_asked_of_the_load_balancer() -> None:
    assert gateway(address="203.0.113.9")["proxy"]["loadBalancerIP"] == "203.0.113.9"
    assert "loadBalancerIP" not in gateway()["proxy"]


def test_names_in_values_follow_the_release() -> None:
    made = gateway_values("edge", WISHES)
    for part in ("controller", "gateway"):
        (constraint,) = made[part]["topologySpreadConstraints"]
        assert constraint["labelSelector"]["matchLabels"] == {
            "app.kubernetes.io/instance": "edge",
            "app.kubernetes.io/name": part,
        }
