import pytest

from localcloud.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("error: \x1b[31mred\x1b[0m", "error: \N{REPLACEMENT CHARACTER}[31mred\N{REPLACEMENT CHARACTER}[0m"),
        ("overwritten\rby this", "overwritten\N{REPLACEMENT CHARACTER}by this"),
        ("\x9b31m \x00 \x7f", "{0}31m {0} {0}".format("\N{REPLACEMENT CHARACTER}")),
        ("\u202egpj.exe", "\N{REPLACEMENT CHARACTER}gpj.exe"),
        ("a\n\tb … é 日本\u00a0語", "a\n\tb … é 日本\u00a0語"),
    ],
)
def test_what_is_obeyed_is_shown_and_what_is_read_stays(text: str, shown: str) -> None:
    assert printable(text) == shown
