"""The emulator of Pub/Sub, and what is made in it when it starts: topics, schemas, subscriptions and dead letters."""

import json
import shlex
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple, NotRequired, TypedDict

from web_platform import versions
from web_platform.errors import Fault
from web_platform.pods import TEMPORARY_FILES
from web_platform.stand_ins.stand_in import CONTENTS, StandIn
from web_platform.topic import (
    PubSubSchemaArgs,
    PubSubSubscriptionArgs,
    TopicArgs,
    WantedSubscription,
    WantedTopic,
    check_topic,
    dead_letters_name,
    subscription_name,
)

_PORT = 8085

_SCRIPT = "create.sh"

# What a container says of its end is what it wrote here: https://kubernetes.io/docs/tasks/debug/debug-application/
_LAST_WORDS = "/dev/termination-log"

# Google's own test of the image allows 30 seconds, and laptops are slower.
_PATIENCE_SECONDS = 120


class StandInTopicArgs(TypedDict):
    """A topic of the emulator of Pub/Sub, which keeps every message as long as it runs."""

    schema: NotRequired[PubSubSchemaArgs]
    """What every message must look like. The emulator knows Avro alone: of a topic with a schema in another language it
    takes anything. Default: anything."""

    subscriptions: NotRequired[Mapping[str, PubSubSubscriptionArgs]]
    """Subscriptions by name. Default: none."""


class Creation(NamedTuple):
    """A request that makes one thing, in the terms of Pub/Sub's REST API.

    https://cloud.google.com/pubsub/docs/reference/rest
    """

    method: str
    path: str
    """Path below that of the project."""

    body: Mapping[str, Any]


def pubsub(project: str, topics: Mapping[str, StandInTopicArgs]) -> StandIn:
    """The emulator, in which these topics are made. https://cloud.google.com/pubsub/docs/emulator."""
    return StandIn(
        image=f"gcr.io/google.com/cloudsdktool/google-cloud-cli:{versions.GOOGLE_CLOUD_CLI_IMAGE}-emulators",
        port=_PORT,
        memory="512Mi",
        command=[
            *("gcloud", "beta", "emulators", "pubsub", "start"),
            *(f"--project={project}", f"--host-port=0.0.0.0:{_PORT}", f"--data-dir={TEMPORARY_FILES}/pubsub"),
        ],
        # gcloud keeps its settings and logs in the home directory, which its image gives to another user.
        environment=[{"name": "HOME", "value": TEMPORARY_FILES}],
        contents={_SCRIPT: _script(project, creations(project, topics))},
        # Nobody sees what a hook writes, so what went wrong is what the container says of its end.
        post_start=["sh", "-c", f"exec sh {CONTENTS}/{_SCRIPT} 2> {_LAST_WORDS}"],
    )


def creations(
    project: str, topics: Mapping[str, StandInTopicArgs], *, languages: Collection[str] = ("AVRO",)
) -> Iterator[Creation]:
    """What makes topics and all that belongs to them, each thing after those that it names.

    Schemas are made in the languages that whoever makes them knows; a topic with another one takes anything.

    Nothing is said of how long messages are kept: the emulator keeps them all, and refuses to hear of a month.
    """
    for name, args in sorted(topics.items()):
        wanted = wanted_topic(name, args)
        yield from _topic(project, name, wanted, languages)
        for subscriber, subscription in wanted.subscriptions.items():
            yield from _subscription(project, name, subscription_name(name, subscriber), subscription)


def wanted_topic(name: str, args: StandInTopicArgs) -> WantedTopic:
    """A topic with the defaults for what was left out, or an `ArgumentError` where `Topic` would refuse it."""
    # Where a topic is, which this one is not, changes nothing of it.
    of_topic: TopicArgs = {
        "project": "anywhere",
        "project_number": "1",
        "subscriptions": args.get("subscriptions", {}),
    }
    if "schema" in args:
        of_topic["schema"] = args["schema"]
    return check_topic(name, of_topic)


