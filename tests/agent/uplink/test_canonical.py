"""JSON in one form: the examples of RFC 8785, and what no reader could be sure of."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.uplink.canonical import canonical

# RFC 8785, sections 3.2.2 and 3.2.3.
SAMPLE = r"""{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
 "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"""
SORTED = (
    r"""{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"""
    r""""string":"€$\u000f\nA'B\"\\\\\"/"}"""
)
KEYS = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": 7}


def test_the_sample_of_the_standard() -> None:
    assert canonical(json.loads(SAMPLE)).decode() == SORTED


def test_members_stand_in_the_order_of_their_utf_16() -> None:
    assert list(json.loads(canonical(KEYS)).values()) == [2, 4, 6, 7, 1, 5, 3]


# RFC 8785, appendix B, but for those that are none.
@pytest.mark.parametrize(
    ("number", "text"),
    [
        *((0.0, "0"), (-0.0, "0"), (5e-324, "5e-324"), (-5e-324, "-5e-324")),
        *((1.7976931348623157e308, "1.7976931348623157e+308"), (9007199254740992.0, "9007199254740992")),
        *((295147905179352830000.0, "295147905179352830000"), (9.999999999999997e22, "9.999999999999997e+22")),
        *((1e23, "1e+23"), (1.0000000000000001e23, "1.0000000000000001e+23"), (1e21, "1e+21")),
        *((999999999999999700000.0, "999999999999999700000"), (1e-6, "0.000001"), (1e-7, "1e-7")),
        *((9.999999999999997e-7, "9.999999999999997e-7"), (333333333.3333332, "333333333.3333332")),
        *((80.0, "80"), (80, "80"), (-1.5, "-1.5"), (1424953923781206.2, "1424953923781206.2"), (True, "true")),
    ],
)
def test_numbers_are_written_as_ecmascript_does(number: float, text: str) -> None:
    assert canonical(number).decode() == text


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 2**53 + 1, -(2**60) - 1])
def test_a_number_that_readers_take_for_several_is_none(number: float) -> None:
    with pytest.raises(ValueError, match="every reader"):
        canonical(number)


def test_half_of_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        canonical({"a": json.loads('"\\ud800"')})


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(_json)
def test_it_says_the_same_and_is_the_same_when_it_is_read_again(value: Any) -> None:
    once = canonical(value)
    assert json.loads(once, parse_int=float) == json.loads(json.dumps(value), parse_int=float)
    assert canonical(json.loads(once)) == once
