"""Programs in other languages than Python that use the components: their language host, and what writes their SDKs."""

from localcloud.doctor import builds
from localcloud.doctor.findings import Looks
from localcloud.toolchain.tools import LANGUAGES

# They compile what the engine does, which takes less.
_MEMORY = 4


def looks() -> Looks:
    """What they need beside what the embedded cluster does."""
    return builds.looks(LANGUAGES, _MEMORY)
