"""The note of a merge request, against a server that speaks GitLab's API and fails in every way that is documented."""

import threading
from collections.abc import Callable

import pytest

from ci.gitlab.connection import PATIENCE, connected, told_failures
from ci.gitlab.in_place import Marker, put
from ci.preview.gitlab_notes import Notes
from localcloud.errors import LocalCloudError
from tests.ci.gitlab_server import ANOTHER, FOREIGN, READ_ONLY, SECOND, TOKEN, Answer, GitLab

SUBJECT = "preview stack=prod on=rehearsal"


def _tell(server: GitLab, text: str, token: str = TOKEN, pipeline: int = 100, subject: str = SUBJECT) -> bool:
    """As a job of a pipeline tells the merge request."""
    environment = server.environment(token, pipeline)
    api = connected(environment)
    assert api is not None
    notes = Notes.of_job(api, environment)
    assert notes is not None
    marker = Marker(subject, pipeline)
    with told_failures("writing the note"):
        return put(notes, marker, f"{marker}\n\n{text}")


def _texts(server: GitLab) -> list[str]:
    return [note["body"].partition("\n\n")[2] for note in server.notes]


def test_the_first_pipeline_writes_a_note_and_the_next_writes_it_anew(gitlab_server: GitLab) -> None:
    assert _tell(gitlab_server, "one change", pipeline=100)
    (note,) = gitlab_server.notes
    assert note["body"] == "<!-- web-platform preview stack=prod on=rehearsal pipeline=100 -->\n\none change"
    assert _tell(gitlab_server, "two changes", pipeline=101)
    assert [(each["id"], each["body"].partition("\n\n")[2]) for each in gitlab_server.notes] == [
        (note["id"], "two changes")
    ]


def test_each_stack_and_each_way_has_a_note_of_its_own(gitlab_server: GitLab) -> None:
    for subject in ("preview stack=prod on=cloud", SUBJECT, "preview stack=prod2 on=rehearsal"):
        for text in ("first", "second"):
            _tell(gitlab_server, f"{subject}: {text}", subject=subject)
    assert _texts(gitlab_server) == [
        "preview stack=prod on=cloud: second",
        f"{SUBJECT}: second",
        "preview stack=prod2 on=rehearsal: second",
    ]


def test_a_note_is_found_again_on_the_third_page(gitlab_server: GitLab) -> None:
    for number in range(250):
        gitlab_server.add_note(f"comment {number}", ANOTHER)
    _tell(gitlab_server, "before")
    _tell(gitlab_server, "after")
    assert len(gitlab_server.notes) == 251
    assert gitlab_server.notes[-1]["body"].endswith("after")


def test_what_others_quote_and_what_gitlab_notes_itself_is_not_ours(gitlab_server: GitLab) -> None:
    marker = str(Marker(SUBJECT, 1))
    others = [
        gitlab_server.add_note(f"{marker}\n\nas a stranger copied it", ANOTHER),
        gitlab_server.add_note(f"> {marker}\n\nas a reply quotes it"),
        gitlab_server.add_note(f"{marker}\n\nas GitLab says it", system=True),
    ]
    before = [dict(each) for each in others]
    _tell(gitlab_server, "ours")
    assert others == before
    assert len(gitlab_server.notes) == 4


def test_an_older_pipeline_leaves_the_note_of_a_later_one(gitlab_server: GitLab) -> None:
    _tell(gitlab_server, "later", pipeline=200)
    assert not _tell(gitlab_server, "older", pipeline=199)
    assert _texts(gitlab_server) == ["later"]
    assert _tell(gitlab_server, "the same one, run again", pipeline=200)
    assert _texts(gitlab_server) == ["the same one, run again"]


