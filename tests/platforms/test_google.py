"""GooglePlatform: what is declared for what a stack file says, and what each service gets of it."""

import json
from typing import Any

import pytest
from pulumi.runtime import rpc

from localcloud.providers.google.kinds import kind_of
from tests.google_answers import DATABASE_ADDRESS, DNS_ENDPOINT, PROJECT_NUMBER
from tests.platforms.stacks import (
    EVERY_NEED,
    GOOGLE,
    IMAGE,
    NEEDS,
    PLACE,
    THINGS,
    WHO,
    all_before,
    asking,
    components,
    declared,
    given,
    service,
)
from tests.recording import Recording

SERVICE = "gcp:projects/service:Service"
AGENT = "gcp:projects/serviceIdentity:ServiceIdentity"
NETWORK = "gcp:compute/network:Network"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
CLUSTER = "gcp:container/cluster:Cluster"
NODE_POOL = "gcp:container/nodePool:NodePool"
REPOSITORY = "gcp:artifactregistry/repository:Repository"
READER = "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember"
RECORD = "gcp:dns/recordSet:RecordSet"
ZONE = "gcp:dns/managedZone:ManagedZone"
INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"
DATABASE = "gcp:sql/database:Database"
TOPIC = "gcp:pubsub/topic:Topic"
SUBSCRIPTION = "gcp:pubsub/subscription:Subscription"
SCHEMA = "gcp:pubsub/schema:Schema"
DATASET = "gcp:bigquery/dataset:Dataset"
TABLE = "gcp:bigquery/table:Table"
BUCKET = "gcp:storage/bucket:Bucket"

TOPIC_MEMBER = "gcp:pubsub/topicIAMMember:TopicIAMMember"
SUBSCRIPTION_MEMBER = "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember"
DATASET_MEMBER = "gcp:bigquery/datasetIamMember:DatasetIamMember"
BUCKET_MEMBER = "gcp:storage/bucketIAMMember:BucketIAMMember"
PROJECT_MEMBER = "gcp:projects/iAMMember:IAMMember"
GRANTS = (TOPIC_MEMBER, SUBSCRIPTION_MEMBER, DATASET_MEMBER, BUCKET_MEMBER, PROJECT_MEMBER)

DEPLOYMENT = "kubernetes:apps/v1:Deployment"

# What there is on Google Cloud for a stack whose services ask for nothing.
FOUNDATION = [
    ("Cluster", "platform"),
    ("DnsZone", "platform"),
    ("EnabledApis", "apis"),
    ("Network", "platform"),
    ("Registry", "platform"),
]

TO_GOOGLE = [
    {"cidr": "169.254.169.252/32", "port": 988},
    {"cidr": "169.254.169.254/32", "port": 80},
    {"cidr": "0.0.0.0/0", "port": 443},
]
TO_DATABASE = {"cidr": f"{DATABASE_ADDRESS}/32", "port": 5432}
POSTGRES = {
    "PGHOST": DATABASE_ADDRESS,
    "PGPORT": "5432",
    "PGDATABASE": "web_shop",
    "PGUSER": "web_shop",
    "PGSSLMODE": "require",
}
PASSWORD = rpc.wrap_rpc_secret({"PGPASSWORD": "p" * 32})

EVERYTHING = GOOGLE | THINGS | service(**EVERY_NEED)


def principal(name: str = "web-shop", namespace: str = "services") -> str:
    return (
        f"principal://iam.googleapis.com/projects/{PROJECT_NUMBER}/locations/global/workloadIdentityPools/"
        f"acme-prod.svc.id.goog/subject/ns/{namespace}/sa/{name}"
    )


def grants(recording: Recording, member: str) -> dict[tuple[str, str], Any]:
    """Where a member has which role: by resource type and role, the resource."""
    where = {
        TOPIC_MEMBER: "topic",
        SUBSCRIPTION_MEMBER: "subscription",
        DATASET_MEMBER: "datasetId",
        BUCKET_MEMBER: "bucket",
        PROJECT_MEMBER: "project",
    }
    return {
        (resource.type, resource.inputs["role"]): resource.inputs[where[resource.type]]
        for resource in recording
        if resource.type in GRANTS and resource.inputs["member"].removeprefix("iamMember:") == member
    }


