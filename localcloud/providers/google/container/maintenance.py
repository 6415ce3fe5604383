"""When GKE may maintain a cluster, and whether that is often enough.

GKE wants 48 hours of maintenance within any 32 days, and counts windows of at least four hours only.
https://cloud.google.com/kubernetes-engine/docs/concepts/maintenance-windows-and-exclusions#considerations
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from localcloud.providers.inputs import Problem, has_unknowns
from localcloud.providers.properties import Property

_WITHIN_WEEKS: Final = 4  # Whole ones in any 32 days.
_WANTED: Final = timedelta(hours=48)
_SHORTEST: Final = timedelta(hours=4)

# How often a rule of RFC 5545 recurs in four weeks at least; other frequencies than these two are not judged.
_DAYS: Final = {"DAILY": 7 * _WITHIN_WEEKS, "WEEKLY": _WITHIN_WEEKS}


def window_problems(policy: Property) -> list[Problem]:
    """What is wrong with a cluster's `maintenancePolicy`; nothing with what is not given or not yet known."""
    if not isinstance(policy, Mapping) or has_unknowns(policy):
        return []
    daily, recurring = policy.get("dailyMaintenanceWindow"), policy.get("recurringWindow")
    # The daily window is four hours long, and so always enough.
    if daily and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", daily["startTime"]):
        reason = f"is {daily['startTime']!r}, which is no time of day: write hours and minutes in UTC, such as '03:00'"
        return [Problem("maintenancePolicy.dailyMaintenanceWindow.startTime", reason)]
    return _recurring_problems(recurring) if recurring else []


def _recurring_problems(window: Mapping[str, str]) -> list[Problem]:
    path = "maintenancePolicy.recurringWindow"
    try:
        start, end = (datetime.fromisoformat(window[name]) for name in ("startTime", "endTime"))
        length = end - start
    except (TypeError, ValueError):
        return [
            Problem(
                path,
                f"is from {window['startTime']!r} to {window['endTime']!r}, which are not both times: "
                "write them as '2026-01-01T02:00:00Z'",
            )
        ]
    if length <= timedelta():
        return [Problem(path, f"ends at {window['endTime']}, not after its start: choose a later end")]
    rule = dict(part.partition("=")[::2] for part in window["recurrence"].removeprefix("RRULE:").split(";"))
    if rule.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY"):
        reason = f"is {window['recurrence']!r}, which does not recur: write 'FREQ=DAILY' or 'FREQ=WEEKLY;BYDAY=SA,SU'"
        return [Problem(f"{path}.recurrence", reason)]
    if rule["FREQ"] not in _DAYS or "INTERVAL" in rule:
        return []
    days = len(rule["BYDAY"].split(",")) * _WITHIN_WEEKS if "BYDAY" in rule else _DAYS[rule["FREQ"]]
    available = length * days if length >= _SHORTEST else timedelta()
    if available >= _WANTED:
        return []
    return [
        Problem(
            path,
            f"leaves {available / timedelta(hours=1):g} h within 32 days, in windows of 4 h or more, and maintenance "
            "policy would go longer than 32d without 48h maintenance availability: lengthen the window, or add days",
        )
    ]
