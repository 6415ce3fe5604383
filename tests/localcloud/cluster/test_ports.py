"""Ports on loopback."""

import socket
from collections.abc import Callable

import pytest

from localcloud.cluster import ports
from localcloud.errors import LocalCloudError


def test_a_port_that_somebody_listens_on_is_refused_with_the_setting_and_a_remedy() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        with pytest.raises(LocalCloudError, match=f"LOCALCLOUD_API_PORT={taken}: another program") as caught:
            ports.require(taken, "LOCALCLOUD_API_PORT")
        assert "choose another port" in caught.value.remedy
    assert ports.require(taken, "LOCALCLOUD_API_PORT") == int(taken)


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "80 80", "1e3"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(LocalCloudError, match="is no port number"):
        ports.require(text, "LOCALCLOUD_API_PORT")


@pytest.mark.parametrize("ask", [ports.number, ports.require])
@pytest.mark.parametrize(
    ("who", "consequence"),
    [
        ((), "The API server would have had nowhere to listen."),
        (("The stand-in of Pub/Sub",), "The stand-in of Pub/Sub would have had nowhere to listen."),
    ],
)
def test_it_is_said_who_would_have_had_nowhere_to_listen(
    ask: Callable[..., int], who: tuple[str, ...], consequence: str
) -> None:
    with pytest.raises(LocalCloudError, match="SETTING=0 is no port number") as caught:
        ask("0", "SETTING", *who)
    assert caught.value.consequence == consequence
    assert "leave SETTING out" in caught.value.remedy


def test_it_is_said_who_could_not_have_started() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(LocalCloudError) as caught:
        ports.require(str(other.getsockname()[1]), "SETTING", "The stand-in of Pub/Sub")
    assert caught.value.consequence == "The stand-in of Pub/Sub could not have started; nothing was started."


def test_a_free_port_can_be_listened_on() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", ports.free()))
