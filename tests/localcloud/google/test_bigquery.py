"""Datasets and tables behave as Google's documentation says."""

import json
from typing import Any, ClassVar

import pytest

from localcloud.providers.google import tokens
from localcloud.providers.google.bigquery import Dataset, DatasetAccess, DatasetIamMember, IamMember, Routine, Table
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.iam import Account
from localcloud.providers.google.kind import Place, Refusal, Resource
from localcloud.providers.properties import UNKNOWN
from tests.localcloud.google.conftest import PROJECT, enable

DATASET = f"projects/{PROJECT}/datasets/shop"
TABLE = f"{DATASET}/tables/orders"
COLUMNS: list[dict[str, Any]] = [
    {"name": "id", "type": "STRING", "mode": "REQUIRED"},
    {"name": "placed", "type": "TIMESTAMP"},
    {"name": "day", "type": "DATE"},
    {"name": "lines", "type": "RECORD", "mode": "REPEATED", "fields": [{"name": "count", "type": "INTEGER"}]},
]


@pytest.fixture(autouse=True)
def enabled(cloud: Cloud) -> None:
    enable(cloud, "bigquery.googleapis.com", "iam.googleapis.com")


def reasons(kind: Any, inputs: dict[str, Any]) -> dict[str, str]:
    return {each.path: each.reason for each in kind.problems(inputs)}


def dataset(cloud: Cloud, place: Place, **inputs: Any) -> Resource:
    return cloud.create(Dataset(), {"datasetId": "shop", "location": "EU", **inputs}, place)


def table_inputs(columns: list[dict[str, Any]] | None = None, **inputs: Any) -> dict[str, Any]:
    schema = json.dumps(COLUMNS if columns is None else columns)
    return {"datasetId": "shop", "tableId": "orders", "schema": schema, **inputs}


def table(cloud: Cloud, place: Place, **inputs: Any) -> Resource:
    dataset(cloud, place)
    return cloud.create(Table(), table_inputs(**inputs), place)


class TestDataset:
    def test_has_a_link_and_times(self, cloud: Cloud, place: Place) -> None:
        made = dataset(cloud, place)
        assert made.id == DATASET
        assert made.state["selfLink"] == f"https://bigquery.googleapis.com/bigquery/v2/{DATASET}"
        assert made.state["creationTime"] == made.state["lastModifiedTime"] > 1_700_000_000_000

    @pytest.mark.parametrize(
        ("inputs", "path"),
        [
            ({"datasetId": "shop-orders"}, "datasetId"),
            ({"location": "europe-west99"}, "location"),
            ({"defaultTableExpirationMs": 1000}, "defaultTableExpirationMs"),
        ],
    )
    def test_what_google_would_not_take_is_a_problem(self, inputs: dict[str, Any], path: str) -> None:
        assert list(reasons(Dataset(), inputs)) == [path]

    @pytest.mark.parametrize("location", ["EU", "europe-west1", UNKNOWN])
    def test_what_google_takes_is_none(self, location: Any) -> None:
        assert reasons(Dataset(), {"datasetId": "shop_1", "location": location}) == {}

    def test_is_not_deleted_while_something_is_in_it(self, cloud: Cloud, place: Place) -> None:
        made = table(cloud, place, deletionProtection=False)
        with pytest.raises(Refusal, match=f"Dataset {PROJECT}:shop is still in use, resourceInUse"):
            cloud.delete(Dataset(), DATASET)
        cloud.delete(Table(), made.id)
        cloud.delete(Dataset(), DATASET)
        assert cloud.get(tokens.DATASET, DATASET) is None

    def test_takes_its_contents_with_it_where_that_is_asked_for(self, cloud: Cloud, place: Place) -> None:
        made = table(cloud, place)
        cloud.update(Dataset(), DATASET, {"datasetId": "shop", "deleteContentsOnDestroy": True}, place)
        cloud.delete(Dataset(), DATASET)
        assert cloud.get(tokens.TABLE, made.id) is None


