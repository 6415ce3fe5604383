"""Cloud Storage, played by the server that also runs in clusters for developers: buckets and files.

Files are kept in a folder, a folder a bucket.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from localcloud.stand_ins.server import HOST, Server
from localcloud.toolchain import Toolchain
from settings import Settings, stand_ins

# A server on this machine that takes longer than this hangs.
_SECONDS = 10.0


class Storage(Server):
    """The stand-in of Cloud Storage."""

    name = "storage"
    ports: tuple[str, ...] = ("storage",)

    def __init__(self, programs: Toolchain) -> None:
        self._programs = programs

    @staticmethod
    def is_wanted(settings: Settings) -> bool:
        """Whether there are buckets."""
        return bool(settings.buckets)

    def command(self, directory: Path, ports: Mapping[str, int]) -> Sequence[str | Path]:
        """The command that runs it on its folder."""
        port = ports["storage"]
        return [
            self._programs["fake-gcs-server"],
            *("-scheme", "http", "-host", HOST, "-port", str(port)),
            # Large files are uploaded in parts, to an address that the server names.
            *("-external-url", f"http://{HOST}:{port}"),
            *("-backend", "filesystem", "-filesystem-root", directory / "storage"),
        ]

    def fill(self, port: int, settings: Settings) -> None:
        """Makes buckets."""
        client = storage.Client(
            project=stand_ins.PROJECT,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": f"http://{HOST}:{port}"},
        )
        with closing(client):
            there = {bucket.name for bucket in client.list_buckets(timeout=_SECONDS, retry=None)}
            for name in settings.buckets:
                if stand_ins.bucket_name(name) not in there:
                    client.create_bucket(stand_ins.bucket_name(name), timeout=_SECONDS, retry=None)

    def contents(self, settings: Settings) -> list[str]:
        """The buckets."""
        return [f"gs://{stand_ins.bucket_name(name)}" for name in settings.buckets]
