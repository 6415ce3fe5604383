"""The arguments that workloads of every kind have, and what is wrong with them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from pulumi import Input

from web_platform.argument_types import type_faults
from web_platform.component_arguments import checked_component
from web_platform.errors import Fault, refuse
from web_platform.pods import TEMPORARY_FILES
from web_platform.syntax import cpu_fault, disk_fault, environment_name_fault, image_fault, memory_fault, quantity_of
from web_platform.whole_numbers import range_fault
from web_platform.workloads.containers import ContainerArgs, container_faults
from web_platform.workloads.files import file_faults, file_path_fault
from web_platform.workloads.network import NetworkPathArgs, path_faults
from web_platform.workloads.pod_shape import pod_faults

DEFAULT_CPU = "100m"
DEFAULT_MEMORY = "128Mi"

Faults = Iterator[tuple[str, Fault]]


class EnvironmentFromArgs(TypedDict, total=False):
    """Objects in the workload's namespace whose keys are environment variables."""

    config_maps: Sequence[Input[str]]
    """Names of ConfigMaps. Default: none."""

    secrets: Sequence[Input[str]]
    """Names of Secrets. Default: none."""


class WorkloadArgs(TypedDict):
    """Arguments of every workload."""

    image: Input[str]
    """Image to run, with a tag other than `latest` or with a digest. It runs without root and without write access to
    its own files; `/tmp` is writable. What a tag names may change, so each start asks the registry for it; a digest
    never does, and is pulled once a node."""

    namespace: Input[str]
    """Namespace that it lives in. It must exist; the restricted Pod Security Standard fits."""

    command: NotRequired[Sequence[Input[str]]]
    """Program to run in place of the image's entry point. `$(NAME)` stands for an environment variable. Default: the
    image's own."""

    arguments: NotRequired[Sequence[Input[str]]]
    """Arguments of the program, in place of the image's. Default: the image's own."""

    environment: NotRequired[Mapping[str, Input[str]]]
    """Environment variables of the container. Not for secrets: whoever may see the workload may read them. Default:
    none."""

    secret_environment: NotRequired[Mapping[str, Input[str]]]
    """Environment variables that are secret: kept in a Secret, and encrypted in Pulumi's state. A change of one
    replaces the pods, as a change in `environment` does. Default: none."""

    environment_from: NotRequired[EnvironmentFromArgs]
    """Where further environment variables are kept by somebody else, such as `tenant.config_map`. Those that are named
    above go before them. Default: nowhere."""

    files: NotRequired[Mapping[str, Input[str]]]
    """Files in the container, by their path: kept in a ConfigMap. A change of one replaces the pods. Default: none."""

    secret_files: NotRequired[Mapping[str, Input[str]]]
    """Files that are secret, by their path: kept in a Secret, and encrypted in Pulumi's state. Default: none."""

    scratch: NotRequired[Mapping[str, str]]
    """Directories that it writes to, each with the most that it may hold, such as `{"/var/cache": "1Gi"}`. What is in
    them goes with the pod. Default: `/tmp` with `64Mi`, which is there in any case."""

    network_paths: NotRequired[Sequence[NetworkPathArgs]]
    """Where pods may open connections to, beside DNS: a database, for one, or another workload. Default: nowhere."""

    internet: NotRequired[bool]
    """Whether pods may open HTTPS connections to anywhere, the APIs of Google among them. Default: false."""

    cpu: NotRequired[str]
    """CPU that each pod is sure to get. It may use more where nobody else needs it. Default: `100m`."""

    cpu_limit: NotRequired[str | None]
    """CPU that each pod gets at most, though nobody else needs it. Default: no limit."""

    memory: NotRequired[str]
    """Memory that is reserved for each pod. Default: `128Mi`."""

    memory_limit: NotRequired[str | None]
    """Memory at which a pod is killed. More than is reserved may be missing when it is needed. Default: `memory`."""

    user: NotRequired[int]
    """Number of the user that it runs as, and that owns its scratch directories. Default: 65532, who owns nothing."""

    shutdown_seconds: NotRequired[int]
    """How long it may take to end what it has begun, once it is told to stop. Then it is killed. Default: 25."""

    sidecars: NotRequired[Mapping[str, ContainerArgs]]
    """Containers beside the main one, by name: started before it and stopped after it. Default: none."""

    init_containers: NotRequired[Mapping[str, ContainerArgs]]
    """Containers that run to success before the main one starts, one after the other in the order of their names, and
    after the sidecars have started. Default: none."""

    service_account_token: NotRequired[bool]
    """Whether pods get a token for the API server. What it may do there is up to roles that somebody binds to
    `service_account`. Default: false, so whoever breaks in cannot talk to it."""

    pod_spec: NotRequired[Mapping[str, Any]]
    """Anything else of the pod, in the words of Kubernetes' PodSpec, laid over what is made of the other arguments:
    keys with values are merged, lists whose items have names by those, and everything else is replaced. The main
    container's name is `main`. Nothing here knows what Kubernetes would refuse of it. Default: nothing."""


