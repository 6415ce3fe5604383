"""Where the messages of a stack are: with the stand-in on this machine, or with the one in a cluster of containers."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from localcloud import rehearsal
from localcloud.cluster import ports
from localcloud.cluster.processes import wait_until
from localcloud.errors import LocalCloudError
from localcloud.local_cloud import LocalCloud, present
from localcloud.stack import exists
from localcloud.stand_ins.server import HOST, listens
from localcloud.stand_ins.stand_ins import StandIns
from localcloud.workspace import Workspace
from settings import Settings
from settings.archive import archive_query
from settings.stand_ins import NAME, NAMESPACE, topic_names

# Of the component that runs stand-ins in clusters.
SERVICE, PORT = f"{NAME}-messaging", 8085

_PATIENCE = 20.0


@contextmanager
def address_of_pubsub(workspace: Workspace, settings: Settings, topic: str) -> Iterator[str]:
    """An address that leads to the stand-in of Pub/Sub for as long as it is used.

    Args:
        workspace: Where the stack's things are.
        settings: Those of the stack.
        topic: Which messages are looked for.

    Raises:
        LocalCloudError: The stack has no such topic, or no stand-in runs.
    """
    if topic not in (known := topic_names(settings)):
        raise LocalCloudError(
            f"The stack {workspace.stack} declares no topic {topic!r}.",
            "Nobody can publish to it, and nobody would see anything.",
            f"Name one of these, as in TOPIC=…: {', '.join(known) or '(there are none)'}. "
            f"A new one is declared in `topics` of Pulumi.{workspace.stack}.yaml, and made by `make stand-ins`.",
        )
    beside = StandIns(workspace)
    if "pubsub" in beside.running():
        yield beside.address("pubsub")
    elif exists(workspace) and any(platform.runs_containers for platform in present(workspace)):
        with _forwarded(rehearsal.opened(workspace).cloud) as address:
            yield address
    else:
        query = archive_query(settings, topic)
        archive = f" In the real cloud, ask the archive (bq query --use_legacy_sql=false):\n{query}" if query else ""
        raise LocalCloudError(
            f"No stand-in of Pub/Sub runs for the stack {workspace.stack}.",
            "There is nobody to ask for messages.",
            f"`make stand-ins STACK={workspace.stack}` starts one, with the topics that the stack declares.{archive}",
        )


@contextmanager
def _forwarded(cloud: LocalCloud) -> Iterator[str]:
    port = ports.free()
    process = subprocess.Popen(
        [
            *(cloud.programs["kubectl"], "port-forward", f"--address={HOST}"),
            *(f"--namespace={NAMESPACE}", f"service/{SERVICE}", f"{port}:{PORT}"),
        ],
        env=cloud.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: listens(port) or process.poll() is not None, _PATIENCE)
        if process.poll() is not None or not listens(port):
            process.kill()
            _, said = process.communicate()
            raise LocalCloudError(
                f"`kubectl port-forward` does not lead to the stand-in of Pub/Sub in the cluster: {said.strip()}",
                "Its messages cannot be seen.",
                f"See how it is: make shell CMD='kubectl --namespace {NAMESPACE} get pods'.",
            )
        yield f"{HOST}:{port}"
    finally:
        process.kill()
        process.wait()
