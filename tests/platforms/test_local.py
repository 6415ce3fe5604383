"""LocalPlatform: what stands in for Google Cloud on a laptop, and that services find it as they find the original."""

import json
from typing import Any

import pytest
import yaml
from pulumi.runtime import rpc

from localcloud.stand_ins import pubsub_address
from settings import SettingsError
from settings.stand_ins import NAMESPACE
from tests.platforms.stacks import (
    EVERY_NEED,
    GOOGLE,
    IMAGE,
    LOCAL,
    NEEDS,
    THINGS,
    WHO,
    asking,
    components,
    declared,
    given,
    service,
)

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SECRET = "kubernetes:core/v1:Secret"

STAND_INS = [("Namespace", "stand-ins"), ("StandIns", "stand-ins")]
HOST = "stand-ins-{}.stand-ins.svc"

EVERYTHING = LOCAL | THINGS | service(**EVERY_NEED)
POSTGRES = {
    "PGHOST": HOST.format("database"),
    "PGPORT": "5432",
    "PGDATABASE": "web_shop",
    "PGUSER": "web_shop",
    "PGSSLMODE": "disable",
}
WAYS = {
    part: {"namespace": "stand-ins", "workload": f"stand-ins-{part}"}
    for part in ("database", "messaging", "warehouse", "storage")
}
OF_NEEDS = {"publishes": "messaging", "subscribes": "messaging", "datasets": "warehouse", "buckets": "storage"}
PASSWORD = rpc.wrap_rpc_secret({"PGPASSWORD": "p" * 32})
EMULATORS = {
    "PUBSUB_EMULATOR_HOST": f"{HOST.format('messaging')}:8085",
    "BIGQUERY_EMULATOR_HOST": f"http://{HOST.format('warehouse')}:9050",
    "STORAGE_EMULATOR_HOST": f"http://{HOST.format('storage')}:4443",
}


def test_services_that_ask_for_nothing_get_the_cluster_that_there_is() -> None:
    recording = declared(LOCAL)
    assert recording.names() == [("pulumi:providers:kubernetes", "cluster")]
    assert recording.exports() == {"outputs": {"project": "local", "topics": {}, "datasets": {}, "buckets": {}}}


def test_the_cluster_is_known_by_project_and_stack_wherever_it_is_reached() -> None:
    provider = declared(LOCAL, stack="zebra").one("pulumi:providers:kubernetes", "cluster")
    assert provider.inputs == {"clusterIdentifier": "web-platform-zebra"}


def test_no_other_name_or_input_has_the_name_of_the_stack() -> None:
    for resource in declared(EVERYTHING, stack="zebra"):
        if resource.type != "pulumi:providers:kubernetes":
            assert "zebra" not in json.dumps([resource.name, resource.inputs])


@pytest.mark.parametrize(
    ("change", "stand_in"),
    [
        (service(database=True), "stand-ins-database"),
        ({"topics": THINGS["topics"]}, "stand-ins-messaging"),
        ({"datasets": THINGS["datasets"]}, "stand-ins-warehouse"),
        ({"buckets": THINGS["buckets"]}, "stand-ins-storage"),
    ],
)
def test_each_of_googles_services_is_stood_in_for_where_it_is_needed(change: dict[str, Any], stand_in: str) -> None:
    recording = declared(LOCAL | change)
    assert components(recording) == STAND_INS
    assert list(recording.of_type(DEPLOYMENT)) == [stand_in]


