"""Regular expressions of a technician: what they may be made of, and that none takes long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.serial.profile.patterns import BadPattern, compiled


@pytest.mark.parametrize(
    ("pattern", "line", "groups"),
    [
        (r"R(?P<mm>\d{4})", "R1234", {"mm": "1234"}),
        (r"(?P<t>-?\d+(?:\.\d+)?)C", "-12.5C", {"t": "-12.5"}),
        (r"Q,(?P<d>\d{3})?,(?P<s>\d+\.\d+)", "Q,,0.04", {"d": None, "s": "0.04"}),
        (r"T=(?P<t>[0-9.+-]+);H=(?P<h>\d+)%", "T=+21.5;H=40%", {"t": "+21.5", "h": "40"}),
        (r"(?:ok|error) (?P<n>\d{1,3})", "ok 17", {"n": "17"}),
        (r"V\t(?P<v>-?\d+)", "V\t-13790", {"v": "-13790"}),
        (r"\x02(?P<a>[a-z]+)\|\$", "\x02ab|$", {"a": "ab"}),
    ],
)
def test_what_a_pattern_takes(pattern: str, line: str, groups: dict[str, str | None]) -> None:
    found = compiled(pattern).fullmatch(line)
    assert found is not None
    assert found.groupdict() == groups


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(?:a+)+", "repeats a group that repeats something itself"),
        ("(?:(?:a?b*)c)*", "repeats a group that repeats something itself"),
        ("(a+)", r"does not take \(a\+\)"),
        ("(?=a)b", "does not take"),
        (r"(?P<x>a)(?P=x)", "does not take"),
        (r"\1", "does not take"),
        ("a+?", "behind nothing that could repeat"),
        ("*", "behind nothing that could repeat"),
        ("^a$", "does not take"),
        ("[[a]]", "does not take"),
        ("(?:a", "does not end"),
        ("a)", "does not begin"),
        ("[z-a]", "is no regular expression"),
        ("(?P<x>a)(?P<x>b)", "is no regular expression"),
        ("a" * 301, "301 characters"),
    ],
)
def test_what_a_pattern_may_not_be(pattern: str, why: str) -> None:
    with pytest.raises(BadPattern, match=why):
        compiled(pattern)


def test_what_repeats_keeps_what_it_took() -> None:
    assert compiled(r"\d*5").fullmatch("12345") is None


PARTS = st.sampled_from(
    ["a", "b", r"\d", "[ab]", ".", "a*", "[ab]+", ".*", "(?:a|ab)", "(?:a|a)?", "(?:a*|b)", "(?:(?:a|b*)|c)"]
)


@given(st.lists(PARTS, min_size=1, max_size=17), st.text("ab5", max_size=512))
def test_no_pattern_takes_long(parts: list[str], line: str) -> None:
    """Bound by the test's own time-out: a pattern that tries all ways would take longer than the world is old."""
    compiled("".join(parts)).fullmatch("a" * (512 - len(line)) + line)
