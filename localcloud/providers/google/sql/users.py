"""Users of instances."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.google.checks import one_of, refuse
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.references import PathKind, last
from localcloud.providers.google.sql.instances import is_postgres, require_instance
from localcloud.providers.google.tokens import SQL_USER
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property


class User(PathKind):
    """A user of an instance. The engine keeps its password as a secret, since the schema says so."""

    token = SQL_USER
    api = "sqladmin.googleapis.com"
    path = "projects/{project}/instances/{instance}/users/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_user
        types = (
            "BUILT_IN",
            *(
                f"CLOUD_IAM_{each}"
                for each in ("USER", "SERVICE_ACCOUNT", "GROUP", "GROUP_USER", "GROUP_SERVICE_ACCOUNT")
            ),
        )
        type_ = inputs.get("type")
        problems = one_of(inputs, "type", types)
        if isinstance(type_, str) and type_.startswith("CLOUD_IAM_") and inputs.get("password"):
            problems.append(Problem("password", f"cannot be set for a user of type {type_}: leave it out"))
        return problems

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        """The host in the middle is PostgreSQL's to leave empty: resource_sql_user.go of the provider."""
        return f"{state['name']}/{state.get('host') or ''}/{last(state['instance'])}"

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        self._require(state, cloud)
        state.setdefault("host", "")
        state.update(iamEmail="", sqlServerUserDetails=[])

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        self._require(state, cloud)

    @override
    def imported(self, identifier: str, place: Place) -> str:
        parts = identifier.split("/")
        match len(parts), parts:
            case 3, [_, instance, name] if instance:
                return f"{name}//{instance}"
            case 4, [_, instance, host, name]:
                return f"{name}/{host}/{instance}"
        return identifier

    def _require(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        instance = require_instance(cloud, state)
        refuse(self.problems(state))
        if not is_postgres(instance):
            return
        built_in = (state.get("type") or "BUILT_IN") == "BUILT_IN"
        if state.get("host"):
            # The text is the provider's: resource_sql_user.go.
            raise Refusal(
                400,
                f"Host field is only supported for MySQL instances: {instance.state['databaseVersion']}",
                "the user is not made",
                "leave 'host' out",
            )
        if built_in and not (state.get("password") or state.get("passwordWo")):
            raise Refusal(
                400,
                f"Invalid request: user {state['name']!r} of a PostgreSQL instance has no password, invalid",
                "nobody could log in as the user, or anybody",
                "set 'password', for example to the result of a RandomPassword",
            )
        if state.get("type") == "CLOUD_IAM_SERVICE_ACCOUNT" and state["name"].endswith(".gserviceaccount.com"):
            # https://cloud.google.com/sql/docs/postgres/add-manage-iam-users
            raise Refusal(
                400,
                f"Invalid request: the name {state['name']!r} of a service account has the suffix .gserviceaccount.com",
                "the service account could not log in",
                f"use {state['name'].removesuffix('.gserviceaccount.com')!r}",
            )


KINDS: tuple[type[Kind], ...] = (User,)
