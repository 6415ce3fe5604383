"""The engine's events, whole or cut short."""

import json
from pathlib import Path
from typing import Any

from ci.preview import events

STEP = {"resourcePreEvent": {"metadata": {"op": "create", "urn": "u"}}}
DONE = {"summaryEvent": {"result": "succeeded"}}


def _lines(*told: dict[str, Any]) -> list[str]:
    return [json.dumps(each) for each in told]


def _said(message: str, severity: str) -> dict[str, Any]:
    return {"diagnosticEvent": {"message": message, "severity": severity}}


def test_a_whole_log_tells_its_steps_and_that_it_is_whole() -> None:
    told = events.told(_lines(STEP, DONE, {"cancelEvent": {}}))
    assert (told.steps, told.complete) == (({"op": "create", "urn": "u"},), True)


def test_a_log_that_ends_in_the_middle_of_a_line_tells_what_came_before() -> None:
    whole, cut = _lines(STEP, DONE)
    told = events.told([whole, cut[:-9]])
    assert len(told.steps) == 1
    assert not told.complete


def test_what_is_no_event_is_passed_over() -> None:
    assert events.told(["", "null", "[1]", "{", *_lines(STEP, DONE)]).complete


def test_a_preview_that_failed_half_way_is_not_whole() -> None:
    assert not events.told(_lines(STEP, {"summaryEvent": {"result": "failed"}})).complete


def test_there_may_be_no_log_at_all(tmp_path: Path) -> None:
    told = events.read(tmp_path / "none")
    assert (told.steps, told.complete) == ((), False)


def test_each_error_is_told_once_and_what_is_for_debugging_is_not() -> None:
    told = events.told(
        _lines(_said("boom\n", "error"), _said("boom", "error"), _said("d", "debug"), _said("w", "warning"))
    )
    assert (told.errors, told.warnings) == (("boom",), ("w",))


def test_what_policies_found_is_told() -> None:
    event = {
        "policyEvent": {
            "resourceUrn": "urn:pulumi:prod::p::t::bucket",
            "message": "It is public.\n",
            "policyName": "no-public-buckets",
            "enforcementLevel": "mandatory",
        }
    }
    (finding,) = events.told(_lines(event)).findings
    assert finding == ("no-public-buckets", "urn:pulumi:prod::p::t::bucket", "It is public.", True)
