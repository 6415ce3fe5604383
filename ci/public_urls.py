"""Whether the public services of a stack answer: what a pipeline asks once they are deployed.

Reads their URLs as `pulumi stack output --json urls` writes them. Whoever runs it stands where visitors stand: name,
certificate, gateway and route have to be right. What a service says is its own tests' business.
"""

import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Annotated, cast

import typer

from localcloud import console
from localcloud.command import expected_failures
from localcloud.errors import LocalCloudError

_ANSWERS_WITHIN = 10.0
_ASK_EVERY = 5.0
_GATEWAY = "kong/"


def main(
    within: Annotated[float, typer.Option(help="Seconds that names and certificates may take to spread.")] = 300.0,
) -> None:
    """Asks every URL of standard input, and fails where one does not answer."""
    with expected_failures():
        urls = _read(sys.stdin.read())
        if not urls:
            console.say("The stack has no public service, so that nobody was asked anything.")
        silent = ask(urls, within)
        if silent:
            raise LocalCloudError(
                "\n".join(
                    ["Not every public service answers.", *(f"  - {urls[name]}: {why}" for name, why in silent.items())]
                ),
                "The stack is deployed, and some of its visitors get nowhere.",
                "`kubectl describe challenges -A` and the logs of gateway and service say why; run the job again then.",
            )
        for url in urls.values():
            typer.echo(f"{url} answers.")


def ask(urls: Mapping[str, str], within: float) -> dict[str, str]:
    """Asks each URL until it answers or time is up; why each of the others does not, by name."""
    ends = time.monotonic() + within
    silent = dict.fromkeys(urls, "")
    while True:
        silent = {name: why for name in silent if (why := _fault(urls[name]))}
        if not silent or time.monotonic() >= ends:
            return silent
        console.say(f"Waiting for {', '.join(silent)} …")
        time.sleep(min(_ASK_EVERY, max(0.0, ends - time.monotonic())))


def _fault(url: str) -> str:
    """Why a visitor gets nowhere; empty where somebody answers, and be it that a key is wanted."""
    try:
        with urllib.request.urlopen(url, timeout=_ANSWERS_WITHIN):  # noqa: S310 - the stack's own
            return ""
    except urllib.error.HTTPError as answer:
        if answer.code >= 500:
            return f"{answer.code} {answer.reason}"
        # Of a service, it is an answer; of the gateway, it means that there is no route.
        is_no_route = answer.code == 404 and answer.headers.get("Server", "").startswith(_GATEWAY)
        return "the gateway knows no such host" if is_no_route else ""
    except urllib.error.URLError as failure:
        return str(failure.reason)
    except (HTTPException, OSError) as failure:
        return str(failure) or type(failure).__name__


def _read(text: str) -> dict[str, str]:
    try:
        urls = json.loads(text)
    except ValueError:
        urls = None
    if not isinstance(urls, dict) or not all(isinstance(url, str) and "://" in url for url in urls.values()):
        raise LocalCloudError(
            "Standard input has no URLs by name.",
            "Nobody was asked anything.",
            "Give it what `pulumi stack output --json urls` writes.",
        )
    return cast("dict[str, str]", urls)


if __name__ == "__main__":
    typer.run(main)
