"""Ports on loopback."""

import socket

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


def test_a_free_port_can_be_listened_on() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", ports.free()))
