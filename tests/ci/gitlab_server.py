"""A GitLab of one project, as its documentation describes notes and issues, that can be told to fail.

https://docs.gitlab.com/api/notes/, https://docs.gitlab.com/api/issues/, https://docs.gitlab.com/api/rest/
"""

import json
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

PROJECT, MERGE_REQUEST = "42", "7"
TOKEN, SECOND, READ_ONLY, FOREIGN = "glpat-writes", "glpat-writes-too", "glpat-reads", "glpat-another"
ME, ANOTHER = {"id": 1, "username": "project_42_bot"}, {"id": 2, "username": "somebody"}
LONGEST = 1_000_000

_USERS = {TOKEN: ME, SECOND: ME, READ_ONLY: ME, FOREIGN: ANOTHER}
_NOTES = re.compile(rf"/projects/{PROJECT}/merge_requests/{MERGE_REQUEST}/notes(?:/(\d+))?")
_ISSUES = re.compile(rf"/projects/{PROJECT}/issues(?:/(\d+))?")


@dataclass
class Answer:
    """What is answered instead of what is right.

    Attributes:
        status: Its status.
        body: Its body, if it is not what GitLab says of such a status.
        headers: What else.
        cut: Whether the connection ends in the middle of the body.
        after: Whether the request is done before.
    """

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    after: bool = False


class Refused(Exception):  # noqa: N818 - it is what GitLab does, and no error of this server
    def __init__(self, status: int, message: object) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, object] = {"message": message}