def test_services_that_ask_for_nothing_get_a_cluster_and_what_belongs_to_it() -> None:
    assert components(declared(GOOGLE)) == FOUNDATION


def test_what_a_stack_file_declares_is_there_beside_it() -> None:
    assert components(declared(EVERYTHING)) == sorted(
        [
            *FOUNDATION,
            ("Bucket", "order-receipts"),
            ("Database", "platform"),
            ("Dataset", "message-archive"),
            ("Dataset", "sales-reports"),
            ("Topic", "new-orders"),
            ("Topic", "paid-orders"),
        ]
    )


def test_things_that_no_service_asks_for_are_there_too() -> None:
    assert {"Bucket", "Dataset", "Topic"} <= {kind for kind, _ in components(declared(GOOGLE | THINGS))}


def test_everything_goes_through_the_one_provider_that_says_where() -> None:
    recording = given(EVERYTHING).recording
    provider = recording.one("pulumi:providers:gcp", "google")
    assert provider.inputs == PLACE
    on_google = [resource for resource in recording if resource.type.startswith("gcp:")]
    assert {resource.provider for resource in on_google} == {f"{provider.urn}::google-id"}
    assert {resource.type for resource in on_google} > {CLUSTER, INSTANCE, TOPIC, TABLE, BUCKET, *GRANTS}


def test_everything_is_in_the_project_and_waits_until_its_apis_are_enabled() -> None:
    recording = given(EVERYTHING).recording
    apis = {resource.urn for resource in recording if resource.type in (SERVICE, AGENT)}
    others = [resource for resource in recording if resource.type.startswith("gcp:") and resource.urn not in apis]
    assert {resource.inputs.get("project", "acme-prod") for resource in others} == {"acme-prod"}
    assert [resource.name for resource in others if not apis <= all_before(recording, resource)] == []


def test_the_apis_of_everything_that_is_declared_are_enabled() -> None:
    recording = given(EVERYTHING).recording
    enabled = {resource.inputs["service"] for resource in recording.of_type(SERVICE).values()}
    needed = {kind_of(resource.type).api for resource in recording if resource.type.startswith("gcp:")} - {""}
    assert {"compute.googleapis.com", "pubsub.googleapis.com", "sqladmin.googleapis.com"} <= needed
    # Without this one nothing of a project can be asked, so that it is enabled by hand: docs/google-cloud.md.
    assert needed - enabled == {"cloudresourcemanager.googleapis.com"}


def test_pub_sub_has_its_account_before_it_is_granted_anything() -> None:
    recording = declared(EVERYTHING)
    (agent,) = recording.of_type(AGENT).values()
    assert agent.inputs == {"project": "acme-prod", "service": "pubsub.googleapis.com"}
    member = f"serviceAccount:service-{PROJECT_NUMBER}@gcp-sa-pubsub.iam.gserviceaccount.com"
    granted = [resource for resource in recording if resource.inputs.get("member") == member]
    assert {resource.type for resource in granted} >= {TOPIC_MEMBER, SUBSCRIPTION_MEMBER}
    assert all(agent.urn in recording.waits_for(resource) for resource in granted)


def test_no_name_and_no_input_has_the_name_of_the_stack() -> None:
    for resource in declared(EVERYTHING, stack="zebra"):
        assert "zebra" not in json.dumps([resource.name, resource.inputs])


def test_the_network_has_the_ranges_of_the_settings() -> None:
    place = PLACE | {
        "nodeRange": "10.32.0.0/22",
        "podRange": "10.36.0.0/14",
        "serviceRange": "10.40.0.0/20",
        "controlPlaneRange": "172.18.0.0/28",
        "privateServicesRange": "10.48.0.0/16",
    }
    recording = declared(GOOGLE | {"google": place})
    subnetwork = recording.one(SUBNETWORK, "platform-nodes").inputs
    assert (subnetwork["region"], subnetwork["ipCidrRange"]) == ("europe-west1", "10.32.0.0/22")
    assert {each["rangeName"]: each["ipCidrRange"] for each in subnetwork["secondaryIpRanges"]} == {
        "pods": "10.36.0.0/14",
        "services": "10.40.0.0/20",
    }
    peering = recording.one("gcp:compute/globalAddress:GlobalAddress", "platform-private-services").inputs
    assert (peering["address"], peering["prefixLength"]) == ("10.48.0.0", 16)
    cluster = recording.one(CLUSTER, "platform").inputs
    assert cluster["privateClusterConfig"]["masterIpv4CidrBlock"] == "172.18.0.0/28"


