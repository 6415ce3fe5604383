"""Subscriptions, which outlive their topics, and who may read from them."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.google import principals, tokens
from localcloud.providers.google.checks import between, duration_between, existing, matches, seconds, value_at
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.grants import Member
from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.pubsub.bigquery_delivery import require_table
from localcloud.providers.google.pubsub.limits import DAY, DAYS_31, MINUTES_10, NAME, NAME_RULE
from localcloud.providers.google.pubsub.topics import DELETED_TOPIC
from localcloud.providers.google.references import PathKind, full_id
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import UNKNOWN, Property


class Subscription(PathKind):
    """A subscription to a topic."""

    token = tokens.SUBSCRIPTION
    api = "pubsub.googleapis.com"
    path = "projects/{project}/subscriptions/{name}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # https://cloud.google.com/pubsub/docs/subscription-properties, resource_pubsub_subscription.go in the provider
        found = [
            *matches(inputs, "name", NAME, NAME_RULE),
            *duration_between(inputs, "messageRetentionDuration", MINUTES_10, DAYS_31),
            *duration_between(inputs, "retryPolicy.minimumBackoff", 0, 600),
            *duration_between(inputs, "retryPolicy.maximumBackoff", 0, 600),
            *matches(inputs, "pushConfig.pushEndpoint", r"https://[^\s/]\S*", "messages are only pushed over https"),
        ]
        if value_at(inputs, "ackDeadlineSeconds") != 0:
            found += between(inputs, "ackDeadlineSeconds", 10, 600, "seconds")
        if value_at(inputs, "deadLetterPolicy.maxDeliveryAttempts") != 0:
            found += between(inputs, "deadLetterPolicy.maxDeliveryAttempts", 5, 100, "attempts")
        if value_at(inputs, "expirationPolicy.ttl") != "":
            found += duration_between(inputs, "expirationPolicy.ttl", DAY, 2**53)
        policy = inputs.get("deadLetterPolicy")
        if isinstance(policy, Mapping) and not policy.get("deadLetterTopic"):
            found.append(Problem("deadLetterPolicy.deadLetterTopic", "is absent: name a topic, or remove the policy"))
        filter_ = value_at(inputs, "filter")
        if isinstance(filter_, str) and len(filter_.encode()) > 256:
            found.append(Problem("filter", f"has {len(filter_.encode())} bytes, but Google takes 256: shorten it"))
        shortest, longest = (value_at(inputs, f"retryPolicy.{name}Backoff") for name in ("minimum", "maximum"))
        if shortest and longest and not found and (seconds(shortest) or 0) > (seconds(longest) or 0):
            reason = f"is {shortest!r}, longer than maximumBackoff, which is {longest!r}: swap them"
            found.append(Problem("retryPolicy.minimumBackoff", reason))
        return found + _delivery_problems(inputs)

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        return {"messageRetentionDuration": "604800s", **super().complete(inputs, place)}

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        topic = full_id(state["topic"], state["project"], "topics")
        subscribed = existing(cloud, tokens.TOPIC, topic, "there would be nothing to subscribe to")
        state.setdefault("ackDeadlineSeconds", 10)
        state.setdefault("expirationPolicy", {"ttl": f"{DAYS_31}s"})
        self._require_targets(state, subscribed.state, cloud)

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        if former["topic"] == DELETED_TOPIC:
            raise Refusal(
                400,
                f"the topic of {self.identifier(state)!r} was deleted, failedPrecondition",
                "it gets no messages, even when a topic of that name is made again",
                "delete the subscription, and make it again",
            )
        topic = cloud.get(tokens.TOPIC, full_id(state["topic"], state["project"], "topics"))
        self._require_targets(state, topic.state if topic else {}, cloud)

    def _require_targets(self, state: Mapping[str, Property], topic: Mapping[str, Property], cloud: Cloud) -> None:
        project = state["project"]
        dead_letters = value_at(state, "deadLetterPolicy.deadLetterTopic")
        if dead_letters is not None:
            identifier = full_id(dead_letters, project, "topics")
            existing(cloud, tokens.TOPIC, identifier, "undeliverable messages would be lost")
        for path in ("pushConfig.oidcToken", "bigqueryConfig", "cloudStorageConfig"):
            account = value_at(state, f"{path}.serviceAccountEmail")
            if account:
                principals.require(f"serviceAccount:{account}", project, cloud)
        bucket = value_at(state, "cloudStorageConfig.bucket")
        if bucket is not None:
            existing(cloud, tokens.BUCKET, bucket, "messages could not be written")
        if state.get("bigqueryConfig"):
            require_table(state["bigqueryConfig"], project, topic, cloud)


class SubscriptionIAMMember(Member):
    """A role on a subscription."""

    token = tokens.SUBSCRIPTION_MEMBER
    api = "pubsub.googleapis.com"
    target = tokens.SUBSCRIPTION
    services = ("pubsub",)

    @override
    def on(self, state: Mapping[str, Property]) -> str:
        return full_id(state["subscription"], state["project"], "subscriptions")

    @override
    def _grantable(self, role: str) -> bool:
        # Its lowest-level resource is a topic: https://cloud.google.com/pubsub/docs/access-control#roles
        return role != "pubsub.publisher" and super()._grantable(role)


def _delivery_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    found = []
    ways = [name for name in ("pushConfig", "bigqueryConfig", "cloudStorageConfig") if value_at(inputs, name)]
    if len(ways) > 1:
        found.append(Problem(ways[1], f"is given beside {ways[0]!r}, but messages go one way: remove one"))
    if ways and value_at(inputs, "enableExactlyOnceDelivery"):
        # "Only the pull subscription type supports exactly-once delivery"
        # https://cloud.google.com/pubsub/docs/exactly-once-delivery
        reason = f"is set beside {ways[0]!r}, but only subscriptions that are pulled have it: remove one"
        found.append(Problem("enableExactlyOnceDelivery", reason))
    config = value_at(inputs, "bigqueryConfig")
    if not isinstance(config, Mapping):
        return found
    form = "a table is written 'project.dataset.table'"
    found += matches(inputs, "bigqueryConfig.table", r"[^.:/\s]+[.:][^.:/\s]+\.[^.:/]+", form)
    if config.get("useTopicSchema") is True and config.get("useTableSchema") is True:
        found.append(Problem("bigqueryConfig.useTableSchema", "is set beside 'useTopicSchema': remove one"))
    unknown = UNKNOWN in (config.get("useTopicSchema"), config.get("useTableSchema"))
    if config.get("dropUnknownFields") is True and not unknown and not _uses_schema(config):
        reason = "is set, but without useTopicSchema or useTableSchema there are no fields: set one, or remove it"
        found.append(Problem("bigqueryConfig.dropUnknownFields", reason))
    return found


def _uses_schema(config: Mapping[str, Property]) -> bool:
    return bool(config.get("useTopicSchema") or config.get("useTableSchema"))


KINDS: tuple[type[Kind], ...] = (Subscription, SubscriptionIAMMember)
