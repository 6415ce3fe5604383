"""What `web_platform` exports, read from its code: names, types and docstrings as they are written there."""

import ast
import enum
import inspect
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from types import FunctionType
from typing import Any, TypeVar, get_args, is_typeddict

import pulumi
import web_platform
from web_platform.package.inheritance import bases_of

_STATED = " Default: "
_NOT_REQUIRED = "NotRequired["
Object = type | FunctionType
_Definition = TypeVar("_Definition", ast.ClassDef, ast.FunctionDef)
Statement = tuple[ast.stmt, str]


class Kind(enum.Enum):
    """What an exported name is."""

    COMPONENT = "component"
    ARGUMENTS = "arguments"
    CHOICE = "choice"
    RECORD = "record"
    ERROR = "error"
    FUNCTION = "function"


@dataclass(frozen=True)
class Member:
    """One argument, output, choice or field.

    Attributes:
        name: Its name.
        type: Its type as it is written, or a choice's value.
        description: Its docstring, in one line.
        required: Whether an argument must be given.
    """

    name: str
    type: str
    description: str
    required: bool = True

    @property
    def meaning(self) -> str:
        """Its description without what is said of its default."""
        return f" {self.description}".partition(_STATED)[0].strip()

    @property
    def default(self) -> str | None:
        """What is said of its default, without a full stop."""
        stated = f" {self.description}".partition(_STATED)[2]
        return stated.removesuffix(".") if stated else None


@dataclass(frozen=True)
class Exported:
    """A name that programs import, or that stands in the type of one.

    Attributes:
        name: The name.
        kind: What it is.
        description: Its docstring.
        owns: What its module says of what a component owns and what not.
        signature: How it is called, where it is.
        members: What it has.
        uses: The names of types that its arguments are of, or its fields.
        token: The type that a component has in Pulumi's state.
        bases: What an error, a choice or a record also is, as programs catch it and ask for it.
    """

    name: str
    kind: Kind
    description: str
    owns: str = ""
    signature: str = ""
    members: tuple[Member, ...] = ()
    uses: frozenset[str] = field(default_factory=frozenset)
    token: str = ""
    bases: tuple[str, ...] = ()


@cache
def exported() -> dict[str, Exported]:
    """Everything that is exported, and every type that an argument of it is of, by name."""
    waiting: list[Object] = [getattr(web_platform, name) for name in web_platform.__all__]
    found: dict[str, Exported] = {}
    while waiting:
        each = waiting.pop()
        if each.__name__ not in found:
            types = list(_types_of(each))
            found[each.__name__] = _read(each, frozenset(type_.__name__ for type_ in types))
            waiting.extend(types)
    return dict(sorted(found.items()))


def _read(each: Object, uses: frozenset[str]) -> Exported:
    kind, description = _kind(each), inspect.cleandoc(each.__doc__ or "")
    if not isinstance(each, type):
        return Exported(
            each.__name__, kind, description, signature=_signature(_first(ast.FunctionDef, each)), uses=uses
        )
    owns, signature, token, members = "", "", "", tuple(_members(each, kind))
    for statement, _ in _body(each):
        if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            signature = _signature(statement).partition(" -> ")[0]
            token = _token(statement)
    if kind is Kind.COMPONENT:
        owns = inspect.cleandoc(sys.modules[each.__module__].__doc__ or "").partition("\n\n")[2]
    bases: tuple[str, ...] = ()
    if kind in (Kind.ERROR, Kind.CHOICE, Kind.RECORD):
        bases = tuple(base.__name__ for base in each.__mro__[1:-1])
    return Exported(each.__name__, kind, description, owns, signature, members, uses, token, bases)


def _token(initializer: ast.FunctionDef) -> str:
    """The type that a component registers itself with."""
    for node in ast.walk(initializer):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"),
                args=[ast.Constant(value=str(token)), *_],
            ):
                return token
    return ""


def _kind(each: Object) -> Kind:
    if not isinstance(each, type):
        return Kind.FUNCTION
    if is_typeddict(each):
        return Kind.ARGUMENTS
    kinds = {pulumi.ComponentResource: Kind.COMPONENT, enum.Enum: Kind.CHOICE, Exception: Kind.ERROR}
    return next((kind for base, kind in kinds.items() if issubclass(each, base)), Kind.RECORD)


def _members(each: type, kind: Kind) -> Iterator[Member]:
    for base in bases_of(each):
        yield from _members(base, kind)
    required: frozenset[str] | None = getattr(each, "__required_keys__", None)
    for statement, docstring in _body(each):
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                written = ast.unparse(annotation)
                if written.startswith(_NOT_REQUIRED):
                    written = written.removeprefix(_NOT_REQUIRED).removesuffix("]")
                yield Member(name, written, docstring, required is None or name in required)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if kind is Kind.CHOICE:
                yield Member(name, ast.unparse(value), docstring)
            case ast.FunctionDef(name="__init__") if kind is Kind.COMPONENT:
                yield from _attributes(statement, each)
            case ast.FunctionDef(name=name) if kind is Kind.COMPONENT and not name.startswith("_"):
                described = ast.get_docstring(statement) or ""
                yield Member(name, _signature(statement), _line(described.partition("\n\n")[0]))


def _attributes(initializer: ast.FunctionDef, component: type) -> Iterator[Member]:
    """What a component has for programs in Python alone: the attributes that are no outputs."""
    for statement, docstring in _documented(initializer.body):
        match statement:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=ast.Call(func=made)):
                if not name.startswith("_") and name not in component.__annotations__:
                    yield Member(name, ast.unparse(made), docstring)


def _body(each: type) -> Iterator[Statement]:
    return _documented(_class(each).body)


def _class(each: type) -> ast.ClassDef:
    return _first(ast.ClassDef, each)


def _first(kind: type[_Definition], each: Object) -> _Definition:
    parsed = ast.walk(ast.parse(textwrap.dedent(inspect.getsource(each))))
    return next(node for node in parsed if isinstance(node, kind))


def _documented(body: list[ast.stmt]) -> Iterator[Statement]:
    """Each statement, with the text that follows it."""
    for statement, following in zip(body, [*body[1:], ast.Pass()], strict=True):
        match following:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield statement, _line(text)
            case _:
                yield statement, ""


def _signature(statement: ast.FunctionDef) -> str:
    arguments = ast.unparse(statement.args).removeprefix("self, ")
    return f"({arguments})" + (f" -> {ast.unparse(statement.returns)}" if statement.returns else "")


def _types_of(each: Object) -> Iterator[type]:
    """The TypedDicts and choices that something is made of or called with."""
    written: dict[str, Any] = getattr(each, "__annotations__", {})
    if isinstance(each, type) and issubclass(each, pulumi.ComponentResource):
        written = vars(each)["__init__"].__annotations__
    return _types_in(written.values())


def _types_in(annotations: Iterable[Any]) -> Iterator[type]:
    for annotation in annotations:
        if isinstance(annotation, type) and (is_typeddict(annotation) or issubclass(annotation, enum.Enum)):
            yield annotation
        yield from _types_in(get_args(annotation))


def _line(text: str) -> str:
    return " ".join(text.split())
