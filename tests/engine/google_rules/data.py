"""Messages, tables and buckets."""

from __future__ import annotations

import json
from typing import Any

from localcloud.providers.google.cloud import SERVICE
from localcloud.providers.google.tokens import (
    BUCKET,
    BUCKET_MEMBER,
    BUCKET_NOTIFICATION,
    BUCKET_OBJECT,
    DATASET,
    DATASET_ACCESS,
    DATASET_MEMBER,
    ROUTINE,
    SCHEMA,
    SUBSCRIPTION,
    SUBSCRIPTION_MEMBER,
    TABLE,
    TABLE_MEMBER,
    TOPIC,
    TOPIC_MEMBER,
)
from tests.engine.google_program import NUMBER, PROJECT, Declared, wrong
from tests.engine.google_rules import Differing, Kept, Rules

PUBSUB_AGENT = f"serviceAccount:service-{NUMBER}@gcp-sa-pubsub.iam.gserviceaccount.com"
STORAGE_AGENT = f"serviceAccount:service-{NUMBER}@gs-project-accounts.iam.gserviceaccount.com"
WEB_MEMBER = f"serviceAccount:web-server@{PROJECT}.iam.gserviceaccount.com"
AVRO = json.dumps({"type": "record", "name": "Order", "fields": [{"name": "number", "type": "string"}]})
OF_TABLE = {"datasetId": "shop", "tableId": "orders"}
UNPROTECTED = {"deletionProtection": False}
QUERY = {"routineType": "SCALAR_FUNCTION", "language": "SQL", "definitionBody": "1"}
TO_TABLE = {"topic": "plain", "name": "to-table"}


def columns(*given: str, **more: Any) -> str:
    """A table's schema of columns such as ``data STRING`` or ``at DATE REQUIRED``."""
    found = [dict(zip(("name", "type", "mode"), each.split(), strict=False)) for each in given]
    return json.dumps([{**each, **more} for each in found])


def table(name: str, *given: str) -> Declared:
    return Declared(name, TABLE, {**UNPROTECTED, "datasetId": "shop", "tableId": name, "schema": columns(*given)})


BASE = [
    [
        Declared("pubsub", SERVICE, {"service": "pubsub.googleapis.com"}),
        Declared("bigquery", SERVICE, {"service": "bigquery.googleapis.com"}),
        Declared("storage", SERVICE, {"service": "storage.googleapis.com"}),
    ],
    [
        Declared("order", SCHEMA, {"name": "order", "type": "AVRO", "definition": AVRO}),
        Declared("plain", TOPIC, {"name": "plain", "labels": {"team": "web"}}),
        Declared("retired", TOPIC, {"name": "retired"}),
        Declared("shop", DATASET, {"datasetId": "shop", "location": "EU"}),
        Declared("full", BUCKET, {"name": "acme-full", "location": "EU", "publicAccessPrevention": "enforced"}),
        Declared("empty", BUCKET, {"name": "acme-empty", "location": "EU"}),
        Declared(
            "retained",
            BUCKET,
            {
                "name": "acme-retained",
                "location": "EU",
                "forceDestroy": True,
                "retentionPolicy": {"retentionPeriod": "7200", "isLocked": True},
            },
        ),
    ],
    [
        Declared("checked", TOPIC, {"name": "checked", "schemaSettings": {"schema": "order", "encoding": "JSON"}}),
        Declared("orders-table", TABLE, {**OF_TABLE, "schema": columns("data STRING", "at DATE")}),
        *(table(f"table_{each}", "data STRING", "at DATE") for each in "abcd"),
        table("with_data", "data STRING"),
        table("with_number", "number STRING"),
        table("without_data", "number STRING REQUIRED", "extra STRING REQUIRED"),
        table("with_wrong_data", "data INT64"),
        Declared("one", ROUTINE, {**QUERY, "datasetId": "shop", "routineId": "one"}),
        Declared("index", BUCKET_OBJECT, {"bucket": "acme-full", "name": "index.html", "content": "Hello"}),
        Declared("receipt", BUCKET_OBJECT, {"bucket": "acme-retained", "name": "receipt", "content": "1"}),
        Declared(
            "messages-into-tables",
            DATASET_MEMBER,
            {"datasetId": "shop", "role": "roles/bigquery.dataEditor", "member": PUBSUB_AGENT},
        ),
        Declared("pulls", SUBSCRIPTION, {"topic": "plain", "name": "pulls", "expirationPolicy": {"ttl": ""}}),
        Declared("orphan", SUBSCRIPTION, {"topic": "retired", "name": "orphan"}),
    ],
    [
        Declared(
            "into-a-table",
            SUBSCRIPTION,
            {"topic": "plain", "name": "into", "bigqueryConfig": {"table": "acme-prod.shop.with_data"}},
        ),
        Declared("web-reads", TABLE_MEMBER, {**OF_TABLE, "role": "roles/bigquery.dataViewer", "member": WEB_MEMBER}),
    ],
]
BY_NAME = {each.name: each for wave in BASE for each in wave}


