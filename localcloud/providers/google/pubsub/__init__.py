"""Pub/Sub: topics, schemas, subscriptions, and who may use them.

Simulated: what refers to what, ranges, and what a subscription that writes into BigQuery needs there. Not simulated:
messages. A subscription outlives its topic, as in reality.
"""

from localcloud.providers.google.pubsub.schemas import DELETED_SCHEMA, Schema
from localcloud.providers.google.pubsub.subscriptions import Subscription, SubscriptionIAMMember
from localcloud.providers.google.pubsub.topics import DELETED_TOPIC, Topic, TopicIAMMember

__all__ = [
    "DELETED_SCHEMA",
    "DELETED_TOPIC",
    "Schema",
    "Subscription",
    "SubscriptionIAMMember",
    "Topic",
    "TopicIAMMember",
]
