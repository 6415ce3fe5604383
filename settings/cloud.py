"""The parts of a stack file that say what there is beside the cluster: database, messaging, warehouse and files."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from web_platform import Fault
from web_platform.address_ranges import ranges_fault

from settings import problems
from settings.fields import GroupEmail, ProjectId, Region, Section, Tier, Zone

ARCHIVE = "message-archive"
"""Dataset that holds every message of the topics that are archived. A stack cannot declare one of that name itself."""

Days = Annotated[int, Field(ge=1, le=3650)]


class GoogleSettings(Section):
    """Where on Google Cloud the stack is."""

    project: ProjectId
    """Id of the project that everything is in."""

    region: Region
    """Region of everything that is not in a zone."""

    zone: Zone
    """Zone of the cluster, in that region."""

    regional: bool = False
    """Whether the cluster is in three zones of the region instead. Google then charges a fee for it, and each zone has
    `cluster.nodes` nodes; of clusters in one zone, the first of a billing account is free. Changing it means a new
    cluster."""

    node_range: str = "10.0.0.0/22"
    """Addresses of nodes."""

    pod_range: str = "10.4.0.0/14"
    """Addresses of pods; each node takes 256 of them."""

    service_range: str = "10.8.0.0/20"
    """Addresses of Services."""

    control_plane_range: str = "172.16.0.0/28"
    """Addresses of the cluster's control plane: exactly 16."""

    private_services_range: str = "10.16.0.0/16"
    """Addresses of Google's services inside the network, such as the database's."""

    @model_validator(mode="after")
    def _zone_is_in_the_region(self) -> Self:
        if self.zone.rpartition("-")[0] != self.region:
            raise problems.refused(
                Fault(
                    what=f"has the zone {self.zone!r}, which is not in the region {self.region!r}",
                    danger="nodes would be far from their subnetwork, and Google would refuse the cluster",
                    remedy=f"write a zone of the region, such as '{self.region}-b', or the zone's region",
                )
            )
        return self

    @model_validator(mode="after")
    def _ranges_fit(self) -> Self:
        names = ("node_range", "pod_range", "service_range", "control_plane_range", "private_services_range")
        found = ranges_fault({name: getattr(self, name) for name in names})
        if found is not None:
            raise problems.refused(self.range_fault(*found))
        return self

    @classmethod
    def range_fault(cls, name: str, fault: Fault) -> Fault:
        """A fault of a range, in the words of a stack file."""
        what = f"has a {name} that {fault.what}"
        for field, info in cls.model_fields.items():
            what = what.replace(field, str(info.alias))
        return fault._replace(what=what)


class DatabaseSettings(Section):
    """PostgreSQL, of which each service that asks for it has a database."""

    tier: Tier = "db-custom-1-3840"
    """Size of the machine, as Cloud SQL names it: `db-custom-<CPUs>-<MB of memory>`."""

    highly_available: bool = True
    """Whether a second machine in another zone takes over when the first is lost."""

    disk_gb: Annotated[int, Field(ge=10, le=65536)] = 10
    """Size of the disk to begin with; it grows by itself."""


class SchemaSettings(Section):
    """What every message of a topic looks like."""

    definition: str
    """The schema, in its own language."""

    type: Literal["AVRO", "PROTOCOL_BUFFER"] = "AVRO"
    """Language of the schema."""

    encoding: Literal["JSON", "BINARY"] = "JSON"
    """How messages are written."""


class TopicSettings(Section):
    """A Pub/Sub topic."""

    message_schema: Annotated[SchemaSettings | None, Field(alias="schema")] = None
    """What its messages look like. Default: anything."""

    retention_days: Annotated[int, Field(ge=1, le=31)] = 7
    """How long messages can be read again."""

    archived: bool = True
    """Whether every message is also written into BigQuery, where it can be seen."""


class ColumnSettings(Section):
    """A column of a table."""

    name: str
    """Name of the column."""

    type: str
    """BigQuery's type, such as `STRING` or `TIMESTAMP`."""

    mode: Literal["NULLABLE", "REQUIRED", "REPEATED"] = "NULLABLE"
    """Whether a row may, must, or can repeatedly have it."""

    description: str | None = None
    """What it holds."""


class TableSettings(Section):
    """A table of a dataset."""

    columns: Annotated[list[ColumnSettings], Field(min_length=1)]
    """Its columns, in order."""

    partition_by: str | None = None
    """Column of a date or time by whose days the table is divided, so that queries read less."""

    partition_days: Days | None = None
    """How long a day's rows are kept. Default: for ever."""

    cluster_by: Annotated[list[str], Field(max_length=4)] = []
    """Columns by which rows are kept together."""


class DatasetSettings(Section):
    """A BigQuery dataset."""

    tables: dict[str, TableSettings] = {}
    """Its tables by name."""

    readers: list[GroupEmail] = []
    """Groups that may read it, by their e-mail addresses."""


class BucketSettings(Section):
    """A Cloud Storage bucket."""

    versioned: bool = True
    """Whether a file that is overwritten or deleted can be had back for 30 days."""

    expire_days: Days | None = None
    """After how long files are deleted. Default: never."""

    cors_origins: list[str] = []
    """Origins whose pages may read files, such as `https://shop.example.com`."""
