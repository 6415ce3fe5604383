"""Containers of a pod: the main one, those beside it, and those before it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from pulumi import Input, Output

from web_platform.errors import Fault
from web_platform.pods import container_security
from web_platform.syntax import cpu_fault, environment_name_fault, image_fault, memory_fault

MAIN = "main"

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_CPU = "20m"
_MEMORY = "64Mi"


class ContainerArgs(TypedDict):
    """A container beside the main one, or before it."""

    image: NotRequired[Input[str]]
    """Image to run, with a tag other than `latest` or with a digest. Default: the workload's own."""

    command: NotRequired[Sequence[Input[str]]]
    """Program to run in place of the image's entry point. Default: the image's own."""

    arguments: NotRequired[Sequence[Input[str]]]
    """Arguments of the program, in place of the image's. Default: the image's own."""

    environment: NotRequired[Mapping[str, Input[str]]]
    """Environment variables of this container alone. Not for secrets. Default: none."""

    shares_environment: NotRequired[bool]
    """Whether it gets the workload's environment variables too, the secret ones included. Default: false."""

    cpu: NotRequired[str]
    """CPU that it is sure to get. Default: `20m`."""

    memory: NotRequired[str]
    """Memory that is reserved for it, and that it has at most. Default: `64Mi`."""


def container(
    name: str,
    image: Input[str],
    *,
    environment: Sequence[Mapping[str, Any]],
    resources: Mapping[str, Any],
    mounts: Sequence[Mapping[str, Any]],
    **more: Any,  # noqa: ANN401 - further parts of a container, as the API names them
) -> dict[str, Any]:
    """A container as the restricted Pod Security Standard admits it, in the API's words."""
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": pull_policy(image),
        "env": list(environment),
        "resources": resources,
        "securityContext": container_security(),
        "volumeMounts": list(mounts),
        **more,
    }


def words(command: Sequence[Input[str]] | None, arguments: Sequence[Input[str]] | None) -> dict[str, Any]:
    """What a container runs, as the API calls it. What is None is the image's own."""
    said = {"command": command, "args": arguments}
    return {key: list(given) for key, given in said.items() if given is not None}


def pull_policy(image: Input[str]) -> Input[str]:
    """When a node asks the registry for an image: always, unless a digest says what it is.

    A tag can be moved. Nodes that pulled before and after would run different programs under one name.
    """
    if isinstance(image, str):
        return _pull_policy(image)
    return Output.concat(image).apply(_pull_policy)


def _pull_policy(image: str) -> str:
    return "IfNotPresent" if "@sha256:" in image else "Always"


def variables(environment: Mapping[str, Input[str]]) -> list[dict[str, Any]]:
    """Environment variables. Sorted, so that the order in which a program names them does not restart pods."""
    return [{"name": key, "value": value} for key, value in sorted(environment.items())]


def secret_variables(keys: Iterable[str], secret: Output[str] | None) -> list[dict[str, Any]]:
    """Environment variables of these names, which are keys of a Secret."""
    return [{"name": key, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}} for key in sorted(keys)]


def container_size(args: ContainerArgs) -> tuple[str, str]:
    """CPU and memory of a container beside the main one."""
    return args.get("cpu", _CPU), args.get("memory", _MEMORY)


def container_faults(args: Mapping[str, Any]) -> Iterator[tuple[str, Fault]]:
    """Find what is wrong with a workload's `sidecars` and `init_containers`."""
    taken: set[str] = {MAIN}
    for kind in ("sidecars", "init_containers"):
        for name, wanted in args.get(kind, {}).items():
            field = f"{kind}.{name}"
            if not _NAME.fullmatch(name) or len(name) > 63:
                yield field, _NO_NAME
            if name in taken:
                yield field, _TAKEN
            taken.add(name)
            image, (cpu, memory) = wanted.get("image"), container_size(wanted)
            if isinstance(image, str) and (fault := image_fault(image)):
                yield f"{field}.image", fault
            for variable in wanted.get("environment", {}):
                if fault := environment_name_fault(variable):
                    yield f"{field}.environment {variable!r}", fault
            if fault := cpu_fault(cpu):
                yield f"{field}.cpu", fault
            if fault := memory_fault(memory):
                yield f"{field}.memory", fault


_NO_NAME = Fault(
    what="is not a name that Kubernetes accepts for a container",
    danger="the API server would refuse the pods, and nothing new would start",
    remedy="use at most 63 lower-case letters, digits and hyphens",
)

_TAKEN = Fault(
    what="is the name of another container of the pod",
    danger="the API server would refuse the pods, and nothing new would start",
    remedy=f"choose another name; the main container is called {MAIN!r}",
)
