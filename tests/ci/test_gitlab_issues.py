"""The issue of a stack that has drifted, against a server that speaks GitLab's API."""

import pytest

from ci.drift.gitlab_issues import Issues
from ci.drift.issue import issue, mended, title
from ci.gitlab.connection import connected, told_failures
from ci.gitlab.in_place import Marker, clear, put
from ci.preview.changes import drifted
from localcloud.errors import LocalCloudError
from tests.ci.gitlab_server import ANOTHER, READ_ONLY, TOKEN, Answer, GitLab
from tests.ci.steps import BUCKET, TOPIC, state, step

BEFORE = state(BUCKET, "uploads", {"storageClass": "STANDARD"})
AFTER = {**BEFORE, "outputs": {"storageClass": "NEARLINE"}}
FOUND = drifted(
    [step("update", BEFORE, AFTER, {"storageClass": "update"}), step("delete", state(TOPIC, "orders", {}), None)]
)


def _tell(server: GitLab, text: str, pipeline: int = 100, stack: str = "prod", token: str = TOKEN) -> None:
    """As a job of a pipeline tells the project; no text is no drift."""
    environment = server.environment(token, pipeline)
    api = connected(environment)
    assert api is not None
    issues = Issues.of_job(api, environment, title(stack))
    assert issues is not None
    marker = Marker(f"drift stack={stack}", pipeline)
    with told_failures("writing the issue"):
        if text:
            put(issues, marker, f"{marker}\n\n{text}")
        else:
            clear(issues, marker, mended(str(marker)))


def _open(server: GitLab) -> list[tuple[str, str]]:
    """Title and description of every open issue."""
    return [
        (each["title"], each["description"].partition("\n\n")[2]) for each in server.issues if each["state"] == "opened"
    ]


def test_the_description_says_what_is_gone_and_what_is_otherwise() -> None:
    said = issue("prod", FOUND, "<!-- marker -->", 1_000_000)
    assert said.startswith(
        "<!-- marker -->\n\nOf `prod`, something is otherwise than its state says: 1 gone, 1 changed."
    )
    assert "- **gone** Topic `orders`" in said
    assert "**changed** Bucket `uploads`\n\n- `storageClass`: `STANDARD` → `NEARLINE`" in said


def test_one_issue_a_stack_is_opened_renewed_and_closed(gitlab_server: GitLab) -> None:
    for text in ("first", "second"):
        for stack in ("staging", "prod"):
            _tell(gitlab_server, f"{text} of {stack}", stack=stack)
    assert _open(gitlab_server) == [
        ("Drift of the stack staging", "second of staging"),
        ("Drift of the stack prod", "second of prod"),
    ]
    _tell(gitlab_server, "", stack="prod")
    assert _open(gitlab_server) == [("Drift of the stack staging", "second of staging")]
    assert "Everything is as the state says again." in gitlab_server.issues[1]["description"]


def test_what_prod_is_like_is_shown_to_members_alone(gitlab_server: GitLab) -> None:
    _tell(gitlab_server, "of staging", stack="staging")
    gitlab_server.add_issue("Drift of prod", f"{Marker('drift stack=prod', 1)}\n\nopen to all", "drift")
    _tell(gitlab_server, "of prod")
    assert [each["confidential"] for each in gitlab_server.issues] == [True, True]


def test_after_it_was_closed_new_drift_opens_another(gitlab_server: GitLab) -> None:
    for text in ("first", "", "second"):
        _tell(gitlab_server, text)
    assert _open(gitlab_server) == [("Drift of the stack prod", "second")]
    assert len(gitlab_server.issues) == 2


def test_no_drift_where_there_is_no_issue_writes_nothing(gitlab_server: GitLab) -> None:
    _tell(gitlab_server, "")
    assert {method for method, _ in gitlab_server.asked} == {"GET"}


@pytest.mark.parametrize("status", [403, 404])
def test_an_issue_that_cannot_be_closed_is_told_and_one_that_is_gone_is_not(status: int, gitlab_server: GitLab) -> None:
    _tell(gitlab_server, "drift")
    closing = iter([False, True])

    def before(method: str, path: str, token: str) -> None:
        # The last words are written; what then is refused is the closing.
        if method == "PUT" and next(closing):
            gitlab_server.fail("PUT", Answer(status, '{"message": "no"}'))

    gitlab_server.before = before
    if status == 404:
        _tell(gitlab_server, "")
    else:
        with pytest.raises(LocalCloudError, match="403"):
            _tell(gitlab_server, "")


def test_issues_of_others_and_of_later_pipelines_stay(gitlab_server: GitLab) -> None:
    gitlab_server.add_issue("Drift", f"{Marker('drift stack=prod', 1)}\n\na stranger's", "drift", ANOTHER)
    _tell(gitlab_server, "later", pipeline=200)
    _tell(gitlab_server, "earlier", pipeline=199)
    _tell(gitlab_server, "", pipeline=199)
    assert _open(gitlab_server) == [("Drift", "a stranger's"), ("Drift of the stack prod", "later")]


def test_an_issue_is_found_again_on_the_second_page(gitlab_server: GitLab) -> None:
    for number in range(120):
        gitlab_server.add_issue(f"Drift of something {number}", "by hand", "drift")
    _tell(gitlab_server, "first")
    _tell(gitlab_server, "second")
    assert len(gitlab_server.issues) == 121
    assert _open(gitlab_server)[-1] == ("Drift of the stack prod", "second")


def test_of_two_that_were_opened_at_once_the_older_stays(gitlab_server: GitLab) -> None:
    for number in (1, 2):
        gitlab_server.add_issue(f"Drift {number}", f"{Marker('drift stack=prod', number)}\n\nof {number}", "drift")
    _tell(gitlab_server, "now")
    assert _open(gitlab_server) == [("Drift 1", "now")]


def test_an_issue_that_was_opened_though_the_answer_was_lost_is_not_opened_twice(
    gitlab_server: GitLab, waits: list[float]
) -> None:
    gitlab_server.fail("POST", Answer(504, after=True))
    _tell(gitlab_server, "now")
    assert _open(gitlab_server) == [("Drift of the stack prod", "now")]
    assert waits


@pytest.mark.parametrize(("token", "said"), [(READ_ONLY, "insufficient_scope"), ("glpat-expired", "does not know")])
def test_what_is_refused_is_told(token: str, said: str, gitlab_server: GitLab) -> None:
    with pytest.raises(LocalCloudError, match=said):
        _tell(gitlab_server, "now", token=token)


@pytest.mark.parametrize("pipeline", [100, 101])
def test_a_stack_whose_name_begins_like_anothers_is_another(pipeline: int, gitlab_server: GitLab) -> None:
    _tell(gitlab_server, "of prod")
    _tell(gitlab_server, "of prod2", pipeline=pipeline, stack="prod2")
    _tell(gitlab_server, "", pipeline=102)
    assert _open(gitlab_server) == [("Drift of the stack prod2", "of prod2")]
