"""Where components take Helm charts from."""

import os
from collections.abc import Mapping
from pathlib import Path

from web_platform import ChartSourceArgs, Fault

from settings import problems
from settings.fields import SettingsError
from settings.problems import Problem
from settings.relations import PROJECT
from settings.sections import ChartSettings

# Set where the cluster's nodes run no containers; the folders it must hold are what the platform itself installs.
CHART_DIRECTORY_VARIABLE = "WEB_PLATFORM_CHART_DIRECTORY"
_PLATFORM_CHARTS = ("ingress", "cert-manager")
_STAND_IN_CHART = "addon"


def chart_source(charts: ChartSettings, environment: Mapping[str, str] = os.environ) -> ChartSourceArgs:
    """Say where components take charts from, on this cluster.

    It depends on the environment: whoever runs a cluster whose nodes run no containers names stand-ins there.
    """
    directory = environment.get(CHART_DIRECTORY_VARIABLE)
    source = charts.source or ("standin" if directory else "mirror" if charts.mirror else "upstream")
    if source == "standin":
        fault = _stand_ins_fault(directory)
        if fault is not None:
            problem = Problem(f"{PROJECT}:charts", fault)
            raise SettingsError(problems.listed("The charts cannot be installed.", [problem]))
        return {"directory": str(directory), "stand_in": _STAND_IN_CHART}
    return {"mirror": charts.mirror} if source == "mirror" and charts.mirror else {}


def _stand_ins_fault(directory: str | None) -> Fault | None:
    if not directory:
        return Fault(
            what=f"come from stand-ins, but {CHART_DIRECTORY_VARIABLE} names no directory of them",
            danger="nothing could be installed",
            remedy=f"run the stack through `make up` or `make shell`, or set `{PROJECT}:charts.source` to 'upstream'",
        )
    missing = [chart for chart in _PLATFORM_CHARTS if not Path(directory, chart, "Chart.yaml").is_file()]
    if not missing:
        return None
    absent = f"{' and '.join(missing)} cannot be found in" if Path(directory).is_dir() else "there is no directory"
    return Fault(
        what=f"come from stand-ins, but {absent} {directory}",
        danger="the gateway and the certificates could not be installed, and services would wait for them in vain",
        remedy=f"run `make up` again, which makes it anew, or correct {CHART_DIRECTORY_VARIABLE}",
    )
