"""BigQuery: datasets, tables, routines, and who may use them.

Simulated: names and places; schemas, partitions and clusters of tables, and which changes of a schema a table takes.
Not simulated: queries, the SQL of views and routines, and the data.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from typing_extensions import override

from localcloud.providers.google import principals, tokens
from localcloud.providers.google.checks import between, exactly_one, existing, matches, one_of, value_at
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.grants import Member
from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.locations import region_problems
from localcloud.providers.google.projects import IAMMember
from localcloud.providers.google.references import PathKind
from localcloud.providers.google.stamps import etag, milliseconds
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

_API = "bigquery.googleapis.com"
_LINK = "https://bigquery.googleapis.com/bigquery/v2/"

# https://cloud.google.com/bigquery/docs/locations#multi-regions
_MULTI_REGIONS = ("US", "EU")

# https://cloud.google.com/bigquery/docs/schemas#standard_sql_data_types; some types have two names.
_ALIASES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "STRUCT": "RECORD", "DECIMAL": "NUMERIC"}
_TYPES = (
    *("BIGNUMERIC", "BOOL", "BYTES", "DATE", "DATETIME", "FLOAT64", "GEOGRAPHY", "INT64", "INTERVAL", "JSON"),
    *("NUMERIC", "RANGE", "RECORD", "STRING", "TIME", "TIMESTAMP"),
)
_MODES = ("NULLABLE", "REQUIRED", "REPEATED")

# https://cloud.google.com/bigquery/docs/schemas#column_names
_RESERVED_PREFIXES = ("_TABLE_", "_FILE_", "_PARTITION", "_ROW_TIMESTAMP", "__ROOT__", "_COLIDENTIFIER")

# https://cloud.google.com/bigquery/docs/partitioned-tables, https://cloud.google.com/bigquery/docs/clustered-tables
_TIME_TYPES = ("DATE", "DATETIME", "TIMESTAMP")
_TIME_UNITS = ("HOUR", "DAY", "MONTH", "YEAR")
_CLUSTER_TYPES = (
    "BIGNUMERIC",
    "BOOL",
    "DATE",
    "DATETIME",
    "GEOGRAPHY",
    "INT64",
    "NUMERIC",
    "RANGE",
    "STRING",
    "TIMESTAMP",
)
_CLUSTER_COLUMNS = 4

Column = Mapping[str, Any]


class Dataset(PathKind):
    """A dataset."""

    token = tokens.DATASET
    api = _API
    path = "projects/{project}/datasets/{datasetId}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # https://cloud.google.com/bigquery/docs/datasets#dataset-naming
        rule = "an id has letters, digits and underscores, and no hyphens"
        found = matches(inputs, "datasetId", r"[0-9A-Za-z_]{1,1024}", rule)
        location = value_at(inputs, "location")
        if isinstance(location, str) and location.upper() not in _MULTI_REGIONS:
            found += region_problems("location", location.lower())
        # `validateDefaultTableExpirationMs` in bigquery/resource_bigquery_dataset.go of the provider
        for name in ("defaultTableExpirationMs", "defaultPartitionExpirationMs"):
            found += between(inputs, name, 3_600_000, 2**53, "milliseconds, for an hour is the least")
        return found

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        return {"location": "US", "deleteContentsOnDestroy": False, **super().complete(inputs, place)}

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        state["selfLink"] = _LINK + self.identifier(state)
        state["etag"] = etag(self.identifier(state))
        _stamp(state)

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        state["lastModifiedTime"] = milliseconds()

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        where = {"project": state["project"], "datasetId": state["datasetId"]}
        contents = [resource for token in (tokens.TABLE, tokens.ROUTINE) for resource in cloud.find(token, **where)]
        if contents and not state.get("deleteContentsOnDestroy"):
            raise Refusal(
                400,
                f"Dataset {state['project']}:{state['datasetId']} is still in use, resourceInUse",
                f"its contents would be lost, such as {contents[0].id!r}",
                "delete what is in it first, or set deleteContentsOnDestroy and update before you delete",
            )
        for resource in contents:
            cloud.tamper(resource.type, resource.id, None)


class Table(PathKind):
    """A table, or a view."""

    token = tokens.TABLE
    api = _API
    path = "projects/{project}/datasets/{datasetId}/tables/{tableId}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        rule = "it is the mere id of a dataset, such as its output 'dataset_id', not its path"
        found = matches(inputs, "datasetId", r"[0-9A-Za-z_]{1,1024}", rule)
        # https://cloud.google.com/bigquery/docs/tables#table_naming
        rule = "an id has at most 1,024 letters, marks, digits, connectors, dashes and spaces, and no periods"
        found += matches(inputs, "tableId", r"[^.$/`\"'\\]{1,1024}", rule)
        schema = value_at(inputs, "schema")
        columns: Sequence[Column] = []
        if isinstance(schema, str):
            wrong = schema_problem(schema)
            if wrong is not None:
                return [*found, Problem("schema", wrong)]
            columns = columns_of(schema)
        if value_at(inputs, "timePartitioning") and value_at(inputs, "rangePartitioning"):
            found.append(
                Problem("rangePartitioning", "is given beside 'timePartitioning': a table takes one, remove one")
            )
        found += one_of(inputs, "timePartitioning.type", _TIME_UNITS)
        if columns:
            found += _partition_problems(inputs, columns)
            found += _cluster_problems(inputs, columns)
        if (
            value_at(inputs, "requirePartitionFilter")
            and "timePartitioning" not in inputs
            and "rangePartitioning" not in inputs
        ):
            found.append(
                Problem("requirePartitionFilter", "is set on a table without partitions: add timePartitioning")
            )
        return found

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        return {"deletionProtection": True, **super().complete(inputs, place)}

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        dataset = Dataset().identifier(state)
        state["location"] = existing(cloud, tokens.DATASET, dataset, "the table would be nowhere").state["location"]
        state["selfLink"] = _LINK + self.identifier(state)
        state["type"] = next((type_ for name, type_ in _TABLE_TYPES.items() if state.get(name)), "TABLE")
        state |= {"numBytes": 0, "numLongTermBytes": 0, "numRows": 0, "generatedSchemaColumns": ""}
        state["etag"] = etag(self.identifier(state))
        _stamp(state)

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        """Refuses what the real provider would only do to a new table.

        `resourceBigQueryTableSchemaIsChangeable` in bigquery/resource_bigquery_table.go of the provider, and
        https://cloud.google.com/bigquery/docs/managing-table-schemas
        """
        change = _impossible_change(columns_of(former.get("schema")), columns_of(state.get("schema")))
        if change:
            raise Refusal(
                400,
                f"Provided Schema does not match Table {state['project']}:{state['datasetId']}.{state['tableId']}. "
                f"{change}, invalid",
                "the table would have to be replaced, and its rows would be lost",
                "add columns that are NULLABLE or REPEATED beside the old ones, or declare a table with another id",
            )
        state["lastModifiedTime"] = milliseconds()

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        if state.get("deletionProtection"):
            raise Refusal(
                400,
                f"cannot destroy table {self.identifier(state)} without setting deletion_protection=false",
                "its rows would be lost",
                "set deletionProtection to False and update first",
            )


class Routine(PathKind):
    """A function or procedure."""

    token = tokens.ROUTINE
    api = _API
    path = "projects/{project}/datasets/{datasetId}/routines/{routineId}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        kinds = ("SCALAR_FUNCTION", "PROCEDURE", "TABLE_VALUED_FUNCTION", "AGGREGATE_FUNCTION")
        rule = "an id has at most 256 letters, digits and underscores"
        return [
            *matches(inputs, "routineId", r"[0-9A-Za-z_]{1,256}", rule),
            *one_of(inputs, "routineType", kinds),
            *one_of(inputs, "language", ("SQL", "JAVASCRIPT", "PYTHON", "JAVA", "SCALA")),
        ]

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        existing(cloud, tokens.DATASET, Dataset().identifier(state), "the routine would be nowhere")
        _stamp(state)


class DatasetIamMember(Member):
    """A role on a dataset."""

    token = tokens.DATASET_MEMBER
    api = _API
    target = tokens.DATASET
    services = ("bigquery",)
    takes_basic_roles = False

    # A dataset's access list has words of its own for people and groups, and this one for all other principals.
    # iam_bigquery_dataset.go of hashicorp/terraform-provider-google
    _OTHERS = "iamMember:"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        member = inputs.get("member")
        if isinstance(member, str) and member.startswith("principal"):
            reason = f"is {member!r}, which no dataset's access list can hold like that: write '{self._OTHERS}{member}'"
            return [Problem("member", reason)]
        return super().problems(inputs)

    @override
    def _members(self, state: Mapping[str, Property]) -> Iterable[tuple[str, Property]]:
        member = state.get("member")
        return [("member", member.removeprefix(self._OTHERS) if isinstance(member, str) else member)]

    @override
    def on(self, state: Mapping[str, Property]) -> str:
        return Dataset().identifier(state)


class IamMember(Member):
    """A role on a table."""

    token = tokens.TABLE_MEMBER
    api = _API
    target = tokens.TABLE
    services = ("bigquery",)
    takes_basic_roles = False

    @override
    def on(self, state: Mapping[str, Property]) -> str:
        return Table().identifier(state)


class DatasetAccess(Member):
    """An entry in a dataset's own access list.

    The real provider gives all entries of a dataset its id; here each has its own, so that one can go alone.
    """

    token = tokens.DATASET_ACCESS
    api = _API
    target = tokens.DATASET
    services = ("bigquery",)

    _WHO = (
        "domain",
        "groupByEmail",
        "iamMember",
        "specialGroup",
        "userByEmail",
        "view",
        "authorizedDataset",
        "routine",
    )

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        whole = exactly_one({"entry": inputs}, "entry", self._WHO)
        found = [Problem("role", each.reason) for each in whole]
        role = value_at(inputs, "role")
        if role not in _ACCESS_ROLES:
            found += super().problems(inputs)
        return found

    @override
    def on(self, state: Mapping[str, Property]) -> str:
        return Dataset().identifier(state)

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        who = next(f"{name}:{json.dumps(state[name])}" for name in self._WHO if state.get(name))
        return f"{self.on(state)}/access/{state.get('role', '')}/{who}"

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        project = self.project(state, cloud)
        role = state.get("role")
        if role is not None and role not in _ACCESS_ROLES:
            self._require_role(role, project, cloud)
        account = state.get("userByEmail")
        if account is not None and account.endswith(".gserviceaccount.com"):
            principals.require(f"serviceAccount:{account}", project, cloud)
        state["apiUpdatedMember"] = False


# `bigqueryDatasetAccessPrimitiveToRoleMap` in bigquery/resource_bigquery_dataset.go of the provider
_ACCESS_ROLES = {
    "OWNER": "roles/bigquery.dataOwner",
    "WRITER": "roles/bigquery.dataEditor",
    "READER": "roles/bigquery.dataViewer",
}

_TABLE_TYPES = {"view": "VIEW", "materializedView": "MATERIALIZED_VIEW", "externalDataConfiguration": "EXTERNAL"}

# Roles with bigquery.tables.get, getData and updateData. https://cloud.google.com/bigquery/docs/access-control
_WRITERS = ("roles/bigquery.dataEditor", "roles/bigquery.dataOwner", "roles/bigquery.admin")


def may_write(email: str, table: str, cloud: Cloud) -> bool:
    """Whether a service account has got a role, on a table or above it, by which it may write into the table.

    Custom roles are believed.
    """
    member = f"serviceAccount:{email}"
    _, project, _, dataset, _, name = table.split("/")
    state = {"project": project, "datasetId": dataset, "tableId": name, "member": member}
    for role in _WRITERS:
        grants: tuple[Member, ...] = (IamMember(), DatasetIamMember(), IAMMember())
        if any(cloud.get(grant.token, grant.identifier({**state, "role": role})) for grant in grants):
            return True
        binding = cloud.get(tokens.PROJECT_BINDING, f"{project}/{role}")
        if binding is not None and member in binding.state["members"]:
            return True
        access = DatasetAccess()
        names = (role, *(short for short, long in _ACCESS_ROLES.items() if long == role))
        entries = ({**state, "userByEmail": email, "role": each} for each in names)
        if any(cloud.get(access.token, access.identifier(entry)) for entry in entries):
            return True
        whole = cloud.get(tokens.DATASET, Dataset().identifier(state))
        listed = (whole.state.get("accesses") or []) if whole else []
        if any(entry.get("userByEmail") == email and entry.get("role") in names for entry in listed):
            return True
    for token in (tokens.TABLE_MEMBER, tokens.DATASET_MEMBER, tokens.PROJECT_MEMBER):
        grants_to_it = cloud.find(token, member=member, project=project)
        if any(not grant.state["role"].startswith("roles/") or grant.state.get("condition") for grant in grants_to_it):
            return True
    return False


def schema_problem(schema: str) -> str | None:
    """What is wrong with the schema of a table, which is a JSON list of columns."""
    try:
        columns = json.loads(schema)
    except ValueError as error:
        return f"is no JSON ({error}): write a JSON list of columns, with json.dumps"
    if not isinstance(columns, list):
        return "is no JSON list: write a list of columns such as [{'name': 'data', 'type': 'STRING'}]"
    return _columns_problem("", columns)


def columns_of(schema: Property) -> list[Column]:
    """The columns of a schema that is right, or of none."""
    columns: list[Column] = json.loads(schema) if isinstance(schema, str) else []
    return columns


def type_of(column: Column) -> str:
    """The type of a column, by the name of it that queries use."""
    name = str(column.get("type", "")).upper()
    return _ALIASES.get(name, name)


def mode_of(column: Column) -> str:
    """The mode of a column."""
    return str(column.get("mode") or "NULLABLE").upper()


def _columns_problem(prefix: str, columns: Sequence[Property]) -> str | None:
    seen: set[str] = set()
    for index, column in enumerate(columns):
        name = column.get("name") if isinstance(column, Mapping) else None
        if not isinstance(name, str) or not name:
            return f"has a column without a name, {prefix or 'at'} {index}: give it a 'name' and a 'type'"
        full = prefix + name
        if len(name) > 300 or name.upper().startswith(_RESERVED_PREFIXES) or set(name) & set('!"$()*,./;?@[\\]^`{}~'):
            return f"has the column {full!r}, a name that BigQuery does not take: use letters, digits and underscores"
        if name.lower() in seen:
            return f"has the column {full!r} twice, whatever the case of its letters: rename one"
        seen.add(name.lower())
        if type_of(column) not in _TYPES:
            known = ", ".join(_TYPES)
            return f"has the column {full!r} of the type {column.get('type')!r}, which is none: choose one of {known}"
        if mode_of(column) not in _MODES:
            return f"has the column {full!r} with the mode {column['mode']!r}: choose one of {', '.join(_MODES)}"
        inner = column.get("fields")
        if type_of(column) == "RECORD":
            if not isinstance(inner, list) or not inner:
                return f"has the column {full!r} of the type RECORD without 'fields': add what is in it"
            if (wrong := _columns_problem(f"{full}.", inner)) is not None:
                return wrong
        elif inner:
            return f"has the column {full!r} with 'fields', but its type is {column['type']!r}: make it RECORD"
    return None


def _partition_problems(inputs: Mapping[str, Property], columns: Sequence[Column]) -> list[Problem]:
    found = []
    takes = {"timePartitioning.field": _TIME_TYPES, "rangePartitioning.field": ("INT64",)}
    for path, types in takes.items():
        field = value_at(inputs, path)
        if not isinstance(field, str):
            continue
        column = _column(columns, field)
        if column is None:
            found.append(Problem(path, f"is {field!r}, which is no column of the schema: {_names(columns)}"))
        elif type_of(column) not in types or mode_of(column) == "REPEATED":
            found.append(
                Problem(path, f"is {field!r}, a column of {_kind(column)}: partitions need one of {' or '.join(types)}")
            )
        elif type_of(column) == "DATE" and value_at(inputs, "timePartitioning.type") == "HOUR":
            found.append(Problem(path, f"is {field!r}, a DATE, which has no hours: partition by DAY, MONTH or YEAR"))
    return found


def _cluster_problems(inputs: Mapping[str, Property], columns: Sequence[Column]) -> list[Problem]:
    found = []
    names = value_at(inputs, "clusterings") or []
    if len(names) > _CLUSTER_COLUMNS:
        found.append(
            Problem("clusterings", f"has {len(names)} columns, but a table takes {_CLUSTER_COLUMNS}: remove some")
        )
    for index, name in enumerate(names):
        if not isinstance(name, str):
            continue
        path = f"clusterings[{index}]"
        column = _column(columns, name)
        if column is None:
            found.append(Problem(path, f"is {name!r}, which is no column of the schema: {_names(columns)}"))
        elif type_of(column) not in _CLUSTER_TYPES or mode_of(column) == "REPEATED":
            types = ", ".join(_CLUSTER_TYPES)
            found.append(Problem(path, f"is {name!r}, a column of {_kind(column)}: clusters need one of {types}"))
    return found


def _impossible_change(old: Sequence[Column], new: Sequence[Column], top: bool = True) -> str | None:
    before = {column["name"].lower(): column for column in old}
    after = {column["name"].lower(): column for column in new}
    added = [after[name] for name in after if name not in before]
    dropped = [before[name] for name in before if name not in after]
    for column in added:
        if old and mode_of(column) == "REQUIRED":
            return f"Cannot add required fields to an existing schema. (field: {column['name']})"
    if dropped and (added or not top):
        return f"Field {dropped[0]['name']} is missing in new schema"
    for name in before.keys() & after.keys():
        one, other = before[name], after[name]
        if type_of(one) != type_of(other):
            return f"Field {one['name']} has changed type from {type_of(one)} to {type_of(other)}"
        if mode_of(one) != mode_of(other) and (mode_of(one), mode_of(other)) != ("REQUIRED", "NULLABLE"):
            return f"Field {one['name']} has changed mode from {mode_of(one)} to {mode_of(other)}"
        if inner := _impossible_change(one.get("fields") or [], other.get("fields") or [], top=False):
            return inner
    return None


def _column(columns: Sequence[Column], name: str) -> Column | None:
    return next((column for column in columns if column["name"].lower() == name.lower()), None)


def _names(columns: Sequence[Column]) -> str:
    return "choose one of " + ", ".join(repr(column["name"]) for column in columns)


def _kind(column: Column) -> str:
    return f"{mode_of(column)} {type_of(column)}"


def _stamp(state: dict[str, Property]) -> None:
    state["creationTime"] = state["lastModifiedTime"] = milliseconds()


KINDS: tuple[type[Kind], ...] = (Dataset, Table, Routine, DatasetIamMember, IamMember, DatasetAccess)
