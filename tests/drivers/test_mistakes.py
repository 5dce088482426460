"""What is wrong with a file of tables, judged by its schema."""

from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec import Meta, Struct, field

from drivers.mistakes import wrong_tables
from drivers.options import Options, decode

Name = Annotated[str, Meta(pattern=r"^[a-z]+$")]


class Port(Options, frozen=True):
    baud: int = 9600


class Row(Options, frozen=True):
    at: int
    within: str = field(default="", name="in")


class File(Options, frozen=True):
    description: str
    row: Annotated[tuple[Row, ...], Meta(max_length=2)]
    port: Port = Port()
    line: Port | None = None
    frame: dict[Name, Row] = field(default_factory=dict)
    limits: dict[Name, int] = field(default_factory=dict)
    names: tuple[Name, ...] = ()


WHOLE: dict[str, Any] = {"description": "d", "row": [{"at": 1}]}


def test_a_file_without_a_mistake() -> None:
    more = {"port": {"baud": 1}, "line": {}, "frame": {"a": {"at": 1, "in": "b"}}, "limits": {"a": 1}, "names": ["a"]}
    assert list(wrong_tables(WHOLE, File)) == list(wrong_tables(WHOLE | more, File)) == []


def test_each_table_is_judged_apart_and_named() -> None:
    given = {
        "row": [{"at": 1}, {"at": "x"}, 3],
        "port": {"bad": 1},
        "line": {"baud": "x"},
        "frame": {"A": {"at": 1}, "b": {}},
        "limits": {"a": "x"},
    }
    found = [(table, key) for table, key, _words in wrong_tables(given, File)]
    assert found == [
        ("row#2", "at"), ("row#3", ""), ("port", "bad"), ("line", "baud"), ("frame.A", ""), ("frame.b", "at"),
        ("", "limits"), ("", "description"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value"), [("row", {"at": 1}), ("row", 3), ("port", []), ("line", "x"), ("frame", [{"at": 1}])]
)
def test_what_has_not_the_shape_of_its_table_is_one_mistake(key: str, value: object) -> None:
    ((table, told, words),) = wrong_tables(WHOLE | {key: value}, File)
    assert (table, told) == ("", key) and "; expected a" in words


def test_a_table_that_must_be_there_is_missing() -> None:
    assert list(wrong_tables({"description": "d"}, File)) == [("", "row", "is missing")]


def test_one_that_is_wrong_is_not_missing_as_well() -> None:
    assert [each[:2] for each in wrong_tables(WHOLE | {"row": [{"at": "x"}]}, File)] == [("row#1", "at")]


def test_more_tables_than_may_be_are_told_once_each_is_right() -> None:
    many = WHOLE | {"row": [{"at": 1}] * 3}
    assert list(wrong_tables(many, File)) == [
        ("", "row", "[{...}, {...}, {...}] is a list of 3; expected a list of at most 2, each a table")
    ]
    assert [each[0] for each in wrong_tables(many | {"row": [{"at": 1}, {}, {"at": 2}]}, File)] == ["row#2"]


ANY = st.recursive(
    st.sampled_from([1, "x", True, 1.5]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["at", "a", "B", "baud"]), inner),
    max_leaves=8,
)


@drawn(st.fixed_dictionaries({}, optional=dict.fromkeys(File.__struct_fields__, ANY)))
def test_what_has_no_mistake_can_be_converted_and_nothing_else(given: dict[str, Any]) -> None:
    assert bool(list(wrong_tables(given, File))) != _converts(given, File)


def _converts(given: dict[str, Any], schema: type[Struct]) -> bool:
    try:
        msgspec.convert(given, schema, dec_hook=decode)
    except msgspec.ValidationError:
        return False
    return True