def messages_to(table_: str, **config: Any) -> dict[str, Any]:
    return {**TO_TABLE, "bigqueryConfig": {"table": f"acme-prod.shop.{table_}", **config}}


CHECKED = [
    wrong(
        "schema",
        SCHEMA,
        {"name": "google", "type": "JSON"},
        "name is 'google', but a name has 3 to 255 letters, digits and -_.~+%",
        "type is 'JSON', which Google does not know: choose 'AVRO', 'PROTOCOL_BUFFER'",
    ),
    *(
        wrong(f"avro-{name}", SCHEMA, {"name": "order", "type": "AVRO", "definition": definition}, f"definition {told}")
        for name, definition, told in (
            ("that-is-no-json", "record", "is no JSON (Expecting value"),
            ("that-is-no-record", '"string"', "is no Avro record: begin with"),
            ("of-nothing", '{"type": "record", "name": "Order"}', "is an Avro record without 'fields'"),
            (
                "of-a-bare-field",
                '{"type": "record", "name": "Order", "fields": [{"name": "number"}]}',
                "has a field without 'name' or 'type', the 1. one",
            ),
        )
    ),
    wrong(
        "protocol-buffer",
        SCHEMA,
        {"name": "order", "type": "PROTOCOL_BUFFER", "definition": "enum Order {}"},
        "definition has no 'message … {'",
    ),
    wrong(
        "topic",
        TOPIC,
        {"name": "o", "messageRetentionDuration": "10s", "schemaSettings": {"schema": "order", "encoding": "XML"}},
        "name is 'o', but a name has 3 to 255 letters",
        "messageRetentionDuration is '10s', but Google takes seconds from '600s' to '2678400s'",
        "schemaSettings.encoding is 'XML', which Google does not know",
    ),
    wrong(
        "topic-without-encoding",
        TOPIC,
        {"name": "orders", "schemaSettings": {"schema": "order"}},
        "schemaSettings.encoding is absent, but a schema needs it",
    ),
    wrong(
        "subscription",
        SUBSCRIPTION,
        {
            "topic": "plain",
            "name": "1",
            "messageRetentionDuration": "1s",
            "retryPolicy": {"minimumBackoff": "700s", "maximumBackoff": "1h"},
            "pushConfig": {"pushEndpoint": "http://shop.acme.test"},
            "ackDeadlineSeconds": 5,
            "deadLetterPolicy": {"maxDeliveryAttempts": 200},
            "expirationPolicy": {"ttl": "60s"},
            "filter": "f" * 257,
            "enableExactlyOnceDelivery": True,
        },
        "name is '1', but a name has 3 to 255 letters",
        "messageRetentionDuration is '1s', but Google takes seconds from '600s'",
        "retryPolicy.minimumBackoff is '700s', but Google takes seconds from '0s' to '600s'",
        "retryPolicy.maximumBackoff is '1h', but Google takes seconds from '0s' to '600s'",
        "pushConfig.pushEndpoint is 'http://shop.acme.test', but messages are only pushed over https",
        "ackDeadlineSeconds is 5, but Google takes 10 to 600 seconds",
        "deadLetterPolicy.maxDeliveryAttempts is 200, but Google takes 5 to 100 attempts",
        "deadLetterPolicy.deadLetterTopic is absent",
        "expirationPolicy.ttl is '60s', but Google takes seconds from '86400s'",
        "filter has 257 bytes, but Google takes 256",
        "enableExactlyOnceDelivery is set beside 'pushConfig'",
    ),
    wrong(
        "subscription-that-waits-shorter-and-shorter",
        SUBSCRIPTION,
        {"topic": "plain", "name": "sub", "retryPolicy": {"minimumBackoff": "60s", "maximumBackoff": "10s"}},
        "retryPolicy.minimumBackoff is '60s', longer than maximumBackoff, which is '10s'",
    ),
    wrong(
        "subscription-both-ways",
        SUBSCRIPTION,
        {**TO_TABLE, "bigqueryConfig": {"table": "orders"}, "cloudStorageConfig": {"bucket": "acme-full"}},
        "cloudStorageConfig is given beside 'bigqueryConfig'",
        "bigqueryConfig.table is 'orders', but a table is written 'project.dataset.table'",
    ),
    wrong(
        "subscription-of-two-schemas",
        SUBSCRIPTION,
        messages_to("orders", useTopicSchema=True, useTableSchema=True),
        "bigqueryConfig.useTableSchema is set beside 'useTopicSchema'",
    ),
    wrong(
        "subscription-without-fields",
        SUBSCRIPTION,
        messages_to("orders", dropUnknownFields=True),
        "bigqueryConfig.dropUnknownFields is set, but without useTopicSchema or useTableSchema there are no fields",
    ),
    wrong(
        "dataset",
        DATASET,
        {"datasetId": "my-shop", "location": "europe", "defaultTableExpirationMs": 1},
        "datasetId is 'my-shop', but an id has letters, digits and underscores",
        "location is 'europe', but there is no such region",
        "defaultTableExpirationMs is 1, but Google takes 3600000",
    ),
    wrong(
        "table",
        TABLE,
        {
            "datasetId": "datasets/shop",
            "tableId": "shop.orders",
            "schema": columns("at DATE", "tags STRING REPEATED", "a FLOAT64", "b STRING"),
            "timePartitioning": {"type": "WEEK", "field": "tags"},
            "rangePartitioning": {"field": "none", "range": {"start": 0, "end": 9, "interval": 1}},
            "clusterings": ["tags", "none", "a", "b", "at"],
        },
        "datasetId is 'datasets/shop', but it is the mere id of a dataset",
        "tableId is 'shop.orders', but an id has at most 1,024 letters",
        "rangePartitioning is given beside 'timePartitioning'",
        "timePartitioning.type is 'WEEK', which Google does not know",
        "timePartitioning.field is 'tags', a column of REPEATED STRING: partitions need one of DATE",
        "rangePartitioning.field is 'none', which is no column of the schema: choose one of 'at'",
        "clusterings has 5 columns, but a table takes 4",
        "clusterings[0] is 'tags', a column of REPEATED STRING: clusters need one of",
        "clusterings[1] is 'none', which is no column of the schema",
        "clusterings[2] is 'a', a column of NULLABLE FLOAT64: clusters need one of",
    ),
    wrong(
        "table-by-the-hour",
        TABLE,
        {**OF_TABLE, "schema": columns("at DATE"), "timePartitioning": {"type": "HOUR", "field": "at"}},
        "timePartitioning.field is 'at', a DATE, which has no hours",
    ),
    wrong(
        "table-without-parts",
        TABLE,
        {**OF_TABLE, "requirePartitionFilter": True},
        "requirePartitionFilter is set on a table without partitions",
    ),
    *(
        wrong(f"table-{name}", TABLE, {**OF_TABLE, "schema": schema}, f"schema {told}")
        for name, schema, told in (
            ("whose-schema-is-no-json", "data STRING", "is no JSON (Expecting value"),
            ("whose-schema-is-no-list", "{}", "is no JSON list"),
            ("of-a-nameless-column", '[{"type": "STRING"}]', "has a column without a name, at 0"),
            (
                "of-a-reserved-column",
                columns("_TABLE_x STRING"),
                "has the column '_TABLE_x', a name that BigQuery does",
            ),
            ("of-one-column-twice", columns("a STRING", "A INT64"), "has the column 'A' twice, whatever the case"),
            ("of-a-type-that-is-none", columns("a TEXT"), "has the column 'a' of the type 'TEXT', which is none"),
            ("of-a-mode-that-is-none", columns("a STRING MAYBE"), "has the column 'a' with the mode 'MAYBE'"),
            ("of-an-empty-record", columns("a RECORD"), "has the column 'a' of the type RECORD without 'fields'"),
            (
                "of-a-record-inside",
                columns("a STRING", fields=[{"name": "b", "type": "STRING"}]),
                "has the column 'a' with 'fields', but its type is 'STRING'",
            ),
        )
    ),
    wrong(
        "routine",
        ROUTINE,
        {**QUERY, "datasetId": "shop", "routineId": "my-function", "routineType": "FUNCTION", "language": "RUBY"},
        "routineId is 'my-function', but an id has at most 256 letters, digits and underscores",
        "routineType is 'FUNCTION', which Google does not know",
        "language is 'RUBY', which Google does not know",
    ),
    wrong(
        "dataset-for-workloads",
        DATASET_MEMBER,
        {"datasetId": "shop", "role": "roles/bigquery.dataViewer", "member": "principalSet://iam.googleapis.com/x/*"},
        "member is 'principalSet://iam.googleapis.com/x/*', which no dataset's access list can hold like that",
    ),
    wrong(
        "access-for-two",
        DATASET_ACCESS,
        {"datasetId": "shop", "role": "READER", "userByEmail": "a@acme.test", "domain": "acme.test"},
        "role must have one of 'domain', 'groupByEmail'",
    ),
    wrong(
        "bucket",
        BUCKET,
        {
            "name": "Acme",
            "location": "europe",
            "storageClass": "COLD",
            "publicAccessPrevention": "yes",
            "softDeletePolicy": {"retentionDurationSeconds": 60},
            "retentionPolicy": {"retentionPeriod": "0"},
        },
        "name is 'Acme', but a name has 3 to 63 small letters",
        "location is 'europe', but there is no such region",
        "storageClass is 'COLD', which Google does not know",
        "publicAccessPrevention is 'yes', which Google does not know",
        "softDeletePolicy.retentionDurationSeconds is 60, but Google takes 604800 to 7776000 seconds, or 0",
        "retentionPolicy.retentionPeriod is 0, but Google takes 1 to 3155760000 seconds",
    ),
    wrong(
        "bucket-of-a-domain",
        BUCKET,
        {"name": "files.acme.test", "location": "EU"},
        "name is 'files.acme.test', which has a dot: prove to Google that the domain is yours",
    ),
    wrong(
        "object",
        BUCKET_OBJECT,
        {"bucket": "acme-full", "name": "..", "storageClass": "COLD"},
        "content or 'source' says what is in the object, but neither is given",
        "name is '..', but a name has 1 to 1024 bytes in one line",
        "storageClass is 'COLD', which Google does not know",
    ),
    wrong(
        "notification",
        BUCKET_NOTIFICATION,
        {"bucket": "acme-full", "topic": "plain", "payloadFormat": "XML", "eventTypes": ["OBJECT_READ"]},
        "payloadFormat is 'XML', which Google does not know",
        "eventTypes[0] is 'OBJECT_READ': choose 'OBJECT_FINALIZE'",
    ),
    wrong(
        "bucket-for-editors",
        BUCKET_MEMBER,
        {"bucket": "acme-full", "role": "roles/editor", "member": WEB_MEMBER},
        "role is 'roles/editor', which is not supported for this resource: choose one of 'roles/storage.…'",
    ),
    wrong(
        "publisher-of-a-subscription",
        SUBSCRIPTION_MEMBER,
        {"subscription": "pulls", "role": "roles/pubsub.publisher", "member": WEB_MEMBER},
        "role is 'roles/pubsub.publisher', which is not supported for this resource",
    ),
]

