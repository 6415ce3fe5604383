"""Instances, which are database servers: names that stay locked, addresses, protection from deletion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from typing_extensions import override

from localcloud.providers.google import stamps
from localcloud.providers.google.addresses import EXTERNAL_OF_DATABASES, allocated_range, free_address
from localcloud.providers.google.checks import existing, matches, one_of, refuse, value_at
from localcloud.providers.google.cloud import Cloud, project_number
from localcloud.providers.google.compute.networks import require_network
from localcloud.providers.google.compute.private_access import peered_ranges
from localcloud.providers.google.kind import Kind, Place, Refusal, Resource
from localcloud.providers.google.locations import region_problems
from localcloud.providers.google.references import PathKind, full_id, last, project_of
from localcloud.providers.google.sql.certificates import server_certificate, sha1
from localcloud.providers.google.sql.instance_settings import NETWORK_PATH, PUBLIC_PATH, settings_problems
from localcloud.providers.google.sql.versions import POSTGRES, VERSIONS
from localcloud.providers.google.tokens import DATABASE_INSTANCE, GLOBAL_ADDRESS, SQL_DATABASE, SQL_USER, SSL_CERT
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

LOCKED_NAME: Final = "sql-name"
"""What `Cloud.keep` calls the name of a deleted instance, by `project/name`, with the time of the deletion."""

BACKUP: Final = "sql-backup"
"""What `Cloud.keep` calls the backups that a deleted instance leaves, by `project/name`."""

# https://cloud.google.com/sql/docs/postgres/delete-instance
_LOCKED = timedelta(days=7)

# https://cloud.google.com/sql/docs/postgres/instance-settings
_NAME = r"[a-z]([a-z0-9-]*[a-z0-9])?"
_NAME_LENGTH = 98

LINKS = "https://sqladmin.googleapis.com/sql/v1beta4/"


class DatabaseInstance(PathKind):
    """A database server."""

    token = DATABASE_INSTANCE
    api = "sqladmin.googleapis.com"
    path = "projects/{project}/instances/{name}"
    filled_in = ("region",)
    # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_database_instance
    defaults = MappingProxyType({"deletionProtection": True})

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        rule = "an id is of lower-case letters, digits and dashes, a letter first and no dash last"
        return [
            *matches(inputs, "name", _NAME, rule),
            *region_problems("region", inputs.get("region")),
            *one_of(inputs, "databaseVersion", VERSIONS),
            *settings_problems(inputs),
        ]

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        """Only the name: `d.SetId(instance.Name)` in resource_sql_database_instance.go of the provider."""
        name: str = state["name"]
        return name

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        refuse(self.problems(state))
        project, name, region = state["project"], state["name"], state["region"]
        self._require_name(project, name, cloud)
        self._connect(state, cloud)
        state.update(
            availableMaintenanceVersions=[],
            connectionName=f"{project}:{region}:{name}",
            dnsName="",
            dnsNames=[],
            pscServiceAttachmentLink="",
            selfLink=f"{LINKS}projects/{project}/instances/{name}",
            serverCaCerts=[server_certificate(project, name)],
            serviceAccountEmailAddress=_service_account(project, name),
        )
        for computed, value in {
            "instanceType": "CLOUD_SQL_INSTANCE",
            "maintenanceVersion": f"{state['databaseVersion']}.R20260901.01_00",
            "masterInstanceName": "",
            "replicaNames": [],
        }.items():
            state.setdefault(computed, value)

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        refuse(self.problems(state))
        before, after = value_at(former, NETWORK_PATH), value_at(state, NETWORK_PATH)
        if before and not after:
            # `privateNetworkCustomizeDiff` in resource_sql_database_instance.go of the provider.
            raise Refusal(
                400,
                f"the private network {before!r} of instance {state['name']!r} cannot be removed once set, invalid",
                "whoever uses the private address would lose the database",
                "leave privateNetwork as it is, or make another instance",
            )
        _keep_disk(former, state)
        self._connect(state, cloud)

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        name, key = state["name"], f"{state['project']}/{state['name']}"
        _refuse_protected(state)
        if value_at(state, "settings.finalBackupConfig.enabled"):
            days = value_at(state, "settings.finalBackupConfig.retentionDays") or 30
            cloud.keep(BACKUP, key, f"final backup of instance {name}, kept for {days:.0f} days")
        elif value_at(state, "settings.retainBackupsOnDelete"):
            cloud.keep(BACKUP, key, f"the backups of instance {name}, kept as long as its settings said")
        cloud.keep(LOCKED_NAME, key, stamps.now())
        for type_ in (SQL_DATABASE, SQL_USER, SSL_CERT):
            for each in cloud.find(type_, instance=name, project=state["project"]):
                cloud.tamper(type_, each.id, None)

    @override
    def imported(self, identifier: str, place: Place) -> str:
        return last(super().imported(identifier, place))

    def _require_name(self, project: str, name: str, cloud: Cloud) -> None:
        if len(f"{project}:{name}") > _NAME_LENGTH:
            raise Refusal(
                400,
                f"Invalid request: {project}:{name} is longer than {_NAME_LENGTH} characters, invalid",
                "the instance cannot be named",
                f"shorten the name to {_NAME_LENGTH - 1 - len(project)} characters",
            )
        deleted = cloud.kept(LOCKED_NAME).get((LOCKED_NAME, f"{project}/{name}"))
        if deleted is not None and datetime.now(UTC) < datetime.fromisoformat(deleted) + _LOCKED:
            # https://github.com/terraform-google-modules/terraform-google-gke-gitlab/issues/81
            raise Refusal(
                409,
                "The Cloud SQL instance already exists. When you delete an instance, you can't reuse the name of the "
                f"deleted instance until one week from the deletion date. {name!r} was deleted at {deleted}, "
                "instanceAlreadyExists",
                "an instance of this name cannot be made again for days",
                "use another name; a suffix from a RandomId makes one for each new instance",
            )

    def _connect(self, state: dict[str, Property], cloud: Cloud) -> None:
        """Gives the instance its addresses, those that it has first."""
        others = [each.state for each in cloud.find(self.token) if each.id != state["name"]]
        private, public = None, None
        if value_at(state, NETWORK_PATH):
            private = state.get("privateIpAddress") or _private_address(state, others, cloud)
        if value_at(state, PUBLIC_PATH) is not False:
            used = (each.get("publicIpAddress") for each in others)
            public = state.get("publicIpAddress") or free_address(EXTERNAL_OF_DATABASES, used)
        found = (("PRIMARY", public), ("PRIVATE", private))
        state["ipAddresses"] = [
            {"ipAddress": address, "timeToRetire": "", "type": type_} for type_, address in found if address
        ]
        state.update(
            privateIpAddress=private or "",
            publicIpAddress=public or "",
            firstIpAddress=state["ipAddresses"][0]["ipAddress"] if state["ipAddresses"] else "",
        )


def require_instance(cloud: Cloud, state: Mapping[str, Property]) -> Resource:
    """The instance that a database, user or certificate is of.

    Raises:
        Refusal: It does not exist.
    """
    return existing(cloud, DATABASE_INSTANCE, last(state["instance"]), "there is no instance to make it in")


def is_postgres(instance: Resource) -> bool:
    """Whether an instance's engine is PostgreSQL, the only one whose rules are simulated."""
    return instance.state.get("databaseVersion") in POSTGRES