def test_the_stand_ins_hold_what_the_stack_file_declares_and_the_subscriptions_of_whoever_asks() -> None:
    schema = {"definition": '{"type": "string"}', "encoding": "BINARY"}
    columns = [
        {"name": "day", "type": "DATE", "mode": "REQUIRED", "description": "A day"},
        {"name": "n", "type": "INT64"},
    ]
    things = {
        "topics": {"new-orders": {"schema": schema, "retentionDays": 31}},
        "datasets": {"sales-reports": {"tables": {"by-day": {"columns": columns, "partitionBy": "day"}}}},
        "buckets": {"order-receipts": {"expireDays": 7}},
        "services": {"web-shop": {"image": IMAGE, "replicas": 2, "subscribes": ["new-orders"]}},
        "tenants": {"partners": {"subscribes": ["new-orders"]}},
    }
    recording = declared(LOCAL | things)
    script = recording.one(CONFIG_MAP, "stand-ins-messaging-contents").inputs["data"]["create.sh"]
    paths = [line.split("'")[1] for line in script.splitlines() if line.startswith("create ")]
    subscriptions = [f"new-orders-{who}" for who in ("partners", "web-shop")]
    assert sorted(paths) == sorted(
        [
            *("schemas?schemaId=new-orders", "topics/new-orders"),
            *(f"subscriptions/{name}" for name in subscriptions),
            *(f"{kind}/{name}-dead-letters" for kind in ("topics", "subscriptions") for name in subscriptions),
        ]
    )
    assert json.dumps({"type": "AVRO", "definition": schema["definition"]}) in script
    assert '"encoding": "BINARY"' in script
    file = recording.one(CONFIG_MAP, "stand-ins-warehouse-contents").inputs["data"]["datasets.yaml"]
    made = [
        {"name": "day", "type": "DATE", "mode": "REQUIRED"},
        {"name": "n", "type": "INTEGER", "mode": "NULLABLE"},
    ]
    dataset = {"id": "sales_reports", "tables": [{"id": "by_day", "columns": made}]}
    assert yaml.safe_load(file) == {"projects": [{"id": "local", "datasets": [dataset]}]}
    (container,) = recording.one(DEPLOYMENT, "stand-ins-storage").inputs["spec"]["template"]["spec"]["containers"]
    assert container["volumeMounts"][-1]["mountPath"] == "/data/local-order-receipts"


def test_what_a_service_is_told_of_is_there() -> None:
    everything = given(EVERYTHING)
    environment, recording = everything.environment, everything.recording
    script = recording.one(CONFIG_MAP, "stand-ins-messaging-contents").inputs["data"]["create.sh"]
    for variable in ("TOPIC_NEW_ORDERS", "SUBSCRIPTION_PAID_ORDERS"):
        assert f"create PUT '{environment[variable].removeprefix('projects/local/')}'" in script
    file = yaml.safe_load(recording.one(CONFIG_MAP, "stand-ins-warehouse-contents").inputs["data"]["datasets.yaml"])
    places = {f"{project['id']}.{each['id']}" for project in file["projects"] for each in project["datasets"]}
    assert environment["DATASET_SALES_REPORTS"] in places
    (container,) = recording.one(DEPLOYMENT, "stand-ins-storage").inputs["spec"]["template"]["spec"]["containers"]
    assert environment["BUCKET_ORDER_RECEIPTS"] in {mount.get("subPath") for mount in container["volumeMounts"]}


def test_a_table_that_bigquery_would_refuse_is_refused_where_the_stack_file_has_it() -> None:
    columns = [{"name": "total", "type": "NUMBER"}]
    with pytest.raises(SettingsError, match=r"datasets\.sales\.tables.*type is 'NUMBER', which is not a type"):
        declared(LOCAL | {"datasets": {"sales": {"tables": {"orders": {"columns": columns}}}}})


def test_everything_runs_in_a_namespace_of_its_own_in_the_one_cluster() -> None:
    recording = declared(EVERYTHING)
    deployments = recording.of_type(DEPLOYMENT)
    assert sorted(deployments) == [
        "stand-ins-database",
        "stand-ins-messaging",
        "stand-ins-storage",
        "stand-ins-warehouse",
    ]
    assert {each.inputs["metadata"]["namespace"] for each in deployments.values()} == {"stand-ins"}
    provider = recording.one("pulumi:providers:kubernetes", "cluster")
    in_cluster = [resource for resource in recording if resource.type.startswith("kubernetes:")]
    assert {resource.provider for resource in in_cluster} == {f"{provider.urn}::cluster-id"}
    assert not [resource.type for resource in recording if resource.type.startswith("gcp:")]


