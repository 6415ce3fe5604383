"""RandomString and RandomPassword: text from chosen classes of characters."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.inputs import Input, Kind, Problem
from localcloud.providers.properties import Property
from localcloud.providers.random.resource import KEEPERS, Imported, Output, RandomResource

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"

_BCRYPT_BYTES = 72
_BCRYPT_COST = 10
_MINIMUMS = ("minUpper", "minLower", "minNumeric", "minSpecial")
_CLASSES = ("upper", "lower", "numeric", "special")

_INPUTS = (
    KEEPERS,
    Input("length", Kind.INTEGER, required=True, minimum=1),
    Input("upper", Kind.BOOLEAN, default=True),
    Input("lower", Kind.BOOLEAN, default=True),
    Input("numeric", Kind.BOOLEAN),
    Input("number", Kind.BOOLEAN),
    Input("special", Kind.BOOLEAN, default=True),
    *(Input(name, Kind.INTEGER, default=0) for name in _MINIMUMS),
    Input("overrideSpecial", Kind.STRING),
)


class RandomString(RandomResource):
    """Text that is no secret."""

    type_name = "random:index/randomString:RandomString"
    inputs = _INPUTS

    @override
    def complete(self, inputs: Mapping[str, Property]) -> dict[str, Property]:
        """`number` is the old name of `numeric`; each takes the other's value, and both are true by default."""
        given = [inputs[name] for name in ("numeric", "number") if inputs[name] is not None]
        numeric = given[0] if given else True
        return {**inputs, "numeric": numeric, "number": inputs["number"] if len(given) == 2 else numeric}

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        problems = []
        least = sum(inputs[name] for name in _MINIMUMS)
        if inputs["length"] < least:
            minimums = " + ".join(name for name in _MINIMUMS if inputs[name])
            problems.append(
                Problem("length", f"is {inputs['length']}, less than {minimums} = {least}: raise it to {least} or more")
            )
        problems += [
            Problem(name, f"is {inputs[name]}, but a negative number of characters cannot be: use 0 or more")
            for name in _MINIMUMS
            if inputs[name] < 0
        ]
        if inputs["number"] != inputs["numeric"]:
            problems.append(Problem("number", "contradicts 'numeric', whose old name it is: set only 'numeric'"))
        if not any(inputs[name] for name in _CLASSES):
            classes = ", ".join(map(repr, _CLASSES))
            problems.append(Problem("special", f"leaves no character to choose: set one of {classes} to true"))
        return problems

    @override
    def generate(self, inputs: Mapping[str, Property]) -> dict[str, Property]:
        return {"result": random_text(inputs)}

    @override
    def id_of(self, generated: Mapping[str, Property]) -> str:
        result: str = generated["result"]
        return result

    @override
    def import_id(self, id: str) -> Imported:
        return Imported({"length": _imported_length(id)}, {"result": id})


class RandomPassword(RandomString):
    """Text that is a secret, with its bcrypt hash."""

    type_name = "random:index/randomPassword:RandomPassword"
    outputs = (Output("result", secret=True), Output("bcryptHash", secret=True))

    @override
    def generate(self, inputs: Mapping[str, Property]) -> dict[str, Property]:
        result = random_text(inputs)
        return {"result": result, "bcryptHash": bcrypt_hash(result)}

    @override
    def id_of(self, generated: Mapping[str, Property]) -> str:
        """An id is never encrypted, so it says nothing."""
        return "none"

    @override
    def import_id(self, id: str) -> Imported:
        return Imported({"length": _imported_length(id)}, {"result": id, "bcryptHash": bcrypt_hash(id)})


def random_text(inputs: Mapping[str, Property]) -> str:
    """The asked-for minimum of each class, the rest from all chosen classes, in random order."""
    special = inputs["overrideSpecial"] or SPECIAL
    alphabets = {
        "minUpper": (inputs["upper"], string.ascii_uppercase),
        "minLower": (inputs["lower"], string.ascii_lowercase),
        "minNumeric": (inputs["numeric"], string.digits),
        "minSpecial": (inputs["special"], special),
    }
    chosen = [secrets.choice(alphabet) for name, (_, alphabet) in alphabets.items() for _ in range(inputs[name])]
    everything = "".join(alphabet for wanted, alphabet in alphabets.values() if wanted)
    chosen += [secrets.choice(everything) for _ in range(inputs["length"] - len(chosen))]
    secrets.SystemRandom().shuffle(chosen)
    return "".join(chosen)


def _imported_length(text: str) -> int:
    """In bytes, as the real provider counts what it imports, though it generates `length` characters."""
    return len(text.encode())


def bcrypt_hash(text: str) -> str:
    """As the real provider hashes: cost 10, and only the bytes that bcrypt looks at."""
    import bcrypt

    return bcrypt.hashpw(text.encode()[:_BCRYPT_BYTES], bcrypt.gensalt(_BCRYPT_COST, b"2a")).decode()