def test_the_cluster_has_identical_nodes_in_one_zone_of_the_network() -> None:
    recording = declared(GOOGLE | {"cluster": {"nodes": 3, "machineType": "n2-standard-8"}})
    cluster = recording.one(CLUSTER, "platform").inputs
    assert cluster["location"] == "europe-west1-b"
    assert cluster["network"] == "projects/acme-prod/global/networks/platform"
    assert cluster["subnetwork"] == "projects/acme-prod/regions/europe-west1/subnetworks/platform-nodes"
    assert cluster["ipAllocationPolicy"] == {
        "clusterSecondaryRangeName": "pods",
        "servicesSecondaryRangeName": "services",
    }
    (pool,) = recording.of_type(NODE_POOL).values()
    assert pool.name == "platform-main"
    assert (pool.inputs["nodeCount"], pool.inputs["nodeConfig"]["machineType"]) == (3, "n2-standard-8")
    assert "autoscaling" not in pool.inputs


def test_the_cluster_is_what_kubernetes_is_reached_by() -> None:
    recording = given(GOOGLE).recording
    provider = recording.one("pulumi:providers:kubernetes", "platform-kubernetes")
    assert provider.inputs["clusterIdentifier"] == DNS_ENDPOINT
    deployment = recording.one(DEPLOYMENT, "web-shop")
    assert deployment.provider == f"{provider.urn}::platform-kubernetes-id"


def test_nodes_may_read_every_repository_of_the_region_and_nobody_else_may() -> None:
    recording = declared(GOOGLE)
    repositories = recording.of_type(REPOSITORY).values()
    assert {repository.inputs["location"] for repository in repositories} == {"europe-west1"}
    read = {(reader.inputs["repository"], reader.inputs["member"]) for reader in recording.of_type(READER).values()}
    nodes = "serviceAccount:platform-nodes@acme-prod.iam.gserviceaccount.com"
    assert read == {(repository.inputs["repositoryId"], nodes) for repository in repositories}


def test_who_deploys_tenants_may_push_images_and_nothing_else_to_a_registry() -> None:
    robot, person = "deploy-orders-prod@acme-platform.iam.gserviceaccount.com", "ada@example.com"
    tenants = {"orders": {"deployers": [robot]}, "payments": {"deployers": [person, robot]}, "shops": {}}
    made = declared(GOOGLE | {"tenants": tenants}).of_type(READER)
    writing = {grant.inputs["member"]: grant for grant in made.values() if "writer" in grant.inputs["role"]}
    assert writing.keys() == {f"serviceAccount:{robot}", f"user:{person}"}
    assert {grant.inputs["repository"] for grant in writing.values()} == {"platform"}
    assert {grant.inputs["role"] for grant in writing.values()} == {"roles/artifactregistry.writer"}
    assert sorted(made.keys() - {name for name in made if name.endswith("-reader-nodes")}) == [
        f"platform-writer-{person}",
        f"platform-writer-{robot}",
    ]


def test_hosts_in_the_domain_lead_to_the_gateway_and_others_are_left_to_their_own_zones() -> None:
    services = {
        "web-shop": {"image": IMAGE, "replicas": 2},
        "home": {"image": IMAGE, "replicas": 2, "host": "example.com"},
        "partner": {"image": IMAGE, "replicas": 2, "host": "shop.partner.com"},
        "lookalike": {"image": IMAGE, "replicas": 2, "host": "notexample.com"},
    }
    recording = declared(GOOGLE | {"services": services, "otherDomains": ["partner.com", "notexample.com"]})
    assert recording.one(ZONE, "platform").inputs["dnsName"] == "example.com."
    addresses = {
        record.inputs["name"]: record.inputs["rrdatas"]
        for record in recording.of_type(RECORD).values()
        if record.inputs["type"] == "A"
    }
    gateway = recording.exports()["address"]
    assert addresses == {"web-shop.example.com.": [gateway], "example.com.": [gateway]}