@pytest.mark.parametrize(("first", "second"), [(300, 301), (301, 300)])
def test_of_two_pipelines_at_once_there_is_one_note_and_it_is_the_later_ones(
    first: int, second: int, gitlab_server: GitLab
) -> None:
    """Both find none, both write one, and the second looks again when the first has already mended it."""
    both_looked = threading.Barrier(2, timeout=30)
    first_wrote, second_wrote, first_done = threading.Event(), threading.Event(), threading.Event()
    wrote: set[str] = set()

    def before(method: str, path: str, token: str) -> None:
        if method == "POST" and token not in wrote:
            wrote.add(token)
            both_looked.wait()
            if token == SECOND:
                assert first_wrote.wait(30)
        elif path == "/user" and token in wrote:
            if token == TOKEN:
                first_wrote.set()
                assert second_wrote.wait(30)
            else:
                second_wrote.set()
                assert first_done.wait(30)

    gitlab_server.before = before
    later = threading.Thread(target=_tell, args=(gitlab_server, f"of {second}", SECOND, second))
    later.start()
    _tell(gitlab_server, f"of {first}", TOKEN, first)
    first_done.set()
    later.join(30)
    assert not later.is_alive()
    assert gitlab_server.asked.count(("POST", "/projects/42/merge_requests/7/notes")) == 2
    assert _texts(gitlab_server) == ["of 301"]


def test_what_an_earlier_race_left_over_is_removed(gitlab_server: GitLab) -> None:
    for number in (1, 2, 3):
        gitlab_server.add_note(f"{Marker(SUBJECT, number)}\n\nof {number}")
    _tell(gitlab_server, "the one")
    assert _texts(gitlab_server) == ["the one"]


@pytest.mark.parametrize("status", [403, 404])
def test_a_left_over_that_cannot_be_removed_is_told_and_one_that_is_gone_is_not(
    status: int, gitlab_server: GitLab
) -> None:
    for number in (1, 2):
        gitlab_server.add_note(f"{Marker(SUBJECT, number)}\n\nof {number}")
    gitlab_server.fail("DELETE", Answer(status, '{"message": "no"}'))
    if status == 404:
        assert _tell(gitlab_server, "the one")
    else:
        with pytest.raises(LocalCloudError, match="403"):
            _tell(gitlab_server, "the one")


def test_where_others_go_on_writing_it_is_not_taken_for_told(gitlab_server: GitLab) -> None:
    """Each time that somebody looks, two more are there; neither is of a later pipeline."""

    def before(method: str, path: str, token: str) -> None:
        for number in (1, 2) if method == "GET" and path.endswith("/notes") else ():
            gitlab_server.add_note(f"{Marker(SUBJECT, number)}\n\nof an earlier one")

    gitlab_server.before = before
    with pytest.raises(LocalCloudError, match="others write there at the same time"):
        _tell(gitlab_server, "ours")


def test_a_note_that_somebody_deletes_meanwhile_is_written_again(gitlab_server: GitLab) -> None:
    _tell(gitlab_server, "before")

    def before(method: str, path: str, token: str) -> None:
        if method == "PUT":
            gitlab_server.notes.clear()

    gitlab_server.before = before
    assert _tell(gitlab_server, "after")
    assert _texts(gitlab_server) == ["after"]


def test_a_conflict_is_tried_again(gitlab_server: GitLab) -> None:
    gitlab_server.fail("POST", Answer(409))
    assert _tell(gitlab_server, "ours")
    assert _texts(gitlab_server) == ["ours"]


def test_a_conflict_that_stays_is_told(gitlab_server: GitLab) -> None:
    gitlab_server.fail("POST", *[Answer(409)] * 10)
    with pytest.raises(LocalCloudError, match="409"):
        _tell(gitlab_server, "ours")


def test_a_note_that_was_made_though_the_answer_was_lost_is_not_made_twice(
    gitlab_server: GitLab, waits: list[float]
) -> None:
    """A proxy gives up, and the client asks again."""
    gitlab_server.fail("POST", Answer(502, "<html>Bad Gateway</html>", after=True))
    assert _tell(gitlab_server, "ours")
    assert waits
    assert _texts(gitlab_server) == ["ours"]


