"""Where messages can be seen on Google Cloud."""

import pytest
from web_platform.topic import archive_columns

from settings import Settings, cloud, parse
from settings.archive import archive_query
from tests.settings.stack_files import GOOGLE, LEAST


def on_google(**topics: object) -> Settings:
    return parse(GOOGLE | {"topics": topics}, "test")


def test_the_query_of_an_archive_names_the_table_that_messages_are_written_into() -> None:
    query = archive_query(on_google(**{"new-orders": {}}), "new-orders")
    assert query is not None
    assert f"`acme-prod.{cloud.ARCHIVE.replace('-', '_')}.new_orders`" in query
    asked = query.removeprefix("SELECT ").partition(" FROM ")[0].split(", ")
    assert {*asked, "publish_time"} <= {column["name"] for column in archive_columns("JSON")}
    assert query.endswith("ORDER BY publish_time DESC LIMIT 100")


@pytest.mark.parametrize(
    ("settings", "topic"),
    [
        (parse(LEAST | {"topics": {"orders": {}}}, "test"), "orders"),
        (on_google(orders={"archived": False}), "orders"),
        (on_google(orders={}), "visits"),
        (on_google(orders={}), "orders-shop-dead-letters"),
    ],
    ids=["not on Google Cloud", "not archived", "no topic", "dead letters"],
)
def test_of_what_nobody_writes_down_there_is_no_query(settings: Settings, topic: str) -> None:
    assert archive_query(settings, topic) is None
