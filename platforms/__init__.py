"""What every service stands on: Google Cloud, or what stands in for it in the cluster of a laptop.

Both are declared from the same settings and offer the same, so that nothing above them asks which one it is.
"""

from platforms.google import GooglePlatform
from platforms.local import LocalPlatform
from platforms.platform import Platform, Provided
from settings import Settings

__all__ = ["Platform", "Provided", "choose"]


def choose(settings: Settings) -> Platform:
    """Declare the platform that a stack asks for."""
    return GooglePlatform(settings, settings.google) if settings.google else LocalPlatform(settings)
