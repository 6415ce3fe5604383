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
_LONGEST = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_PART = re.compile(r"(?P<from>\*|\?|\w+)(-(?P<to>\w+))?(/(?P<step>\d{1,9}))?", re.ASCII)

# What counts as any day. With a larger step, it is days that are named.
_STAR = re.compile(r"[*?](/0*1)?")

# Names that a machine may have beside those of IANA, and the API server has not.
_OF_THIS_MACHINE = re.compile(r"posix/|right/|posixrules$|Factory$|localtime$")

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
            if _values(part, lowest, highest, words) is None:
                what = f"is {schedule!r}, whose {name} {part!r} is nothing from {lowest} to {highest}"
                return Fault(what, _DANGER, _REMEDY)
    if _never(*fields[2:]):
        return Fault(f"is {schedule!r}, a day that no month has", _DANGER, _REMEDY)
    return None


def time_zone_fault(zone: str) -> Fault | None:
    """A time zone is one of the names that IANA keeps."""
    try:
        known = bool(zone) and not _OF_THIS_MACHINE.match(zone) and zoneinfo.ZoneInfo(zone).key == zone
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        known = False
    if known:
        return None
    return Fault(
        what=f"is {zone!r}, which is no time zone",
        danger="the API server would refuse the job, and it would never run",
        remedy="write a name of IANA's, such as 'Europe/Berlin' or 'Etc/UTC'",
    )


def _values(part: str, lowest: int, highest: int, words: list[str]) -> range | None:
    """The values that a part of a field names, or None where it names none."""
    match = _PART.fullmatch(part)
    step = int(match["step"] or 1) if match else 0
    if match is None or step == 0:
        return None
    if match["from"] in ("*", "?"):
        return None if match["to"] else range(lowest, highest + 1, step)
    start, end = _value(match["from"], lowest, words), _value(match["to"] or match["from"], lowest, words)
    if start is None or end is None or not lowest <= start <= end <= highest:
        return None
    # Without an end, a step goes on to the last value.
    return range(start, (highest if match["step"] and not match["to"] else end) + 1, step)


def _value(text: str, lowest: int, words: list[str]) -> int | None:
    if text.lower() in words:
        return lowest + words.index(text.lower())
    return int(text) if text.isdigit() else None


def _never(days: str, months: str, weekdays: str) -> bool:
    """Whether a line names days of months that do not have them: cron looks for one for ever.

    Where days of the month and of the week are both named, either will do.
    """
    if not any(_STAR.fullmatch(part) for part in weekdays.split(",")):
        return False
    named = {day for part in days.split(",") for day in _values(part, *_FIELDS[2][1:]) or ()}
    longest = max(
        _LONGEST.get(month, 31) for part in months.split(",") for month in _values(part, *_FIELDS[3][1:]) or ()
    )
    return min(named) > longest
