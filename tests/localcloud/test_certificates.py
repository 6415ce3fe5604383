"""Which certificates are listed, in which order, and what is said of each."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from localcloud import certificates, cli, command, rehearsal
from localcloud.certificates import Certificate, as_json, table
from localcloud.errors import LocalCloudError
from localcloud.given_cluster import GivenCluster
from localcloud.local_cloud import LocalCloud
from localcloud.stack import Stack
from localcloud.toolchain import Toolchain
from localcloud.workspace import Workspace

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def made(name: str, *, namespace: str = "services", **status: Any) -> dict[str, Any]:
    """A Certificate as the API server tells of it."""
    return {
        "metadata": {"name": f"{name}-tls", "namespace": namespace},
        "spec": {
            "dnsNames": [f"{name}.example.com"],
            "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "lets-encrypt"},
        },
        "status": status,
    }


def issued(name: str, expires: str, renewal: str, **place: str) -> dict[str, Any]:
    conditions = [{"type": "Issuing", "status": "False"}, {"type": "Ready", "status": "True", "reason": "Ready"}]
    return made(name, notAfter=expires, renewalTime=renewal, conditions=conditions, **place)


SHOP = issued("shop", "2027-02-20T08:30:00Z", "2027-01-21T08:30:00Z")
API = issued("api", "2026-12-06T11:59:59Z", "2026-11-20T00:00:00Z")
NEW = made("new", conditions=[{"type": "Ready", "status": "False", "reason": "DoesNotExist"}])


def names(*objects: dict[str, Any]) -> list[str]:
    return [f"{each.namespace}/{each.name}" for each in certificates.certificates(objects)]


def the(certificate: dict[str, Any]) -> Certificate:
    (one,) = certificates.certificates([certificate])
    return one


def test_a_certificate_says_this() -> None:
    assert the(SHOP) == Certificate(
        namespace="services",
        name="shop-tls",
        hosts=("shop.example.com",),
        issuer="lets-encrypt",
        ready=True,
        reason="",
        expires=datetime(2027, 2, 20, 8, 30, tzinfo=UTC),
        renews=datetime(2027, 1, 21, 8, 30, tzinfo=UTC),
    )


def test_what_expires_first_comes_first_and_before_it_what_was_never_issued() -> None:
    assert names(SHOP, API, NEW) == ["services/new-tls", "services/api-tls", "services/shop-tls"]


def test_of_certificates_that_expire_together_the_name_decides() -> None:
    moment = ("2027-02-20T08:30:00Z", "2027-01-21T08:30:00Z")
    objects = [issued("b", *moment), issued("a", *moment), issued("z", *moment, namespace="edge"), SHOP]
    assert names(*objects) == ["edge/z-tls", "services/a-tls", "services/b-tls", "services/shop-tls"]


def test_one_that_is_not_ready_says_why_in_cert_managers_words() -> None:
    assert (the(NEW).ready, the(NEW).reason) == (False, "DoesNotExist")
    assert (the(NEW).expires, the(NEW).renews, the(NEW).days_left(NOW)) == (None, None, None)


@pytest.mark.parametrize("status", [{}, {"conditions": []}, {"conditions": [{"type": "Issuing", "status": "True"}]}])
def test_one_that_nobody_has_looked_at_is_unseen(status: dict[str, Any]) -> None:
    assert (the(made("new", **status)).ready, the(made("new", **status)).reason) == (False, "Unseen")


def test_one_without_a_status_is_unseen() -> None:
    bare = made("new")
    del bare["status"]
    assert the(bare).reason == "Unseen"


def test_a_condition_without_a_reason_says_its_status() -> None:
    assert the(made("new", conditions=[{"type": "Ready", "status": "Unknown"}])).reason == "Unknown"


@pytest.mark.parametrize(
    ("spec", "hosts"),
    [
        ({"dnsNames": ["a.example.com", "*.example.com"]}, ("a.example.com", "*.example.com")),
        ({"commonName": "cert-manager root"}, ("cert-manager root",)),
        ({"commonName": "a.example.com", "dnsNames": ["b.example.com"]}, ("b.example.com",)),
        ({"dnsNames": ["a.example.com"], "ipAddresses": ["10.0.0.1"]}, ("a.example.com", "10.0.0.1")),
        ({"uris": ["spiffe://acme/shop"]}, ()),
    ],
)
def test_hosts_are_what_clients_ask_for_or_the_name_of_an_authority(
    spec: dict[str, Any], hosts: tuple[str, ...]
) -> None:
    certificate = made("shop")
    certificate["spec"] = {"issuerRef": {"name": "self-signed"}, **spec}
    assert the(certificate).hosts == hosts


@pytest.mark.parametrize(
    ("expires", "days"),
    [
        ("2026-11-26T12:00:00Z", 0),
        ("2026-11-27T11:59:59Z", 0),
        ("2026-11-27T12:00:00Z", 1),
        ("2026-11-26T11:59:59Z", -1),
        ("2027-02-24T12:00:00Z", 90),
        ("2026-11-28T00:00:00+12:00", 1),
    ],
)
def test_days_left_are_whole_ones_and_negative_once_it_has_expired(expires: str, days: int) -> None:
    assert the(issued("shop", expires, expires)).days_left(NOW) == days


def test_late_is_what_is_not_ready_and_what_should_have_been_renewed() -> None:
    assert [the(each).is_late(NOW) for each in (SHOP, API, NEW)] == [False, True, True]


def drawn(*objects: dict[str, Any], color: bool = False) -> list[str]:
    written = io.StringIO()
    console = Console(file=written, width=120, force_terminal=color, color_system="standard" if color else None)
    console.print(table(certificates.certificates(objects), NOW))
    return [line.rstrip() for line in written.getvalue().splitlines()]


def test_the_table_has_a_line_a_certificate() -> None:
    wildcard = issued("any", "2027-02-20T08:30:00Z", "2027-01-21T08:30:00Z", namespace="edge")
    wildcard["spec"]["dnsNames"] = ["*.example.com", "example.com"]
    assert drawn(SHOP, API, wildcard, NEW) == [
        "certificate        hosts             issuer        ready             expires     days left  renewal",
        "services/new-tls   new.example.com   lets-encrypt  no: DoesNotExist",
        "services/api-tls   api.example.com   lets-encrypt  yes               2026-12-06          9  2026-11-20",
        "edge/any-tls       *.example.com     lets-encrypt  yes               2027-02-20         85  2027-01-21",
        "                   example.com",
        "services/shop-tls  shop.example.com  lets-encrypt  yes               2027-02-20         85  2027-01-21",
    ]


def test_only_what_is_late_is_red() -> None:
    red = "\x1b[31m"
    assert [line.startswith(red) for line in drawn(SHOP, API, color=True)[1:]] == [True, False]


def test_nothing_of_a_wide_table_is_lost_nor_beyond_its_width() -> None:
    long = issued("n" * 40, "2027-02-20T08:30:00Z", "2027-01-21T08:30:00Z", namespace="s" * 63)
    lines = drawn(long)
    assert max(map(len, lines)) <= 120
    assert sum(line.count("n") for line in lines[1:]) >= 2 * 40
    assert sum(line.count("s") for line in lines[1:]) >= 63
    assert "2027-02-20" in lines[1]
    assert "2027-01-21" in lines[1]


def test_programs_get_the_same_with_names_and_moments_in_full() -> None:
    assert json.loads(as_json(certificates.certificates([SHOP, NEW]), NOW)) == [
        {
            "namespace": "services",
            "name": "new-tls",
            "hosts": ["new.example.com"],
            "issuer": "lets-encrypt",
            "ready": False,
            "reason": "DoesNotExist",
            "expires": None,
            "daysLeft": None,
            "renews": None,
        },
        {
            "namespace": "services",
            "name": "shop-tls",
            "hosts": ["shop.example.com"],
            "issuer": "lets-encrypt",
            "ready": True,
            "reason": "",
            "expires": "2027-02-20T08:30:00+00:00",
            "daysLeft": 85,
            "renews": "2027-01-21T08:30:00+00:00",
        },
    ]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A stack that Pulumi knows, of which nothing runs."""
    monkeypatch.delenv("LOCALCLOUD_CLUSTER", raising=False)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(cli, "ROOT", tmp_path)
    place = Workspace(tmp_path, "dev")
    known = place.state / ".pulumi" / "stacks" / "web-platform" / "dev.json"
    known.parent.mkdir(parents=True)
    known.write_text("{}")
    return place


