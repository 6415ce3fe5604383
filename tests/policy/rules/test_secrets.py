from typing import Any

import pytest

from policy.rules.secrets import NO_PLAIN_SECRETS
from policy.secrecy import Secret
from tests.policy.rules import deployment, kubernetes, resource, wrong


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PGPASSWORD", "s3cret-value"),
        ("API_KEY", "s3cret-value"),
        ("GITLAB_TOKEN", "s3cret-value"),
        ("REMOTE", "glpat-abcdefghijklmnop"),
        ("DATABASE_URL", "postgres://hello:s3cret-value@10.0.0.3/hello"),
        ("PEM", "-----BEGIN RSA PRIVATE KEY-----\ns3cret-value"),
        ("DB_PASS", "s3cret-value"),
        ("dbPass", "s3cret-value"),
        ("PASSPHRASE", "s3cret-value"),
        ("DB_PWD", "s3cret-value"),
        ("PASSWORD_2", "s3cret-value"),
        ("CREDENTIALS", "s3cret-value"),
        ("SECRET_KEY", "s3cret-value"),
        ("A", "github_pat_11ABCDEFG0abcdefghijkl"),
        ("A", "GOCSPX-abcdefghijklmnop"),
        ("A", "Bearer ya29.a0AbCdEfGhIjKlMnOp"),
        ("A", "sk_live_abcdefghijklmnop"),
        ("A", "gho_abcdefghijklmnop"),
        ("A", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzaG9wIn0.c2lnbmF0dXJl"),
        ("A", "redis://:s3cret-value@10.0.0.3/0"),
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
        {"name": "BYPASS", "value": "127.0.0.1"},
        {"name": "COMPASS", "value": "north"},
        {"name": "PWD", "value": "/srv"},
        {"name": "OLDPWD", "value": "/srv"},
        {"name": "MAX_TOKENS", "value": "4096"},
        {"name": "REQUIRE_PASSWORD", "value": "true"},
        {"name": "PASSWORD", "value": "/run/secrets/password"},
        {"name": "PASSWORD", "value": "${PGPASSWORD}"},
        {"name": "PASSWORD_POLICY", "value": "strict"},
        {"name": "KEY", "value": "eyJust-a-word"},
        {"name": "FEATURE", "value": "global-rate-limiting-of-all"},
        {"name": "VARIABLE", "value": "npm_config_registry_url"},
        {"name": None, "value": "s3cret-value"},
        None,
    ],
)
def test_a_secret_that_stands_in_a_secret_passes(variable: dict[str, Any] | None) -> None:
    assert wrong(NO_PLAIN_SECRETS, deployment({"env": [variable]})) == []


def test_configuration_passes() -> None:
    settings = {"greetings.yaml": "greetings: [Hello]", "later": None}
    assert wrong(NO_PLAIN_SECRETS, kubernetes("v1", "ConfigMap", data=settings)) == []
    assert wrong(NO_PLAIN_SECRETS, kubernetes("v1", "ConfigMap", data=None)) == []


@pytest.mark.parametrize("part", ["command", "args"])
@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--password=s3cret-value"], "[0] (password)"),
        (["--db.password='s3cret-value'"], "[0] (db.password)"),
        (["run", "--api-key", "s3cret-value"], "[2] (api-key)"),
        (["sh", "-c", "PGPASSWORD=s3cret-value psql"], "[2] (PGPASSWORD)"),
        (["--remote", "glpat-abcdefghijklmnop"], "[1] (remote)"),
        (["--url=postgres://hello:s3cret-value@10.0.0.3/hello"], "[0] (url)"),
        (["glpat-abcdefghijklmnop"], "[0]"),
    ],
)
def test_a_secret_among_arguments_is_found_and_not_shown(part: str, arguments: list[str], what: str) -> None:
    (found,) = wrong(NO_PLAIN_SECRETS, deployment({part: arguments}))
    assert found == f"spec.template.spec.containers[0].{part}{what} has a secret in plain text"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--password=$(PGPASSWORD)"],
        ["--password", "$(PGPASSWORD)"],
        ["--password", "--verbose"],
        ["--password-file=/run/secrets/password"],
        ["sh", "-c", "PGPASSWORD=$(cat /run/secrets/password) psql"],
        ["sh", "-c", 'PGPASSWORD="$DB_PASSWORD" psql'],
        ["--max-tokens=4096"],
        ["check", "tcp", "$(PGHOST):$(PGPORT)"],
        [None, 3],
    ],
)
def test_arguments_that_name_no_secret_pass(arguments: list[Any]) -> None:
    assert wrong(NO_PLAIN_SECRETS, deployment({"args": arguments})) == []


RELEASE = "kubernetes:helm.sh/v3:Release"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"password": "s3cret-value"}, "values.password"),
        ({"auth": {"adminPassword": "s3cret-value"}}, "values.auth.adminPassword"),
        ({"oauth": {"clientSecret": "s3cret-value"}}, "values.oauth.clientSecret"),
        ({"env": {"API_TOKEN": "s3cret-value"}}, "values.env.API_TOKEN"),
        ({"extraEnvs": [{"name": "API_TOKEN", "value": "s3cret-value"}]}, "values.extraEnvs[0].value"),
        ({"args": ["--password=s3cret-value"]}, "values.args[0]"),
        ({"passwords": ["s3cret-value"]}, "values.passwords[0]"),
        ({"remote": "github_pat_11ABCDEFG0abcdefghijkl"}, "values.remote"),
    ],
)
def test_a_secret_among_the_values_of_a_chart_is_found_unless_pulumi_keeps_it(
    values: dict[str, Any], field: str
) -> None:
    assert wrong(NO_PLAIN_SECRETS, resource(RELEASE, values=values)) == [f"{field} is in plain text"]
    assert wrong(NO_PLAIN_SECRETS, resource(RELEASE, values=_kept(values))) == []


def _kept(values: Any) -> Any:
    """The same values, all of them encrypted."""
    if isinstance(values, dict):
        return {key: _kept(value) for key, value in values.items()}
    return [_kept(value) for value in values] if isinstance(values, list) else Secret(values)


def test_values_that_say_where_a_secret_is_pass() -> None:
    values = {
        "existingSecret": "hello",
        "auth": {"secretKeys": {"adminPasswordKey": "password"}, "secretKey": "password", "credentials": "hello"},
        "extraEnvs": [{"name": "API_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hello", "key": "token"}}}],
        "imagePullSecrets": ["hello"],
        "password": "",
        "token": None,
        "passwordFile": "/run/secrets/password",
        "serviceAccount": {"automountToken": "true"},
    }
    assert wrong(NO_PLAIN_SECRETS, resource(RELEASE, values=values)) == []
    assert wrong(NO_PLAIN_SECRETS, resource(RELEASE, values=None)) == []
