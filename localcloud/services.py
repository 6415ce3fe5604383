"""The workloads of a stack as they will be: services.yaml and the stack's file together, with every default."""

import json
from typing import Any

import yaml

from settings import Settings
from settings.workloads import WORKLOADS


def effective(settings: Settings) -> dict[str, dict[str, Any]]:
    """Every workload by section and name, in the words of a stack file; of what is not there, nothing is said."""
    dumped = settings.model_dump(by_alias=True)
    # What is encrypted says so itself.
    said = json.loads(json.dumps({section: dumped[section] for section in WORKLOADS}, default=str))
    for name in settings.public_services():
        said["services"][name]["host"] = settings.host(name)
    return {section: _without_nothing(named) for section, named in said.items() if named}


def as_yaml(workloads: dict[str, dict[str, Any]]) -> str:
    """Workloads as a stack file would say them."""
    return yaml.safe_dump(workloads, sort_keys=False, allow_unicode=True, width=120)


def _without_nothing(value: Any) -> Any:  # noqa: ANN401 - any part of a stack file
    if isinstance(value, dict):
        return {key: _without_nothing(part) for key, part in value.items() if part not in (None, [], {})}
    return value
