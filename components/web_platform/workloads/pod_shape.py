"""Whether raw parts of a pod have lists, and keys with values, where Kubernetes has them.

Pulumi asserts it of what it hands on, and of what comes back: with a stack trace that shows all that is in the pod.
"""

from collections.abc import Awaitable, Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin

from pulumi import Output

# No public part of Pulumi says which types it asserts.
from pulumi._types import input_type_py_to_pulumi_names, input_type_types, is_input_type, unwrap_type
from pulumi_kubernetes.core.v1 import PodSpecArgs

from web_platform.argument_types import below, is_of, type_fault
from web_platform.errors import Fault


def pod_faults(field: str, pod: Mapping[str, Any]) -> Iterator[tuple[str, Fault]]:
    """Find what is a list or keys with values where the other is to be. Keys that Pulumi does not know may be new."""
    return _shape_faults(field, pod, PodSpecArgs)


def _shape_faults(field: str, given: Any, expected: Any) -> Iterator[tuple[str, Fault]]:  # noqa: ANN401 - of any type
    expected = unwrap_type(expected)
    wanted = dict if is_input_type(expected) else {Sequence: list, Mapping: dict}.get(get_origin(expected))
    if wanted is None or given is None or isinstance(given, Output | Awaitable):
        return
    if not is_of(given, wanted):
        yield field, type_fault(given, wanted)
    elif wanted is list:
        for number, each in enumerate(given):
            yield from _shape_faults(f"{field}[{number}]", each, get_args(expected)[0])
    elif is_input_type(expected):
        types, names = input_type_types(expected), input_type_py_to_pulumi_names(expected)
        for key, each in given.items():
            yield from _shape_faults(below(field, key), each, types.get(names.get(key, key)))
