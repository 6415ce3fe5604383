"""Files that these tests have in common."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bootstrap.organisation import FILE

ROOT = Path(__file__).parents[2]

LEAST: dict[str, Any] = {
    "project": "acme-platform",
    "region": "europe-west1",
    "gitlab": {"projectPath": "acme/web-platform", "projectId": 12345678},
    "stacks": {"prod": {}},
}


def written(directory: Path, values: Mapping[str, Any], **top: object) -> Path:
    """A project with the stacks of this one, whose organisation says `values`; gives its `bootstrap/`."""
    place = directory / "bootstrap"
    place.mkdir()
    for file in (*ROOT.glob("Pulumi*.yaml"), ROOT / "services.yaml"):
        shutil.copy2(file, directory)
    shutil.copy2(ROOT / "bootstrap" / "Pulumi.yaml", place)
    config = {f"bootstrap:{key}": value for key, value in values.items()}
    (place / FILE).write_text(yaml.safe_dump({"config": config, **top}))
    return place
