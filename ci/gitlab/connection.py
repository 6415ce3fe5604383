"""The way to GitLab's API: by what a pipeline's job has in its environment, with words for what goes wrong there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import gitlab
import requests

from localcloud.errors import LocalCloudError

TOKEN = "GITLAB_TOKEN"  # noqa: S105 - the variable's name
"""The variable with a project access token: scope `api`, and at least the role that comments and opens issues."""

PATIENCE = 8
"""How often a request is sent again where GitLab is busy or not there: within half a minute, unless it says when."""

_ANSWERS_WITHIN = 30.0
_NOT_FOUND = 404
_NOT_TOLD = "GitLab was not told: what stands there, if anything, is older than this job."
_REMEDY = (
    f"Put a project access token with the scope `api` and the role Reporter or higher into the variable {TOKEN}; "
    "docs/merge-requests.md says how."
)


def connected(environment: Mapping[str, str]) -> gitlab.Gitlab | None:
    """A connection to the GitLab whose job this is; None where nothing is to be told, since there is no token."""
    token = environment.get(TOKEN)
    if not token:
        return None
    return gitlab.Gitlab(
        environment.get("CI_SERVER_URL", "https://gitlab.com"),
        private_token=token,
        timeout=_ANSWERS_WITHIN,
        retry_transient_errors=True,
    )


def user_of(api: gitlab.Gitlab) -> int:
    """The number of the user that the token is of.

    Raises:
        GitlabError: GitLab refuses it, or answers something else.
    """
    user = api.http_get("/user", max_retries=PATIENCE)
    if not isinstance(user, Mapping) or "id" not in user:
        raise gitlab.exceptions.GitlabParsingError("A user has a number, and this answer has none.")
    return int(user["id"])


@contextmanager
def gone_already() -> Iterator[None]:
    """Lets pass that what is to be taken away is not there: somebody else was quicker."""
    try:
        yield
    except gitlab.exceptions.GitlabError as refusal:
        if refusal.response_code != _NOT_FOUND:
            raise


@contextmanager
def told_failures(doing: str) -> Iterator[None]:
    """Tells what GitLab refuses, or that it does not answer, in three sentences.

    Args:
        doing: What is done there, as in "writing the note".

    Raises:
        LocalCloudError: It went wrong.
    """
    try:
        yield
    except gitlab.exceptions.GitlabAuthenticationError as refusal:
        raise LocalCloudError(
            f"GitLab does not know the token of {TOKEN}, at {doing} (401: {refusal.error_message}).", _NOT_TOLD, _REMEDY
        ) from refusal
    except gitlab.exceptions.GitlabParsingError as nonsense:
        raise LocalCloudError(
            f"GitLab's answer at {doing} is not the JSON that its API gives; it may have been cut short on its way.",
            _NOT_TOLD,
            "Run the job again; if it stays so, look at what is between the runner and GitLab, such as a proxy.",
        ) from nonsense
    except gitlab.exceptions.GitlabError as refusal:
        raise _explained(doing, refusal) from refusal
    except requests.RequestException as silence:
        raise LocalCloudError(
            f"GitLab does not answer, at {doing}: {type(silence).__name__}.",
            _NOT_TOLD,
            "Run the job again once GitLab answers the runner.",
        ) from silence


def _explained(doing: str, refusal: gitlab.exceptions.GitlabError) -> LocalCloudError:
    said = f"{refusal.response_code}: {refusal.error_message}"
    match refusal.response_code:
        case 403:
            return LocalCloudError(
                f"The token of {TOKEN} may not do this, at {doing} ({said}): it lacks the scope or the role.",
                _NOT_TOLD,
                _REMEDY,
            )
        case 404:
            return LocalCloudError(
                f"There is no such thing for the token of {TOKEN}, at {doing} ({said}).",
                _NOT_TOLD,
                "Make the token in this project, or in one that it was given access to.",
            )
        case _:
            return LocalCloudError(
                f"GitLab refuses, or cannot do it, at {doing} ({said}).",
                _NOT_TOLD,
                "Run the job again; https://status.gitlab.com says whether gitlab.com has trouble.",
            )
