"""What this machine has and lacks for each way to run the project, and what to do about it.

Looking changes nothing: no folder is made, nothing is built or started, and nobody is asked beyond this machine but a
Docker engine that its user keeps elsewhere. What hangs is waited for for seconds.
"""

from localcloud.doctor.modes import examine
from localcloud.doctor.report import as_json, shown

__all__ = ["as_json", "examine", "shown"]
