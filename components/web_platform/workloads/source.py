"""A folder of sources, shared from the machine of whoever writes them into pods, so that changes are seen at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, ResourceOptions

from web_platform import labels
from web_platform.errors import Fault
from web_platform.workloads.containers import words
from web_platform.workloads.files import file_path_fault
from web_platform.workloads.workload import Workload

_VOLUME = "source"
_CLASS = ""  # No class: the claim is bound to the volume that it names, and nobody makes another for it.
_CAPACITY = "1Gi"  # Said for form's sake: the folder is as large as it is.


class SourceMountArgs(TypedDict):
    """A folder of the cluster's nodes in place of what the image holds, and what runs it.

    For development alone, on nodes that share a folder of the developer's machine.
    """

    node_path: str
    """Folder on every node, such as `/sources/shop`."""

    mount_path: str
    """Where the container finds it, such as `/app`. It cannot write there."""

    command: NotRequired[Sequence[Input[str]]]
    """Program to run in place of the workload's, such as one that starts again where a file changes. Default: the
    workload's own."""

    arguments: NotRequired[Sequence[Input[str]]]
    """Arguments of the program. Default: the workload's own."""


class SourceMount(NamedTuple):
    """The parts of pods that have their sources from outside; of others, none."""

    volumes: Sequence[Mapping[str, Any]] = ()
    mounts: Sequence[Mapping[str, Any]] = ()
    command: Mapping[str, Any] = {}


def declare_source_mount(
    parent: pulumi.ComponentResource, workload: Workload, wanted: SourceMountArgs | None
) -> SourceMount:
    """Declare the volume of a workload's sources.

    A volume and a claim, not a path of the node in the pod itself: that, the restricted Pod Security Standard forbids.
    """
    if wanted is None:
        return SourceMount()
    name, namespace = f"{workload.name}-source", workload.args["namespace"]
    made_for = {labels.NAME: workload.name} | labels.MANAGED
    volume = kubernetes.core.v1.PersistentVolume(
        f"{name}-volume",
        metadata={"labels": made_for},
        spec={
            "storageClassName": _CLASS,
            "capacity": {"storage": _CAPACITY},
            "accessModes": ["ReadOnlyMany"],
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": wanted["node_path"], "type": "Directory"},
            "claimRef": {"namespace": namespace, "name": name},
        },
        opts=ResourceOptions(parent=parent, delete_before_replace=True),
    )
    claim = kubernetes.core.v1.PersistentVolumeClaim(
        name,
        metadata={"name": name, "namespace": namespace, "labels": made_for},
        spec={
            "storageClassName": _CLASS,
            "volumeName": volume.metadata.apply(lambda made: made.name or f"{name}-volume"),
            "accessModes": ["ReadOnlyMany"],
            "resources": {"requests": {"storage": _CAPACITY}},
        },
        opts=ResourceOptions(parent=parent, delete_before_replace=True),
    )
    claim_name = claim.metadata.apply(lambda made: made.name or name)
    return SourceMount(
        [{"name": _VOLUME, "persistentVolumeClaim": {"claimName": claim_name, "readOnly": True}}],
        [{"name": _VOLUME, "mountPath": wanted["mount_path"], "readOnly": True}],
        words(wanted.get("command"), wanted.get("arguments")),
    )


def source_faults(args: Mapping[str, Any]) -> Iterator[tuple[str, Fault]]:
    """Find what is wrong with a workload's `source_mount`."""
    wanted = args.get("source_mount")
    if wanted is not None:
        for field in ("node_path", "mount_path"):
            if fault := file_path_fault(wanted[field]):
                yield f"source_mount.{field}", fault