_NO_TOPIC = "404: the Topic 'projects/acme-prod/topics/none' does not exist, notFound"

REFUSED = [
    wrong(
        "topic-of-no-schema",
        TOPIC,
        {"name": "orders", "schemaSettings": {"schema": "none", "encoding": "JSON"}},
        "404: the Schema 'projects/acme-prod/schemas/none' does not exist, notFound",
    ),
    wrong("subscription-of-no-topic", SUBSCRIPTION, {"topic": "none", "name": "sub"}, _NO_TOPIC),
    wrong(
        "dead-letters-to-no-topic",
        SUBSCRIPTION,
        {"topic": "plain", "name": "sub", "deadLetterPolicy": {"deadLetterTopic": "none"}},
        _NO_TOPIC,
    ),
    wrong(
        "messages-into-no-bucket",
        SUBSCRIPTION,
        {"topic": "plain", "name": "sub", "cloudStorageConfig": {"bucket": "acme-none"}},
        "404: the Bucket 'acme-none' does not exist, notFound",
    ),
    wrong(
        "messages-into-no-table",
        SUBSCRIPTION,
        messages_to("none"),
        "404: the Table 'projects/acme-prod/datasets/shop/tables/none' does not exist, notFound",
    ),
    wrong(
        "messages-by-who-may-not-write",
        SUBSCRIPTION,
        messages_to("with_data", serviceAccountEmail=WEB_MEMBER.partition(":")[2]),
        "403: The service account web-server@acme-prod.iam.gserviceaccount.com cannot write to the table",
    ),
    wrong(
        "messages-by-nobody",
        SUBSCRIPTION,
        messages_to("with_data", serviceAccountEmail="nobody@acme-prod.iam.gserviceaccount.com"),
        "400: Service account nobody@acme-prod.iam.gserviceaccount.com does not exist., badRequest",
    ),
    *(
        wrong(
            name,
            SUBSCRIPTION,
            {**messages_to(into, **config), "topic": topic},
            f"400: Incompatible schema of the {told}",
        )
        for name, topic, into, config, told in (
            (
                "messages-without-a-schema",
                "plain",
                "with_data",
                {"useTopicSchema": True},
                "table acme-prod.shop.with_data: useTopicSchema is set, but the topic has no schema",
            ),
            (
                "messages-without-a-column",
                "plain",
                "with_number",
                {},
                "table acme-prod.shop.with_number: it has no column 'data' of the type BYTES or STRING or JSON",
            ),
            (
                "messages-into-a-column-of-another-type",
                "plain",
                "with_wrong_data",
                {},
                "table acme-prod.shop.with_wrong_data: the column 'data' is INT64, but must be BYTES or STRING or JSON",
            ),
            (
                "messages-without-what-is-required",
                "checked",
                "without_data",
                {"useTopicSchema": True},
                "table acme-prod.shop.without_data: the column 'extra' is REQUIRED, but no field of the topic's schema",
            ),
        )
    ),
    wrong(
        "publisher-of-no-topic",
        TOPIC_MEMBER,
        {"topic": "none", "role": "roles/pubsub.publisher", "member": WEB_MEMBER},
        _NO_TOPIC,
    ),
    wrong(
        "table-of-no-dataset",
        TABLE,
        {"datasetId": "none", "tableId": "orders"},
        "404: the Dataset 'projects/acme-prod/datasets/none' does not exist, notFound",
    ),
    wrong(
        "routine-of-no-dataset",
        ROUTINE,
        {**QUERY, "datasetId": "none", "routineId": "one"},
        "404: the Dataset 'projects/acme-prod/datasets/none' does not exist, notFound",
    ),
    wrong(
        "bucket-of-a-name-that-is-taken", BUCKET, {"name": "acme-full", "location": "EU"}, "409: the Bucket 'acme-full'"
    ),
    wrong(
        "object-in-no-bucket",
        BUCKET_OBJECT,
        {"bucket": "acme-none", "name": "index.html", "content": "Hello"},
        "404: the Bucket 'acme-none' does not exist, notFound",
    ),
    wrong(
        "notification-of-no-bucket",
        BUCKET_NOTIFICATION,
        {"bucket": "acme-none", "topic": "plain", "payloadFormat": "NONE"},
        "404: the Bucket 'acme-none' does not exist, notFound",
    ),
    wrong(
        "notification-to-no-topic",
        BUCKET_NOTIFICATION,
        {"bucket": "acme-full", "topic": "none", "payloadFormat": "NONE"},
        _NO_TOPIC,
    ),
    wrong(
        "notification-by-who-may-not-publish",
        BUCKET_NOTIFICATION,
        {"bucket": "acme-full", "topic": "plain", "payloadFormat": "NONE"},
        f"403: The service account '{STORAGE_AGENT.partition(':')[2]}' does not have permission to publish messages to",
    ),
    wrong(
        "bucket-for-all",
        BUCKET_MEMBER,
        {"bucket": "acme-full", "role": "roles/storage.objectViewer", "member": "allUsers"},
        "412: The member bindings allUsers and allAuthenticatedUsers are not allowed since public access prevention is",
    ),
]

