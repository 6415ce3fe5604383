import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from hello.app import app
from hello.log import JsonLines


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(app) as made:
        yield made
    app.state.leaving = False


def test_everybody_is_greeted(client: TestClient) -> None:
    assert client.get("/").json() == {"greeting": "Hello, world!"}


def test_a_greeting_is_for_the_one_who_is_named(client: TestClient) -> None:
    assert client.post("/greetings", json={"name": " Anna "}).json() == {"greeting": "Hello, Anna!"}


def test_a_stack_says_how_it_greets(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREETING", "Moin")
    assert client.get("/").json() == {"greeting": "Moin, world!"}


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ("", 400, "is not JSON"),
        ("\xff", 400, "is not JSON"),
        ("[]", 422, "`name` must be"),
        ("{}", 422, "`name` must be"),
        ('{"name": 7}', 422, "`name` must be"),
        ('{"name": " "}', 422, "`name` must be"),
        (json.dumps({"name": "a" * 101}), 422, "`name` must be"),
    ],
)
def test_what_names_nobody_is_refused_with_the_reason(client: TestClient, body: str, status: int, error: str) -> None:
    answer = client.post("/greetings", content=body.encode("latin-1"))
    assert answer.status_code == status
    assert error in answer.json()["error"]


def test_it_is_live_and_ready_until_it_leaves_and_then_live_only(client: TestClient) -> None:
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 200)
    app.state.leaving = True
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 503)


def _lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(JsonLines().format(record)) for record in caplog.records if record.name.startswith("hello")]


def test_a_request_is_a_line_of_the_log_without_what_may_be_private(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client.get("/nowhere?token=secret")
    (line,) = _lines(caplog)
    assert (line["severity"], line["message"]) == ("INFO", "GET /nowhere 404")
    assert line["httpRequest"].items() >= {"requestMethod": "GET", "requestUrl": "/nowhere", "status": 404}.items()
    assert float(line["httpRequest"]["latency"].rstrip("s")) >= 0
    assert "secret" not in json.dumps(line)


def test_probes_are_no_lines_of_the_log(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client.get("/healthz")
    client.get("/readyz")
    assert _lines(caplog) == []


def test_an_error_is_one_line_with_its_traceback() -> None:
    failure = ValueError("broken")
    record = logging.LogRecord("hello", logging.ERROR, __file__, 1, "It failed", None, (ValueError, failure, None))
    written = JsonLines().format(record)
    assert "\n" not in written
    assert "ValueError: broken" in json.loads(written)["message"]
