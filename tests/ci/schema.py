"""GitLab's published schema of pipelines, as it comes with check-jsonschema."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def faults_of_file(file: Path) -> str:
    """What the schema has against a file; empty where it is valid."""
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci"),
            *("--data-transform", "gitlab-ci", str(file)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if checked.returncode == 0 else checked.stdout + checked.stderr


def faults(pipeline: Mapping[str, Any], scratch: Path) -> str:
    """What it has against a pipeline whose files are read, included and extended."""
    file = scratch / "pipeline.json"
    # The reader's own notes are below names of its own.
    file.write_text(json.dumps({name: value for name, value in pipeline.items() if not name.startswith(".g")}))
    return faults_of_file(file)