_TABLE = "400: Provided Schema does not match Table acme-prod:shop."
CHANGED = [
    BY_NAME["table_a"].wrongly(
        f"{_TABLE}table_a. Cannot add required fields to an existing schema. (field: more)",
        schema=columns("data STRING", "at DATE", "more STRING REQUIRED"),
    ),
    BY_NAME["table_b"].wrongly(
        f"{_TABLE}table_b. Field at is missing in new schema", schema=columns("data STRING", "since DATE")
    ),
    BY_NAME["table_c"].wrongly(
        f"{_TABLE}table_c. Field at has changed type from DATE to TIMESTAMP",
        schema=columns("data STRING", "at TIMESTAMP"),
    ),
    BY_NAME["table_d"].wrongly(
        f"{_TABLE}table_d. Field at has changed mode from NULLABLE to REQUIRED",
        schema=columns("data STRING", "at DATE REQUIRED"),
    ),
    BY_NAME["retained"].wrongly(
        "403: the retention policy of 'acme-retained' is locked: its period cannot be shortened, forbidden",
        retentionPolicy={"retentionPeriod": "3600", "isLocked": True},
    ),
    BY_NAME["pulls"].wrongly(_NO_TOPIC, deadLetterPolicy={"deadLetterTopic": "none"}),
]

