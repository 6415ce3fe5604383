from typing import Any

import pytest

from policy.rules.secrets import NO_PLAIN_SECRETS
from tests.policy.rules import deployment, kubernetes, wrong


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PGPASSWORD", "s3cret-value"),
        ("API_KEY", "s3cret-value"),
        ("GITLAB_TOKEN", "s3cret-value"),
        ("REMOTE", "glpat-abcdefghijklmnop"),
        ("DATABASE_URL", "postgres://hello:s3cret-value@10.0.0.3/hello"),
        ("PEM", "-----BEGIN RSA PRIVATE KEY-----\ns3cret-value"),
    ],
)
def test_a_secret_in_plain_text_is_found_and_not_shown(name: str, value: str) -> None:
    (variable,) = wrong(NO_PLAIN_SECRETS, deployment({"env": [{"name": name, "value": value}]}))
    (entry,) = wrong(NO_PLAIN_SECRETS, kubernetes("v1", "ConfigMap", data={name: value}))
    assert name in variable
    assert name in entry
    assert value not in variable + entry


@pytest.mark.parametrize(
    "variable",
    [
        {"name": "PGPASSWORD", "valueFrom": {"secretKeyRef": {"name": "hello", "key": "PGPASSWORD"}}},
        {"name": "PGPASSWORD", "value": ""},
        {"name": "PGPASSWORD", "value": None},
        {"name": "SESSION_SECRET", "value": "$(PGPASSWORD)"},
        {"name": "TOKEN_FILE", "value": "/var/run/token"},
        {"name": "PGSSLMODE", "value": "require"},
        {"name": "DATABASE_URL", "value": "postgres://$(PGUSER):$(PGPASSWORD)@$(PGHOST)/hello"},
        {"name": "UPSTREAM", "value": "http://hello.services:80/a@b"},
        None,
    ],
)
def test_a_secret_that_stands_in_a_secret_passes(variable: dict[str, Any] | None) -> None:
    assert wrong(NO_PLAIN_SECRETS, deployment({"env": [variable]})) == []


def test_configuration_passes() -> None:
    settings = {"greetings.yaml": "greetings: [Hello]", "later": None}
    assert wrong(NO_PLAIN_SECRETS, kubernetes("v1", "ConfigMap", data=settings)) == []
    assert wrong(NO_PLAIN_SECRETS, kubernetes("v1", "ConfigMap", data=None)) == []
