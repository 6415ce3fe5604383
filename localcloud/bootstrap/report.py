"""What `make bootstrap` ends with: what a person does next, and what GitLab has to know."""

from collections.abc import Mapping
from typing import Any

from bootstrap.organisation import STACK


def outcome(outputs: Mapping[str, Mapping[str, Any]]) -> str:
    """The outputs of the program as lines, a block a stack."""
    blocks = []
    for name, said in sorted(outputs.items(), key=lambda each: (each[0] == STACK, each[0])):
        width = max(map(len, said))
        blocks.append("\n".join([f"{name}:", *(f"  {key:<{width}}  {value}" for key, value in said.items())]))
    return "\n".join(blocks)
