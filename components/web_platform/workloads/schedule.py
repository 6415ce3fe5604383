"""When something happens again and again: the lines of cron that Kubernetes reads, and time zones.

Kubernetes reads the five fields of cron as its library does: https://pkg.go.dev/github.com/robfig/cron/v3.
"""

import re
import zoneinfo

from web_platform.errors import Fault

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

# Name, lowest and highest value, and words for values from the lowest on.
_FIELDS: tuple[tuple[str, int, int, list[str]], ...] = (
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day of month", 1, 31, []),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 6, _DAYS),
)
_WORDS = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
_PART = re.compile(r"(?P<from>\*|\?|\w+)(-(?P<to>\w+))?(/(?P<step>\d+))?", re.ASCII)
_REMEDY = "write minute, hour, day of month, month and day of week, such as '30 4 * * *' for each day at 4:30"
_DANGER = "the API server would refuse the job, or it would never run"


def schedule_fault(schedule: str) -> Fault | None:
    """A schedule is a line of cron, or one of its words such as `@daily`."""
    if schedule.startswith("@"):
        if schedule in _WORDS:
            return None
        return Fault(f"is {schedule!r}, which is no word of cron", _DANGER, f"use one of: {', '.join(sorted(_WORDS))}")
    if schedule.startswith(("TZ=", "CRON_TZ=")):
        return Fault("names a time zone in the schedule", _DANGER, "write it as the time zone instead")
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        return Fault(f"is {schedule!r}, which has {len(fields)} fields of 5", _DANGER, _REMEDY)
    for text, (name, lowest, highest, words) in zip(fields, _FIELDS, strict=True):
        for part in text.split(","):
            if not _is_part(part, lowest, highest, words):
                what = f"is {schedule!r}, whose {name} {part!r} is nothing from {lowest} to {highest}"
                return Fault(what, _DANGER, _REMEDY)
    if _never(fields):
        return Fault(f"is {schedule!r}, a day that no month has", _DANGER, _REMEDY)
    return None


def time_zone_fault(zone: str) -> Fault | None:
    """A time zone is one of the names that IANA keeps."""
    try:
        known = bool(zone) and zone == zone.strip() and zoneinfo.ZoneInfo(zone).key == zone and zone != "localtime"
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        known = False
    if known:
        return None
    return Fault(
        what=f"is {zone!r}, which is no time zone",
        danger="the API server would refuse the job, and it would never run",
        remedy="write a name of IANA's, such as 'Europe/Berlin' or 'Etc/UTC'",
    )


def _is_part(part: str, lowest: int, highest: int, words: list[str]) -> bool:
    match = _PART.fullmatch(part)
    if match is None or (match["step"] is not None and int(match["step"]) == 0):
        return False
    if match["from"] in ("*", "?"):
        return match["to"] is None
    start, end = _value(match["from"], lowest, words), _value(match["to"] or match["from"], lowest, words)
    return start is not None and end is not None and lowest <= start <= end <= highest


def _value(text: str, lowest: int, words: list[str]) -> int | None:
    if text.lower() in words:
        return lowest + words.index(text.lower())
    return int(text) if text.isdigit() else None


def _never(fields: list[str]) -> bool:
    """Whether a line names days of months that do not have them: cron looks at both for ever, and finds none."""
    _, _, days, months, weekdays = fields
    if not (days.isdigit() and months.isdigit()) or not weekdays.startswith(("*", "?")):
        return False
    longest = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
    return int(days) > longest.get(int(months), 31)
