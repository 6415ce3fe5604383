"""What the chart `kong/ingress` is asked for: values alone, which nothing here installs.

Pure, so that each decision can be read and tested without a cluster: how many proxies there are and how they go, what
Kong trusts, limits, logs and tells. What holds for one route (its protocols, its plugins, how long its service may
take) is for routes and plugins to say. Nothing here redirects every request to HTTPS: challenges of ACME come by plain
HTTP, on Ingresses of their own, which say nothing of protocols and so take both.

Metrics are at port 8100 of each proxy, path `/metrics`. Without any plugin Kong tells of itself: `kong_node_info`,
`kong_datastore_reachable`, `kong_nginx_requests_total`, `kong_nginx_connections_total`, `kong_nginx_timers`,
`kong_memory_lua_shared_dict_bytes`, `kong_memory_lua_shared_dict_total_bytes`, `kong_memory_workers_lua_vms_bytes`.
Once the plugin `prometheus` is on for every request, its settings add, by service and route:
`kong_http_requests_total` (`status_code_metrics`), `kong_request_latency_ms`, `kong_upstream_latency_ms` and
`kong_kong_latency_ms` (`latency_metrics`), `kong_bandwidth_bytes` (`bandwidth_metrics`), and
`kong_upstream_target_health` (`upstream_health_metrics`). Controllers have theirs at port 10255:
`ingress_controller_configuration_push_count` says how often Kong took what it was given, and how often not.
"""

from typing import Any, NamedTuple

from pulumi import Input

from web_platform import versions
from web_platform.chart_values import disruption_budget
from web_platform.pods import resources, spread

INGRESS_CLASS = "kong"
"""The class that Kong's controller watches, and that Ingresses name."""

HTTP_PORT = 8000
"""Port of a proxy for HTTP."""

HTTPS_PORT = 8443
"""Port of a proxy for HTTPS."""

ADMIN_PORT = 8444
"""Port of a proxy for its admin API."""

STATUS_PORT = 8100
"""Port of a proxy for probes and metrics."""

WEBHOOK_PORT = 8080
"""Port of a controller on which the API server asks it about objects."""

CONTROLLER_STATUS_PORT = 10254
"""Port of a controller for probes."""

CONTROLLER_METRICS_PORT = 10255
"""Port of a controller for metrics."""

# How a proxy goes without a request being lost, in seconds. First it serves as before, until nobody sends it anything
# new: GKE's load balancers ask a node every 8 seconds whether it has a proxy, and give it up after 3 times. Then it
# takes no more and answers what it has begun: a service has as long as Kong waits for one by default, a client as long
# as the arguments say. The reserve is for what stops after that; then it is killed.
_WITHDRAWAL_SECONDS = 30
_UPSTREAM_SECONDS = 60
_RESERVE_SECONDS = 10

# How long a new proxy is ready before an old one goes: its node's next health check is at most 8 seconds away.
_SETTLING_SECONDS = 10

# Of what is reserved, not of what a node has. It leaves room for the half minute in which another proxy comes up.
_CPU_UTILIZATION = 70

# One line of JSON for each request, with the names that Google's logging knows: a log's reader shows method, status and
# latency by themselves. `status` and sizes are numbers. https://cloud.google.com/logging/docs/structured-logging
_LOG_FORMAT = "access"
_LOG_LINE = (
    '{"time":"$time_iso8601",'
    '"requestId":"$kong_request_id",'
    '"httpRequest":{'
    '"requestMethod":"$request_method",'
    '"requestUrl":"$scheme://$host$request_uri",'
    '"requestSize":$request_length,'
    '"status":$status,'
    '"responseSize":$bytes_sent,'
    '"userAgent":"$http_user_agent",'
    '"remoteIp":"$remote_addr",'
    '"referer":"$http_referer",'
    '"latency":"${request_time}s",'
    '"protocol":"$server_protocol"},'
    '"upstream":{"address":"$upstream_addr","status":"$upstream_status","seconds":"$upstream_response_time"},'
    '"tls":"$ssl_protocol",'
    '"traceparent":"$http_traceparent"}'
)

