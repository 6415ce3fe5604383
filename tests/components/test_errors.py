"""What components say of what they refuse."""

import pytest
from web_platform.argument_types import choice_fault
from web_platform.errors import ArgumentError, Fault, told

LONG = "x" * 200_000


def test_a_fault_is_told_in_three_lines() -> None:
    assert told("replicas", Fault("is 0", "nothing would do the work", "pass 1")) == (
        "replicas is 0.\n  Danger: nothing would do the work\n  Remedy: pass 1"
    )


def test_what_a_terminal_would_obey_is_written_out() -> None:
    assert told("subscriptions.\x1b[2Ja\nb", Fault("is odd", "none\x07", "did you mean 'ä'?\nor\x1b[0m")) == (
        "subscriptions.\\x1b[2Ja\\nb is odd.\n  Danger: none\\x07\n  Remedy: did you mean 'ä'?\n          or\\x1b[0m"
    )


def test_what_else_may_be_done_stands_below_the_remedy() -> None:
    assert told("replicas", Fault("is 0", "nothing would do the work", "pass 1\nor more")).endswith(
        "\n  Remedy: pass 1\n          or more"
    )


def test_a_choice_that_no_terminal_holds_is_cut_and_what_there_is_stays() -> None:
    said = told("concurrency", choice_fault("x" * 200, ["Forbid", "Replace"]))
    assert said.startswith(f"concurrency is '{'x' * 77}...', which is not one of 'Forbid', 'Replace'.\n")


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("project", f"is {LONG!r}, which is no project id"),
        ("project", f"""is {LONG + "'"!r}, which is no project id"""),
        ("project", f"is {chr(92) * 100_000!r}, which is no project id"),
        (f"environment {LONG!r}", "is no name"),
        (f"subscriptions.{LONG}.filter", "is no filter"),
    ],
)
def test_a_value_that_no_terminal_holds_is_cut(field: str, what: str) -> None:
    said = str(ArgumentError(f"Bucket {LONG!r}", field, Fault(what, "danger", "remedy")))
    assert len(said) < 800
    assert said.startswith(f"Bucket '{'x' * 297}...': ")
    assert what.rpartition(", ")[2] in said


@pytest.mark.parametrize(
    "what",
    [
        f"is {'x' * 80!r}, which is not text",
        f"has a quote ' of which only the beginning is there: {chr(92) * 99}",
        "is a wildcard, which Let's Encrypt certifies by DNS01 only, and the pods' owner cannot",
        f"has 'a', of which {'the rest of a long sentence ' * 4}stands between two values, and 'b'",
    ],
)
def test_what_a_terminal_holds_stays_as_it_is(what: str) -> None:
    assert told("field", Fault(what, "danger", "remedy")).startswith(f"field {what}.")
