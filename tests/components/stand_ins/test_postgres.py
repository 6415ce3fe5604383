"""PostgreSQL in place of Cloud SQL."""

from typing import Any

import pytest
from web_platform import versions
from web_platform.errors import ArgumentError

from tests.components.stand_ins.everything import EVERYTHING, NOTHING, stand_ins
from tests.components.workloads.pods import CONTAINER_SECURITY, DEPLOYMENT, SECRET, secret, size
from tests.recording import Recording

PASSWORD = "random:index/randomPassword:RandomPassword"
GENERATED = "p" * 32


def made() -> Recording:
    return stand_ins(EVERYTHING)


def test_it_makes_each_database_with_its_owner_when_it_starts() -> None:
    secrets = made().one(SECRET, "stand-ins-database-secrets").inputs
    assert "name" not in secrets["metadata"], "a changed Secret needs another name, so that the pod changes too"
    assert secrets["stringData"] == secret(
        {
            "password": GENERATED,
            "databases.sql": (
                f"CREATE ROLE \"accounts\" LOGIN PASSWORD '{GENERATED}';\n"
                'CREATE DATABASE "accounts" OWNER "accounts";\n'
                f"CREATE ROLE \"shop\" LOGIN PASSWORD '{GENERATED}';\n"
                'CREATE DATABASE "shop" OWNER "shop";\n'
            ),
        }
    )


def test_passwords_are_random_and_need_no_quoting() -> None:
    passwords = made().of_type(PASSWORD)
    assert len(passwords) == 3
    assert all(password.inputs == {"length": 32, "special": False} for password in passwords.values())


def test_its_deployment_is_exactly_this() -> None:
    labels = {"app.kubernetes.io/name": "stand-ins-database"}
    managed = labels | {"app.kubernetes.io/managed-by": "pulumi"}
    deployment = made().one(DEPLOYMENT, "stand-ins-database").inputs
    assert deployment["metadata"] == {"name": "stand-ins-database", "namespace": "stand-ins", "labels": managed}
    password = {"name": "stand-ins-database-secrets", "key": "password"}
    assert deployment["spec"] == {
        "replicas": 1,
        "selector": {"matchLabels": labels},
        "strategy": {"type": "Recreate"},
        "template": {
            "metadata": {"labels": managed},
            "spec": {
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "securityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": 999,
                    "runAsGroup": 999,
                    "fsGroup": 999,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [
                    {
                        "name": "stand-in",
                        "image": f"postgres:{versions.POSTGRES_IMAGE}",
                        "imagePullPolicy": "Always",
                        "env": [
                            {"name": "PGDATA", "value": "/var/lib/postgresql/data/files"},
                            {"name": "POSTGRES_PASSWORD", "valueFrom": {"secretKeyRef": password}},
                        ],
                        "ports": [{"name": "main", "containerPort": 5432}],
                        "readinessProbe": {"tcpSocket": {"port": "main"}, "periodSeconds": 2},
                        "resources": size("50m", "256Mi", f"{3 * 1024 + 64}Mi"),
                        "securityContext": CONTAINER_SECURITY,
                        "volumeMounts": [
                            {"name": "scratch-0", "mountPath": "/tmp"},  # noqa: S108 - inside a container
                            {"name": "scratch-1", "mountPath": "/var/lib/postgresql/data"},
                            {"name": "scratch-2", "mountPath": "/var/run/postgresql"},
                            {"name": "files-0", "mountPath": "/docker-entrypoint-initdb.d"},
                        ],
                    }
                ],
                "volumes": [
                    {"name": "scratch-0", "emptyDir": {"sizeLimit": "1Gi"}},
                    {"name": "scratch-1", "emptyDir": {"sizeLimit": "1Gi"}},
                    {"name": "scratch-2", "emptyDir": {"sizeLimit": "1Gi"}},
                    {"name": "files-0", "secret": {"secretName": "stand-ins-database-secrets"}},
                ],
            },
        },
    }


@pytest.mark.parametrize(
    ("databases", "message"),
    [
        ([""], "databases has '', which is not a name for a database"),
        (['shop"; DROP'], "databases has 'shop\"; DROP', which is not a name for a database"),
        (["s" * 64], "databases has 's+', which is not a name for a database"),
        (["shop", "shop"], "databases has 'shop' more than once"),
    ],
)
def test_names_that_would_not_be_databases_are_refused(databases: list[Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^StandIns 'stand-ins': {message}"):
        stand_ins({**NOTHING, "databases": databases})
