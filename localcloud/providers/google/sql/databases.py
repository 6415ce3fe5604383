"""Databases of instances."""

from __future__ import annotations

import re
from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.google.checks import one_of, refuse
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.references import PathKind, import_id
from localcloud.providers.google.sql.instances import LINKS, is_postgres, require_instance
from localcloud.providers.google.tokens import SQL_DATABASE
from localcloud.providers.properties import Property

# What every PostgreSQL instance has from the start.
# https://cloud.google.com/sql/docs/postgres/create-manage-databases
_OWN_DATABASES = ("postgres", "template0", "template1", "cloudsqladmin")


class Database(PathKind):
    """A database of an instance."""

    token = SQL_DATABASE
    api = "sqladmin.googleapis.com"
    path = "projects/{project}/instances/{instance}/databases/{name}"

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        instance = require_instance(cloud, state)
        if is_postgres(instance):
            self._require_postgres(state)
            state.setdefault("charset", "UTF8")
            state.setdefault("collation", "en_US.UTF8")
        state["selfLink"] = LINKS + self.identifier(state)

    @override
    def imported(self, identifier: str, place: Place) -> str:
        return import_id(self.path, re.sub(r"^instances/([^/]+)/databases/", r"\1/", identifier), place)

    def _require_postgres(self, state: Mapping[str, Property]) -> None:
        name = state["name"]
        if name in _OWN_DATABASES:
            raise Refusal(
                400,
                f"Invalid request: failed to create database {name}. Detail: pq: database {name!r} already exists",
                "every instance has a database of this name of its own",
                "choose another name",
            )
        # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_database
        refuse([*one_of(state, "charset", ("UTF8",)), *one_of(state, "collation", ("en_US.UTF8",))])


KINDS: tuple[type[Kind], ...] = (Database,)
