"""Bot detection: programs that say that they are bots are refused. https://developer.konghq.com/plugins/bot-detection/."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from web_platform.kong_plugins import checks
from web_platform.kong_plugins.kind import Config, Faults, Kind, laid_over


class KongBotDetectionArgs(TypedDict):
    """Fields of the plugin `bot-detection`. Kong's own list of bots is refused whatever they say."""

    allow: NotRequired[Sequence[str]]
    """Regular expressions for the `User-Agent` of bots that are let in all the same. Default: none."""

    deny: NotRequired[Sequence[str]]
    """Regular expressions for the `User-Agent` of further bots. Default: none."""


def _faults(config: Config) -> Faults:
    yield from checks.expressions(config, "allow")
    yield from checks.expressions(config, "deny")


BOT_DETECTION = Kind("bot-detection", KongBotDetectionArgs, _faults, laid_over(), fits_consumers=False)
