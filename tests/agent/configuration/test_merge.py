"""JSON merge patches on the values of a TOML file: RFC 7396, and what makes one of two files."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.configuration import merge

RFC = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]
"""Appendix A, as far as it is of objects."""

scalars = st.booleans() | st.integers(-9, 9) | st.text("abc", max_size=3)
documents = st.recursive(
    st.dictionaries(st.text("xyz", min_size=1, max_size=2), scalars | st.lists(scalars, max_size=2), max_size=3),
    lambda inner: st.dictionaries(st.text("xyz", min_size=1, max_size=2), scalars | inner, max_size=3),
    max_leaves=8,
)
patches = st.recursive(
    st.dictionaries(st.text("xyz", min_size=1, max_size=2), scalars | st.none(), max_size=3),
    lambda inner: st.dictionaries(st.text("xyz", min_size=1, max_size=2), scalars | st.none() | inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(("values", "patch", "result"), RFC)
def test_a_patch_does_what_the_rfc_says(values: Any, patch: Any, result: Any) -> None:
    assert merge.patched(values, patch) == result


@given(documents, patches, patches)
def test_two_patches_in_one_do_what_they_do_one_after_the_other(
    values: dict[str, Any], first: dict[str, Any], then: dict[str, Any]
) -> None:
    whole = merge.combined(first, then)
    assert merge.patched(values, whole) == merge.patched(merge.patched(values, first), then)


@given(documents, documents)
def test_the_difference_of_two_files_makes_one_of_the_other(values: dict[str, Any], wanted: dict[str, Any]) -> None:
    patch = json.loads(json.dumps(merge.difference(values, wanted)))
    assert merge.patched(values, patch) == wanted


def test_a_date_of_toml_is_text_in_a_patch() -> None:
    old, new = tomllib.loads("a = 2027-12-31\nb = 1"), tomllib.loads("a = 2028-12-31\nb = 1")
    assert merge.difference(old, new) == {"a": "2028-12-31"}
    assert merge.value_at(old, ("a",)) == "2027-12-31"


@given(patches)
def test_a_patch_without_its_leaves_changes_nothing(patch: dict[str, Any]) -> None:
    gone = {path for path in merge.leaves(patch)}
    assert not list(merge.leaves(merge.without(patch, gone)))