@pytest.mark.parametrize("protected", [True, False])
def test_what_holds_data_is_protected_unless_the_settings_lift_it(protected: bool) -> None:
    table = {"tables": {"sold": {"columns": [{"name": "id", "type": "STRING"}]}}}
    recording = declared(EVERYTHING | {"datasets": {"sales-reports": table}, "protected": protected})

    def inputs(type_: str) -> dict[str, Any]:
        return {name: resource.inputs for name, resource in recording.of_type(type_).items()}

    assert inputs(CLUSTER)["platform"]["deletionProtection"] is protected
    assert inputs(INSTANCE)["platform"]["deletionProtection"] is protected
    assert inputs(INSTANCE)["platform"]["settings"]["deletionProtectionEnabled"] is protected
    assert {name: table["deletionProtection"] for name, table in inputs(TABLE).items()} == {
        "sales-reports.sold": protected,
        "new-orders-archive": protected,
        "paid-orders-archive": protected,
    }
    assert {dataset["deleteContentsOnDestroy"] for dataset in inputs(DATASET).values()} == {not protected}
    assert {inputs(TOPIC)[name]["deletionPolicy"] for name in THINGS["topics"]} == {
        "PREVENT" if protected else "DELETE"
    }
    assert {bucket["forceDestroy"] for bucket in inputs(BUCKET).values()} == {not protected}


def test_there_is_a_database_only_where_a_service_asks_for_one() -> None:
    assert not declared(GOOGLE | THINGS | service(**EVERY_NEED | {"database": False})).of_type(INSTANCE)
    assert list(declared(GOOGLE | service(database=True)).of_type(INSTANCE)) == ["platform"]


def test_the_database_is_of_the_settings_and_holds_those_of_the_services_that_ask() -> None:
    services = {
        "web-shop": {"image": IMAGE, "replicas": 2, "database": True},
        "accounts": {"image": IMAGE, "replicas": 2, "database": True},
        "status": {"image": IMAGE, "replicas": 2},
    }
    wanted = {"tier": "db-custom-4-15360", "highlyAvailable": False, "diskGb": 50}
    recording = declared(GOOGLE | {"services": services, "database": wanted})
    instance = recording.one(INSTANCE, "platform").inputs
    assert instance["region"] == "europe-west1"
    settings = instance["settings"]
    assert (settings["tier"], settings["availabilityType"], settings["diskSize"]) == ("db-custom-4-15360", "ZONAL", 50)
    assert settings["ipConfiguration"]["privateNetwork"] == "projects/acme-prod/global/networks/platform"
    assert {database.inputs["name"] for database in recording.of_type(DATABASE).values()} == {"web_shop", "accounts"}


def test_the_database_waits_for_the_peering_by_which_it_is_reached() -> None:
    recording = declared(GOOGLE | service(database=True))
    peering = recording.one("gcp:servicenetworking/connection:Connection", "platform-private-services")
    assert peering.urn in recording.waits_for(recording.one(INSTANCE, "platform"))


