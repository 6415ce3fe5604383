"""Ports on loopback: any free one, or the very one that was asked for."""

import random
import socket

from localcloud.errors import LocalCloudError

SETTING = "LOCALCLOUD_API_PORT"
"""Environment variable with the port that the API server shall have."""

# Below those that Linux gives to outgoing connections (net.ipv4.ip_local_port_range): a cluster that was stopped should
# find its port free again, for clients know it by that.
_PORTS = range(20_000, 32_768)


def free() -> int:
    """A port that nobody listens on now."""
    while not is_free(port := random.choice(_PORTS)):  # noqa: S311 - any will do
        continue
    return port


def is_free(port: int) -> bool:
    """Whether nobody listens on `port`."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def number(text: str, setting: str, who: str = "The API server") -> int:
    """The port number which the user wrote in `setting`, for `who` to listen on.

    Raises:
        LocalCloudError: It is none.
    """
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 65536):
        raise LocalCloudError(
            f"{setting}={text} is no port number.",
            f"{who} would have had nowhere to listen.",
            f"Choose a port from 1 to 65535, or leave {setting} out to have a free one chosen.",
        )
    return int(text)


def require(text: str, setting: str, who: str = "The API server") -> int:
    """The same port, if it can be had.

    Raises:
        LocalCloudError: It is no port, or somebody listens there.
    """
    port = number(text, setting, who)
    if not is_free(port):
        raise LocalCloudError(
            f"{setting}={port}: another program listens on 127.0.0.1:{port} already.",
            f"{who} could not have started; nothing was started.",
            f"Stop that program (`ss -ltnp 'sport = :{port}'` names it), choose another port, or leave {setting} out "
            "to have a free one chosen.",
        )
    return port