def test_there_is_a_database_for_each_service_that_asks_and_for_no_other() -> None:
    services = {
        "web-shop": {"image": IMAGE, "database": True},
        "accounts": {"image": IMAGE, "database": True},
        "status": {"image": IMAGE},
    }
    recording = declared(LOCAL | {"services": services})
    statements = recording.one(SECRET, "stand-ins-database-secrets").inputs["stringData"]["value"]["databases.sql"]
    assert [line.split('"')[1] for line in statements.splitlines() if line.startswith("CREATE DATABASE")] == [
        "accounts",
        "web_shop",
    ]


def test_a_service_without_needs_gets_nothing() -> None:
    nothing = given(LOCAL | THINGS)
    assert (nothing.environment, nothing.secret_environment, nothing.network_paths) == ({}, {}, [])


@pytest.mark.parametrize(
    ("need", "variables"),
    [
        (
            "publishes",
            {
                "TOPIC_NEW_ORDERS": "projects/local/topics/new-orders",
                "PUBSUB_EMULATOR_HOST": EMULATORS["PUBSUB_EMULATOR_HOST"],
            },
        ),
        (
            "subscribes",
            {
                "SUBSCRIPTION_PAID_ORDERS": "projects/local/subscriptions/paid-orders-web-shop",
                "PUBSUB_EMULATOR_HOST": EMULATORS["PUBSUB_EMULATOR_HOST"],
            },
        ),
        (
            "datasets",
            {
                "DATASET_SALES_REPORTS": "local.sales_reports",
                "BIGQUERY_EMULATOR_HOST": EMULATORS["BIGQUERY_EMULATOR_HOST"],
            },
        ),
        (
            "buckets",
            {
                "BUCKET_ORDER_RECEIPTS": "local-order-receipts",
                "STORAGE_EMULATOR_HOST": EMULATORS["STORAGE_EMULATOR_HOST"],
            },
        ),
        ("roles", {}),
    ],
)
def test_a_need_gives_its_variable_and_the_address_of_its_emulator(need: str, variables: dict[str, str]) -> None:
    alone = given(LOCAL | THINGS | service(**NEEDS[need]))
    assert alone.environment == {"GOOGLE_CLOUD_PROJECT": "local"} | variables
    ways = [WAYS[OF_NEEDS[need]]] if need in OF_NEEDS else []
    assert (alone.secret_environment, alone.network_paths) == ({}, ways)


def test_a_worker_is_told_its_subscriptions_for_the_autoscaler_that_goes_by_them() -> None:
    alone = given(LOCAL | THINGS | service(**NEEDS["subscribes"]))
    assert alone.subscriptions == [alone.environment["SUBSCRIPTION_PAID_ORDERS"]]
    assert given(LOCAL | THINGS | service(**NEEDS["publishes"])).subscriptions == []


def test_who_may_ask_for_something_may_connect_to_the_stand_ins_and_nobody_else() -> None:
    others = {"tenants": {"orders": {}}, "nodeAgents": {"logs": {"image": IMAGE}}}
    policies = declared(EVERYTHING | others).of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
    assert sorted(policies) == sorted(f"stand-ins-{part}-network" for part in WAYS)
    for policy in policies.values():
        ((rule,), egress) = policy.inputs["spec"]["ingress"], policy.inputs["spec"]["egress"]
        assert [peer["namespaceSelector"]["matchLabels"] for peer in rule["from"]] == [
            {"kubernetes.io/metadata.name": namespace} for namespace in ("services", "logs", "orders")
        ]
        assert len(rule["ports"]) == len(egress) == 1


def test_a_database_gives_the_way_to_it_and_nothing_of_google_cloud() -> None:
    alone = given(LOCAL | THINGS | service(**NEEDS["database"]))
    assert alone.environment == POSTGRES
    assert alone.secret_environment == PASSWORD
    assert alone.network_paths == [WAYS["database"]]