class TestTable:
    def test_is_where_its_dataset_is(self, cloud: Cloud, place: Place) -> None:
        made = table(cloud, place)
        assert made.id == TABLE
        assert made.state["location"] == "EU"
        assert made.state["type"] == "TABLE"
        assert made.state["numBytes"] == 0
        assert made.state["selfLink"] == f"https://bigquery.googleapis.com/bigquery/v2/{TABLE}"

    def test_needs_a_dataset(self, cloud: Cloud, place: Place) -> None:
        with pytest.raises(Refusal, match=f"the Dataset '{DATASET}' does not exist"):
            cloud.create(Table(), table_inputs(), place)

    def test_a_view_is_one(self, cloud: Cloud, place: Place) -> None:
        dataset(cloud, place)
        inputs = {"datasetId": "shop", "tableId": "recent", "view": {"query": "SELECT 1"}}
        assert cloud.create(Table(), inputs, place).state["type"] == "VIEW"

    def test_is_protected_unless_that_is_lifted(self, cloud: Cloud, place: Place) -> None:
        made = table(cloud, place)
        with pytest.raises(Refusal, match="without setting deletion_protection=false"):
            cloud.delete(Table(), made.id)
        cloud.update(Table(), made.id, table_inputs(deletionProtection=False), place)
        cloud.delete(Table(), made.id)
        assert cloud.get(tokens.TABLE, TABLE) is None

    @pytest.mark.parametrize(
        ("schema", "says"),
        [
            ("[", "is no JSON"),
            ("{}", "is no JSON list"),
            ('[{"type": "STRING"}]', "a column without a name"),
            ('[{"name": "a.b", "type": "STRING"}]', "a name that BigQuery does not take"),
            ('[{"name": "_TABLE_x", "type": "STRING"}]', "a name that BigQuery does not take"),
            ('[{"name": "a", "type": "STRING"}, {"name": "A", "type": "STRING"}]', "the column 'A' twice"),
            ('[{"name": "a", "type": "TEXT"}]', "of the type 'TEXT', which is none"),
            ('[{"name": "a", "type": "STRING", "mode": "OPTIONAL"}]', "with the mode 'OPTIONAL'"),
            ('[{"name": "a", "type": "RECORD"}]', "without 'fields'"),
            ('[{"name": "a", "type": "STRING", "fields": [{}]}]', "make it RECORD"),
            ('[{"name": "a", "type": "RECORD", "fields": [{"name": "b", "type": "TEXT"}]}]', "the column 'a.b'"),
        ],
    )
    def test_a_wrong_schema_is_a_problem(self, schema: str, says: str) -> None:
        assert says in reasons(Table(), {"schema": schema})["schema"]

    def test_a_right_schema_is_none(self) -> None:
        assert reasons(Table(), table_inputs()) == {}
        assert reasons(Table(), {"schema": UNKNOWN, "clusterings": ["id"]}) == {}

    @pytest.mark.parametrize(
        ("inputs", "path", "says"),
        [
            ({"timePartitioning": {"type": "DAY", "field": "when"}}, "timePartitioning.field", "no column"),
            ({"timePartitioning": {"type": "DAY", "field": "id"}}, "timePartitioning.field", "REQUIRED STRING"),
            ({"timePartitioning": {"type": "HOUR", "field": "day"}}, "timePartitioning.field", "has no hours"),
            ({"timePartitioning": {"type": "WEEK"}}, "timePartitioning.type", "choose 'HOUR'"),
            ({"rangePartitioning": {"field": "id"}}, "rangePartitioning.field", "INT64"),
            ({"clusterings": ["nothing"]}, "clusterings[0]", "no column"),
            ({"clusterings": ["id", "lines"]}, "clusterings[1]", "REPEATED RECORD"),
            ({"clusterings": ["id"] * 5}, "clusterings", "has 5 columns"),
            ({"requirePartitionFilter": True}, "requirePartitionFilter", "without partitions"),
            ({"datasetId": DATASET}, "datasetId", "the mere id"),
            ({"tableId": "a.b"}, "tableId", "no periods"),
        ],
    )
    def test_what_does_not_fit_the_schema_is_a_problem(self, inputs: dict[str, Any], path: str, says: str) -> None:
        found = reasons(Table(), table_inputs(**inputs))
        assert list(found) == [path]
        assert says in found[path]

    def test_partitions_and_clusters_of_columns_are_taken(self) -> None:
        partitioned = table_inputs(
            timePartitioning={"type": "DAY", "field": "placed"}, clusterings=["id"], requirePartitionFilter=True
        )
        assert reasons(Table(), partitioned) == {}

    def test_takes_one_kind_of_partitions(self) -> None:
        both = table_inputs(timePartitioning={"type": "DAY"}, rangePartitioning={"field": "n"})
        assert "remove one" in reasons(Table(), {**both, "schema": UNKNOWN})["rangePartitioning"]

    @pytest.mark.parametrize(
        "columns",
        [
            [*COLUMNS, {"name": "note", "type": "STRING"}],
            [{**COLUMNS[0], "mode": "NULLABLE"}, *COLUMNS[1:]],
            COLUMNS[:2],
            [
                *COLUMNS[:3],
                {**COLUMNS[3], "fields": [{"name": "count", "type": "INT64"}, {"name": "n", "type": "JSON"}]},
            ],
        ],
    )
    def test_takes_changes_that_lose_nothing_unasked(
        self, cloud: Cloud, place: Place, columns: list[dict[str, Any]]
    ) -> None:
        made = table(cloud, place)
        changed = cloud.update(Table(), made.id, table_inputs(columns), place)
        assert changed.state["schema"] == json.dumps(columns)

    @pytest.mark.parametrize(
        ("columns", "says"),
        [
            ([*COLUMNS, {"name": "note", "type": "STRING", "mode": "REQUIRED"}], "Cannot add required fields"),
            ([*COLUMNS[:3], {"name": "items", "type": "STRING"}], "Field lines is missing in new schema"),
            ([{**COLUMNS[0], "type": "INTEGER"}, *COLUMNS[1:]], "Field id has changed type from STRING to INT64"),
            ([COLUMNS[0], {**COLUMNS[1], "mode": "REQUIRED"}, *COLUMNS[2:]], "Field placed has changed mode"),
            (
                [*COLUMNS[:3], {**COLUMNS[3], "fields": [{"name": "n", "type": "JSON"}]}],
                "Field count is missing in new schema",
            ),
        ],
    )
    def test_refuses_changes_that_only_a_new_table_takes(
        self, cloud: Cloud, place: Place, columns: list[dict[str, Any]], says: str
    ) -> None:
        made = table(cloud, place)
        with pytest.raises(Refusal, match=says):
            cloud.update(Table(), made.id, table_inputs(columns), place)
        assert cloud.get(tokens.TABLE, made.id) == made


