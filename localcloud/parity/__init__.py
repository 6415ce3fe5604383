"""The parity proof: two stacks differ in scale, never in kind.

What each declares is previewed by the real engine (`resources`), compared property by property (`comparison`) with the
words that each calls its own left out (`identity`) and with what `parity.yaml` allows (`rules`), and shown (`report`).
"""

from pathlib import Path

from localcloud.errors import LocalCloudError
from localcloud.parity import rules
from localcloud.parity.comparison import Comparison, compare
from localcloud.parity.report import as_json, report
from localcloud.parity.resources import declared

__all__ = ["Comparison", "as_json", "between", "report"]


def between(root: Path, first: str, second: str) -> Comparison:
    """Compares two stacks of the project in `root`. Nothing is made or changed, and none of them need be up.

    Raises:
        LocalCloudError: They are one stack, there is no list of what may differ, or one cannot be previewed.
        SettingsError: The list of what may differ is wrong, or there is no file of a stack, or it is wrong.
    """
    if first == second:
        raise LocalCloudError(
            f"{first} was to be compared with itself.",
            "A stack never differs from itself, which proves nothing.",
            "Name two stacks, as in `make parity STACKS='staging prod'`.",
        )
    may_differ = rules.read(root)
    one, other = declared(root, [first, second])
    return compare(one, other, may_differ)