def test_all_needs_together_give_all_of_it() -> None:
    everything = given(EVERYTHING)
    assert everything.environment == {
        **POSTGRES,
        **EMULATORS,
        "GOOGLE_CLOUD_PROJECT": "local",
        "TOPIC_NEW_ORDERS": "projects/local/topics/new-orders",
        "SUBSCRIPTION_PAID_ORDERS": "projects/local/subscriptions/paid-orders-web-shop",
        "DATASET_SALES_REPORTS": "local.sales_reports",
        "BUCKET_ORDER_RECEIPTS": "local-order-receipts",
    }
    assert everything.secret_environment == PASSWORD
    assert everything.network_paths == [WAYS[part] for part in ("messaging", "warehouse", "storage", "database")]


def test_roles_of_google_cloud_need_no_stand_in() -> None:
    alone = given(LOCAL | service(**NEEDS["roles"]))
    assert alone.environment == {"GOOGLE_CLOUD_PROJECT": "local"}
    assert components(alone.recording) == [("Namespace", "services"), ("WebService", "web-shop")]


def test_a_service_gets_nothing_of_what_another_asks_for() -> None:
    services = {
        "web-shop": {"image": IMAGE, **EVERY_NEED},
        "status": {"image": IMAGE, "buckets": ["order-receipts"]},
    }
    other = given(LOCAL | THINGS | {"services": services}, "status")
    assert other.environment == {
        "GOOGLE_CLOUD_PROJECT": "local",
        "BUCKET_ORDER_RECEIPTS": "local-order-receipts",
        "STORAGE_EMULATOR_HOST": EMULATORS["STORAGE_EMULATOR_HOST"],
    }
    assert other.secret_environment == {}


@pytest.mark.parametrize("section", WHO)
def test_each_kind_gets_what_a_service_gets(section: str) -> None:
    one = given(LOCAL | THINGS | asking(section, **EVERY_NEED))
    everything = given(EVERYTHING)
    assert one.environment == everything.environment
    assert one.secret_environment == everything.secret_environment == PASSWORD
    assert one.network_paths == everything.network_paths
    assert one.subscriptions == ["projects/local/subscriptions/paid-orders-web-shop"]


@pytest.mark.parametrize("section", WHO)
def test_no_kind_gets_anything_that_it_does_not_ask_for(section: str) -> None:
    nothing = given(LOCAL | THINGS | asking(section))
    assert (nothing.environment, nothing.secret_environment, nothing.network_paths) == ({}, {}, [])
    assert nothing.subscriptions == []


@pytest.mark.parametrize("section", WHO)
def test_whoever_asks_for_a_database_has_one(section: str) -> None:
    recording = declared(LOCAL | asking(section, database=True))
    statements = recording.one(SECRET, "stand-ins-database-secrets").inputs["stringData"]["value"]["databases.sql"]
    assert 'CREATE DATABASE "web_shop"' in statements


def test_pods_wait_until_what_they_need_stands() -> None:
    recording = given(EVERYTHING).recording
    stand_ins = {each.urn for name, each in recording.of_type(DEPLOYMENT).items() if name != "web-shop"}
    assert len(stand_ins) == 4
    assert stand_ins <= recording.waits_for(recording.one(DEPLOYMENT, "web-shop"))


@pytest.mark.parametrize("needs", [(), *((need,) for need in NEEDS), tuple(NEEDS)], ids="+".join)
def test_a_service_has_the_same_variables_as_on_google_cloud_but_for_emulators(needs: tuple[str, ...]) -> None:
    wanted = THINGS | service(**{key: value for need in needs for key, value in NEEDS[need].items()})
    local, google = given(LOCAL | wanted), given(GOOGLE | wanted)
    assert local.environment.keys() - EMULATORS.keys() == google.environment.keys()
    assert local.secret_environment.get("value", {}).keys() == google.secret_environment.get("value", {}).keys()


def test_messages_in_a_cluster_are_looked_for_where_the_stand_in_of_pubsub_is() -> None:
    (service,) = [
        each.inputs
        for name, each in declared(LOCAL | {"topics": THINGS["topics"]}).of_type("kubernetes:core/v1:Service").items()
        if "messaging" in name
    ]
    assert service["metadata"]["namespace"] == NAMESPACE
    assert service["metadata"]["name"] == pubsub_address.SERVICE
    assert [port["port"] for port in service["spec"]["ports"]] == [pubsub_address.PORT]