# What the restricted Pod Security Standard asks for, and more: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
_SECURITY = {
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


class GatewayWishes(NamedTuple):
    """What is wanted of a gateway, with every default resolved and every number whole."""

    replicas: int
    """Proxies, and with `maximum_replicas` the fewest of them."""

    maximum_replicas: int | None
    """Most proxies that an autoscaler may make. None: there is no autoscaler."""

    controllers: int
    """Controllers that turn Ingresses into routes."""

    cpu: str
    """CPU that each proxy is sure to get."""

    memory: str
    """Memory of each proxy."""

    address: Input[str] | None
    """Address that is reserved for the load balancer. None: the cluster gives it one."""

    trusted_proxies: tuple[str, ...]
    """Ranges of addresses whose word for a client's address is taken."""

    maximum_request_megabytes: int
    """Size of the largest body that a request may have."""

    request_timeout_seconds: int
    """How long a client may send or read nothing in the middle of a request."""


def gateway_values(release: str, wishes: GatewayWishes) -> dict[str, Any]:
    """Values of the chart, which holds `kong/kong` twice: as `controller` and as `gateway`."""
    return {"controller": _controller(release, wishes.controllers), "gateway": _gateway(release, wishes)}


def pod_labels(release: str, part: str) -> dict[str, str]:
    """Labels of the pods of a `part` of the chart, `controller` or `gateway`."""
    return {"app.kubernetes.io/instance": release, "app.kubernetes.io/name": part}


def _controller(release: str, replicas: int) -> dict[str, Any]:
    return {
        "replicaCount": replicas,
        "podDisruptionBudget": disruption_budget(replicas),
        "topologySpreadConstraints": _spread(release, "controller"),
        "podAnnotations": _scraped(CONTROLLER_METRICS_PORT),
        **_SECURITY,
        "ingressController": {
            "image": {"repository": "kong/kubernetes-ingress-controller", "tag": versions.KONG_CONTROLLER_IMAGE},
            # Nobody made it the cluster's default: an Ingress that names no class is nobody's.
            "ingressClass": INGRESS_CLASS,
            "env": {"log_format": "json", "anonymous_reports": "false"},
            "admissionWebhook": _admission_webhook(),
            "resources": resources("100m", "256Mi"),
        },
    }


def _admission_webhook() -> dict[str, Any]:
    """Let mistakes in Kong's objects be refused where they are made: Kong refuses a whole configuration for one.

    Its certificate is the chart's own, good for ten years. Helm makes it once, and in upgrades takes the one that it
    finds in the cluster, so that they change nothing. One of cert-manager's would have to exist before Kong does.
    """
    return {
        "enabled": True,
        "port": WEBHOOK_PORT,
        # Without Kong, the cluster goes on; with `Fail`, nobody could change a Service or an Ingress until it is back.
        "failurePolicy": "Ignore",
        # Until then each such change waits this long.
        "timeoutSeconds": 5,
        # Only Secrets with Kong's label, instead of all there are.
        "filterSecrets": True,
        # What the cluster itself needs must never wait for a webhook.
        # https://cloud.google.com/kubernetes-engine/docs/how-to/optimize-webhooks
        "namespaceSelector": {
            "matchExpressions": [
                {
                    "key": "kubernetes.io/metadata.name",
                    "operator": "NotIn",
                    "values": ["kube-system", "kube-node-lease"],
                }
            ]
        },
    }


def _gateway(release: str, wishes: GatewayWishes) -> dict[str, Any]:
    quitting = max(_UPSTREAM_SECONDS, wishes.request_timeout_seconds)
    return {
        "image": {"repository": "kong", "tag": versions.KONG_GATEWAY_IMAGE},
        **_scale(wishes),
        # There are as many as this at least, with an autoscaler too.
        "podDisruptionBudget": disruption_budget(wishes.replicas),
        "topologySpreadConstraints": _spread(release, "gateway"),
        "podAnnotations": _scraped(STATUS_PORT),
        **_SECURITY,
        "resources": resources(wishes.cpu, wishes.memory),
        # It removes a file. Pods are placed by what their containers reserve, of which this is never the most.
        "initContainerResources": resources("10m", "32Mi"),
        "deployment": {"minReadySeconds": _SETTLING_SECONDS},
        # No proxy goes before another has come. A quarter of them at a time, which is one of up to four: with many, an
        # upgrade one by one would outlast Helm's patience.
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}},
        "readinessProbe": _readiness(),
        "lifecycle": {
            "preStop": {"exec": {"command": ["kong", "quit", f"--wait={_WITHDRAWAL_SECONDS}", f"--timeout={quitting}"]}}
        },
        "terminationGracePeriodSeconds": _WITHDRAWAL_SECONDS + quitting + _RESERVE_SECONDS,
        "env": _environment(wishes),
        # Controllers find proxies through this Service. It has no address of its own, even inside the cluster, and
        # speaks TLS only.
        "admin": {
            "enabled": True,
            "type": "ClusterIP",
            "clusterIP": "None",
            "http": {"enabled": False},
            "tls": {"enabled": True, "containerPort": ADMIN_PORT},
        },
        "status": {
            "enabled": True,
            "http": {"enabled": True, "containerPort": STATUS_PORT},
            "tls": {"enabled": False},
        },
        "manager": {"enabled": False},
        # Portals and the rest of what the open-source image does not have.
        "enterprise": {"enabled": False},
        "proxy": _proxy_service(wishes.address),
    }


