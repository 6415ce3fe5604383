"""BigQuery, played by the emulator that also runs in clusters for developers: datasets and tables.

Tables are kept in a file. docs/stand-ins.md says in what it differs from the real one.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from google.api_core.exceptions import GoogleAPIError
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from localcloud.errors import LocalCloudError
from localcloud.stand_ins.server import HOST, Server
from localcloud.toolchain import Toolchain
from settings import Settings, stand_ins
from settings.cloud import TableSettings

# A server on this machine that takes longer than this hangs.
_SECONDS = 30.0


class BigQuery(Server):
    """The stand-in of BigQuery."""

    name = "bigquery"
    ports: tuple[str, ...] = ("bigquery", "bigquery-storage")

    def __init__(self, programs: Toolchain) -> None:
        self._programs = programs

    @staticmethod
    def is_wanted(settings: Settings) -> bool:
        """Whether there are datasets."""
        return bool(settings.datasets)

    def command(self, directory: Path, ports: Mapping[str, int]) -> Sequence[str | Path]:  # noqa: ARG002 - it runs there
        """The command that runs it on its file."""
        return [
            self._programs["bigquery-emulator"],
            *(f"--project={stand_ins.PROJECT}", f"--host={HOST}"),
            *(f"--port={ports['bigquery']}", f"--grpc-port={ports['bigquery-storage']}"),
            # Without its way, which would be read as a URI.
            "--database=bigquery.sqlite",
        ]

    def fill(self, port: int, settings: Settings) -> None:
        """Makes datasets and tables.

        Raises:
            LocalCloudError: A table is there with other columns, or cannot be made.
        """
        client = bigquery.Client(
            project=stand_ins.PROJECT,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": f"http://{HOST}:{port}"},
        )
        with closing(client):
            there = {dataset.dataset_id for dataset in client.list_datasets(retry=None, timeout=_SECONDS)}
            for name, dataset in settings.datasets.items():
                reference = bigquery.DatasetReference.from_string(stand_ins.dataset_reference(name))
                if reference.dataset_id not in there:
                    client.create_dataset(reference, retry=None, timeout=_SECONDS)
                made = {table.table_id for table in client.list_tables(reference, retry=None, timeout=_SECONDS)}
                for key, table in dataset.tables.items():
                    wanted = _table(reference.table(stand_ins.table_name(key)), table)
                    if wanted.table_id in made:
                        _require_same(client.get_table(wanted.reference, retry=None, timeout=_SECONDS), wanted)
                    else:
                        _create(client, wanted)

    def contents(self, settings: Settings) -> list[str]:
        """The tables, and datasets without any."""
        found = []
        for name, dataset in settings.datasets.items():
            reference = stand_ins.dataset_reference(name)
            found += [f"{reference}.{stand_ins.table_name(key)}" for key in dataset.tables] or [reference]
        return found


def _table(reference: bigquery.TableReference, wanted: TableSettings) -> bigquery.Table:
    columns = [
        bigquery.SchemaField(column.name, stand_ins.column_type(column), column.mode, description=column.description)
        for column in wanted.columns
    ]
    table = bigquery.Table(reference, schema=columns)
    if wanted.partition_by:
        table.time_partitioning = bigquery.TimePartitioning(field=wanted.partition_by)
    if wanted.cluster_by:
        table.clustering_fields = wanted.cluster_by
    return table


def _create(client: bigquery.Client, table: bigquery.Table) -> None:
    try:
        client.create_table(table, retry=None, timeout=_SECONDS)
    except GoogleAPIError as refused:
        raise LocalCloudError(
            f"The stand-in of BigQuery does not make the table {table}: {refused}",
            "Who writes into it would fail.",
            "Correct its columns in `datasets`, then run the same command again.",
        ) from refused


def _require_same(present: bigquery.Table, wanted: bigquery.Table) -> None:
    had, declared = _columns(present), _columns(wanted)
    if had != declared:
        different = sorted({name for name, _, _ in set(had) ^ set(declared)})
        raise LocalCloudError(
            f"The table {wanted} in the stand-in of BigQuery has other columns than are declared now: "
            f"{', '.join(different) or 'their order'}.",
            "Rows of the declared form would be refused, and the rows that it holds are yours: it was left as it is.",
            "`make stand-ins-down` forgets what the stand-ins hold; then run the same command again.",
        )


def _columns(table: bigquery.Table) -> list[tuple[str, str, str]]:
    return [(column.name, column.field_type, column.mode) for column in table.schema]
