"""Lines of cron as Kubernetes reads them, and time zones."""

import calendar
import zoneinfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from web_platform.workloads.schedule import schedule_fault, time_zone_fault

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

# Lowest and highest value of each field, and words for values from the lowest on.
FIELDS: list[tuple[int, int, list[str]]] = [(0, 59, []), (0, 23, []), (1, 31, []), (1, 12, MONTHS), (0, 6, DAYS)]


def cased(word: str) -> st.SearchStrategy[str]:
    return st.sampled_from([word, word.upper(), word.capitalize()])


def written(number: int, lowest: int, words: list[str]) -> st.SearchStrategy[str]:
    """A value as a number, or as its word where it has one."""
    digits = st.sampled_from([f"{number}", f"{number:02}"])
    return digits | cased(words[number - lowest]) if words else digits


@st.composite
def parts(draw: st.DrawFn, lowest: int, highest: int, words: list[str]) -> str:
    """A part of a field: anything, a value, or from one to another; and maybe only some of these."""
    kind = draw(st.sampled_from(["*", "?", "one", "range"]))
    step = draw(st.none() | st.integers(1, 100))
    suffix = "" if step is None else f"/{step}"
    if kind in "*?":
        return kind + suffix
    start, end = sorted((draw(st.integers(lowest, highest)), draw(st.integers(lowest, highest))))
    first = draw(written(start, lowest, words))
    return first + suffix if kind == "one" else f"{first}-{draw(written(end, lowest, words))}{suffix}"


def fields(number: int) -> st.SearchStrategy[str]:
    return st.lists(parts(*FIELDS[number]), min_size=1, max_size=3).map(",".join)


gaps = st.sampled_from([" ", "  ", "\t"])


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """The fields of a line that has a day in some month."""
    drawn = [draw(fields(number)) for number in range(5)]
    # Days that some month does not have are looked at by tests of their own.
    drawn[2] = draw(st.lists(parts(1, 29, []), min_size=1, max_size=3).map(",".join))
    return drawn


@given(line=lines(), gap=gaps)
def test_a_line_of_valid_fields_is_accepted(line: list[str], gap: str) -> None:
    assert schedule_fault(gap.join(line)) is None
    assert schedule_fault(f" {gap.join(line)} ") is None


@given(line=lines(), number=st.integers(0, 4), beyond=st.integers(1, 1000), data=st.data())
def test_a_line_with_one_value_beyond_its_field_is_refused(
    line: list[str], number: int, beyond: int, data: st.DataObject
) -> None:
    lowest, highest, _ = FIELDS[number]
    wrong = data.draw(
        st.sampled_from(
            [f"{highest + beyond}", f"{lowest}-{highest + beyond}", f"{highest}-{lowest}", f"{lowest}/0", "*/0", "?/0"]
        )
    )
    line[number] = ",".join([line[number], wrong])
    fault = schedule_fault(" ".join(line))
    assert fault is not None
    assert repr(wrong) in fault.what
    assert fault.what.endswith(f"is nothing from {lowest} to {highest}")


@given(line=lines(), number=st.integers(0, 9))
def test_a_line_has_five_fields(line: list[str], number: int) -> None:
    assume(number != 5)
    fault = schedule_fault(" ".join((line * 2)[:number]))
    assert fault is not None
    assert f"which has {number} fields of 5" in fault.what


@pytest.mark.parametrize(
    "schedule",
    [
        "30 4 * * *",
        "*/5 * * * *",
        "0 0 1 1 *",
        "0,30 8-17 ? * MON-FRI",
        "5/15 * * * *",
        "0 0 1-7/2 jan,Jul sun",
        "0 0 29 2 *",
        "0 0 31 1 *",
        "0 0 31 2 1",
        "0 0 30 2 mon-fri",
        "00 007 * * *",
        "*/99 * * * *",
        "0 0 * feb-4 mon-3",
        *("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"),
    ],
)
def test_what_kubernetes_runs_is_accepted(schedule: str) -> None:
    assert schedule_fault(schedule) is None


