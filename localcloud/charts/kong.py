"""The stand-in for kong/ingress: our templates, Kong's custom resource definitions."""

import shutil
from pathlib import Path

from localcloud.charts.modules import Module


def stand_in(source: Path, module: Module, chart: Path) -> None:
    """Writes the chart into the new directory `chart`: the one at `source`, with definitions from `module`.

    They go to ``crds/``, as in the real chart, so Helm creates them first, and neither upgrades nor deletes them.
    """
    shutil.copytree(source, chart)
    (chart / "crds").mkdir()
    definitions = sorted((module.directory / "config/crd/ingress-controller").glob("configuration.konghq.com_*.yaml"))
    if not definitions:
        raise ValueError(f"{module.path} {module.version} has no definitions at config/crd/ingress-controller.")
    for file in definitions:
        shutil.copyfile(file, chart / "crds" / file.name)