def check_arguments(kind: str, name: str, args: Mapping[str, Any], accepted: type, faults: Faults) -> str:
    """Refuse the first fault of a workload's arguments, and say how errors call it where there is none."""
    component = checked_component(kind, name, args, accepted)
    for field, fault in faults:
        refuse(component, field, fault)
    return component


def workload_faults(args: Mapping[str, Any], accepted: type, apart: frozenset[str] = frozenset()) -> Faults:
    """Find what is wrong with the arguments of any workload.

    Args:
        args: The arguments.
        accepted: Their TypedDict.
        apart: Those whose types are looked at elsewhere.
    """
    wrong = list(type_faults({key: value for key, value in args.items() if key not in apart}, accepted))
    yield from wrong
    if wrong:
        return
    yield from _image_faults(args)
    yield from _variable_faults(args)
    yield from file_faults(args)
    yield from _scratch_faults(args)
    yield from _place_faults(args)
    yield from path_faults("network_paths", args.get("network_paths", []))
    yield from resource_faults(args, "", DEFAULT_CPU, DEFAULT_MEMORY)
    if (user := args.get("user")) is not None:
        yield from _when("user", range_fault(int(user), 1, 2**31 - 1, "as root, whoever breaks in has the node next"))
    if (seconds := args.get("shutdown_seconds")) is not None:
        yield from _when(
            "shutdown_seconds", range_fault(int(seconds), 1, 3600, "it would be killed in the middle, or never stop")
        )
    yield from container_faults(args)
    yield from pod_faults("pod_spec", args.get("pod_spec", {}))


def resource_faults(args: Mapping[str, Any], inside: str, cpu: str, memory: str) -> Faults:
    """Find amounts of CPU and memory that are none, and limits below what is reserved. Defaults are passed."""
    for resource, check, default in (("cpu", cpu_fault, cpu), ("memory", memory_fault, memory)):
        request, limit = args.get(resource, default), args.get(f"{resource}_limit")
        faults = {resource: check(request)} | ({} if limit is None else {f"{resource}_limit": check(limit)})
        yield from ((f"{inside}{field}", fault) for field, fault in faults.items() if fault)
        if limit is None or any(faults.values()):
            continue
        reserved, most = quantity_of(request), quantity_of(limit)
        if reserved is not None and most is not None and reserved > most:
            yield (
                f"{inside}{resource}_limit",
                Fault(
                    what=f"is {limit!r}, less than the {request!r} of `{resource}` that is reserved",
                    danger="the API server would refuse the pods, and nothing new would start",
                    remedy=f"raise it to {request!r} or more, or lower `{resource}`",
                ),
            )


def _image_faults(args: Mapping[str, Any]) -> Faults:
    if isinstance(image := args["image"], str):
        yield from _when("image", image_fault(image))


def _variable_faults(args: Mapping[str, Any]) -> Faults:
    environment = args.get("environment", {})
    for variable in environment:
        yield from _when(f"environment {variable!r}", environment_name_fault(variable))
    for variable in args.get("secret_environment", {}):
        yield from _when(f"secret_environment {variable!r}", environment_name_fault(variable))
        if variable in environment:
            yield f"secret_environment {variable!r}", _TWICE


def _scratch_faults(args: Mapping[str, Any]) -> Faults:
    for directory, size in args.get("scratch", {}).items():
        yield from _when(f"scratch {directory!r}", file_path_fault(directory) or disk_fault(size))


def _place_faults(args: Mapping[str, Any]) -> Faults:
    """Find what the container would find in the place of something else."""
    files = {path: f"{kind} {path!r}" for kind in ("secret_files", "files") for path in args.get(kind, {})}
    source = args.get("source_mount") or {}
    places = [
        *((path, f"scratch {path!r}") for path in args.get("scratch", {})),
        *((path, f"{kind} {path!r}") for kind in ("files", "secret_files") for path in args.get(kind, {})),
        *((path, "source_mount.mount_path") for path in [source.get("mount_path")] if path),
        *((path, f"node_folders {path!r}") for path in args.get("node_folders", {})),
    ]
    taken = {} if TEMPORARY_FILES in args.get("scratch", {}) else {TEMPORARY_FILES: "scratch"}
    for path, field in places:
        other = taken.setdefault(path, field)
        if other != field:
            yield field, _taken_fault(other)
    directories = [path for path in taken if path not in files]
    for path, field in files.items():
        inside = next((each for each in [*directories, *files] if path.startswith(f"{each}/")), None)
        if inside is not None:
            yield field, _taken_fault(taken[inside])


def _when(field: str, fault: Fault | None) -> Faults:
    if fault is not None:
        yield field, fault


_TWICE = Fault(
    what="is in environment too",
    danger="the API server would refuse the pods, or one of the two would be ignored",
    remedy="leave it out of one of them",
)


def _taken_fault(other: str) -> Fault:
    return Fault(
        what=f"is in the place of `{other}`",
        danger="the one would hide the other from the container",
        remedy="move one of them to another directory",
    )
