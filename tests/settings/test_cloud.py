"""Settings of what is beside the cluster: where it is, what there is, and what services ask for."""

from typing import Any

import pytest

from settings import PROJECT, parse
from tests.settings.stack_files import GOOGLE, IMAGE, LEAST, PLACE, refusal, shop


def place(**changes: object) -> dict[str, Any]:
    return GOOGLE | {"google": PLACE | changes}


def test_a_stack_on_google_cloud_says_where_and_gets_ranges_that_fit() -> None:
    google = parse(GOOGLE, "test").google
    assert google is not None
    assert google.model_dump() == {
        "project": "acme-prod",
        "region": "europe-west1",
        "zone": "europe-west1-b",
        "regional": False,
        "node_range": "10.0.0.0/22",
        "pod_range": "10.4.0.0/14",
        "service_range": "10.8.0.0/20",
        "control_plane_range": "172.16.0.0/28",
        "private_services_range": "10.16.0.0/16",
    }


def test_everything_is_protected_unless_it_says_otherwise() -> None:
    assert parse(GOOGLE, "test").protected
    assert not parse(GOOGLE | {"protected": False}, "test").protected


@pytest.mark.parametrize(
    ("config", "where", "what", "remedy"),
    [
        (GOOGLE | {"platform": "aws"}, 'platform ("aws")', "is not 'local' or 'google'", "write one of them"),
        (GOOGLE | {"google": {}}, "google", "is missing, though the platform is 'google'", "add it with `project`"),
        (LEAST | {"google": PLACE}, "google", "is given, though the platform is 'local'", "remove it"),
        (place(project="Acme"), 'google.project ("Acme")', "is not the id of a Google Cloud project", "'acme-prod'"),
        (place(project="a" * 31), "google.project", "is not the id of a Google Cloud project", "6 to 30"),
        (place(project="my-google-prod"), "google.project", "has 'google' in it", "such as 'acme-prod'"),
        (place(region="europe-west99"), 'google.region ("europe-west99")', "is not a region", "'europe-west1'"),
        (place(zone="europe-west1-z"), 'google.zone ("europe-west1-z")', "is not a zone", "'europe-west1-b'"),
        (place(region="europe"), 'google.region ("europe")', "is not a region", "'europe-west1'"),
        (place(zone="europe-west1"), 'google.zone ("europe-west1")', "is not a zone", "'europe-west1-b'"),
        (
            place(zone="us-east1-b"),
            "google",
            "has the zone 'us-east1-b', which is not in the region",
            "'europe-west1-b'",
        ),
        (
            place(nodeRange="10.4.1.0/24"),
            "google has a podRange that is 10.4.0.0/14, which overlaps nodeRange 10.4.1.0/24",
            "overlaps",
            "addresses of its own",
        ),
        (place(controlPlaneRange="172.16.0.0/24"), "google", "has a controlPlaneRange that is 172.16.0.0/24", "/28"),
        (place(podRange="10.4.0.0/25"), "google", "has a podRange that is 10.4.0.0/25", "/24"),
        (place(controlPlaneRange="172.16.0.0/29"), "google", "is smaller than /28", "write '172.16.0.0/28'"),
        (place(nodeRange="10.0.0.0"), "google", "is no range of IPv4", "such as '10.0.0.0/22'"),
        (place(podRange="10.4.0.0/23"), "google", "has a podRange that is 10.4.0.0/23, in which 2 nodes", "larger"),
        (place(nodeRange="10.0.0.0/29", regional=True), "google", "in which 4 nodes have a place", "fewer nodes"),
        (shop(publishes="orders"), 'services.shop.publishes ("orders")', "is not a list", "write `- …` lines"),
        (place(serviceRange="10.8.0.0/33"), "google", "has a serviceRange that is '10.8.0.0/33'", "such as"),
        (
            GOOGLE | {"cluster": {"nodes": 2, "machineType": "e2-standard-3"}},
            'cluster.machineType ("e2-standard-3")',
            "is not a machine type",
            "such as 'e2-standard-2'",
        ),
        (shop(roles=["editor"]), 'services.shop.roles.0 ("editor")', "is not the name of a role", "roles/"),
        (
            shop(roles=["roles/pubsub.publihser"]),
            'services.shop.roles.0 ("roles/pubsub.publihser")',
            "is not among Google's predefined roles",
            "did you mean 'roles/pubsub.publisher'?",
        ),
        (LEAST | {"topics": {"Orders": {}}}, "topics.Orders", "is not a name that Google Cloud accepts", "lower-case"),
        (
            LEAST | {"datasets": {"sales": {"readers": ["group:bi@acme.dev"]}}},
            "datasets.sales.readers.0",
            "is not the address of a group",
            "'bi@example.com'",
        ),
        (
            LEAST | {"datasets": {"sales": {"tables": {"t": {"columns": [{"nmae": "x", "type": "STRING"}]}}}}},
            "datasets.sales.tables.t.columns.0.nmae",
            "is not a known key",
            "did you mean 'name'?",
        ),
        (
            LEAST | {"topics": {"orders": {"schema": {"definiton": "{}"}}}},
            "topics.orders.schema.definiton",
            "is not a known key",
            "did you mean 'definition'?",
        ),
        (
            LEAST | {"datasets": {"message-archive": {}}},
            "datasets.message-archive",
            "holds the messages of archived topics",
            "another name",
        ),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_created(
    config: dict[str, Any], where: str, what: str, remedy: str
) -> None:
    message = refusal(config)
    assert message.startswith("Pulumi.test.yaml has a problem. Nothing was created or changed.")
    assert f"\n{PROJECT}:{where}" in message
    assert what in message
    assert remedy in message


COLUMN = {"name": "at", "type": "TIMESTAMP"}


def table(**changes: object) -> dict[str, Any]:
    return LEAST | {"datasets": {"sales": {"tables": {"orders": {"columns": [COLUMN], **changes}}}}}


@pytest.mark.parametrize(
    ("config", "where"),
    [
        (table(columns=[{"name": "at", "type": "VARCHAR"}]), "datasets.sales.tables.orders.columns[0].type"),
        (table(partitionBy="day"), "datasets.sales.tables.orders.partitionBy"),
        (table(partitionDays=3), "datasets.sales.tables.orders.partitionDays"),
        (table(clusterBy=["x"]), "datasets.sales.tables.orders.clusterBy"),
        (LEAST | {"datasets": {"sales": {"readers": ["bi@a.de", "bi@a.de"]}}}, "datasets.sales.readers"),
        (LEAST | {"buckets": {"my-google-files": {}}}, "buckets.my-google-files"),
        (LEAST | {"buckets": {"files": {"corsOrigins": ["*"]}}}, "buckets.files.corsOrigins"),
        (LEAST | {"topics": {"goog-orders": {}}}, "topics.goog-orders"),
        (LEAST | {"topics": {"orders": {"schema": {"definition": "no"}}}}, "topics.orders.schema.definition"),
        (
            LEAST | {"topics": {"orders": {}}, "services": {"archive": {"image": IMAGE, "subscribes": ["orders"]}}},
            "topics.orders.subscriptions.archive",
        ),
        (LEAST | {"services": {"postgres": {"image": IMAGE, "database": True}}}, "services.postgres.database"),
        (LEAST | {"domain": f"{'.'.join(['a' * 60] * 4)}.example"}, "services.shop with the domain"),
    ],
)
def test_what_a_component_would_refuse_is_refused_before_anything_is_declared(
    config: dict[str, Any], where: str
) -> None:
    message = refusal(config)
    assert message.startswith("Pulumi.test.yaml has a problem. Nothing was created or changed.")
    assert f"\n{PROJECT}:{where} " in message
