"""The project's own rules, `policy/`, which Pulumi puts to every resource before it is made, and to what there is."""

import json
from pathlib import Path

from localcloud import console


def arguments(root: Path) -> list[str]:
    """What tells Pulumi to keep the rules of the project in `root`; nothing where it has none."""
    pack = root / "policy"
    if not pack.is_dir():
        console.say(f"There is no {pack}: no rule is put to anything.")
        return []
    return ["--policy-pack", str(pack)]


def environment(*, protected: bool) -> dict[str, str]:
    """What the rules are to know of the stack's settings, which ``pulumi policy analyze`` does not tell them."""
    return {"PULUMI_CONFIG": json.dumps({"web-platform:protected": str(protected).lower()})}