def test_a_topic_is_what_its_settings_say_with_a_subscription_of_each_subscriber() -> None:
    definition = json.dumps({"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]})
    services = {
        "web-shop": {"image": IMAGE, "replicas": 2, "publishes": ["orders"]},
        "billing": {"image": IMAGE, "replicas": 2, "subscribes": ["orders"]},
        "mail": {"image": IMAGE, "replicas": 2, "subscribes": ["orders"]},
    }
    topic = {"schema": {"definition": definition, "encoding": "BINARY"}, "retentionDays": 3, "archived": False}
    recording = declared(GOOGLE | {"services": services, "topics": {"orders": topic}})
    assert recording.one(TOPIC, "orders").inputs == {
        "name": "orders",
        "project": "acme-prod",
        "messageRetentionDuration": "259200s",
        "schemaSettings": {"schema": "projects/acme-prod/schemas/orders", "encoding": "BINARY"},
        "deletionPolicy": "PREVENT",
    }
    schema = recording.one(SCHEMA, "orders-schema").inputs
    assert (schema["type"], schema["definition"]) == ("AVRO", definition)
    assert sorted(recording.of_type(SUBSCRIPTION)) == [
        "orders-billing",
        "orders-billing-dead-letters",
        "orders-mail",
        "orders-mail-dead-letters",
    ]


def test_a_topic_without_a_schema_takes_anything() -> None:
    recording = declared(GOOGLE | {"topics": {"orders": {}}})
    assert not recording.of_type(SCHEMA)
    assert "schemaSettings" not in recording.one(TOPIC, "orders").inputs


def test_archived_topics_have_their_tables_in_one_dataset_and_others_have_none() -> None:
    topics = {"new-orders": {}, "paid-orders": {}, "clicks": {"archived": False}}
    recording = declared(GOOGLE | {"topics": topics})
    assert {name: table.inputs["datasetId"] for name, table in recording.of_type(TABLE).items()} == {
        "new-orders-archive": "message_archive",
        "paid-orders-archive": "message_archive",
    }
    dataset = recording.one(DATASET, "message-archive").inputs
    assert (dataset["datasetId"], dataset["location"]) == ("message_archive", "europe-west1")


@pytest.mark.parametrize("topics", [{}, {"clicks": {"archived": False}}])
def test_there_is_no_archive_where_no_topic_is_archived(topics: dict[str, Any]) -> None:
    recording = declared(GOOGLE | {"topics": topics})
    assert not recording.of_type(DATASET)
    assert recording.exports()["outputs"]["messageArchives"] == {}


def test_a_dataset_has_the_tables_and_readers_of_its_settings() -> None:
    columns = [
        {"name": "sold_at", "type": "TIMESTAMP", "mode": "REQUIRED", "description": "When it was paid"},
        {"name": "shop", "type": "STRING"},
    ]
    sold = {"columns": columns, "partitionBy": "sold_at", "partitionDays": 30, "clusterBy": ["shop"]}
    plain = {"columns": [{"name": "id", "type": "INT64"}]}
    wanted = {"tables": {"sold": sold, "plain": plain}, "readers": ["bi@example.com"]}
    recording = declared(GOOGLE | {"datasets": {"sales-reports": wanted}})
    assert recording.one(DATASET, "sales-reports").inputs == {
        "project": "acme-prod",
        "datasetId": "sales_reports",
        "location": "europe-west1",
        "deleteContentsOnDestroy": False,
    }
    made = dict(recording.one(TABLE, "sales-reports.sold").inputs)
    assert json.loads(made.pop("schema")) == [columns[0], columns[1] | {"mode": "NULLABLE"}]
    assert made == {
        "project": "acme-prod",
        "datasetId": "sales_reports",
        "tableId": "sold",
        "timePartitioning": {"type": "DAY", "field": "sold_at", "expirationMs": 30 * 24 * 3600 * 1000},
        "clusterings": ["shop"],
        "deletionProtection": True,
    }
    assert recording.one(TABLE, "sales-reports.plain").inputs.keys() == {
        "project",
        "datasetId",
        "tableId",
        "schema",
        "deletionProtection",
    }
    (reader,) = recording.of_type(DATASET_MEMBER).values()
    assert (reader.inputs["role"], reader.inputs["member"]) == ("roles/bigquery.dataViewer", "group:bi@example.com")


def test_a_bucket_is_what_its_settings_say() -> None:
    wanted = {"versioned": False, "expireDays": 14, "corsOrigins": ["https://shop.example.com"]}
    recording = declared(GOOGLE | {"buckets": {"receipts": wanted, "plain": {}}})
    receipts, plain = recording.one(BUCKET, "receipts").inputs, recording.one(BUCKET, "plain").inputs
    assert (receipts["name"], receipts["location"]) == ("acme-prod-receipts", "europe-west1")
    assert (receipts["versioning"], plain["versioning"]) == ({"enabled": False}, {"enabled": True})
    assert receipts["cors"][0]["origins"] == ["https://shop.example.com"]
    assert "cors" not in plain
    expiry = {"action": {"type": "Delete"}, "condition": {"age": 14, "withState": "LIVE"}}
    assert expiry in receipts["lifecycleRules"]
    assert not [rule for rule in plain["lifecycleRules"] if rule["condition"].get("withState") == "LIVE"]


def test_a_service_without_needs_is_nobody_to_google_cloud_and_gets_nothing() -> None:
    nothing = given(GOOGLE | THINGS)
    assert (nothing.environment, nothing.secret_environment, nothing.network_paths) == ({}, {}, [])
    assert ("WorkloadIdentity", "web-shop") not in components(nothing.recording)
    assert grants(nothing.recording, principal()) == {}


@pytest.mark.parametrize(
    ("need", "granted", "variables"),
    [
        (
            "publishes",
            {(TOPIC_MEMBER, "roles/pubsub.publisher"): "projects/acme-prod/topics/new-orders"},
            {"TOPIC_NEW_ORDERS": "projects/acme-prod/topics/new-orders"},
        ),
        (
            "subscribes",
            {
                (
                    SUBSCRIPTION_MEMBER,
                    "roles/pubsub.subscriber",
                ): "projects/acme-prod/subscriptions/paid-orders-web-shop"
            },
            {"SUBSCRIPTION_PAID_ORDERS": "projects/acme-prod/subscriptions/paid-orders-web-shop"},
        ),
        (
            "datasets",
            {
                (DATASET_MEMBER, "roles/bigquery.dataEditor"): "sales_reports",
                (PROJECT_MEMBER, "roles/bigquery.jobUser"): "acme-prod",
            },
            {"DATASET_SALES_REPORTS": "acme-prod.sales_reports"},
        ),
        (
            "buckets",
            {(BUCKET_MEMBER, "roles/storage.objectUser"): "acme-prod-order-receipts"},
            {"BUCKET_ORDER_RECEIPTS": "acme-prod-order-receipts"},
        ),
        ("roles", {(PROJECT_MEMBER, "roles/cloudtrace.agent"): "acme-prod"}, {}),
    ],
)
def test_a_need_gives_an_identity_its_right_its_variable_and_the_ways_to_google(
    need: str, granted: dict[tuple[str, str], str], variables: dict[str, str]
) -> None:
    alone = given(GOOGLE | THINGS | service(**NEEDS[need]))
    assert ("WorkloadIdentity", "web-shop") in components(alone.recording)
    assert grants(alone.recording, principal()) == granted
    assert alone.environment == {"GOOGLE_CLOUD_PROJECT": "acme-prod"} | variables
    assert alone.secret_environment == {}
    assert alone.network_paths == TO_GOOGLE


def test_a_database_gives_the_way_to_it_and_no_identity() -> None:
    alone = given(GOOGLE | THINGS | service(**NEEDS["database"]))
    assert ("WorkloadIdentity", "web-shop") not in components(alone.recording)
    assert grants(alone.recording, principal()) == {}
    assert alone.environment == POSTGRES
    assert alone.secret_environment == PASSWORD
    assert alone.network_paths == [TO_DATABASE]


def test_all_needs_together_give_all_of_it() -> None:
    everything = given(EVERYTHING)
    assert grants(everything.recording, principal()) == {
        (TOPIC_MEMBER, "roles/pubsub.publisher"): "projects/acme-prod/topics/new-orders",
        (SUBSCRIPTION_MEMBER, "roles/pubsub.subscriber"): "projects/acme-prod/subscriptions/paid-orders-web-shop",
        (DATASET_MEMBER, "roles/bigquery.dataEditor"): "sales_reports",
        (BUCKET_MEMBER, "roles/storage.objectUser"): "acme-prod-order-receipts",
        (PROJECT_MEMBER, "roles/bigquery.jobUser"): "acme-prod",
        (PROJECT_MEMBER, "roles/cloudtrace.agent"): "acme-prod",
    }
    assert everything.environment == POSTGRES | {
        "GOOGLE_CLOUD_PROJECT": "acme-prod",
        "TOPIC_NEW_ORDERS": "projects/acme-prod/topics/new-orders",
        "SUBSCRIPTION_PAID_ORDERS": "projects/acme-prod/subscriptions/paid-orders-web-shop",
        "DATASET_SALES_REPORTS": "acme-prod.sales_reports",
        "BUCKET_ORDER_RECEIPTS": "acme-prod-order-receipts",
    }
    assert everything.secret_environment == PASSWORD
    assert everything.network_paths == [*TO_GOOGLE, TO_DATABASE]


def test_a_service_gets_nothing_of_what_another_asks_for() -> None:
    services = {
        "web-shop": {"image": IMAGE, "replicas": 2, **EVERY_NEED},
        "status": {"image": IMAGE, "replicas": 2, "buckets": ["order-receipts"]},
    }
    other = given(GOOGLE | THINGS | {"services": services}, "status")
    assert other.environment == {
        "GOOGLE_CLOUD_PROJECT": "acme-prod",
        "BUCKET_ORDER_RECEIPTS": "acme-prod-order-receipts",
    }
    assert (other.secret_environment, other.network_paths) == ({}, TO_GOOGLE)
    assert grants(other.recording, principal("status")) == {
        (BUCKET_MEMBER, "roles/storage.objectUser"): "acme-prod-order-receipts"
    }


@pytest.mark.parametrize("section", WHO)
def test_each_kind_gets_what_a_service_gets_for_the_account_in_its_namespace(section: str) -> None:
    namespace = "web-shop" if section in ("nodeAgents", "tenants") else "services"
    one = given(GOOGLE | THINGS | asking(section, **EVERY_NEED))
    everything = given(EVERYTHING)
    assert one.environment == everything.environment
    assert one.secret_environment == everything.secret_environment == PASSWORD
    assert one.network_paths == everything.network_paths
    assert one.subscriptions == ["projects/acme-prod/subscriptions/paid-orders-web-shop"]
    granted = grants(one.recording, principal(namespace=namespace))
    assert granted == grants(everything.recording, principal())
    assert len(granted) == 6
    members = {each.inputs["member"].removeprefix("iamMember:") for each in one.recording if each.type in GRANTS}
    assert {member for member in members if member.startswith("principal:")} == {principal(namespace=namespace)}


@pytest.mark.parametrize("section", WHO)
def test_no_kind_gets_anything_that_it_does_not_ask_for(section: str) -> None:
    nothing = given(GOOGLE | THINGS | asking(section))
    assert (nothing.environment, nothing.secret_environment, nothing.network_paths) == ({}, {}, [])
    assert nothing.subscriptions == []
    assert not [each for each, _ in components(nothing.recording) if each == "WorkloadIdentity"]


def test_each_subscriber_of_a_topic_gets_a_subscription_of_its_own() -> None:
    subscriber = {"image": IMAGE, "replicas": 2, "subscribes": ["new-orders"]}
    stack_file = GOOGLE | THINGS | {"services": {"billing": subscriber, "mail": subscriber}}
    names = {each: given(stack_file, each).environment["SUBSCRIPTION_NEW_ORDERS"] for each in ("billing", "mail")}
    assert names == {
        "billing": "projects/acme-prod/subscriptions/new-orders-billing",
        "mail": "projects/acme-prod/subscriptions/new-orders-mail",
    }


@pytest.mark.parametrize("need", ["publishes", "subscribes", "datasets", "buckets", "roles"])
def test_pods_wait_until_all_that_they_may_do_is_granted(need: str) -> None:
    recording = given(GOOGLE | THINGS | service(**NEEDS[need])).recording
    granted = {
        resource.urn
        for resource in recording
        if resource.type in GRANTS and resource.inputs["member"].endswith(principal())
    }
    assert granted
    assert granted <= recording.waits_for(recording.one(DEPLOYMENT, "web-shop"))


def test_pods_wait_until_their_database_and_its_user_exist() -> None:
    recording = given(GOOGLE | service(database=True)).recording
    made = {
        recording.one(DATABASE, "platform-web_shop").urn,
        recording.one("gcp:sql/user:User", "platform-web_shop-user").urn,
    }
    secret = recording.one("kubernetes:core/v1:Secret", "web-shop-secrets")
    assert made <= recording.waits_for(secret)
    assert secret.urn in recording.waits_for(recording.one(DEPLOYMENT, "web-shop"))


FOUNDATION_OUTPUTS = {
    "project": "acme-prod",
    "cluster": "platform",
    "images": "europe-west1-docker.pkg.dev/acme-prod/platform",
    "charts": "oci://europe-west1-docker.pkg.dev/acme-prod/platform-charts",
    "mirrors": {
        mirror: f"europe-west1-docker.pkg.dev/acme-prod/platform-{mirror}"
        for mirror in ("docker-hub", "ghcr", "k8s", "quay")
    },
    "nameServers": [f"ns-cloud-a{number}.googledomains.com." for number in range(1, 5)],
    "topics": {},
    "messageArchives": {},
    "datasets": {},
    "buckets": {},
}


def outputs(stack_file: dict[str, Any]) -> dict[str, Any]:
    """The outputs but for the kubeconfig. They are no secret, so that stacks of teams can have them."""
    told: dict[str, Any] = declared(stack_file).exports()["outputs"]
    assert not rpc.is_rpc_secret(told)
    return {key: value for key, value in told.items() if key != "kubeconfig"}


def test_outputs_say_where_the_foundation_is() -> None:
    assert outputs(GOOGLE) == FOUNDATION_OUTPUTS


def test_outputs_say_where_everything_is() -> None:
    assert outputs(EVERYTHING | {"topics": {"new-orders": {}, "paid-orders": {"archived": False}}}) == {
        **FOUNDATION_OUTPUTS,
        "database": "acme-prod:europe-west1:platform-abababab",
        "topics": {
            "new-orders": "projects/acme-prod/topics/new-orders",
            "paid-orders": "projects/acme-prod/topics/paid-orders",
        },
        "messageArchives": {"new-orders": "acme-prod.message_archive.new_orders"},
        "datasets": {"sales-reports": "acme-prod.sales_reports"},
        "buckets": {"order-receipts": "gs://acme-prod-order-receipts"},
    }


def test_the_kubeconfig_leads_to_the_cluster() -> None:
    told = json.loads(declared(GOOGLE).exports()["outputs"]["kubeconfig"])
    assert [cluster["cluster"]["server"] for cluster in told["clusters"]] == [f"https://{DNS_ENDPOINT}"]


def test_the_gateway_has_the_address_that_is_reserved() -> None:
    recording = declared(GOOGLE)
    assert recording.one("gcp:compute/address:Address", "platform-gateway").inputs["region"] == "europe-west1"
    assert recording.exports()["address"] == "203.0.113.7"


LETS_ENCRYPT = {"authority": "letsEncrypt", "email": "platform@acme.com"}
SOLVER = "web-platform:index:DnsSolver"


def test_cert_manager_may_change_dns_where_a_wildcard_of_ours_takes_lets_encrypt() -> None:
    wildcard = GOOGLE | service(host="*.shop.example.com") | {"certificates": LETS_ENCRYPT}
    recording = declared(wildcard)
    solver = recording.outputs_of(SOLVER, "cert-manager")
    assert solver["member"].endswith("/subject/ns/cert-manager/sa/cert-manager")
    assert recording.exports()["dns01"] == {"project": "acme-prod"}
    names = [record.inputs["name"] for record in recording.of_type(RECORD).values()]
    assert "*.shop.example.com." in names


@pytest.mark.parametrize(
    "change",
    [
        service(host="shop.example.com") | {"certificates": LETS_ENCRYPT},
        service(host="*.shop.example.com") | {"certificates": {"authority": "privateCa"}},
    ],
)
def test_cert_manager_has_no_rights_in_dns_that_it_does_not_need(change: dict[str, Any]) -> None:
    recording = declared(GOOGLE | change)
    assert recording.of_type(SOLVER) == {}
    assert recording.exports().get("dns01") is None
