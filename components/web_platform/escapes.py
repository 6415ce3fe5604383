"""Texts of others where a terminal shows them."""


def escaped(text: str) -> str:
    """A text with what a terminal would obey, instead of showing it, as `repr` writes it."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