@pytest.mark.parametrize(
    ("schedule", "what"),
    [
        ("", "is '', which has 0 fields of 5"),
        ("daily", "is 'daily', which has 1 fields of 5"),
        ("0 4 * * * *", "is '0 4 * * * *', which has 6 fields of 5"),
        ("60 * * * *", "whose minute '60' is nothing from 0 to 59"),
        ("-1 * * * *", "whose minute '-1' is nothing from 0 to 59"),
        ("* 24 * * *", "whose hour '24' is nothing from 0 to 23"),
        ("* * 0 * *", "whose day of month '0' is nothing from 1 to 31"),
        ("* * 32 * *", "whose day of month '32' is nothing from 1 to 31"),
        ("* * * 0 *", "whose month '0' is nothing from 1 to 12"),
        ("* * * 13 *", "whose month '13' is nothing from 1 to 12"),
        ("* * * * 7", "whose day of week '7' is nothing from 0 to 6"),
        ("* * * january *", "whose month 'january' is nothing"),
        ("* * * mon *", "whose month 'mon' is nothing"),
        ("* * jan * *", "whose day of month 'jan' is nothing"),
        ("* * * * fri-mon", "whose day of week 'fri-mon' is nothing"),
        ("5-1 * * * *", "whose minute '5-1' is nothing"),
        ("1-2-3 * * * *", "whose minute '1-2-3' is nothing"),
        ("*/0 * * * *", "whose minute '*/0' is nothing"),
        ("*/-1 * * * *", "whose minute '*/-1' is nothing"),
        ("*/x * * * *", "whose minute '*/x' is nothing"),
        ("*/ * * * *", "whose minute '*/' is nothing"),
        ("*/1/2 * * * *", "whose minute '*/1/2' is nothing"),
        ("** * * * *", "whose minute '**' is nothing"),
        ("1_0 * * * *", "whose minute '1_0' is nothing"),
        ("٣ * * * *", "whose minute '٣' is nothing"),
        ("0.5 * * * *", "whose minute '0.5' is nothing"),
        ("* * L * *", "whose day of month 'L' is nothing"),
        ("* * 15W * *", "whose day of month '15W' is nothing"),
        ("* * * * 5#2", "whose day of week '5#2' is nothing"),
        ("@reboot", "is '@reboot', which is no word of cron"),
        ("@Daily", "is '@Daily', which is no word of cron"),
        ("@daily ", "is '@daily ', which is no word of cron"),
        (" @daily", "is ' @daily', which has 1 fields of 5"),
        ("@every", "is '@every', which is no word of cron"),
        ("@", "is '@', which is no word of cron"),
        ("TZ=Europe/Berlin 0 4 * * *", "names a time zone in the schedule"),
        ("CRON_TZ=Europe/Berlin 0 4 * * *", "names a time zone in the schedule"),
        ("0 0 30 2 *", "is '0 0 30 2 *', a day that no month has"),
        ("0 0 31 4 ?", "is '0 0 31 4 ?', a day that no month has"),
        ("0 0 31 11 */1", "is '0 0 31 11 */1', a day that no month has"),
    ],
)
def test_what_kubernetes_would_refuse_or_never_run_is_refused(schedule: str, what: str) -> None:
    fault = schedule_fault(schedule)
    assert fault is not None
    assert what in fault.what
    assert all(fault)


@pytest.mark.parametrize("month", range(1, 13))
def test_the_last_day_that_a_month_ever_has_is_accepted_and_none_after_it(month: int) -> None:
    in_a_leap_year = 2024
    last = calendar.monthrange(in_a_leap_year, month)[1]
    assert schedule_fault(f"0 0 {last} {month} *") is None
    assert schedule_fault(f"0 0 {last + 1} {month} *") is not None


@pytest.mark.parametrize("zone", ["Etc/UTC", "UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+3"])
def test_time_zones_go_by_the_names_of_iana(zone: str) -> None:
    assert time_zone_fault(zone) is None


@pytest.mark.parametrize("area", ["Africa", "America", "Antarctica", "Asia", "Australia", "Europe", "Etc", "Pacific"])
def test_every_zone_of_an_area_is_accepted(area: str) -> None:
    zones = [zone for zone in zoneinfo.available_timezones() if zone.startswith(f"{area}/")]
    assert zones
    assert [zone for zone in zones if time_zone_fault(zone)] == []


@pytest.mark.parametrize(
    "zone",
    [
        *("", " ", "Berlin", "europe/berlin", "Europe", "Europe/", "/Europe/Berlin", "Europe/Berlin "),
        *("Europe//Berlin", "Local", "local", "localtime", "+01:00"),
        *("../Europe/Berlin", "Europe/../Etc/UTC", "tzdata.zi", "a\0b"),
    ],
)
def test_another_name_is_refused(zone: str) -> None:
    fault = time_zone_fault(zone)
    assert fault is not None
    assert fault.what == f"is {zone!r}, which is no time zone"


@pytest.mark.parametrize("schedule", ["0 0 30 2 */2", "0 0 31 9 ?/15,1"])
def test_a_star_with_a_step_is_no_star(schedule: str) -> None:
    assert schedule_fault(schedule) is None


@pytest.mark.parametrize(
    "schedule",
    [
        *("0 0 30 feb *", "0 0 31 4,6 *", "0 0 30-31 2 *", "0 0 30 2 1,*", "0 0 31 Feb ?", "0 0 31/1 6 ?"),
        *("0 0 31 2-feb *", "0 0 30,31 2 *", "0 0 31 4/98 *", "*/99999999999999999999 * * * *"),
    ],
)
def test_a_day_that_no_month_has_is_refused_however_it_is_written(schedule: str) -> None:
    assert schedule_fault(schedule) is not None


@pytest.mark.parametrize("zone", ["posix/Europe/Berlin", "right/Europe/Berlin", "posixrules"])
def test_a_zone_of_this_machine_alone_is_refused(zone: str) -> None:
    assert time_zone_fault(zone) is not None
