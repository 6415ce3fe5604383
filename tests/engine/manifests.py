"""A program that declares components, for the provider of Kubernetes to write down what they would create.

Every component that makes objects of Kubernetes by itself is here: told no more than it must be, and all that it can
be. Those in `NOT_HERE` install charts, which the provider does not write down, or make things of Google Cloud alone.
"""

from typing import Any

import pulumi_kubernetes as kubernetes
from pulumi import ResourceOptions
from web_platform import (
    ConcurrencyPolicy,
    KongConsumer,
    KongPlugin,
    KongPluginScope,
    Namespace,
    NodeAgent,
    OneOffJob,
    PodSecurity,
    ScheduledJob,
    StandIns,
    Tenant,
    WebService,
    Worker,
)

RENDERED = "rendered"
"""Directory of the manifests, inside of the program's own."""

_PLAIN: dict[str, Any] = {"image": "registry.example.com/shop:1.4.2", "namespace": "services"}

_WHOLE: dict[str, Any] = {
    "image": f"registry.example.com/shop@sha256:{'0123456789abcdef' * 4}",
    "namespace": "services",
    "command": ["/app/run"],
    "arguments": ["--verbose"],
    "environment": {"LOG_LEVEL": "info"},
    "secret_environment": {"TOKEN": "secret"},
    "environment_from": {"config_maps": ["shared"], "secrets": ["shared"]},
    "files": {"/etc/shop/shop.yaml": "colour: blue\n"},
    "secret_files": {"/etc/shop/key.pem": "secret"},
    "scratch": {"/var/cache": "1Gi"},
    "network_paths": [
        {"cidr": "10.16.0.3/32", "port": 5432},
        {"namespace": "stand-ins", "workload": "stand-ins-database"},
    ],
    "internet": True,
    "cpu": "200m",
    "cpu_limit": "1",
    "memory": "256Mi",
    "memory_limit": "512Mi",
    "user": 10001,
    "shutdown_seconds": 60,
    "sidecars": {"proxy": {"image": "registry.example.com/proxy:2.1.0", "arguments": ["--port=5432"]}},
    "init_containers": {
        "prepare": {
            "command": ["/app/prepare"],
            "environment": {"STEP": "prepare"},
            "shares_environment": True,
            "cpu": "50m",
            "memory": "32Mi",
        }
    },
    "service_account_token": True,
    "pod_spec": {"priorityClassName": "urgent"},
}

_PUBLIC: dict[str, Any] = {
    "public_host": "shop.example.com",
    "gateway_namespace": "kong",
    "ingress_class": "kong",
    "issuer": "cert-manager-lets-encrypt",
}

