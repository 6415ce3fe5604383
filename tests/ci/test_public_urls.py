import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import typer
from typer.testing import CliRunner

from ci import public_urls

_GATEWAYS_OWN = {"Server": "kong/3.9.3"}


class Visited:
    """A server of many services by path, each of which answers as it is told."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[int, dict[str, str]]]] = {}
        visited = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def version_string(self) -> str:
                return ""

            def do_GET(self) -> None:
                waiting = visited.answers[self.path]
                status, headers = waiting.pop(0) if len(waiting) > 1 else waiting[0]
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def service(self, name: str, *answers: int, headers: dict[str, str] | None = None) -> str:
        self.answers[f"/{name}"] = [(answer, headers or {}) for answer in answers]
        return f"http://127.0.0.1:{self.server.server_port}/{name}"


@pytest.fixture
def visited(monkeypatch: pytest.MonkeyPatch) -> Iterator[Visited]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(public_urls, "_ASK_EVERY", 0.0)
    made = Visited()
    threading.Thread(target=made.server.serve_forever, daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.parametrize("status", [200, 401, 403, 404, 429])
def test_a_service_that_answers_is_there_whatever_it_says(visited: Visited, status: int) -> None:
    assert public_urls.ask({"shop": visited.service("shop", status)}, within=0.0) == {}


@pytest.mark.parametrize("status", [401, 403, 429])
def test_so_it_is_where_the_gateway_answers_for_it(visited: Visited, status: int) -> None:
    url = visited.service("shop", status, headers=_GATEWAYS_OWN)
    assert public_urls.ask({"shop": url}, within=0.0) == {}


def test_a_host_that_the_gateway_does_not_know_is_not_there(visited: Visited) -> None:
    url = visited.service("shop", 404, headers=_GATEWAYS_OWN)
    assert public_urls.ask({"shop": url}, within=0.0) == {"shop": "the gateway knows no such host"}


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_service_that_fails_is_not_there(visited: Visited, status: int) -> None:
    (why,) = public_urls.ask({"shop": visited.service("shop", status)}, within=0.0).values()
    assert why.startswith(str(status))


def test_nobody_listening_is_told_in_words(visited: Visited) -> None:
    (why,) = public_urls.ask({"shop": "http://127.0.0.1:1/"}, within=0.0).values()
    assert "refused" in why


def test_what_comes_up_late_is_waited_for_and_the_rest_not_asked_again(visited: Visited) -> None:
    early, late = visited.service("early", 200, 500), visited.service("late", 503, 503, 200)
    assert public_urls.ask({"early": early, "late": late}, within=60.0) == {}


def _run(text: str) -> "tuple[int, str]":
    app = typer.Typer()
    app.command()(public_urls.main)
    done = CliRunner().invoke(app, ["--within", "0"], input=text)
    return done.exit_code, done.output


def test_the_command_fails_and_names_who_does_not_answer(visited: Visited) -> None:
    shop, desk = visited.service("shop", 200), visited.service("desk", 502)
    code, said = _run(f'{{"shop": "{shop}", "desk": "{desk}"}}')
    assert code == 1
    assert f"{desk}: 502" in said
    assert shop not in said


def test_the_command_succeeds_where_all_answer(visited: Visited) -> None:
    shop = visited.service("shop", 200)
    assert _run(f'{{"shop": "{shop}"}}') == (0, f"{shop} answers.\n")


def test_a_stack_without_public_services_is_told_to_have_none() -> None:
    code, said = _run("{}")
    assert code == 0
    assert "no public service" in said


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', '{"shop": null}', '{"shop": "shop"}', '{"shop": "[secret]"}'])
def test_what_is_not_urls_by_name_is_refused(text: str) -> None:
    code, said = _run(text)
    assert code == 1
    assert "pulumi stack output --json urls" in said
