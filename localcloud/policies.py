"""The project's own rules, `policy/`, which Pulumi puts to every resource before it is made, and to what there is."""

import json
from pathlib import Path

from localcloud.errors import LocalCloudError


def arguments(root: Path) -> list[str]:
    """What tells Pulumi to keep the rules of the project in `root`.

    Raises:
        LocalCloudError: It has none.
    """
    pack = root / "policy"
    if not pack.is_dir():
        raise LocalCloudError(
            f"There is no {pack}, so that no rule could be put to anything.",
            "Nothing was previewed, deployed or looked at: without rules, everything would pass.",
            "Bring it back, as with `git checkout policy/`; docs/policy.md says how to be let off a single rule.",
        )
    return ["--policy-pack", str(pack)]


def analysis(root: Path, *, as_json: bool) -> list[str]:
    """What asks Pulumi to put the rules to what a stack has; it runs no program and asks no cloud.

    Args:
        root: Where the project is.
        as_json: Whether findings are told as the engine's events, one a line.

    Raises:
        LocalCloudError: There are no rules.
    """
    return ["policy", "analyze", *arguments(root), *(["--json"] if as_json else [])]


def environment(*, protected: bool) -> dict[str, str]:
    """What the rules are to know of the stack's settings, which ``pulumi policy analyze`` does not tell them."""
    return {"PULUMI_CONFIG": json.dumps({"web-platform:protected": str(protected).lower()})}
