"""Files of values: read as Helm reads them, or refused."""

import re
from pathlib import Path

import pytest
from web_platform.errors import Fault
from web_platform.value_files import read_value_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "values.yaml"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("# nothing but a comment\n", {}),
        ("a: {b: [1, x]}\n", {"a": {"b": [1, "x"]}}),
        (
            "day: 2020-01-02\nat: 2001-12-14t21:59:43.10-05:00",
            {"day": "2020-01-02", "at": "2001-12-14t21:59:43.10-05:00"},
        ),
        ("ports: [8080:50, 1:30, 80]", {"ports": ["8080:50", "1:30", 80]}),
        ("mode: [0644, 0o644, 0x1f, 1_000, -5]", {"mode": [420, 420, 31, 1000, -5]}),
        ("numbers: [1.50, 1e3, 1.5e+3]", {"numbers": [1.5, 1000.0, 1500.0]}),
        ("on: [yes, No, y, true]", {"true": [True, False, True, True]}),
        ("1: one\ntrue: t\nnull: x", {"1": "one", "true": "t", "null": "x"}),
        ("empty:\ntilde: ~", {"empty": None, "tilde": None}),
        ("base: &b {k: 1, l: 2}\nmerged: {<<: *b, l: 3}", {"base": {"k": 1, "l": 2}, "merged": {"k": 1, "l": 3}}),
    ],
)
def test_values_are_what_helm_reads(file: Path, text: str, values: object) -> None:
    file.write_text(text)
    assert read_value_file(file) == values


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"a: [", "which cannot be read: while parsing a flow node"),
        (b"a: {\xff}", "which cannot be read: 'utf-8' codec"),
        (b"a: 1\nb: {c: 1, d: 2, c: 3}", "which cannot be read: 'c' is there twice in the mapping of line 2"),
        (b"1: a\n'1': b", "which cannot be read: '1' is there twice in the mapping of line 1"),
        (b"a: !!python/object:os.system {}", "which cannot be read: could not determine a constructor"),
        (b"[" * 5000, "which cannot be read: maximum recursion"),
        (b"- a", "which holds no keys with values"),
        (b"text", "which holds no keys with values"),
    ],
)
def test_what_is_no_file_of_values_is_a_fault_with_danger_and_remedy(file: Path, content: bytes, what: str) -> None:
    file.write_bytes(content)
    fault = read_value_file(file)
    assert isinstance(fault, Fault)
    assert fault.what.startswith(f"names {str(file)!r}, {what}")
    assert fault.danger
    assert fault.remedy


def test_a_file_that_is_not_there_or_a_directory_is_a_fault(file: Path) -> None:
    assert read_value_file(file) == Fault(
        what=f"names {str(file)!r}, but there is no such file",
        danger="the chart would be installed without the values that it holds",
        remedy="correct the path, which begins at the directory of the program, or put the file there",
    )
    fault = read_value_file(file.parent)
    assert isinstance(fault, Fault)
    assert re.search("which cannot be read: .*Is a directory", fault.what)
