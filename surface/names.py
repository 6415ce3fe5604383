"""Whether the lists of what is exported agree: `__init__.pyi`'s imports, its `__all__`, and the package's components.

Programs get what `__init__.pyi` imports, type checkers know what its `__all__` has, and other languages get what the
package's list has.
"""

import ast
from pathlib import Path

import pulumi
import web_platform

_EXPORTS = Path(web_platform.__file__).with_suffix(".pyi")
_COMPONENTS = Path(web_platform.__file__).parent / "package" / "components.py"


def names_fault() -> str | None:
    """What is wrong with the names of what is exported; None where nothing is.

    The lists are read as text: where they disagree, the package's cannot be imported.
    """
    exports = ast.parse(_EXPORTS.read_text())
    imported = {alias.name for node in exports.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    declared = _declared(exports)
    packaged = _packaged(ast.parse(_COMPONENTS.read_text()))
    faults = [
        _fault(
            declared - imported,
            "in `__all__` of __init__.pyi, which does not import it.",
            "Type checkers would let programs use it, and those would fail.",
            "import it there, or take it out of `__all__`.",
        ),
        _fault(
            imported - declared,
            "imported by __init__.pyi, and not in its `__all__`.",
            "Programs would get it, and their type checkers would refuse it.",
            "write it into `__all__`, or do not import it.",
        ),
        _fault(
            packaged - imported,
            "in package/components.py, and not imported by __init__.pyi.",
            "The package would not start.",
            "import it there, or take it out of package/components.py.",
        ),
    ]
    if not any(faults):
        faults = [
            _fault(
                {name for name in imported if _is_component(name)} - packaged,
                "a component that __init__.pyi imports, and not in package/components.py.",
                "Programs in other languages could not make it.",
                "write it there, or do not import it.",
            )
        ]
    return "\n".join(filter(None, faults)) or None


def _declared(exports: ast.Module) -> set[str]:
    for node in exports.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=names):
                return set(ast.literal_eval(names))
    return set()


def _packaged(components: ast.Module) -> set[str]:
    return {
        node.attr
        for node in ast.walk(components)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "web_platform"
    }


def _is_component(name: str) -> bool:
    each = getattr(web_platform, name)
    return isinstance(each, type) and issubclass(each, pulumi.ComponentResource)


def _fault(names: set[str], what: str, danger: str, remedy: str) -> str | None:
    if not names:
        return None
    return "\n".join([*(f"{name} is {what}" for name in sorted(names)), f"  {danger}", f"  Remedy: {remedy}"])
