"""How messages are shown, and what is said where nobody answers."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from localcloud.cluster import ports
from localcloud.errors import LocalCloudError
from localcloud.stand_ins.messages import Message, following

PUBLISHED = datetime(2026, 11, 26, 23, 46, 37, 413_159, tzinfo=timezone(timedelta(hours=5, minutes=30)))

TEXTS = [b"hi", b"", "Grüße, 世界".encode(), b'{"id": 1}']


def message(body: bytes = b"hi", ordering_key: str = "", **attributes: str) -> Message:
    return Message("m7", PUBLISHED, attributes, ordering_key, body)


def test_a_line_says_when_which_and_what() -> None:
    here = PUBLISHED.astimezone().strftime("%H:%M:%S")
    assert message().as_line() == f"{here}.413  m7  hi"
    assert message(b"hi", "k", b="2", a="x y").as_line() == f"{here}.413  m7  hi  a=x y  b=2  key=k"


@pytest.mark.parametrize("body", [b"\xff\x00\x01", b"\x00\xc3", b"\x08\x96\x01\x80"])
def test_a_body_that_is_no_text_is_shown_byte_by_byte(body: bytes) -> None:
    assert message(body).as_line().split("  ")[2] == f"({len(body)} bytes) {body.hex()}"
    assert message(body).text() is None


@pytest.mark.parametrize(
    "hostile", ["two\nlines", "\x1b[2J", "\x1b]52;c;aGk=\x07", "\r", "\x9b2J", "\u202eevil", "\x7f", "\x00"]
)
@pytest.mark.parametrize(
    "place",
    [lambda text: message(text.encode()), lambda text: message(b"", text), lambda text: message(b"", "", a=text)],
    ids=["body", "ordering key", "attribute"],
)
def test_whoever_publishes_cannot_write_on_the_terminal_of_who_looks(
    place: Callable[[str], Message], hostile: str
) -> None:
    line = place(hostile).as_line()
    assert line.isprintable()
    assert place("plain").as_line() == line.replace(repr(hostile)[1:-1], "plain")


@pytest.mark.parametrize("body", TEXTS)
def test_a_program_gets_a_line_of_json(body: bytes) -> None:
    line = message(body, "k", a="x").as_json()
    assert "\n" not in line
    assert json.loads(line) == {
        "id": "m7",
        "published": "2026-11-26T23:46:37.413159+05:30",
        "attributes": {"a": "x"},
        "orderingKey": "k",
        "body": body.decode(),
    }


def test_a_program_gets_a_body_that_is_no_text_in_base64() -> None:
    said = json.loads(message(b"\xff\x00\x01").as_json())
    assert said["bodyBase64"] == "/wAB"
    assert "body" not in said


def test_a_body_of_several_lines_is_one_line_of_json() -> None:
    line = message(b"two\nlines\x1b[31m").as_json()
    assert line.isprintable()
    assert json.loads(line)["body"] == "two\nlines\x1b[31m"


def test_times_are_in_the_time_of_this_machine_for_people_and_as_they_are_for_programs() -> None:
    utc = message()._replace(published=PUBLISHED.astimezone(UTC))
    assert utc.as_line() == message().as_line()
    assert json.loads(utc.as_json())["published"] == "2026-11-26T18:16:37.413159+00:00"


def test_where_nobody_listens_that_is_said_at_once() -> None:
    with (
        pytest.raises(LocalCloudError, match="The stand-in of Pub/Sub does not answer: 503") as caught,
        following(f"127.0.0.1:{ports.free()}", "orders"),
    ):
        pass
    assert caught.value.remedy.startswith("`make stand-ins` starts it again")
