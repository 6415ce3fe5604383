"""Who may use datasets and tables: roles, and entries in the access lists of datasets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from typing_extensions import override

from localcloud.providers.google import principals, tokens
from localcloud.providers.google.bigquery.datasets import Dataset
from localcloud.providers.google.bigquery.tables import Table
from localcloud.providers.google.checks import exactly_one, value_at
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.grants import Member
from localcloud.providers.google.kind import Kind
from localcloud.providers.google.projects import IAMMember
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

# `bigqueryDatasetAccessPrimitiveToRoleMap` in bigquery/resource_bigquery_dataset.go of the provider
_ACCESS_ROLES = {
    "OWNER": "roles/bigquery.dataOwner",
    "WRITER": "roles/bigquery.dataEditor",
    "READER": "roles/bigquery.dataViewer",
}

# Roles with bigquery.tables.get, getData and updateData. https://cloud.google.com/bigquery/docs/access-control
_WRITERS = ("roles/bigquery.dataEditor", "roles/bigquery.dataOwner", "roles/bigquery.admin")


class DatasetIamMember(Member):
    """A role on a dataset."""

    token = tokens.DATASET_MEMBER
    api = "bigquery.googleapis.com"
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
    api = "bigquery.googleapis.com"
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
    api = "bigquery.googleapis.com"
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


KINDS: tuple[type[Kind], ...] = (DatasetIamMember, IamMember, DatasetAccess)
