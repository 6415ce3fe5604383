"""What is handed over of a stack's outputs, to whom, and what is left where that fails half-way.

tests/engine/test_hand_over.py has the same on the real engine.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import settings
from bootstrap.organisation import Organisation
from ci.cli import app
from ci.hand_over import outputs
from ci.hand_over.command import recipients
from ci.hand_over.delivery import deliver
from localcloud import real_pulumi
from localcloud.errors import LocalCloudError
from settings.workloads import TenantSettings
from tests.ci.pipelines import REPOSITORY

URN = "urn:pulumi:prod::web-platform::pulumi:pulumi:Stack::web-platform-prod"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:a:b"}
ORGANISATION: dict[str, Any] = {
    "project": "acme-platform",
    "region": "europe-west1",
    "gitlab": {"projectPath": "acme/web-platform", "projectId": 1},
    "stacks": {"staging": {}, "prod": {}},
    "services": {
        "orders": {"projectPath": "acme/orders", "projectId": 2},
        "reports": {"projectPath": "acme/reports", "projectId": 3, "stacks": ["prod"]},
    },
}


def exported(told: dict[str, Any]) -> dict[str, Any]:
    """What Pulumi exports of a stack with a resource, a key, and these outputs."""
    return {
        "version": 3,
        "deployment": {
            "manifest": {"time": "2026-01-01T00:00:00Z", "magic": "a", "version": "v3.246.0"},
            "secrets_providers": {"type": "passphrase", "state": {"salt": "v1:c:d"}},
            "resources": [
                {"urn": URN, "custom": False, "type": "pulumi:pulumi:Stack", "outputs": told, "created": "2026"},
                {
                    "urn": "urn:pulumi:prod::web-platform::a:b:C::d",
                    "custom": True,
                    "type": "a:b:C",
                    "outputs": {"p": SECRET},
                },
            ],
        },
    }


@pytest.mark.parametrize(
    ("told", "known", "left_out"),
    [
        ({"urls": {"a": "https://a.b"}, "route": [1, 2]}, {"urls": {"a": "https://a.b"}, "route": [1, 2]}, []),
        ({"platform": SECRET, "urls": "a"}, {"urls": "a"}, ["platform"]),
        (
            {"platform": {"project": "p", "keys": {"a": SECRET, "b": 1}}},
            {"platform": {"project": "p", "keys": {"b": 1}}},
            ["platform.keys.a"],
        ),
        # What is left of a list would be taken for something else.
        ({"platform": ["a", SECRET]}, {}, ["platform"]),
        (
            {"platform": {"keys": [{"a": {"b": [SECRET]}}]}, "route": None},
            {"platform": {}, "route": None},
            ["platform.keys"],
        ),
        # Other tenants, and what no service asks for, are none of its business.
        (
            {"tenants": {"orders": {"a": SECRET, "b": 1}, "billing": {"c": SECRET}}},
            {"tenants": {"orders": {"b": 1}}},
            ["tenants.orders.a"],
        ),
        ({"tenants": SECRET, "consumers": {"partner": SECRET}, "try": {"a": "b"}}, {}, ["tenants"]),
        ({}, {}, []),
    ],
)
def test_what_a_service_needs_but_no_secret_is_handed_over_and_nothing_else(
    told: dict[str, Any], known: dict[str, Any], left_out: list[str]
) -> None:
    found = outputs.of(exported(told), {"orders"})
    assert found.resources == [{"urn": URN, "custom": False, "type": "pulumi:pulumi:Stack", "outputs": known}]
    assert found.left_out == left_out
    assert set(found.state["deployment"]) == {"manifest", "resources"}


@pytest.mark.parametrize("resources", [{}, {"resources": None}, {"resources": []}])
def test_a_stack_of_which_nothing_is_deployed_has_no_outputs(resources: dict[str, Any]) -> None:
    deployment = {"manifest": {"time": "", "magic": "", "version": ""}, **resources}
    assert outputs.of({"version": 3, "deployment": deployment}, ()).resources == []


TENANTS: dict[str, dict[str, Any]] = {
    "orders": {},
    "archive": {"deployers": ["deploy-orders-prod@acme-platform.iam.gserviceaccount.com"]},
    "billing": {"deployers": ["deploy-billing-prod@acme-platform.iam.gserviceaccount.com"]},
}


@pytest.mark.parametrize(
    ("stack", "known"),
    [
        ("staging", [("orders", "gs://acme-platform-state-orders-staging", {"orders"})]),
        (
            "prod",
            [
                ("orders", "gs://acme-platform-state-orders-prod", {"orders", "archive"}),
                ("reports", "gs://acme-platform-state-reports-prod", set()),
            ],
        ),
        ("dev", []),
    ],
)
def test_a_service_is_told_of_its_own_tenants_where_its_own_state_is(
    stack: str, known: list[tuple[str, str, set[str]]]
) -> None:
    read = settings.from_stack_file(REPOSITORY, "prod")
    tenants = {name: TenantSettings.model_validate(tenant) for name, tenant in TENANTS.items()}
    found = recipients(Organisation.model_validate(ORGANISATION), stack, read.model_copy(update={"tenants": tenants}))
    assert [tuple(each) for each in found] == known


def test_where_no_service_has_a_stack_of_its_own_nothing_is_done_and_nothing_is_wrong() -> None:
    answer = CliRunner().invoke(app, ["hand-over", "dev"])
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert "No service has a stack of its own beside dev, so nothing is handed over." in answer.stderr


# Notes what it is asked. It exports what it was given, and takes no import.
_PULUMI = """\
#!/bin/sh
echo "$*" >> {folder}/asked
case "$2" in
    export) cat {folder}/held ;;
    import) printf 'locked by \\033[31mme\\n' >&2; exit 1 ;;
