"""StandIns: what a laptop runs in place of Cloud SQL, Pub/Sub, BigQuery and Cloud Storage."""

from typing import Any

import pytest
from web_platform import versions
from web_platform.errors import ArgumentError
from web_platform.stand_ins import StandIns, StandInsArgs
from web_platform.workloads.network import NetworkPeerArgs

from tests.components.resource_options import options_of
from tests.components.workloads.pods import CONTAINER_SECURITY, DEPLOYMENT, DNS, POLICY, SECRET, SERVICE, secret, size
from tests.recording import Recording, declare

TYPE = "web-platform:index:StandIns"
PASSWORD = "random:index/randomPassword:RandomPassword"

NOTHING: StandInsArgs = {"namespace": "stand-ins", "project": "local"}
EVERYTHING: StandInsArgs = {
    **NOTHING,
    "databases": ["shop", "accounts"],
    "messaging": True,
    "warehouse": True,
    "storage": True,
}
GENERATED = "p" * 32


def stand_ins(args: StandInsArgs) -> Recording:
    return declare(lambda: StandIns("stand-ins", args))


def pod(part: str) -> dict[str, Any]:
    spec: dict[str, Any] = stand_ins(EVERYTHING).one(DEPLOYMENT, f"stand-ins-{part}").inputs["spec"]["template"]["spec"]
    return spec


def container(part: str) -> dict[str, Any]:
    (only,) = pod(part)["containers"]
    assert isinstance(only, dict)
    return only


def test_all_stand_ins_are_made_of_these_resources() -> None:
    parts = ["database", "messaging", "storage", "warehouse"]
    assert sorted((resource.ancestry, resource.name) for resource in stand_ins(EVERYTHING)) == [
        (TYPE, "stand-ins"),
        *((f"{TYPE}${DEPLOYMENT}", f"stand-ins-{part}") for part in parts),
        (f"{TYPE}${SECRET}", "stand-ins-database-secrets"),
        *((f"{TYPE}${SERVICE}", f"stand-ins-{part}-service") for part in parts),
        *((f"{TYPE}${POLICY}", f"stand-ins-{part}-network") for part in parts),
        (f"{TYPE}${PASSWORD}", "stand-ins-accounts-password"),
        (f"{TYPE}${PASSWORD}", "stand-ins-administrator"),
        (f"{TYPE}${PASSWORD}", "stand-ins-shop-password"),
    ]


@pytest.mark.parametrize(
    ("asked", "deployment", "variable"),
    [
        ("messaging", "stand-ins-messaging", "PUBSUB_EMULATOR_HOST"),
        ("warehouse", "stand-ins-warehouse", "BIGQUERY_EMULATOR_HOST"),
        ("storage", "stand-ins-storage", "STORAGE_EMULATOR_HOST"),
    ],
)
def test_only_what_is_asked_for_is_made(asked: str, deployment: str, variable: str) -> None:
    recording = stand_ins({**NOTHING, asked: True})  # type: ignore[misc]
    assert recording.names() == [
        (DEPLOYMENT, deployment),
        (SERVICE, f"{deployment}-service"),
        (POLICY, f"{deployment}-network"),
        (TYPE, "stand-ins"),
    ]
    outputs = recording.outputs_of(TYPE, "stand-ins")
    assert list(outputs["environment"]) == [variable]
    assert "databaseHost" not in outputs


def test_nothing_is_made_where_nothing_is_asked_for() -> None:
    recording = stand_ins(NOTHING)
    assert recording.names() == [(TYPE, "stand-ins")]
    assert recording.outputs_of(TYPE, "stand-ins") == {"passwords": secret({}), "environment": {}}


