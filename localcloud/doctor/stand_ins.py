"""Stand-ins for Pub/Sub, BigQuery, Cloud Storage and Cloud SQL, run as processes where there are no containers."""

from localcloud.doctor import builds, programs
from localcloud.doctor.findings import Finding, Looks, has, lacks
from localcloud.errors import LocalCloudError
from localcloud.toolchain.tools import STAND_INS

# The compiler takes more than five for the largest package of the BigQuery emulator.
_MEMORY = 8


def looks() -> Looks:
    """What they need beside what the embedded cluster does."""
    return {**builds.looks(STAND_INS, _MEMORY), "PostgreSQL": _postgres}


def _postgres() -> Finding:
    # Here, because its client takes a while to import, and most commands need none.
    from localcloud.stand_ins import postgres

    try:
        return has(programs.shown(postgres.locate()))
    except LocalCloudError as failure:
        return lacks(failure.problem, failure.remedy)
