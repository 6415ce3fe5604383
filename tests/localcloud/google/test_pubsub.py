"""Topics and subscriptions behave as Google's documentation says."""

import json
from typing import Any

import pytest

from localcloud.providers.google import tokens
from localcloud.providers.google.bigquery import Dataset, DatasetAccess, DatasetIamMember, IamMember, Table
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.iam import Account
from localcloud.providers.google.kind import Place, Refusal, Resource
from localcloud.providers.google.principals import agent
from localcloud.providers.google.projects import IAMBinding, IAMCustomRole, IAMMember
from localcloud.providers.google.pubsub import (
    DELETED_SCHEMA,
    DELETED_TOPIC,
    Schema,
    Subscription,
    SubscriptionIAMMember,
    Topic,
    TopicIAMMember,
)
from localcloud.providers.google.storage import Bucket
from localcloud.providers.properties import UNKNOWN
from tests.localcloud.google.conftest import PROJECT, enable

TOPIC = f"projects/{PROJECT}/topics/orders"
SUBSCRIPTION = f"projects/{PROJECT}/subscriptions/orders"
SCHEMA = f"projects/{PROJECT}/schemas/order"
AGENT = agent(PROJECT, "pubsub.googleapis.com")
WRITER = {"datasetId": "shop", "role": "roles/bigquery.dataEditor", "member": f"serviceAccount:{AGENT}"}
ARCHIVE = {"table": f"{PROJECT}.shop.messages"}
AVRO = json.dumps({"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]})
DATA = {"name": "data", "type": "STRING"}
METADATA = [
    {"name": "subscription_name", "type": "STRING"},
    {"name": "message_id", "type": "STRING"},
    {"name": "publish_time", "type": "TIMESTAMP"},
    {"name": "attributes", "type": "JSON"},
]


@pytest.fixture(autouse=True)
def enabled(cloud: Cloud) -> None:
    enable(cloud, *(f"{name}.googleapis.com" for name in ("pubsub", "bigquery", "iam", "storage")))


def reasons(kind: Any, inputs: dict[str, Any]) -> dict[str, str]:
    return {each.path: each.reason for each in kind.problems(inputs)}


def subscribe(cloud: Cloud, place: Place, **inputs: Any) -> Resource:
    return cloud.create(Subscription(), {"name": "orders", "topic": TOPIC, **inputs}, place)


def table(cloud: Cloud, place: Place, *columns: dict[str, Any]) -> None:
    cloud.create(Dataset(), {"datasetId": "shop"}, place)
    cloud.create(Table(), {"datasetId": "shop", "tableId": "messages", "schema": json.dumps(columns)}, place)


class TestTopic:
    def test_is_known_by_its_path(self, cloud: Cloud, place: Place) -> None:
        assert cloud.create(Topic(), {"name": "orders"}, place).id == TOPIC

    def test_needs_its_api(self, cloud: Cloud) -> None:
        with pytest.raises(Refusal, match=r"pubsub.googleapis.com has not been used in project acme-staging"):
            cloud.create(Topic(), {"name": "orders"}, Place("acme-staging"))

    @pytest.mark.parametrize("name", ["go", "google-orders", "9orders", "or ders", "o" * 256])
    def test_a_name_of_wrong_syntax_is_a_problem(self, name: str) -> None:
        assert "3 to 255 letters" in reasons(Topic(), {"name": name})["name"]

    @pytest.mark.parametrize("name", ["orders", "Orders.v1~+%", UNKNOWN])
    def test_a_name_that_is_right_is_none(self, name: Any) -> None:
        assert reasons(Topic(), {"name": name}) == {}

    @pytest.mark.parametrize("duration", ["599s", "2678401s", "10m"])
    def test_keeps_messages_for_ten_minutes_to_31_days(self, duration: str) -> None:
        assert list(reasons(Topic(), {"messageRetentionDuration": duration})) == ["messageRetentionDuration"]
        assert reasons(Topic(), {"messageRetentionDuration": "600s"}) == {}

    def test_s_schema_must_exist(self, cloud: Cloud, place: Place) -> None:
        inputs = {"name": "orders", "schemaSettings": {"schema": SCHEMA, "encoding": "JSON"}}
        with pytest.raises(Refusal, match=f"the Schema '{SCHEMA}' does not exist"):
            cloud.create(Topic(), inputs, place)
        cloud.create(Schema(), {"name": "order", "type": "AVRO", "definition": AVRO}, place)
        assert cloud.create(Topic(), inputs, place).state["schemaSettings"]["schema"] == SCHEMA

    @pytest.mark.parametrize("encoding", [{}, {"encoding": "ENCODING_UNSPECIFIED"}])
    def test_s_schema_needs_an_encoding(self, encoding: dict[str, str]) -> None:
        settings = {"schema": SCHEMA, **encoding}
        assert list(reasons(Topic(), {"schemaSettings": settings})) == ["schemaSettings.encoding"]
        assert reasons(Topic(), {"schemaSettings": {**settings, "encoding": "BINARY"}}) == {}

    def test_leaves_its_subscriptions_without_a_topic(self, cloud: Cloud, place: Place) -> None:
        topic = cloud.create(Topic(), {"name": "orders"}, place)
        subscribe(cloud, place)
        subscribe(cloud, place, name="by-name", topic="orders")
        cloud.delete(Topic(), topic.id)
        assert [each.state["topic"] for each in cloud.find(tokens.SUBSCRIPTION)] == [DELETED_TOPIC, DELETED_TOPIC]
        with pytest.raises(Refusal, match="was deleted, failedPrecondition"):
            cloud.update(Subscription(), SUBSCRIPTION, {"name": "orders", "topic": TOPIC}, place)


class TestSchema:
    def test_has_a_revision_that_changes_with_it(self, cloud: Cloud, place: Place) -> None:
        inputs = {"name": "order", "type": "AVRO", "definition": AVRO}
        schema = cloud.create(Schema(), inputs, place)
        assert schema.id == SCHEMA
        changed = cloud.update(Schema(), SCHEMA, {**inputs, "definition": AVRO.replace("Order", "Sale")}, place)
        assert len(schema.state["revisionId"]) == len(changed.state["revisionId"]) == 8
        assert schema.state["revisionId"] != changed.state["revisionId"]

    def test_leaves_its_topics_without_a_schema(self, cloud: Cloud, place: Place) -> None:
        cloud.create(Schema(), {"name": "order", "type": "AVRO", "definition": AVRO}, place)
        settings = {"schema": SCHEMA, "encoding": "JSON"}
        topic = cloud.create(Topic(), {"name": "orders", "schemaSettings": settings}, place)
        cloud.delete(Schema(), SCHEMA)
        left = cloud.get(tokens.TOPIC, topic.id)
        assert left is not None
        assert left.state["schemaSettings"] == {"schema": DELETED_SCHEMA, "encoding": "JSON"}

    @pytest.mark.parametrize(
        ("type_", "definition", "says"),
        [
            ("AVRO", "{", "is no JSON"),
            ("AVRO", '"string"', "is no Avro record"),
            ("AVRO", '{"type": "record", "name": "Order"}', "without 'fields'"),
            ("AVRO", '{"type": "record", "name": "Order", "fields": [{"name": "id"}]}', "without 'name' or 'type'"),
            ("PROTOCOL_BUFFER", 'syntax = "proto3";', "has no 'message"),
        ],
    )
    def test_a_definition_that_is_none_is_a_problem(self, type_: str, definition: str, says: str) -> None:
        assert says in reasons(Schema(), {"type": type_, "definition": definition})["definition"]

    @pytest.mark.parametrize(
        "inputs",
        [
            {"type": "AVRO", "definition": AVRO},
            {"type": "PROTOCOL_BUFFER", "definition": 'syntax = "proto3";\nmessage Order {\n string id = 1;\n}'},
            {"type": "AVRO", "definition": UNKNOWN},
        ],
    )
    def test_a_definition_that_is_right_is_none(self, inputs: dict[str, Any]) -> None:
        assert reasons(Schema(), inputs) == {}


class TestSubscription:
    def test_is_to_a_topic(self, cloud: Cloud, place: Place) -> None:
        with pytest.raises(Refusal, match=f"the Topic '{TOPIC}' does not exist"):
            subscribe(cloud, place)
        cloud.create(Topic(), {"name": "orders"}, place)
        made = subscribe(cloud, place)
        assert made.id == SUBSCRIPTION
        assert made.state["ackDeadlineSeconds"] == 10
        assert made.state["messageRetentionDuration"] == "604800s"
        assert made.state["expirationPolicy"] == {"ttl": "2678400s"}

    def test_to_a_topic_by_its_name_is_to_that_of_its_project(self, cloud: Cloud, place: Place) -> None:
        cloud.create(Topic(), {"name": "orders"}, place)
        assert subscribe(cloud, place, topic="orders").state["topic"] == "orders"

    @pytest.mark.parametrize(
        ("inputs", "path"),
        [
            ({"name": "goog-orders"}, "name"),
            ({"ackDeadlineSeconds": 9}, "ackDeadlineSeconds"),
            ({"ackDeadlineSeconds": 601}, "ackDeadlineSeconds"),
            ({"messageRetentionDuration": "60s"}, "messageRetentionDuration"),
            ({"retryPolicy": {"minimumBackoff": "601s"}}, "retryPolicy.minimumBackoff"),
            ({"retryPolicy": {"maximumBackoff": "10"}}, "retryPolicy.maximumBackoff"),
            ({"retryPolicy": {"minimumBackoff": "60s", "maximumBackoff": "10s"}}, "retryPolicy.minimumBackoff"),
            ({"deadLetterPolicy": {"maxDeliveryAttempts": 5}}, "deadLetterPolicy.deadLetterTopic"),
            (
                {"deadLetterPolicy": {"deadLetterTopic": "dead", "maxDeliveryAttempts": 4}},
                "deadLetterPolicy.maxDeliveryAttempts",
            ),
            (
                {"deadLetterPolicy": {"deadLetterTopic": "dead", "maxDeliveryAttempts": 101}},
                "deadLetterPolicy.maxDeliveryAttempts",
            ),
            ({"expirationPolicy": {"ttl": "3600s"}}, "expirationPolicy.ttl"),
            ({"filter": "x" * 257}, "filter"),
            ({"pushConfig": {"pushEndpoint": "http://example.com"}}, "pushConfig.pushEndpoint"),
            ({"pushConfig": {"pushEndpoint": "https://e.com"}, "bigqueryConfig": ARCHIVE}, "bigqueryConfig"),
            ({"bigqueryConfig": ARCHIVE, "enableExactlyOnceDelivery": True}, "enableExactlyOnceDelivery"),
            ({"bigqueryConfig": {"table": "shop.messages"}}, "bigqueryConfig.table"),
            (
                {"bigqueryConfig": {**ARCHIVE, "useTopicSchema": True, "useTableSchema": True}},
                "bigqueryConfig.useTableSchema",
            ),
            ({"bigqueryConfig": {**ARCHIVE, "dropUnknownFields": True}}, "bigqueryConfig.dropUnknownFields"),
        ],
    )
    def test_what_google_would_not_take_is_a_problem(self, inputs: dict[str, Any], path: str) -> None:
        assert list(reasons(Subscription(), inputs)) == [path]

    @pytest.mark.parametrize(
        "inputs",
        [
            {"ackDeadlineSeconds": 600.0, "expirationPolicy": {"ttl": ""}, "filter": "x" * 256},
            {"expirationPolicy": {"ttl": "86400s"}, "retryPolicy": {"minimumBackoff": "10s", "maximumBackoff": "600s"}},
            {"deadLetterPolicy": {"deadLetterTopic": UNKNOWN, "maxDeliveryAttempts": 100.0}},
            {"pushConfig": {"pushEndpoint": "https://example.com/push"}},
            {"bigqueryConfig": {**ARCHIVE, "useTopicSchema": True, "dropUnknownFields": True}},
            {"bigqueryConfig": UNKNOWN, "retryPolicy": UNKNOWN, "name": UNKNOWN},
        ],
    )
    def test_what_google_takes_is_none(self, inputs: dict[str, Any]) -> None:
        assert reasons(Subscription(), inputs) == {}

    def test_s_dead_letters_need_a_topic(self, cloud: Cloud, place: Place) -> None:
        cloud.create(Topic(), {"name": "orders"}, place)
        policy = {"deadLetterTopic": f"{TOPIC}-dead", "maxDeliveryAttempts": 5}
        with pytest.raises(Refusal, match=f"the Topic '{TOPIC}-dead' does not exist"):
            subscribe(cloud, place, deadLetterPolicy=policy)
        cloud.create(Topic(), {"name": "orders-dead"}, place)
        assert subscribe(cloud, place, deadLetterPolicy=policy).state["deadLetterPolicy"] == policy

    def test_pushes_as_an_account_that_exists(self, cloud: Cloud, place: Place) -> None:
        cloud.create(Topic(), {"name": "orders"}, place)
        email = f"pusher@{PROJECT}.iam.gserviceaccount.com"
        push = {"pushEndpoint": "https://example.com", "oidcToken": {"serviceAccountEmail": email}}
        with pytest.raises(Refusal, match=f"Service account {email} does not exist"):
            subscribe(cloud, place, pushConfig=push)
        cloud.create(Account(), {"accountId": "pusher"}, place)
        assert subscribe(cloud, place, pushConfig=push).id == SUBSCRIPTION

    def test_writes_into_a_bucket_that_exists(self, cloud: Cloud, place: Place) -> None:
        cloud.create(Topic(), {"name": "orders"}, place)
        with pytest.raises(Refusal, match="the Bucket 'acme-messages' does not exist"):
            subscribe(cloud, place, cloudStorageConfig={"bucket": "acme-messages"})
        cloud.create(Bucket(), {"name": "acme-messages", "location": "EU"}, place)
        assert subscribe(cloud, place, cloudStorageConfig={"bucket": "acme-messages"}).id == SUBSCRIPTION


class TestArchive:
    """A subscription that writes into BigQuery."""

    @pytest.fixture(autouse=True)
    def topic(self, cloud: Cloud, place: Place) -> None:
        cloud.create(Schema(), {"name": "order", "type": "AVRO", "definition": AVRO}, place)
        cloud.create(Topic(), {"name": "orders", "schemaSettings": {"schema": SCHEMA, "encoding": "JSON"}}, place)

    def test_needs_a_table(self, cloud: Cloud, place: Place) -> None:
        with pytest.raises(Refusal, match=r"the Table .*messages' does not exist"):
            subscribe(cloud, place, bigqueryConfig=ARCHIVE)

    def test_needs_somebody_who_may_write(self, cloud: Cloud, place: Place) -> None:
        table(cloud, place, DATA)
        with pytest.raises(Refusal, match=f"The service account {AGENT} cannot write to the table"):
            subscribe(cloud, place, bigqueryConfig=ARCHIVE)
        cloud.create(DatasetIamMember(), {**WRITER, "role": "roles/bigquery.dataViewer"}, place)
        with pytest.raises(Refusal, match="cannot write to the table"):
            subscribe(cloud, place, bigqueryConfig=ARCHIVE)

    @pytest.mark.parametrize(
        ("kind", "inputs"),
        [
            (IamMember(), {**WRITER, "tableId": "messages"}),
            (DatasetIamMember(), WRITER),
            (DatasetIamMember(), {**WRITER, "role": "roles/bigquery.dataOwner"}),
            (IAMMember(), {**WRITER, "project": PROJECT}),
            (IAMMember(), {**WRITER, "project": PROJECT, "role": f"projects/{PROJECT}/roles/writer"}),
            (IAMBinding(), {"project": PROJECT, "role": WRITER["role"], "members": [WRITER["member"]]}),
            (DatasetAccess(), {"datasetId": "shop", "role": "WRITER", "userByEmail": AGENT}),
        ],
    )
    def test_may_be_written_by_whoever_has_a_role_for_it(
        self, cloud: Cloud, place: Place, kind: Any, inputs: dict[str, Any]
    ) -> None:
        table(cloud, place, DATA)
        cloud.create(IAMCustomRole(), {"roleId": "writer", "title": "W", "permissions": ["a.b.c"]}, place)
        cloud.create(kind, inputs, place)
        assert subscribe(cloud, place, bigqueryConfig=ARCHIVE).id == SUBSCRIPTION

    def test_may_be_written_by_an_account_of_its_own(self, cloud: Cloud, place: Place) -> None:
        table(cloud, place, DATA)
        account = cloud.create(Account(), {"accountId": "archivist"}, place)
        config = {**ARCHIVE, "serviceAccountEmail": account.state["email"]}
        with pytest.raises(Refusal, match="The service account archivist@"):
            subscribe(cloud, place, bigqueryConfig=config)
        cloud.create(DatasetIamMember(), {**WRITER, "member": account.state["member"]}, place)
        assert subscribe(cloud, place, bigqueryConfig=config).id == SUBSCRIPTION

    @pytest.mark.parametrize(
        ("columns", "config", "says"),
        [
            ([], {}, "it has no column 'data'"),
            ([{"name": "data", "type": "INTEGER"}], {}, "the column 'data' is INT64"),
            ([DATA], {"writeMetadata": True}, "it has no column 'subscription_name' of the type STRING"),
            ([DATA, *METADATA[:3]], {"writeMetadata": True}, "no column 'attributes' of the type STRING or JSON"),
            ([{"name": "total", "type": "FLOAT"}], {"useTopicSchema": True}, "it has no column 'id'"),
            (
                [{"name": "id", "type": "STRING"}, {"name": "total", "type": "FLOAT", "mode": "REQUIRED"}],
                {"useTopicSchema": True},
                "the column 'total' is REQUIRED",
            ),
        ],
    )
    def test_refuses_a_table_that_messages_do_not_fit(
        self, cloud: Cloud, place: Place, columns: list[dict[str, Any]], config: dict[str, Any], says: str
    ) -> None:
        table(cloud, place, *columns)
        cloud.create(DatasetIamMember(), WRITER, place)
        with pytest.raises(Refusal, match=f"Incompatible schema of the table acme-prod.shop.messages: .*{says}"):
            subscribe(cloud, place, bigqueryConfig={**ARCHIVE, **config})

    @pytest.mark.parametrize(
        ("columns", "config"),
        [
            ([DATA], {}),
            ([{"name": "data", "type": "BYTES", "mode": "REQUIRED"}, *METADATA], {"writeMetadata": True}),
            ([{"name": "id", "type": "STRING"}, {"name": "note", "type": "STRING"}], {"useTopicSchema": True}),
            ([{"name": "note", "type": "STRING"}], {"useTopicSchema": True, "dropUnknownFields": True}),
            ([{"name": "anything", "type": "STRING"}], {"useTableSchema": True}),
        ],
    )
    def test_takes_a_table_that_they_fit(
        self, cloud: Cloud, place: Place, columns: list[dict[str, Any]], config: dict[str, Any]
    ) -> None:
        table(cloud, place, *columns)
        cloud.create(DatasetIamMember(), WRITER, place)
        assert subscribe(cloud, place, bigqueryConfig={**ARCHIVE, **config}).id == SUBSCRIPTION

    def test_by_the_topic_s_schema_needs_one(self, cloud: Cloud, place: Place) -> None:
        table(cloud, place, DATA)
        cloud.create(DatasetIamMember(), WRITER, place)
        plain = cloud.create(Topic(), {"name": "plain"}, place)
        with pytest.raises(Refusal, match="the topic has no schema"):
            subscribe(cloud, place, topic=plain.id, bigqueryConfig={**ARCHIVE, "useTopicSchema": True})


class TestRoles:
    DEV = "group:dev@example.com"

    def test_are_granted_on_a_topic_and_on_a_subscription(self, cloud: Cloud, place: Place) -> None:
        on_topic = {"topic": "orders", "role": "roles/pubsub.publisher", "member": self.DEV}
        with pytest.raises(Refusal, match=f"the Topic '{TOPIC}' does not exist"):
            cloud.create(TopicIAMMember(), on_topic, place)
        cloud.create(Topic(), {"name": "orders"}, place)
        assert cloud.create(TopicIAMMember(), on_topic, place).id == f"{TOPIC}/roles/pubsub.publisher/{self.DEV}"
        on_subscription = {"subscription": "orders", "role": "roles/pubsub.subscriber", "member": self.DEV}
        with pytest.raises(Refusal, match=f"the Subscription '{SUBSCRIPTION}' does not exist"):
            cloud.create(SubscriptionIAMMember(), on_subscription, place)
        subscribe(cloud, place)
        made = cloud.create(SubscriptionIAMMember(), on_subscription, place)
        assert made.id == f"{SUBSCRIPTION}/roles/pubsub.subscriber/{self.DEV}"

    def test_are_those_of_pub_sub(self) -> None:
        for role in ("roles/storage.objectViewer", "roles/iam.workloadIdentityUser"):
            wrong = {"role": role, "member": self.DEV}
            assert "choose one of 'roles/pubsub.…'" in reasons(TopicIAMMember(), wrong)["role"]
        for role in ("roles/iam.securityReviewer", "roles/newservice.agent", "roles/viewer"):
            assert reasons(TopicIAMMember(), {"role": role, "member": self.DEV}) == {}

    def test_publishing_is_on_topics_only(self) -> None:
        publisher = {"role": "roles/pubsub.publisher", "member": self.DEV}
        assert reasons(TopicIAMMember(), publisher) == {}
        assert "not supported for this resource" in reasons(SubscriptionIAMMember(), publisher)["role"]