def test_the_outputs_say_how_to_reach_and_open_them() -> None:
    assert stand_ins(EVERYTHING).outputs_of(TYPE, "stand-ins") == {
        "databaseHost": "stand-ins-database.stand-ins.svc",
        "passwords": secret({"shop": GENERATED, "accounts": GENERATED}),
        "environment": {
            "PUBSUB_EMULATOR_HOST": "stand-ins-messaging.stand-ins.svc:8085",
            "BIGQUERY_EMULATOR_HOST": "http://stand-ins-warehouse.stand-ins.svc:9050",
            "STORAGE_EMULATOR_HOST": "http://stand-ins-storage.stand-ins.svc:4443",
        },
    }


def test_postgresql_makes_each_database_with_its_owner_when_it_starts() -> None:
    made = stand_ins(EVERYTHING).one(SECRET, "stand-ins-database-secrets").inputs
    assert "name" not in made["metadata"], "a changed Secret needs another name, so that the pod changes too"
    assert made["stringData"] == secret(
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
    made = stand_ins(EVERYTHING).of_type(PASSWORD)
    assert all(password.inputs == {"length": 32, "special": False} for password in made.values())


def test_the_deployment_of_postgresql_is_exactly_this() -> None:
    labels = {"app.kubernetes.io/name": "stand-ins-database"}
    managed = labels | {"app.kubernetes.io/managed-by": "pulumi"}
    made = stand_ins(EVERYTHING).one(DEPLOYMENT, "stand-ins-database").inputs
    assert made["metadata"] == {"name": "stand-ins-database", "namespace": "stand-ins", "labels": managed}
    password = {"name": "stand-ins-database-secrets", "key": "password"}
    assert made["spec"] == {
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


def test_the_emulator_of_pub_sub_is_started_for_the_project_with_a_home_that_it_can_write_to() -> None:
    made = container("messaging")
    version = versions.GOOGLE_CLOUD_CLI_IMAGE
    assert made["image"] == f"gcr.io/google.com/cloudsdktool/google-cloud-cli:{version}-emulators"
    assert made["command"] == [
        *("gcloud", "beta", "emulators", "pubsub", "start"),
        *("--project=local", "--host-port=0.0.0.0:8085", "--data-dir=/tmp/pubsub"),
    ]
    assert made["env"] == [{"name": "HOME", "value": "/tmp"}]  # noqa: S108 - inside a container


def test_the_emulator_of_bigquery_is_started_for_the_project() -> None:
    made = container("warehouse")
    assert made["image"] == f"ghcr.io/goccy/bigquery-emulator:{versions.BIGQUERY_EMULATOR_IMAGE}"
    assert made["args"] == ["--project=local", "--port=9050"]


def test_the_emulator_of_cloud_storage_names_the_address_that_clients_reach_it_by() -> None:
    made = container("storage")
    assert made["image"] == f"fsouza/fake-gcs-server:{versions.FAKE_GCS_SERVER_IMAGE}"
    assert made["args"] == [
        *("-scheme", "http", "-port", "4443", "-backend", "memory"),
        *("-external-url", "http://stand-ins-storage.stand-ins.svc:4443"),
    ]


@pytest.mark.parametrize("part", ["messaging", "warehouse", "storage"])
def test_emulators_run_as_a_user_that_owns_nothing_and_write_to_one_directory(part: str) -> None:
    made = pod(part)
    assert made["securityContext"]["runAsUser"] == 65532
    assert made["volumes"] == [{"name": "scratch-0", "emptyDir": {"sizeLimit": "1Gi"}}]


@pytest.mark.parametrize(
    ("part", "port"), [("database", 5432), ("messaging", 8085), ("warehouse", 9050), ("storage", 4443)]
)
def test_each_is_reached_by_the_port_that_it_usually_has(part: str, port: int) -> None:
    assert stand_ins(EVERYTHING).one(SERVICE, f"stand-ins-{part}-service").inputs["spec"] == {
        "type": "ClusterIP",
        "selector": {"app.kubernetes.io/name": f"stand-ins-{part}"},
        "ports": [{"name": "main", "port": port, "targetPort": "main"}],
    }


@pytest.mark.parametrize(
    ("part", "port"), [("database", 5432), ("messaging", 8085), ("warehouse", 9050), ("storage", 4443)]
)
def test_each_is_reached_by_its_callers_alone_and_reaches_nothing_but_dns(part: str, port: int) -> None:
    callers: list[NetworkPeerArgs] = [{"namespace": "services"}, {"namespace": "reports", "workload": "daily"}]
    closed = stand_ins(EVERYTHING).one(POLICY, f"stand-ins-{part}-network").inputs
    opened = stand_ins({**EVERYTHING, "callers": callers}).one(POLICY, f"stand-ins-{part}-network").inputs
    name = f"stand-ins-{part}"
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "pulumi"}
    assert closed["metadata"] == opened["metadata"] == {"name": name, "namespace": "stand-ins", "labels": labels}
    assert closed["spec"] == {
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": name}},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [],
        "egress": [DNS],
    }
    services, reports = (
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": place}}}
        for place in ("services", "reports")
    )
    daily = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "daily"}}}
    let_in = [{"from": [services, reports | daily], "ports": [{"port": port, "protocol": "TCP"}]}]
    assert opened["spec"] == closed["spec"] | {"ingress": let_in}


