"""The engine's own account of a preview: a line of JSON for each event, in the order in which they happened.

`pulumi preview --json` tells the same at the end alone: nothing where the engine is killed, and nothing of policies.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

Event = Mapping[str, Any]

FLAGS = ("--event-log",)
"""What the engine is told for it, before the file's path."""

SWITCH = {"PULUMI_DEBUG_COMMANDS": "true"}
"""The environment in which it knows that flag."""


class Finding(NamedTuple):
    """What a policy found.

    Attributes:
        policy: Its name.
        resource: The URN of what it is about; empty where it is the whole stack.
        message: What it says.
        mandatory: Whether it forbids the update.
    """

    policy: str
    resource: str
    message: str
    mandatory: bool


@dataclass(frozen=True)
class Told:
    """What the events of one preview tell.

    Attributes:
        steps: What the engine would do, as it told it first and last; see `changes`.
        errors: What went wrong, in the words of program, provider or engine.
        warnings: What they warned of.
        findings: What policies found.
        complete: Whether the engine came to its end, and to a good one.
    """

    steps: tuple[Event, ...]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    findings: tuple[Finding, ...]
    complete: bool


def read(log: Path) -> Told:
    """What a log tells; one that is missing or cut short tells what is in it, and that it is not complete."""
    return told(log.read_text(errors="replace").splitlines() if log.is_file() else ())


def told(lines: Iterable[str]) -> Told:
    """The same of a log's lines."""
    events = [*_events(lines)]
    summaries = [event["summaryEvent"] for event in events if "summaryEvent" in event]
    said = [event["diagnosticEvent"] for event in events if "diagnosticEvent" in event]
    findings = [event["policyEvent"] for event in events if "policyEvent" in event]
    return Told(
        tuple(
            event[kind]["metadata"]
            for event in events
            for kind in ("resourcePreEvent", "resOutputsEvent")
            if kind in event
        ),
        _messages(said, "error"),
        _messages(said, "warning"),
        tuple(map(_finding, findings)),
        bool(summaries) and summaries[-1].get("result") == "succeeded",
    )


def _events(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Every event that is whole: an engine that was killed has left its last one half written."""
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event


def _messages(said: Iterable[Event], severity: str) -> tuple[str, ...]:
    """Each message of that severity once: the engine repeats a resource's error for the stack."""
    messages = (each.get("message", "").strip() for each in said if each.get("severity") == severity)
    return tuple(dict.fromkeys(filter(None, messages)))


def _finding(event: Event) -> Finding:
    return Finding(
        event.get("policyName", ""),
        event.get("resourceUrn", ""),
        event.get("message", "").strip(),
        event.get("enforcementLevel") == "mandatory",
    )