def test_where_there_are_too_many_requests_it_waits_as_long_as_it_is_told(
    gitlab_server: GitLab, waits: list[float]
) -> None:
    gitlab_server.fail("POST", Answer(429, headers={"Retry-After": "17"}))
    assert _tell(gitlab_server, "ours")
    assert waits == [17]
    assert _texts(gitlab_server) == ["ours"]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_that_has_trouble_for_a_moment_is_asked_again(
    status: int, gitlab_server: GitLab, waits: list[float]
) -> None:
    gitlab_server.fail("any", Answer(status, "<html>not JSON</html>"), Answer(status))
    assert _tell(gitlab_server, "ours")
    assert len(waits) == 2
    assert _texts(gitlab_server) == ["ours"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_trouble_that_stays_is_told(status: int, gitlab_server: GitLab, waits: list[float]) -> None:
    gitlab_server.fail("any", *[Answer(status)] * (PATIENCE + 1))
    with pytest.raises(LocalCloudError, match=str(status)) as caught:
        _tell(gitlab_server, "ours")
    assert "Run the job again" in caught.value.remedy
    assert len(waits) == PATIENCE
    assert gitlab_server.notes == []


def _stopped(server: GitLab) -> None:
    server.server.shutdown()
    server.server.server_close()


def _moved(server: GitLab) -> None:
    server.fail("GET", Answer(404, '{"message": "404 Not found"}'))


def _foreign(server: GitLab) -> None:
    server.add_note(f"{Marker(SUBJECT, 1)}\n\nours")
    server.fail("PUT", Answer(403, '{"message": "403 Forbidden"}'))


@pytest.mark.parametrize(
    ("prepare", "token", "said"),
    [
        (lambda server: None, "glpat-expired", "does not know the token"),
        (lambda server: None, READ_ONLY, "insufficient_scope"),
        (_foreign, TOKEN, "403 Forbidden"),
        (_moved, TOKEN, "no such thing"),
        (_stopped, TOKEN, "does not answer"),
    ],
    ids=["unknown token", "token without scope", "another's right", "no such merge request", "no server"],
)
def test_what_is_refused_is_told_with_what_to_do_about_it(
    prepare: Callable[[GitLab], None], token: str, said: str, gitlab_server: GitLab, waits: list[float]
) -> None:
    prepare(gitlab_server)
    with pytest.raises(LocalCloudError) as caught:
        _tell(gitlab_server, "ours", token)
    assert said in caught.value.problem
    assert "GitLab was not told" in caught.value.consequence
    assert token not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, '[{"id": 1, "body": "<!-- web-'),
        Answer(200, "<html>Please log in</html>"),
        Answer(200, "{}"),
    ],
    ids=["ends early", "a page", "another answer"],
)
def test_json_that_is_none_is_told(answer: Answer, gitlab_server: GitLab) -> None:
    gitlab_server.fail("GET", *[answer] * 3)
    with pytest.raises(LocalCloudError, match="not the JSON"):
        _tell(gitlab_server, "ours")
    assert gitlab_server.notes == []


def test_a_connection_that_ends_in_the_middle_is_tried_again(gitlab_server: GitLab, waits: list[float]) -> None:
    gitlab_server.fail("GET", Answer(200, '{"id": 1, "username": "project_42_bot"}', cut=True))
    assert _tell(gitlab_server, "ours")
    assert len(waits) == 1
    assert _texts(gitlab_server) == ["ours"]


def test_with_another_token_the_note_is_another(gitlab_server: GitLab) -> None:
    """Of a user who is not the one before: nobody may write another's note."""
    _tell(gitlab_server, "of one")
    _tell(gitlab_server, "of the other", FOREIGN)
    assert _texts(gitlab_server) == ["of one", "of the other"]


def test_without_a_token_there_is_no_connection(gitlab_server: GitLab) -> None:
    assert connected(gitlab_server.environment(token="")) is None


def test_a_job_for_no_merge_request_has_no_notes(gitlab_server: GitLab) -> None:
    environment = {**gitlab_server.environment(), "CI_MERGE_REQUEST_IID": ""}
    api = connected(environment)
    assert api is not None
    assert Notes.of_job(api, environment) is None
