"""Which ports stand-ins get, and that they find them again."""

import json
import socket
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from localcloud.cluster import ports
from localcloud.errors import LocalCloudError
from localcloud.stand_ins.addresses import Addresses, setting
from localcloud.stand_ins.bigquery import BigQuery
from localcloud.stand_ins.postgres import Postgres
from localcloud.stand_ins.pubsub import PubSub
from localcloud.stand_ins.server import HOST, ORIGINALS, Server
from localcloud.stand_ins.storage import Storage
from localcloud.toolchain import Toolchain


@pytest.fixture(autouse=True)
def _nothing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ORIGINALS:
        monkeypatch.delenv(setting(name), raising=False)


@pytest.fixture
def servers(tmp_path: Path) -> Sequence[Server]:
    nothing = Toolchain({})
    return (Postgres(tmp_path), PubSub(nothing), BigQuery(nothing), Storage(nothing))


@contextmanager
def listening(port: int = 0, host: str = HOST) -> Iterator[int]:
    """Somebody else's program on a port."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((host, port))
        other.listen()
        yield other.getsockname()[1]


def chosen(directory: Path, servers: Sequence[Server], *running: str) -> dict[str, int]:
    """The ports that servers get from one who knows the directory alone."""
    addresses = Addresses(directory)
    addresses.choose(servers, running)
    assert addresses.ports == json.loads((directory / "ports.json").read_text())
    return addresses.ports


def test_each_has_ports_of_its_own_that_nobody_listens_on(tmp_path: Path, servers: Sequence[Server]) -> None:
    found = chosen(tmp_path, servers)
    assert sorted(found) == ["bigquery", "bigquery-storage", "postgres", "pubsub", "storage"]
    assert len(set(found.values())) == len(found)
    for port in found.values():
        with listening(port):
            pass
    assert stat.S_IMODE((tmp_path / "ports.json").stat().st_mode) == 0o600


def test_what_was_chosen_is_found_again_and_chosen_again(tmp_path: Path, servers: Sequence[Server]) -> None:
    found = chosen(tmp_path, servers)
    assert Addresses(tmp_path).of("storage") == f"127.0.0.1:{found['storage']}"
    assert chosen(tmp_path, servers) == found
    assert chosen(tmp_path, servers[1:2]) == found


@pytest.mark.parametrize("host", [HOST, "0.0.0.0"])  # noqa: S104 - as another program might
def test_one_whose_port_somebody_took_gets_another_and_it_is_said(
    host: str, tmp_path: Path, servers: Sequence[Server], capsys: pytest.CaptureFixture[str]
) -> None:
    before = chosen(tmp_path, servers)
    with listening(before["bigquery"], host):
        after = chosen(tmp_path, servers)
    assert {name for name in before if before[name] != after[name]} == {"bigquery"}
    assert f"127.0.0.1:{before['bigquery']}, where the stand-in of BigQuery was" in capsys.readouterr().err


def test_a_port_that_is_asked_for_is_had_and_kept(
    tmp_path: Path, servers: Sequence[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ports.free()
    monkeypatch.setenv("LOCALCLOUD_PUBSUB_PORT", str(wanted))
    assert chosen(tmp_path, servers)["pubsub"] == wanted
    monkeypatch.setenv("LOCALCLOUD_PUBSUB_PORT", "")
    assert chosen(tmp_path, servers)["pubsub"] == wanted


def test_of_bigquery_the_port_that_clients_are_given_is_the_one_that_can_be_asked_for(
    tmp_path: Path, servers: Sequence[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ports.free()
    monkeypatch.setenv("LOCALCLOUD_BIGQUERY_PORT", str(wanted))
    found = chosen(tmp_path, servers)
    assert found["bigquery"] == wanted
    assert found["bigquery-storage"] != wanted


@pytest.mark.parametrize("name", ORIGINALS)
def test_a_port_that_is_asked_for_and_taken_is_refused_and_nothing_is_chosen(
    name: str, tmp_path: Path, servers: Sequence[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening() as taken:
        monkeypatch.setenv(setting(name), str(taken))
        with pytest.raises(LocalCloudError, match=f"{setting(name)}={taken}: another program listens") as caught:
            Addresses(tmp_path).choose(servers, [])
    assert caught.value.consequence == (
        f"The stand-in of {ORIGINALS[name]} could not have started; nothing was started."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", " 5"])
def test_what_is_no_port_is_refused_whether_it_runs_or_not(
    text: str, tmp_path: Path, servers: Sequence[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = chosen(tmp_path, servers)
    monkeypatch.setenv("LOCALCLOUD_STORAGE_PORT", text)
    for running in ([], ["storage"]):
        with pytest.raises(LocalCloudError, match=f"LOCALCLOUD_STORAGE_PORT={text} is no port number") as caught:
            Addresses(tmp_path).choose(servers, running)
        assert caught.value.consequence == "The stand-in of Cloud Storage would have had nowhere to listen."
    assert Addresses(tmp_path).ports == before


def test_two_that_ask_for_one_port_are_refused(
    tmp_path: Path, servers: Sequence[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the second would be said to answer, by the first."""
    wanted = ports.free()
    for name in ("pubsub", "storage"):
        monkeypatch.setenv(setting(name), str(wanted))
    with pytest.raises(LocalCloudError, match=f"LOCALCLOUD_STORAGE_PORT={wanted}, and so is LOCALCLOUD_PUBSUB_PORT"):
        Addresses(tmp_path).choose(servers, [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("others", [slice(None), slice(1, 2)])
def test_one_that_asks_for_the_port_that_another_had_gets_it_and_the_other_a_new_one(
    others: slice, tmp_path: Path, servers: Sequence[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = chosen(tmp_path, servers)
    monkeypatch.setenv("LOCALCLOUD_PUBSUB_PORT", str(before["bigquery-storage"]))
    chosen(tmp_path, servers[others])
    monkeypatch.delenv("LOCALCLOUD_PUBSUB_PORT")
    after = chosen(tmp_path, servers)
    assert after["pubsub"] == before["bigquery-storage"]
    assert len(set(after.values())) == len(after) == len(before)
    assert {name for name in before if before[name] != after[name]} == {"pubsub", "bigquery-storage"}


def test_ports_that_chance_gives_twice_are_given_once(
    tmp_path: Path, servers: Sequence[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [25_001, 25_001, 25_002, 25_002, 25_001, 25_003, 25_004, 25_003, 25_005]
    monkeypatch.setattr(ports, "free", lambda: few.pop(0))
    assert sorted(chosen(tmp_path, servers).values()) == [25_001, 25_002, 25_003, 25_004, 25_005]


def test_one_that_runs_keeps_its_port_while_others_are_chosen(tmp_path: Path, servers: Sequence[Server]) -> None:
    before = chosen(tmp_path, servers[:1])
    with listening(before["postgres"]):
        after = chosen(tmp_path, servers, "postgres")
    assert after["postgres"] == before["postgres"]


def test_another_port_than_the_one_that_it_runs_on_is_refused(
    tmp_path: Path, servers: Sequence[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    has = chosen(tmp_path, servers)["postgres"]
    monkeypatch.setenv("LOCALCLOUD_POSTGRES_PORT", str(has))
    chosen(tmp_path, servers, *ORIGINALS)
    monkeypatch.setenv("LOCALCLOUD_POSTGRES_PORT", str(has + 1))
    with pytest.raises(LocalCloudError, match=f"the stand-in of Cloud SQL listens on 127.0.0.1:{has}") as caught:
        Addresses(tmp_path).choose(servers, list(ORIGINALS))
    assert "make stop" in caught.value.remedy


def test_a_damaged_file_counts_as_none(tmp_path: Path, servers: Sequence[Server]) -> None:
    (tmp_path / "ports.json").write_text('{"pubsub": 2')
    assert Addresses(tmp_path).ports == {}
    assert len(chosen(tmp_path, servers)) == 5