class GitLab:
    """The server, and what is in it."""

    def __init__(self) -> None:
        self.notes: list[dict[str, Any]] = []
        self.issues: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str]] = []
        self.faults: dict[str, deque[Answer]] = {}
        self.before: Callable[[str, str, str], None] = lambda method, path, token: None
        self.lock = threading.Lock()
        self._numbers = iter(range(1000, 100_000))
        gitlab = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                gitlab.serve(self)

            do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the library's names

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def environment(self, token: str = TOKEN, pipeline: int = 100) -> dict[str, str]:
        """What a job for the merge request has in its environment."""
        return {
            "CI_SERVER_URL": self.url,
            "CI_PROJECT_ID": PROJECT,
            "CI_MERGE_REQUEST_PROJECT_ID": PROJECT,
            "CI_MERGE_REQUEST_IID": MERGE_REQUEST,
            "CI_PIPELINE_ID": str(pipeline),
            "CI_JOB_URL": f"{self.url}/jobs/1",
            "GITLAB_TOKEN": token,
        }

    def fail(self, method: str, *answers: Answer) -> None:
        """Lets the next requests of a method be answered so."""
        self.faults.setdefault(method, deque()).extend(answers)

    def add_note(self, body: str, author: Mapping[str, Any] = ME, system: bool = False) -> dict[str, Any]:
        note = {"id": next(self._numbers), "body": body, "author": dict(author), "system": system}
        self.notes.append(note)
        return note

    def add_issue(self, title: str, description: str, labels: str, author: Mapping[str, Any] = ME) -> dict[str, Any]:
        number = next(self._numbers)
        issue = {
            "id": number + 500_000,
            "iid": number,
            "title": title,
            "description": description,
            "labels": [each for each in labels.split(",") if each],
            "author": dict(author),
            "state": "opened",
            "confidential": False,
        }
        self.issues.append(issue)
        return issue

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        url = urlsplit(request.path)
        path = url.path.removeprefix("/api/v4")
        length = int(request.headers.get("Content-Length") or 0)
        body = json.loads(request.rfile.read(length) or "{}")
        method = request.command
        self.before(method, path, request.headers.get("PRIVATE-TOKEN", ""))
        with self.lock:
            self.asked.append((method, path))
            waiting = self.faults.get(method) or self.faults.get("any")
            fault = waiting.popleft() if waiting else None
            try:
                if fault and not fault.after:
                    status, headers, said = (
                        fault.status,
                        dict(fault.headers),
                        fault.body or json.dumps({"message": f"{fault.status} as it was told"}),
                    )
                else:
                    query = {key: values[-1] for key, values in parse_qs(url.query).items()}
                    status, headers, answer = self._answer(request, method, path, query, body)
                    said = "" if answer is None else json.dumps(answer)
                    if fault:
                        status, said = fault.status, fault.body
            except Refused as refusal:
                status, headers, said = refusal.status, {}, json.dumps(refusal.body)
        self._send(request, status, headers, said, cut=bool(fault and fault.cut))

    def _send(
        self, request: BaseHTTPRequestHandler, status: int, headers: Mapping[str, str], said: str, cut: bool
    ) -> None:
        content = said.encode()
        request.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content[: len(content) // 2] if cut else content)
        if cut:
            request.close_connection = True

    def _answer(
        self, request: BaseHTTPRequestHandler, method: str, path: str, query: Mapping[str, str], body: dict[str, Any]
    ) -> tuple[int, dict[str, str], Any]:
        token = request.headers.get("PRIVATE-TOKEN")
        if token not in _USERS:
            raise Refused(401, "401 Unauthorized")
        if token == READ_ONLY and method != "GET":
            refusal = Refused(403, "403 Forbidden")
            refusal.body = {"error": "insufficient_scope", "error_description": "needs more", "scope": "api"}
            raise refusal
        user = _USERS[token]
        if path == "/user":
            return 200, {}, user
        if found := _NOTES.fullmatch(path):
            return self._notes(method, found[1], query, body, user, request.path)
        if found := _ISSUES.fullmatch(path):
            return self._issues(method, found[1], query, body, user, request.path)
        raise Refused(404, "404 Project Not Found")

    def _notes(
        self, method: str, number: str | None, query: Mapping[str, str], body: dict[str, Any], user: Any, url: str
    ) -> tuple[int, dict[str, str], Any]:
        if method == "POST":
            self._check("body", body.get("body"), "note")
            return 201, {}, self.add_note(body["body"], user)
        if method == "GET":
            return self._page(
                sorted(self.notes, key=lambda note: note["id"], reverse=query.get("sort") != "asc"), url, query
            )
        note = next((each for each in self.notes if str(each["id"]) == number), None)
        if note is None:
            raise Refused(404, "404 Note Not Found")
        if note["author"] != user:
            raise Refused(403, "403 Forbidden")
        if method == "DELETE":
            self.notes.remove(note)
            return 204, {}, None
        self._check("body", body.get("body"), "note")
        note["body"] = body["body"]
        return 200, {}, note

    def _issues(
        self, method: str, number: str | None, query: Mapping[str, str], body: dict[str, Any], user: Any, url: str
    ) -> tuple[int, dict[str, str], Any]:
        if method == "POST":
            self._check("title", body.get("title"), "title")
            self._check("description", body.get("description"), "description")
            opened = self.add_issue(body["title"], body["description"], body.get("labels", ""), user)
            opened["confidential"] = body.get("confidential", False)
            return 201, {}, opened
        if method == "GET":
            found = [
                each
                for each in self.issues
                if query.get("state") in (None, each["state"])
                and ("labels" not in query or query["labels"] in each["labels"])
                and ("author_id" not in query or int(query["author_id"]) == each["author"]["id"])
            ]
            return self._page(
                sorted(found, key=lambda issue: issue["iid"], reverse=query.get("sort") != "asc"), url, query
            )
        issue = next((each for each in self.issues if str(each["iid"]) == number), None)
        if issue is None:
            raise Refused(404, "404 Issue Not Found")
        if "description" in body:
            self._check("description", body["description"], "description")
            issue["description"] = body["description"]
        issue["confidential"] = body.get("confidential", issue["confidential"])
        if body.get("state_event") == "close":
            issue["state"] = "closed"
        return 200, {}, issue

    def _check(self, name: str, text: object, what: str) -> None:
        if not isinstance(text, str) or not text.strip():
            raise Refused(400, {name: ["can't be blank"]})
        if len(text) > LONGEST:
            raise Refused(400, {what: [f"is too long (maximum is {LONGEST} characters)"]})

    def _page(
        self, found: list[dict[str, Any]], url: str, query: Mapping[str, str]
    ) -> tuple[int, dict[str, str], list[dict[str, Any]]]:
        page, size = int(query.get("page", 1)), min(int(query.get("per_page", 20)), 100)
        pages = max(1, -(-len(found) // size))
        place = f"{self.url}{urlsplit(url).path}"
        links = [f'<{place}?{urlencode({**query, "page": 1, "per_page": size})}>; rel="first"']
        if page < pages:
            links.append(f'<{place}?{urlencode({**query, "page": page + 1, "per_page": size})}>; rel="next"')
        headers = {
            "X-Page": str(page),
            "X-Per-Page": str(size),
            "X-Total": str(len(found)),
            "X-Total-Pages": str(pages),
            "X-Next-Page": str(page + 1) if page < pages else "",
            "X-Prev-Page": str(page - 1) if page > 1 else "",
            "Link": ", ".join(links),
        }
        return 200, headers, found[(page - 1) * size : page * size]


def running() -> GitLab:
    """A server that answers, until its `server.shutdown()`."""
    gitlab = GitLab()
    threading.Thread(target=gitlab.server.serve_forever, args=(0.02,), daemon=True).start()
    return gitlab
