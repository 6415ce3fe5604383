"""Which annotations take everything that another does."""

import pytest

from surface.annotations import takes


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("str", "Input[str]"),
        ("str", "str | None"),
        ("str | None", "Input[str] | None"),
        ("Input[str] | None", "Input[str | None]"),
        ("Sequence[str]", "Sequence[Input[str]]"),
        ("Sequence[str] | None", "Input[Sequence[Input[str]]] | None"),
        ("Mapping[str, str]", "Mapping[str, Input[str]]"),
        ("Mapping[str, Sequence[str]]", "Mapping[str, Sequence[Input[str]]]"),
        ("Output[str]", "Output[str | None]"),
        ("Output[str]", "Output[str] | None"),
        ("Output[dict[str, str]]", "Output[dict[str, str] | None]"),
    ],
)
def test_what_takes_more(narrow: str, wide: str) -> None:
    assert takes(wide, narrow)
    assert not takes(narrow, wide)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("str", "int"),
        ("int", "Input[str]"),
        ("Sequence[int]", "Sequence[Input[str]]"),
        ("Sequence[str]", "Mapping[str, str]"),
        ("Mapping[str, str]", "Mapping[int, Input[str]]"),
        ("Output[str] | None", "Output[str | None]"),  # None itself is no output.
        ("dict[str, str]", "dict[str, str | None]"),  # Whoever writes to it needs the very same.
        ("'restricted'", "'baseline'"),
        ("() -> Output[str]", "() -> Output[str] | None"),
        ("array<string>", "array<integer>"),
    ],
)
def test_what_is_another_or_not_read(one: str, other: str) -> None:
    assert not takes(other, one)