esac
"""
_OURS = "gs://acme-platform-state-orders-prod"


def _deliver(folder: Path, held: str) -> list[str]:
    """What Pulumi is asked until it refuses to import, where a service has made `held` of the platform's stack."""
    program = folder / "pulumi"
    program.write_text(_PULUMI.format(folder=folder))
    program.chmod(0o755)
    (folder / "held").write_text(held)
    known = outputs.of(exported({"urls": {"a": "https://a.b"}}), ())
    with pytest.raises(LocalCloudError, match="stack import") as caught:
        deliver(known, "prod", _OURS, {"PATH": f"{folder}:/bin:/usr/bin"})
    assert caught.value.consequence == "Nothing was handed over."
    return [line.removeprefix("stack ") for line in (folder / "asked").read_text().splitlines()]


@pytest.mark.parametrize(
    ("resources", "ends"),
    [([], ["rm prod --yes"]), ([{"urn": URN}], [])],
    ids=["where there was nothing", "where there was something"],
)
def test_what_fails_half_way_leaves_what_was_there(
    resources: list[dict[str, str]], ends: list[str], tmp_path: Path
) -> None:
    asked = _deliver(tmp_path, json.dumps({"deployment": {"resources": resources}}))
    failed = next(place for place, line in enumerate(asked) if line.startswith("import"))
    assert asked[failed + 1 :] == ends


def test_only_the_one_stack_is_asked_for(tmp_path: Path) -> None:
    """To list stacks would be to read all that a service has put beside it."""
    asked = _deliver(tmp_path, json.dumps({"deployment": {}}))
    assert [line.split(" --")[0] for line in asked] == ["select", "export", "import", "rm prod"]


@pytest.mark.parametrize(
    "held",
    [
        *("", "garbage", "null", "[]", "{}", '{"deployment": null}', '{"deployment": []}'),
        *('{"deployment": {"resources": null}}', '{"deployment": {"resources": {"a": [1]}}}', "[" * 100_000),
        *(
            '{"deployment": {"resources": ' + "9" * 5_000 + "}}",
            "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        ),
    ],
    ids=range(12),
)
def test_whatever_a_service_has_made_of_it_is_replaced(held: str, tmp_path: Path) -> None:
    assert any(line.startswith("import --stack prod") for line in _deliver(tmp_path, held))


def test_what_pulumi_says_of_others_is_shown_and_obeyed_by_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _deliver(tmp_path, "{}")
    assert "  locked by \N{REPLACEMENT CHARACTER}[31mme\n" in capsys.readouterr().err


@pytest.mark.parametrize("last", ["select", "import"])
def test_a_backend_that_does_not_answer_is_not_waited_for(
    last: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for what is asked, and not for what is undone because of it."""
    program = tmp_path / "pulumi"
    program.write_text(f"#!/bin/sh\ncase $2 in {last} | rm) exec sleep 600 ;; *) echo '{{}}' ;; esac\n")
    program.chmod(0o755)
    monkeypatch.setattr(real_pulumi, "ANSWERS_WITHIN", 0.5)
    with pytest.raises(LocalCloudError, match=f"`pulumi stack {last} .* did not answer within"):
        deliver(outputs.of(exported({}), ()), "prod", _OURS, {"PATH": f"{tmp_path}:/bin:/usr/bin"})
