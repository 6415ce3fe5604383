"""Texts that stay texts in Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci.preview.markdown import block, code, folded, joined


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "`plain`"),
        ("a `b` c", "``a `b` c``"),
        ("`b`", "`` `b` ``"),
        ("two\nlines", "`two lines`"),
        ("\x1b[31mred", "`\N{REPLACEMENT CHARACTER}[31mred`"),
        ("", "`  `"),
        ("<b>@all</b>", "`<b>@all</b>`"),
    ],
)
def test_code_within_a_line(text: str, expected: str) -> None:
    assert code(text) == expected


@given(st.text(alphabet="`/a\n ~", max_size=40))
def test_no_text_leaves_its_block(text: str) -> None:
    first, *inside, last = block(text).split("\n")
    assert first == last
    assert set(first) == {"`"}
    assert not any(line.strip().startswith(first) for line in inside)


@given(st.text(alphabet="`ab ", max_size=30))
def test_no_text_leaves_its_code(text: str) -> None:
    said = code(text)
    marks = said[: len(said) - len(said.lstrip("`"))]
    assert said.endswith(marks)
    assert marks not in said[len(marks) : -len(marks)]


def test_a_block_is_obeyed_by_no_terminal() -> None:
    assert block("a\n\x1b[2J\r\tb") == "```\na\n{0}[2J{0}\tb\n```".format("\N{REPLACEMENT CHARACTER}")


def test_a_summary_is_text() -> None:
    assert folded("<b>", "body") == "<details><summary>&lt;b&gt;</summary>\n\nbody\n\n</details>"


def test_empty_blocks_are_left_out() -> None:
    assert joined(["a", "", "b"]) == "a\n\nb"
