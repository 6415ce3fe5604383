"""The stand-in for kong/ingress: our templates, the custom resource definitions of Kong and of the Gateway API."""

import shutil
from pathlib import Path

from localcloud.charts.modules import Module

_KONG = "config/crd/ingress-controller/configuration.konghq.com_*.yaml"
_GATEWAY_API = "config/crd/standard/gateway.networking.k8s.io_*.yaml"


def stand_in(source: Path, kong: Module, gateway_api: Module, chart: Path) -> None:
    """Writes the chart into the new directory `chart`: the one at `source`, with definitions from modules.

    They go to ``crds/``, as in the real chart, so Helm creates them first, and neither upgrades nor deletes them. Those
    of the Gateway API are not in the real one: GKE has them, and a cluster of the local cloud is to have them too.
    """
    shutil.copytree(source, chart)
    (chart / "crds").mkdir()
    for module, pattern in ((kong, _KONG), (gateway_api, _GATEWAY_API)):
        definitions = sorted(module.directory.glob(pattern))
        if not definitions:
            raise ValueError(f"{module.path} {module.version} has no definitions at {pattern}.")
        for file in definitions:
            shutil.copyfile(file, chart / "crds" / file.name)
