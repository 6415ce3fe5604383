"""StandIns: what a laptop runs in place of Cloud SQL, Pub/Sub, BigQuery and Cloud Storage."""

from typing import Any

import pytest
from web_platform import NetworkPeerArgs, StandIns
from web_platform.errors import ArgumentError

from tests.components.resource_options import options_of
from tests.components.stand_ins.everything import EVERYTHING, NOTHING, pod, stand_ins
from tests.components.workloads.pods import CONFIG_MAP, DEPLOYMENT, DNS, POLICY, SECRET, SERVICE, secret
from tests.recording import Recording, declare

TYPE = "web-platform:index:StandIns"
PASSWORD = "random:index/randomPassword:RandomPassword"
GENERATED = "p" * 32


def test_all_stand_ins_are_made_of_these_resources() -> None:
    parts = ["database", "messaging", "storage", "warehouse"]
    assert sorted((resource.ancestry, resource.name) for resource in stand_ins(EVERYTHING)) == [
        (TYPE, "stand-ins"),
        *((f"{TYPE}${DEPLOYMENT}", f"stand-ins-{part}") for part in parts),
        *((f"{TYPE}${CONFIG_MAP}", f"stand-ins-{part}-contents") for part in ("messaging", "warehouse")),
        (f"{TYPE}${SECRET}", "stand-ins-database-secrets"),
        *((f"{TYPE}${SERVICE}", f"stand-ins-{part}-service") for part in parts),
        *((f"{TYPE}${POLICY}", f"stand-ins-{part}-network") for part in parts),
        (f"{TYPE}${PASSWORD}", "stand-ins-accounts-password"),
        (f"{TYPE}${PASSWORD}", "stand-ins-administrator"),
        (f"{TYPE}${PASSWORD}", "stand-ins-shop-password"),
    ]


@pytest.mark.parametrize(
    ("held", "contents", "deployment", "variable"),
    [
        ({"topics": {"orders": {}}}, [CONFIG_MAP], "stand-ins-messaging", "PUBSUB_EMULATOR_HOST"),
        ({"datasets": {"sales": {}}}, [CONFIG_MAP], "stand-ins-warehouse", "BIGQUERY_EMULATOR_HOST"),
        ({"buckets": ["local-a"]}, [], "stand-ins-storage", "STORAGE_EMULATOR_HOST"),
    ],
)
def test_only_what_is_to_hold_something_is_made(held: Any, contents: list[str], deployment: str, variable: str) -> None:
    recording = stand_ins({**NOTHING, **held})
    assert recording.names() == [
        (DEPLOYMENT, deployment),
        *((kind, f"{deployment}-contents") for kind in contents),
        (SERVICE, f"{deployment}-service"),
        (POLICY, f"{deployment}-network"),
        (TYPE, "stand-ins"),
    ]
    outputs = recording.outputs_of(TYPE, "stand-ins")
    assert list(outputs["environment"]) == [variable]
    assert "databaseHost" not in outputs


@pytest.mark.parametrize("empty", [{}, {"databases": [], "topics": {}, "datasets": {}, "buckets": []}])
def test_nothing_is_made_where_nothing_is_to_be_held(empty: Any) -> None:
    recording = stand_ins({**NOTHING, **empty})
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


@pytest.mark.parametrize("part", ["messaging", "warehouse", "storage"])
def test_emulators_run_as_a_user_that_owns_nothing_and_write_to_one_directory(part: str) -> None:
    made = pod(part)
    assert made["securityContext"]["runAsUser"] == 65532
    assert made["volumes"][0] == {"name": "scratch-0", "emptyDir": {"sizeLimit": "1Gi"}}
    (only,) = made["containers"]
    assert only["volumeMounts"][0] == {"name": "scratch-0", "mountPath": "/tmp"}  # noqa: S108 - inside a container
    assert all(mount["readOnly"] for mount in only["volumeMounts"][1:])


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
        StandIns("later", {**NOTHING, "buckets": ["local-a"], "namespace": made.environment.apply(str)})

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
        ({"messaging": True}, "messaging is not a known key"),
        ({"topics": ["orders"]}, "topics is .* which is not keys with values"),
        ({"buckets": "local-a"}, "buckets is text, which is not a list"),
    ],
)
def test_arguments_that_would_not_work_are_refused_and_declare_nothing(change: dict[str, Any], message: str) -> None:
    recording, args = Recording(), {**NOTHING, **change}
    with pytest.raises(ArgumentError, match=f"^StandIns 'stand-ins': {message}"):
        declare(lambda: StandIns("stand-ins", args), recording=recording)  # type: ignore[arg-type]
    assert recording.names() == []


def test_a_changed_content_gives_another_pod() -> None:
    """As a changed object of a fixed name would not: Pulumi gives these names that change with what is in them."""
    for part in ("messaging", "warehouse"):
        made = stand_ins(EVERYTHING).one(CONFIG_MAP, f"stand-ins-{part}-contents").inputs
        assert "name" not in made["metadata"]
        assert made["immutable"] is True
        assert made["metadata"]["namespace"] == "stand-ins"
        (volume,) = [each for each in pod(part)["volumes"] if "configMap" in each]
        assert volume["configMap"]["name"] == f"stand-ins-{part}-contents"


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
