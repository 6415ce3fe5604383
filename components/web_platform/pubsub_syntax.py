"""What Pub/Sub demands of names, schemas, filters and times.

Pure functions: each takes a value and returns what is wrong with it, or None.
"""

import json

from web_platform.errors import Fault
from web_platform.physical_name import physical_name_fault
from web_platform.whole_numbers import range_fault

SCHEMA_TYPES = ("AVRO", "PROTOCOL_BUFFER")
ENCODINGS = ("JSON", "BINARY")

# https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions
MAXIMUM_RETENTION_DAYS = 31

REFUSED = "Pub/Sub would refuse the subscription, and its messages would go to nobody"

# https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
_MINIMUM_NAME = 3
_MAXIMUM_NAME = 255

# https://cloud.google.com/pubsub/docs/filtering: "The maximum length of a filter is 256 bytes".
_MAXIMUM_FILTER_BYTES = 256


def name_fault(name: str, longest_suffix: str) -> Fault | None:
    """A name is one of Google's, does not begin with `goog`, and leaves room for what is made of it."""
    fault = physical_name_fault(name)
    if fault is not None:
        return fault
    if name.startswith("goog"):
        return Fault(
            what="begins with 'goog', which Google keeps for itself",
            danger="Pub/Sub would refuse it, after what it depends on has been created",
            remedy="choose a name that begins otherwise",
        )
    if len(name) < _MINIMUM_NAME:
        return Fault(
            what=f"has fewer than {_MINIMUM_NAME} characters",
            danger="Pub/Sub would refuse it, after what it depends on has been created",
            remedy="choose a longer name",
        )
    if len(name) + len(longest_suffix) <= _MAXIMUM_NAME:
        return None
    return Fault(
        what=f"makes names of more than {_MAXIMUM_NAME} characters",
        danger="Pub/Sub would refuse them, after what they depend on has been created",
        remedy="shorten the name",
    )


def choice_fault(value: str, choices: tuple[str, ...]) -> Fault | None:
    """A value is one of a few."""
    if value in choices:
        return None
    return Fault(
        what=f"is {value!r}",
        danger="Pub/Sub would refuse the schema, and the topic could not be created",
        remedy=f"pass one of: {', '.join(choices)}",
    )


def avro_fault(definition: str) -> Fault | None:
    """An Avro schema is JSON: text, a list, or keys with values. Pub/Sub alone can say whether it is a good one.

    https://avro.apache.org/docs/1.11.1/specification/#schema-declaration
    """
    try:
        schema = json.loads(definition, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        what = f"is not JSON, in which Avro writes its schemas: {error}"
    else:
        if isinstance(schema, str | list | dict):
            return None
        what = "names no type: a schema of Avro's is text, a list, or keys with values"
    return Fault(
        what=what,
        danger="Pub/Sub would refuse the schema, and the topic could not be created",
        remedy="correct the definition, or set `type` to the language that it is in",
    )


def _no_constant(constant: str) -> None:
    """Refuse what Python alone takes for JSON."""
    raise ValueError(f"{constant} is no value of JSON")


def filter_fault(text: str) -> Fault | None:
    """A filter has a greatest length. Pub/Sub alone can say whether it is a good one."""
    length = len(text.encode())
    if length <= _MAXIMUM_FILTER_BYTES:
        return None
    return Fault(
        what=f"has {length} bytes, of {_MAXIMUM_FILTER_BYTES} at most",
        danger=REFUSED,
        remedy="shorten the filter, or let the subscriber acknowledge what it does not need",
    )


def retention_fault(days: int) -> Fault | None:
    """Messages are kept for whole days, up to the most that Pub/Sub allows."""
    return range_fault(days, 1, MAXIMUM_RETENTION_DAYS, "Pub/Sub would refuse it, or keep no message")
