"""Stand-ins for Google's services as processes on this machine, for code that runs beside them without containers.

In a cluster of containers the same are workloads (`StandIns` of the components). What is in them follows in both cases
from the stack's settings, and code finds them by the same variables.
"""

from localcloud.stand_ins.stand_ins import StandIns

__all__ = ["StandIns"]