def answering(workspace: Workspace, script: str) -> LocalCloud:
    """A local cloud whose kubectl is a script."""
    kubectl = workspace.root / "kubectl"
    kubectl.write_text(f"#!/bin/sh\n{script}\n")
    kubectl.chmod(0o755)
    programs = Toolchain({"kubectl": kubectl})
    return LocalCloud(workspace, GivenCluster(workspace, programs), programs, workspace.root)


def holding(workspace: Workspace, *objects: dict[str, Any]) -> LocalCloud:
    (workspace.root / "answer.json").write_text(json.dumps({"items": objects}))
    return answering(workspace, 'echo "$@" > asked; echo "$KUBECONFIG" >> asked; cat answer.json')


def test_kubectl_is_asked_for_every_certificate_of_the_stacks_own_cluster(workspace: Workspace) -> None:
    assert certificates.of(holding(workspace, SHOP)) == [the(SHOP)]
    assert (workspace.root / "asked").read_text().splitlines() == [
        "get certificates.cert-manager.io --all-namespaces --output json",
        str(workspace.cluster / "kubeconfig"),
    ]


def test_a_cluster_that_does_not_answer_is_an_expected_failure(workspace: Workspace) -> None:
    with pytest.raises(LocalCloudError) as refused:
        certificates.of(answering(workspace, "echo 'the connection was refused' >&2; exit 1"))
    assert str(refused.value) == (
        "`kubectl get certificates.cert-manager.io --all-namespaces --output json` failed: the connection was refused\n"
        "  The certificates could not be read: the cluster does not answer, or cert-manager is not installed in it.\n"
        "  Remedy: `make shell STACK=dev` leads to where it runs, for a closer look."
    )


def test_the_command_fails_where_the_stack_is_not_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "ROOT", tmp_path)
    (tmp_path / ".localcloud" / "stacks" / "dev").mkdir(parents=True)
    answer = CliRunner().invoke(cli.app, ["certificates", "dev"])
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "The stack dev is not up on this machine." in answer.stderr


@pytest.mark.parametrize(
    ("options", "objects", "printed", "said"),
    [
        ([], [SHOP], "services/shop-tls", ""),
        (["--json"], [SHOP], '"name": "shop-tls"', ""),
        ([], [], "", "There are no certificates in the cluster of dev."),
        (["--json"], [], "[]", ""),
    ],
)
def test_the_command_prints_results_and_says_where_there_are_none(
    options: list[str],
    objects: list[dict[str, Any]],
    printed: str,
    said: str,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rehearsal, "opened", lambda place: Stack(holding(place, *objects)))
    monkeypatch.setenv("COLUMNS", "120")
    answer = CliRunner().invoke(cli.app, ["certificates", "dev", *options])
    assert answer.exit_code == 0
    assert printed in answer.stdout
    assert bool(printed) == bool(answer.stdout)
    assert answer.stderr.strip() == said
