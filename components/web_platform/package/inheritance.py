"""What a TypedDict inherits from: at run time it knows nothing of that, so its class statement is read."""

import ast
import inspect
import sys
import textwrap
from typing import is_typeddict


def bases_of(each: type) -> list[type]:
    """The TypedDicts that a class statement names."""
    (statement,) = ast.parse(textwrap.dedent(inspect.getsource(each))).body
    names = sys.modules[each.__module__].__dict__
    named = [names.get(base.id) for base in getattr(statement, "bases", []) if isinstance(base, ast.Name)]
    return [base for base in named if isinstance(base, type) and is_typeddict(base)]
