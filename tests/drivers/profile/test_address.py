"""Addresses as expressions: arithmetic, and never more than that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.profile.address import parse


def test_the_address_of_a_ballast_behind_a_gateway() -> None:
    address = parse("7000*channel + 100*short_address + 15")
    assert address.parameters == {"channel", "short_address"}
    assert address.at({"channel": 1, "short_address": 2}) == 7215


@pytest.mark.parametrize(("text", "at"), [(5, 5), ("0x156", 342), ("2*(3+4)-1", 13), (" 7 ", 7)])
def test_numbers_and_brackets(text: str | int, at: int) -> None:
    assert parse(text).at({}) == at


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 +",
        "2**9",
        "7//2",
        "-1",
        "__import__('os')",
        "a.b",
        "f(1)",
        "[1]",
        "1.5",
        "True",
        "'7'",
        "1 if 1 else 2",
        "(1",
        "1)",
        "()",
        "1 2",
        "007",
        "é + 1",
        "1" + "+1" * 100,
    ],
)
def test_nothing_else_is_an_address(text: str) -> None:
    with pytest.raises(ValueError, match="address"):
        parse(text)


@given(st.text(max_size=40))
def test_no_text_raises_anything_but_a_value_error(text: str) -> None:
    try:
        parse(text).at(dict.fromkeys(("channel", "short_address"), 1))
    except ValueError as error:
        assert str(error)


EXPRESSIONS = st.recursive(
    st.sampled_from(["7", "0x1F", "100", "channel", "short_address"]),
    lambda inner: st.tuples(inner, st.sampled_from(["+", " - ", "*"]), inner, st.sampled_from(["{}", "( {} )"])).map(
        lambda parts: parts[3].format("".join(parts[:3]))
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_brackets_and_products_bind_as_in_python(text: str) -> None:
    given_values = {"channel": 3, "short_address": 5}
    try:
        found = parse(text).at(given_values)
    except ValueError as error:
        assert any(word in str(error) for word in ("registers are 0 to", "by numbers alone", "too long"))
    else:
        assert found == eval(text, {}, given_values)


def test_a_negative_number_is_named_as_it_stands() -> None:
    with pytest.raises(ValueError, match=r'^"-1" is a negative address'):
        parse("5 + -1")


@given(st.integers(0, 9), st.integers(0, 63), st.integers(0, 99))
def test_it_is_the_arithmetic_of_the_manual(channel: int, short: int, n: int) -> None:
    address, expected = parse(f"7000*channel + 100*short_address + {n}"), 7000 * channel + 100 * short + n
    if expected <= 65535:
        assert address.at({"channel": channel, "short_address": short}) == expected
    else:
        with pytest.raises(ValueError, match="registers are 0 to 65535"):
            address.at({"channel": channel, "short_address": short})


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(ValueError, match="needs channel"):
        parse("channel + 1").at({})