class TestRoutine:
    INPUTS: ClassVar[dict[str, Any]] = {
        "datasetId": "shop",
        "routineId": "total",
        "routineType": "SCALAR_FUNCTION",
        "definitionBody": "1",
    }

    def test_belongs_to_a_dataset(self, cloud: Cloud, place: Place) -> None:
        with pytest.raises(Refusal, match=r"the Dataset .* does not exist"):
            cloud.create(Routine(), self.INPUTS, place)
        dataset(cloud, place)
        assert cloud.create(Routine(), self.INPUTS, place).id == f"{DATASET}/routines/total"

    def test_a_type_that_is_none_is_a_problem(self) -> None:
        assert reasons(Routine(), self.INPUTS) == {}
        assert list(reasons(Routine(), {**self.INPUTS, "routineType": "FUNCTION"})) == ["routineType"]


class TestAccess:
    VIEWER: ClassVar[dict[str, Any]] = {
        "datasetId": "shop",
        "role": "roles/bigquery.dataViewer",
        "member": "group:bi@example.com",
    }

    def test_is_granted_on_a_dataset_or_a_table(self, cloud: Cloud, place: Place) -> None:
        with pytest.raises(Refusal, match=r"the Dataset .* does not exist"):
            cloud.create(DatasetIamMember(), self.VIEWER, place)
        dataset(cloud, place)
        on_dataset = cloud.create(DatasetIamMember(), self.VIEWER, place)
        assert on_dataset.id == f"{DATASET}/roles/bigquery.dataViewer/group:bi@example.com"
        on_table = {**self.VIEWER, "tableId": "orders"}
        with pytest.raises(Refusal, match=r"the Table .* does not exist"):
            cloud.create(IamMember(), on_table, place)
        cloud.create(Table(), table_inputs(), place)
        assert cloud.create(IamMember(), on_table, place).id.startswith(f"{TABLE}/roles/")

    @pytest.mark.parametrize("role", ["roles/bigquery.jobUser", "roles/viewer", "roles/storage.objectViewer"])
    def test_is_by_roles_that_a_dataset_takes(self, cloud: Cloud, place: Place, role: str) -> None:
        dataset(cloud, place)
        assert "not supported for this resource" in reasons(DatasetIamMember(), {**self.VIEWER, "role": role})["role"]
        with pytest.raises(Refusal, match=f"Role {role} is not supported for this resource"):
            cloud.create(DatasetIamMember(), {**self.VIEWER, "role": role}, place)

    def test_entries_of_one_dataset_go_one_by_one(self, cloud: Cloud, place: Place) -> None:
        dataset(cloud, place)
        entries = [{"datasetId": "shop", "role": "READER", "groupByEmail": f"{name}@example.com"} for name in "ab"]
        made = [cloud.create(DatasetAccess(), entry, place) for entry in entries]
        cloud.delete(DatasetAccess(), made[0].id)
        assert cloud.get(tokens.DATASET_ACCESS, made[1].id) == made[1]

    @pytest.mark.parametrize(
        "entry",
        [
            {"role": "READER"},
            {"role": "READER", "groupByEmail": "a@example.com", "domain": "example.com"},
            {"role": "roles/bigquery.reader", "domain": "example.com"},
            {"role": "roles/bigquery.jobUser", "domain": "example.com"},
        ],
    )
    def test_an_entry_is_for_one_and_by_a_role_of_datasets(self, entry: dict[str, Any]) -> None:
        assert list(reasons(DatasetAccess(), {"datasetId": "shop", **entry})) == ["role"]
        assert reasons(DatasetAccess(), {"datasetId": "shop", "role": "WRITER", "domain": "example.com"}) == {}

    def test_an_entry_s_account_must_exist(self, cloud: Cloud, place: Place) -> None:
        dataset(cloud, place)
        email = f"orders@{PROJECT}.iam.gserviceaccount.com"
        entry = {"datasetId": "shop", "role": "WRITER", "userByEmail": email}
        with pytest.raises(Refusal, match=f"Service account {email} does not exist"):
            cloud.create(DatasetAccess(), entry, place)
        cloud.create(Account(), {"accountId": "orders"}, place)
        assert cloud.create(DatasetAccess(), entry, place).state["apiUpdatedMember"] is False