def _scale(wishes: GatewayWishes) -> dict[str, Any]:
    """How many proxies there are. With an autoscaler the chart writes no number, since each upgrade would reset it."""
    if wishes.maximum_replicas is None:
        return {"replicaCount": wishes.replicas, "autoscaling": {"enabled": False}}
    utilization = {"type": "Utilization", "averageUtilization": _CPU_UTILIZATION}
    return {
        "autoscaling": {
            "enabled": True,
            "minReplicas": wishes.replicas,
            "maxReplicas": wishes.maximum_replicas,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": utilization}}],
        }
    }


def _readiness() -> dict[str, Any]:
    # Unlike `/status`, this says no until a controller has handed over the routes: without a database a new proxy knows
    # none, and would answer every request with 404. Often, since a rollout waits for it.
    return {
        "httpGet": {"path": "/status/ready", "port": "status", "scheme": "HTTP"},
        "initialDelaySeconds": 5,
        "timeoutSeconds": 5,
        "periodSeconds": 5,
        "successThreshold": 1,
        "failureThreshold": 3,
    }


def _environment(wishes: GatewayWishes) -> dict[str, str]:
    """Kong's configuration: the chart makes `KONG_…` of each key, in quotes, and Kong makes a directive of `nginx_…`.

    Limits are given to the proxy's server alone: controllers hand over whole configurations by another.
    """
    size, timeout = f"{wishes.maximum_request_megabytes}m", f"{wishes.request_timeout_seconds}s"
    return {
        # Without a database the controllers' objects are the only source of routes, and there is none to back up.
        "database": "off",
        # The chart leaves it listening unless Kong is the Enterprise one.
        "admin_gui_listen": "off",
        "anonymous_reports": "off",
        # Neither Kong's version nor how long it took. The id stays: who reports a failure can name the line in the log.
        "headers": "X-Kong-Request-Id",
        # TLS 1.2 with forward secrecy, and 1.3. `modern` is 1.3 alone, which too many clients still lack.
        "ssl_cipher_suite": "intermediate",
        # Their key would live as long as the proxy, and open all that it ever encrypted with TLS 1.2.
        "ssl_session_tickets": "off",
        # Browsers never ask again without TLS. They heed it only of a host whose certificate they trust, so it does no
        # harm to a laptop's. A directive, since no route's plugin can take it away.
        "nginx_proxy_add_header": 'Strict-Transport-Security "max-age=31536000" always',
        "nginx_http_log_format": f"{_LOG_FORMAT} escape=json '{_LOG_LINE}'",
        "proxy_access_log": f"/dev/stdout {_LOG_FORMAT}",
        "admin_access_log": f"/dev/stdout {_LOG_FORMAT}",
        "proxy_error_log": "/dev/stderr",
        "admin_error_log": "/dev/stderr",
        "nginx_proxy_client_max_body_size": size,
        "nginx_proxy_client_header_timeout": timeout,
        "nginx_proxy_client_body_timeout": timeout,
        "nginx_proxy_send_timeout": timeout,
        # Of an answer that a client is slow to read, no more than this waits on the node's disk. Nginx would let it be
        # a gigabyte, and whoever asks for many at a time would fill the disk.
        "nginx_proxy_proxy_max_temp_file_size": size,
        **_trust(wishes.trusted_proxies),
    }


def _trust(proxies: tuple[str, ...]) -> dict[str, str]:
    """Whose word for a client's address is taken: by default nobody's, since connections come from clients themselves.

    The last address in the header that is not a trusted proxy's is the client's; what a client put before it is not.
    """
    if not proxies:
        return {}
    return {"trusted_ips": ",".join(proxies), "real_ip_header": "X-Forwarded-For", "real_ip_recursive": "on"}


def _proxy_service(address: Input[str] | None) -> dict[str, Any]:
    # Kubernetes calls the field deprecated, since clouds differ in it; GKE takes a reserved address by it.
    # https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer-parameters#spd-static-ip-parameters
    reserved = {} if address is None else {"loadBalancerIP": address}
    return {
        "enabled": True,
        "type": "LoadBalancer",
        # Only nodes with a proxy are sent connections, and nobody puts an address of the cluster's in the client's
        # place. Health checks fail on the other nodes, which is right; that there is more than one node with a proxy is
        # for the spread below to see to.
        "externalTrafficPolicy": "Local",
        # The kind of load balancer that Google advises, which notices sooner where proxies are. Others ignore it.
        # https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer
        "annotations": {"cloud.google.com/l4-rbs": "enabled"},
        **reserved,
    }


def _scraped(port: int) -> dict[str, str]:
    # By these Prometheus finds pods as it is usually configured, without any kind of an operator's.
    return {"prometheus.io/scrape": "true", "prometheus.io/port": str(port), "prometheus.io/path": "/metrics"}


def _spread(release: str, part: str) -> list[dict[str, Any]]:
    # Each revision by itself: counted together with those that go, the new ones could all end up on one node.
    return spread(pod_labels(release, part), matchLabelKeys=["pod-template-hash"])
