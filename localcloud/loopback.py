"""This machine, as programs reach it that reach all others by a proxy."""

from collections.abc import Mapping

_NAMES = ("127.0.0.1", "localhost")


def reached_directly(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables by which programs with such an environment reach this machine without a proxy."""
    # Some read the one and some the other, and where both are there, most read the one in small letters.
    known = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    listed = known if known == "*" else ",".join(dict.fromkeys([*filter(None, known.split(",")), *_NAMES]))
    return {"no_proxy": listed, "NO_PROXY": listed}