def test_whoever_uses_an_address_waits_until_it_answers() -> None:
    def program() -> None:
        made = StandIns("stand-ins", EVERYTHING)
        StandIns("later", {**NOTHING, "storage": True, "namespace": made.environment.apply(str)})

    recording = declare(program)
    waits = recording.waits_for(recording.one(SERVICE, "later-storage-service"))
    parts = ("messaging", "warehouse", "storage")
    assert {recording.one(DEPLOYMENT, f"stand-ins-{part}").urn for part in parts} <= waits


def test_every_child_is_the_components_own() -> None:
    seen = options_of(lambda opts: StandIns("stand-ins", EVERYTHING, opts))
    assert {type(options.parent) for (type_, _), options in seen.items() if type_ != TYPE} == {StandIns}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"project": None}, "project is missing"),
        ({"database": ["shop"]}, r"database is not a known key.\n.*\n.*did you mean 'databases'\?"),
        ({"callers": [{"namespace": "a", "workload": "A b"}]}, r"callers\[0\].workload is not a name"),
        ({"databases": [""]}, "databases has '', which is not a name for a database"),
        ({"databases": ['shop"; DROP']}, "databases has 'shop\"; DROP', which is not a name for a database"),
        ({"databases": ["s" * 64]}, "databases has 's+', which is not a name for a database"),
        ({"databases": ["shop", "shop"]}, "databases has 'shop' more than once"),
    ],
)
def test_arguments_that_would_not_work_are_refused_and_declare_nothing(change: dict[str, Any], message: str) -> None:
    recording, args = Recording(), {**NOTHING, **change}
    with pytest.raises(ArgumentError, match=f"^StandIns 'stand-ins': {message}"):
        declare(lambda: StandIns("stand-ins", args), recording=recording)  # type: ignore[arg-type]
    assert recording.names() == []


def test_the_longest_name_is_accepted() -> None:
    longest = "s" * (46 - len("-messaging"))
    made = declare(lambda: StandIns(longest, EVERYTHING))
    assert f"{longest}-messaging" in made.of_type(DEPLOYMENT)


@pytest.mark.parametrize("name", ["Stand-ins", "s" * 37])
def test_a_name_that_kubernetes_refuses_is_refused_before_it(name: str) -> None:
    with pytest.raises(ArgumentError, match=f"^StandIns '{name}': name "):
        declare(lambda: StandIns(name, NOTHING))


@pytest.mark.parametrize("callers", [[{"workload": "a"}], [{"namespace": "a", "workloads": "b"}], "a"])
def test_callers_of_another_shape_are_refused(callers: Any) -> None:
    args: Any = {"namespace": "a", "project": "b", "callers": callers}
    with pytest.raises(ArgumentError, match=r"^StandIns 's': callers"):
        declare(lambda: StandIns("s", args))
