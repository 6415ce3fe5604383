"""The archive of messages: where, on Google Cloud, what was published can be seen."""

from web_platform.dataset import identifier

from settings.cloud import ARCHIVE
from settings.stack import Settings


def archive_query(settings: Settings, topic: str) -> str | None:
    """The query that shows the last messages of a topic in the real cloud. None: nobody writes them down."""
    declared = settings.topics.get(topic)
    if settings.google is None or declared is None or not declared.archived:
        return None
    table = f"{settings.google.project}.{identifier(ARCHIVE)}.{identifier(topic)}"
    return (
        f"SELECT publish_time, data, attributes FROM `{table}` "  # noqa: S608 - shown, and made of checked names
        "WHERE publish_time > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR) ORDER BY publish_time DESC LIMIT 100"
    )