def _keep_disk(former: Mapping[str, Property], state: dict[str, Property]) -> None:
    """A disk only grows: `diskSizeCutomizeDiff` in resource_sql_database_instance.go of the provider."""
    before, after = value_at(former, "settings.diskSize"), value_at(state, "settings.diskSize")
    if before is None or after is None or after >= before:
        return
    if value_at(state, "settings.diskAutoresize") is False:
        raise Refusal(
            400,
            f"the disk of instance {state['name']!r} cannot be reduced from {before:g} to {after:g} GB, invalid",
            "the data might not fit; the real provider would delete the instance and make another",
            f"set settings.diskSize to {before:g} or more",
        )
    state["settings"] = {**state["settings"], "diskSize": before}


def _refuse_protected(state: Mapping[str, Property]) -> None:
    if state.get("deletionProtection"):
        # The text is the provider's: resource_sql_database_instance.go.
        raise Refusal(
            400,
            f"failed to delete instance {state['name']!r} because deletion_protection is set to true",
            "its databases would be lost",
            "set deletionProtection to false and update, to proceed with instance deletion",
        )
    if value_at(state, "settings.deletionProtectionEnabled"):
        # https://cloud.google.com/sql/docs/postgres/deletion-protection
        raise Refusal(
            400,
            f"failed to delete instance {state['name']!r}: The instance is protected. Please disable the deletion "
            "protection and try again",
            "its databases would be lost",
            "update the instance settings with deletionProtectionEnabled set to false",
        )


def _private_address(state: Mapping[str, Property], others: Sequence[Mapping[str, Property]], cloud: Cloud) -> str:
    network = require_network(cloud, value_at(state, NETWORK_PATH), state["project"])
    ranges = peered_ranges(cloud, network)
    if ranges is None:
        # The text is the provider's: `sqlDatabaseInstanceServiceNetworkPrecheck` in resource_sql_database_instance.go.
        raise Refusal(
            400,
            f"failed to create instance {state['name']!r} because the network doesn't have at least 1 private services "
            f"connection. The network is {network!r}",
            "the instance would have no private address, and its name would be locked for a week",
            "make the servicenetworking Connection first, and let the instance wait for it",
        )
    name = value_at(state, "settings.ipConfiguration.allocatedIpRange") or ranges[0]
    address = cloud.get(GLOBAL_ADDRESS, full_id(name, str(project_of(network)), "global/addresses"))
    if name not in ranges or address is None:
        raise Refusal(
            400,
            f"Allocated IP range {name!r} not found in the connection of network {network!r}",
            "the instance would have no private address",
            f"use {' or '.join(map(repr, ranges))} for allocatedIpRange, or leave it out",
        )
    # Google keeps the first addresses of a range for itself.
    return free_address(allocated_range(address), (each.get("privateIpAddress") for each in others), skip=2)


def _service_account(project: str, name: str) -> str:
    # https://cloud.google.com/sql/docs/postgres/configure-cmek
    return f"p{project_number(project)}-{sha1(f'{project}/{name}')[:6]}@gcp-sa-cloud-sql.iam.gserviceaccount.com"


KINDS: tuple[type[Kind], ...] = (DatabaseInstance,)
