"""The variables by which workloads find what they asked for."""

import pytest

from settings.variables import call_variable, database_name, google_variables, postgres_variables


def test_things_have_variables_of_their_names() -> None:
    assert google_variables(
        "acme",
        topics={"new-orders": "t"},
        subscriptions={"new-orders": "s"},
        datasets={"sales": "d"},
        buckets={"a-b-c": "b"},
    ) == {
        "GOOGLE_CLOUD_PROJECT": "acme",
        "TOPIC_NEW_ORDERS": "t",
        "SUBSCRIPTION_NEW_ORDERS": "s",
        "DATASET_SALES": "d",
        "BUCKET_A_B_C": "b",
    }


@pytest.mark.parametrize(("encrypted", "mode"), [(True, "require"), (False, "disable")])
def test_a_database_is_the_workloads_own_and_encrypted_where_that_is_asked(encrypted: bool, mode: str) -> None:
    assert postgres_variables("web-shop", "db.example", 6543, encrypted=encrypted) == {
        "PGHOST": "db.example",
        "PGPORT": "6543",
        "PGDATABASE": "web_shop",
        "PGUSER": "web_shop",
        "PGSSLMODE": mode,
    }


def test_what_cannot_have_hyphens_has_underscores() -> None:
    assert (database_name("web-shop"), call_variable("web-shop")) == ("web_shop", "SERVICE_WEB_SHOP")