DECLARED: dict[type, dict[str, dict[str, Any]]] = {
    Namespace: {
        "services": {},
        "stand-ins": {},
        "agents": {"pod_security": PodSecurity.PRIVILEGED},
        "closed": {
            "default_deny": True,
            "gateway_namespace": "kong",
            "quota": {"cpu": "8", "memory": "24Gi"},
            "maximum_pods": 100,
            "largest_memory": "8Gi",
        },
    },
    Tenant: {
        "team": {
            "gateway_namespace": "kong",
            "quota": {"cpu": "8", "memory": "24Gi"},
            "largest_memory": "8Gi",
            "environment": {"TOPIC": "orders"},
            "secret_environment": {"PASSWORD": "secret"},
            "network_paths": [{"cidr": "10.16.0.3/32", "port": 5432}],
            "deployers": ["deploy-team-prod@acme-platform.iam.gserviceaccount.com"],
            "hosts": ["team.example.com"],
        },
    },
    WebService: {
        "plain": _PLAIN,
        "replicated": {**_PLAIN, "replicas": 3},
        "closed": {**_PLAIN, "namespace": "closed"},
        "public": {**_PLAIN, **_PUBLIC},
        "beside": {
            **{key: value for key, value in {**_PLAIN, **_PUBLIC}.items() if key != "issuer"},
            "public_path": "/beside",
            "tls_secret": "public-tls",
            "shared_plugins": ["limits"],
        },
        "gateway-api": {**_PLAIN, **_PUBLIC, "gateway_class": "kong"},
        "from-sources": {
            **_PLAIN,
            "source_mount": {
                "node_path": "/sources/shop",
                "mount_path": "/app",
                "command": ["/app/watch"],
                "arguments": ["run"],
            },
        },
        "whole": {
            **_WHOLE,
            **_PUBLIC,
            "port": 9898,
            "replicas": 2,
            "autoscaling": {
                "maximum_replicas": 10,
                "cpu_percent": 70,
                "memory_percent": 80,
                "requests_per_second": 50,
            },
            "callers": [{"namespace": "services", "workload": "plain"}, {"namespace": "agents"}],
            "liveness_path": "/alive",
            "readiness_path": "/ready",
            "startup_seconds": 120,
            "migration": {"command": ["/app/migrate"], "arguments": ["up"], "timeout_seconds": 120, "retries": 1},
            "plugins": {
                "cors": {"origins": ["https://www.example.com"]},
                "key_auth": {},
                "rate_limiting": {"minute": 300},
            },
            "service_plugins": {"request_size_limiting": {"allowed_payload_size": 2}},
            "consumers": ["partner"],
        },
    },
    Worker: {
        "plain-worker": _PLAIN,
        "team-worker": {**_PLAIN, "namespace": "team"},
        "whole-worker": {
            **_WHOLE,
            "replicas": 2,
            "autoscaling": {"maximum_replicas": 10, "messages": 100, "subscriptions": ["orders-worker"]},
            "liveness_command": ["/app/alive"],
        },
        "worker-from-sources": {**_PLAIN, "source_mount": {"node_path": "/sources/worker", "mount_path": "/app"}},
    },
    ScheduledJob: {
        "plain-schedule": {**_PLAIN, "schedule": "@daily"},
        "whole-schedule": {
            **_WHOLE,
            "schedule": "30 4 * * *",
            "time_zone": "Europe/Berlin",
            "concurrency": ConcurrencyPolicy.REPLACE,
            "timeout_seconds": 300,
            "retries": 1,
            "start_within_seconds": 60,
            "keep_succeeded": 1,
            "keep_failed": 1,
            "suspended": True,
        },
    },
    OneOffJob: {
        "plain-job": _PLAIN,
        "whole-job": {**_WHOLE, "timeout_seconds": 300, "retries": 0},
    },
    NodeAgent: {
        "plain-agent": _PLAIN,
        "whole-agent": {
            **_WHOLE,
            "namespace": "agents",
            "node_folders": {"/logs": "/var/log"},
            "on_every_node": False,
        },
    },
    StandIns: {
        "stand-ins": {
            "namespace": "stand-ins",
            "project": "local",
            "callers": [{"namespace": "services"}],
            "databases": ["shop"],
            "topics": {"orders": {"subscriptions": {"shop": {}}}},
            "datasets": {"sales": {"orders": {"columns": [{"name": "total", "type": "NUMERIC"}]}}},
            "buckets": ["local-receipts"],
        },
    },
    KongPlugin: {
        "limits": {"plugin": {"rate_limiting": {"minute": 60}}, "ingress_class": "kong", "namespace": "services"},
        "counts": {"plugin": {"prometheus": {}}, "ingress_class": "kong", "scope": KongPluginScope.GLOBAL},
    },
    KongConsumer: {
        "partner": {
            "namespace": "services",
            "ingress_class": "kong",
            "groups": ["partners"],
            "key_auth": {"generation": 2},
            "basic_auth": {},
            "jwt": {},
            "plugins": {"rate_limiting": {"minute": 600}},
            "shared_plugins": ["limits"],
        },
    },
}
"""The arguments of each component, by the name that it is declared under."""

NOT_HERE = {
    # They install charts. The real API server has what is in these in other tests.
    *("CertificateManager", "Gateway", "HelmAddon"),
    # They make nothing in a cluster.
    *("Bucket", "Cluster", "Database", "Dataset", "DnsSolver", "DnsZone", "EnabledApis", "Network", "Registry"),
    *("Topic", "WorkloadIdentity"),
}
"""The other components, by name: importing those of Google Cloud takes seconds."""


def declare() -> None:
    """Declare every component, on a provider that writes down what it is asked for and knows no cluster."""
    provider = kubernetes.Provider("rendering", render_yaml_to_directory=RENDERED)
    for component, each in DECLARED.items():
        for name, args in each.items():
            component(name, args, ResourceOptions(providers={"kubernetes": provider}))