DIFFERING = [
    Differing(BY_NAME["plain"].changed(labels={"team": "data"}), {"labels.team": "update"}),
    Differing(BY_NAME["pulls"].changed(topic="checked"), {"topic": "update-replace"}),
    Differing(BY_NAME["shop"].changed(location="US"), {"location": "update-replace"}),
    Differing(
        BY_NAME["table_a"].changed(schema=columns("data STRING", "at DATE", "more STRING")), {"schema": "update"}
    ),
    Differing(
        BY_NAME["full"].changed(location="US", forceDestroy=True),
        {"location": "update-replace", "forceDestroy": "add"},
    ),
]

KEPT = [
    Kept("shop", "400: Dataset acme-prod:shop is still in use, resourceInUse"),
    Kept("orders-table", "400: cannot destroy table projects/acme-prod/datasets/shop/tables/orders without setting"),
    Kept("full", "409: Error trying to delete bucket acme-full without `force_destroy` set to true"),
    Kept("retained", "403: Bucket 'acme-retained' contains objects that have not met the retention period yet"),
]

DELETED = ["retired", "empty"]

AFTERWARDS = [
    BY_NAME["orphan"].wrongly(
        "400: the topic of 'projects/acme-prod/subscriptions/orphan' was deleted, failedPrecondition",
        ackDeadlineSeconds=20,
    ),
]

RULES = Rules(
    BASE,
    CHECKED,
    REFUSED,
    changed=CHANGED,
    differing=DIFFERING,
    kept=KEPT,
    deleted=DELETED,
    afterwards=AFTERWARDS,
    # Told of the property 'role'.
    unheard=["bigquery: exactly_one('entry')"],
)