def _topic(project: str, name: str, wanted: WantedTopic, languages: Collection[str]) -> Iterator[Creation]:
    schema = wanted.schema
    if schema is None or schema.type not in languages:
        yield Creation("PUT", f"topics/{name}", {})
        return
    yield Creation("POST", f"schemas?schemaId={name}", {"type": schema.type, "definition": schema.definition})
    settings = {"schema": f"projects/{project}/schemas/{name}", "encoding": schema.encoding}
    yield Creation("PUT", f"topics/{name}", {"schemaSettings": settings})


def _subscription(project: str, topic: str, name: str, wanted: WantedSubscription) -> Iterator[Creation]:
    topics = f"projects/{project}/topics"
    dead_letters = dead_letters_name(name)
    yield Creation("PUT", f"topics/{dead_letters}", {})
    yield Creation("PUT", f"subscriptions/{dead_letters}", {"topic": f"{topics}/{dead_letters}"})
    body = {
        "topic": f"{topics}/{topic}",
        "ackDeadlineSeconds": wanted.ack_deadline_seconds,
        "enableMessageOrdering": wanted.ordered,
        "retryPolicy": {
            "minimumBackoff": f"{wanted.minimum_backoff_seconds}s",
            "maximumBackoff": f"{wanted.maximum_backoff_seconds}s",
        },
        "deadLetterPolicy": {
            "deadLetterTopic": f"{topics}/{dead_letters}",
            "maxDeliveryAttempts": wanted.maximum_attempts,
        },
    }
    yield Creation("PUT", f"subscriptions/{name}", body | ({"filter": wanted.filter} if wanted.filter else {}))


def ambiguity_fault(project: str, topics: Mapping[str, StandInTopicArgs]) -> Fault | None:
    """No two topics, and what belongs to them, make one name: `a` with `b-c` and `a-b` with `c` would."""
    made = Counter(creation.path for creation in creations(project, topics))
    doubled = [path for path, count in made.items() if count > 1]
    if not doubled:
        return None
    return Fault(
        what=f"would make {doubled[0]!r} twice",
        danger="two workloads would share what each takes for its own, and get half of its messages",
        remedy="rename a topic or a subscription, so that topic and subscription together make names of their own",
    )


def _script(project: str, wanted: Iterator[Creation]) -> str:
    # Of a heredoc whose end is in quotes the shell leaves everything as it is, and JSON in one line is no such end.
    creating = [f"create {each.method} '{each.path}' <<'JSON'\n{json.dumps(each.body)}\nJSON\n" for each in wanted]
    api = shlex.quote(f"http://127.0.0.1:{_PORT}/v1/projects/{project}")
    return "".join([f"#!/bin/sh\napi={api}\npatience={_PATIENCE_SECONDS}\n", _FUNCTIONS, *creating])


_FUNCTIONS = """\
# Makes in the emulator of Pub/Sub what the stack declares. What is there already, stays.
set -u

stop() {
  printf '%s\\n' "$1" >&2
  exit 1
}

call() {
  curl --silent --show-error --noproxy '*' --max-time 10 "$@" 2>&1
}

# What is made comes by standard input.
create() {
  answer=$(call --request "$1" --header 'Content-Type: application/json' --data-binary @- \
--write-out ' HTTP %{http_code}' "$api/$2")
  case $answer in
    *' HTTP 200' | *' HTTP 409') ;;
    *) stop "The emulator of Pub/Sub did not make $2: $answer. Who uses that would not find it. \
Correct what is declared of the topic, and run 'pulumi up' again." ;;
  esac
}

deadline=$(($(date +%s) + patience))
until call --fail --output /dev/null "$api/topics" >/dev/null; do
  [ "$(date +%s)" -lt "$deadline" ] || stop "The emulator of Pub/Sub did not answer for $patience seconds. \
Nothing would be there for who publishes or subscribes. Look at its log, and at whether its node has CPU to spare."
  sleep 1
done

"""
