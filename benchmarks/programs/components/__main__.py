"""Services that are declared by `WebService`, as many as the environment asks for."""

import os

import pulumi
from web_platform import WebService

for number in range(int(os.environ["SERVICES"])):
    name = f"shop-{number}"
    WebService(
        name,
        {
            "image": "registry.example.com/shop:1.4.2",
            "namespace": "services",
            "environment": {"LOG_LEVEL": "info", "PORT": "8080"},
            "secret_environment": {"DATABASE_URL": pulumi.Output.secret(f"postgresql://{name}@10.16.0.3/{name}")},
            "network_paths": [{"cidr": "10.16.0.3/32", "port": 5432}],
            "memory": "256Mi",
            "autoscaling": {"maximum_replicas": 3},
            "public_host": f"{name}.example.com",
            "gateway_namespace": "kong",
            "ingress_class": "kong",
            "tls_secret": "wildcard-tls",
        },
    )
