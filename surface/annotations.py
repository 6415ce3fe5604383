"""Whether an annotation takes everything that another does, read from what is written.

Knows unions, `Input`, and what `Sequence`, `Mapping` and `Output` hold. Of anything else, what is written otherwise is
another type: `list[str]` is no `Sequence[str]` here.
"""

import ast

# What takes another of its kind if it takes what is in it: none of them can be written to.
_HOLDERS = ("Input", "Mapping", "Output", "Sequence")


def takes(wide: str, narrow: str) -> bool:
    """Whether every value of the annotation `narrow` is one of `wide`. What is no annotation takes nothing."""
    try:
        return _takes(ast.parse(wide, mode="eval").body, ast.parse(narrow, mode="eval").body)
    except SyntaxError:  # A method's signature, or a type of the package.
        return False


def _takes(wide: ast.expr, narrow: ast.expr) -> bool:
    match wide, narrow:
        case _, ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _takes(wide, left) and _takes(wide, right)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right), _:
            return _takes(left, narrow) or _takes(right, narrow)
        case (
            ast.Subscript(value=ast.Name(id=holder), slice=more),
            ast.Subscript(value=ast.Name(id=same), slice=less),
        ) if holder == same and holder in _HOLDERS:
            return _takes(more, less)
        case ast.Subscript(value=ast.Name(id="Input"), slice=known), _:
            return _takes(known, narrow)
        case ast.Tuple(elts=[key, more]), ast.Tuple(elts=[same_key, less]):  # Of a mapping.
            return ast.dump(key) == ast.dump(same_key) and _takes(more, less)
    return ast.dump(wide) == ast.dump(narrow)
