"""Properties survive the way to the engine and back."""

from hypothesis import given
from hypothesis import strategies as st

from localcloud.providers.properties import UNKNOWN, Property, Secret, from_struct, from_value, to_struct, to_value

_PLAIN = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8) | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(_PLAIN)
def test_a_value_comes_back_as_it_went(value: Property) -> None:
    assert from_value(to_value(value)) == value


@given(_PLAIN)
def test_a_secret_comes_back_as_what_it_wraps(value: Property) -> None:
    assert from_value(to_value(Secret(value))) == value


def test_a_secret_is_marked_for_the_engine() -> None:
    fields = to_value(Secret("x")).struct_value.fields
    assert fields["4dabf18193072939515e22adb298388d"].string_value == "1b47061264138c4ac30d75fd1eb44270"


def test_properties_without_a_value_are_left_out() -> None:
    assert from_struct(to_struct({"kept": "", "gone": None})) == {"kept": ""}
