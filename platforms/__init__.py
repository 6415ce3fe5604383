"""What every service stands on: Google Cloud, or what stands in for it in the cluster of a laptop.

Both are declared from the same settings and offer the same, so that nothing above them asks which one it is.
"""

from platforms.environment import calls
from platforms.local import LocalPlatform
from platforms.platform import Platform, Provided
from settings import Settings

__all__ = ["Platform", "Provided", "calls", "choose"]


def choose(settings: Settings) -> Platform:
    """Declare the platform that a stack asks for."""
    if settings.google:
        # Here, because Google's SDK takes seconds to import, and a stack on a laptop needs little of it.
        from platforms.google import GooglePlatform

        return GooglePlatform(settings, settings.google)
    return LocalPlatform(settings)
