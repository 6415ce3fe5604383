"""The stand-in for any chart: one workload under the chart's own name."""

import re
import shutil
from pathlib import Path

from localcloud.errors import LocalCloudError


def stand_in(source: Path, name: str, chart: Path) -> None:
    """Writes the chart at `source` into the new directory `chart` and calls it `name`."""
    shutil.copytree(source, chart)
    description = chart / "Chart.yaml"
    description.write_text(re.sub(r"(?m)^name: .*$", f"name: {name}", description.read_text(), count=1))


def checked(name: str) -> str:
    """`name`, if a chart can be called that.

    Raises:
        LocalCloudError: It cannot.
    """
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", name):
        raise LocalCloudError(
            f"{name!r} is not the name of a chart: those are small letters, digits and dashes.",
            "There can be no stand-in of that name, so the local charts were left as they are.",
            "Give the chart's name alone, without its repository or version: kibana, not elastic/kibana.",
        )
    return name
