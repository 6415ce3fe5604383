"""The rules that are written in the simulated Google Cloud, to know which of them no test has broken yet."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from types import ModuleType

# What the name of every such module begins with.
_WITHIN = "localcloud.providers.google."

# Where the text of a rule is among the arguments of what states it: what `existing` says would come of it, and the
# reason of a problem or message of a refusal.
_STATED_BY = {"Problem": 1, "Refusal": 1, "existing": 3}

# Where the path of a property is among the arguments of what judges it by rules that many properties share.
_JUDGED_BY = {"matches": 1, "one_of": 1, "between": 1, "duration_between": 1, "exactly_one": 1}


def unbroken(modules: Iterable[ModuleType], messages: Iterable[str]) -> list[str]:
    """The rules of modules that none of the messages tells of, each as its service, or module, and text."""
    told = list(messages)
    return [
        f"{module.__name__.removeprefix(_WITHIN).partition('.')[0]}: {text}"
        for module in modules
        for text, pattern in _rules(module)
        if not any(re.search(pattern, each, re.DOTALL) for each in told)
    ]


def _rules(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Text and pattern of every rule: a message of it matches the pattern."""
    tree = ast.parse(inspect.getsource(module))
    for function in (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)):
        explains = function.returns is not None and ast.unparse(function.returns) == "str | None"
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield from _stated(node, node.func.id, function)
            elif explains and isinstance(node, ast.Return) and _has_text(node.value):
                yield ast.unparse(node), _pattern(node.value)


def _stated(call: ast.Call, name: str, function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    path = _JUDGED_BY.get(name, 0 if name.endswith("_problems") else None)
    if name in _STATED_BY:
        text = _value(call.args[_STATED_BY[name]], function)
        if _has_text(text):
            yield ast.unparse(text), _pattern(text)
    elif path is not None and path < len(call.args) and _has_text(call.args[path]):
        yield f"{name}({ast.unparse(call.args[path])})", rf"\b{_pattern(call.args[path])}(':)? (is|must) "


def _value(node: ast.expr, function: ast.FunctionDef) -> ast.expr:
    """What a variable was given last before it is used; anything else as it is."""
    if not isinstance(node, ast.Name):
        return node
    given = [
        (each.lineno, each.value)
        for each in ast.walk(function)
        if isinstance(each, ast.Assign) and each.lineno < node.lineno and ast.unparse(each.targets[0]) == node.id
    ]
    return max(given, key=lambda each: each[0])[1] if given else node


def _has_text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.JoinedStr | ast.BinOp) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _pattern(node: ast.expr | None) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return re.escape(text)
        case ast.JoinedStr(values=values):
            return "".join(_pattern(each) for each in values)
        case ast.BinOp(left=left, right=right):
            return _pattern(left) + _pattern(right)
    return ".*"
