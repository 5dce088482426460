"""Every key of a TOML text is found on the line that it stands on, in whatever way it is written."""

import json
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.positions import KeyPath, earlier, index

CASES = {
    "tables": ("[a]\nx = 1\n\n[a.b]\ny = 2\n", {("a", "x"): 2, ("a", "b"): 4, ("a", "b", "y"): 5}),
    "a table after its own child": ("[a.b]\nx = 1\n[a]\ny = 2\n", {("a",): 3, ("a", "b"): 1, ("a", "y"): 4}),
    "an array of tables": (
        "[[a]]\nx = 1\n[[a]]\nx = 2\n",
        {("a",): 1, ("a", 0, "x"): 2, ("a", 1): 3, ("a", 1, "x"): 4},
    ),
    "a table inside an element": (
        "[[a]]\n[a.b]\nx = 1\n[[a]]\n[a.b]\nx = 2\n",
        {("a", 0, "b", "x"): 3, ("a", 1, "b"): 5},
    ),
    "an array in an array": ("[[a]]\n[[a.b]]\n[[a.b]]\n[[a]]\n[[a.b]]\n", {("a", 0, "b", 1): 3, ("a", 1, "b", 0): 5}),
    "dotted keys": ("a.b.c = 1\na . d = 2\n", {("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 1, ("a", "d"): 2}),
    "quoted keys": ('"a.b" = 1\n\'c d\' = 2\n"\\u0065" = 3\n', {("a.b",): 1, ("c d",): 2, ("e",): 3}),
    "quoted headers": ('["a]b".\'c"d\']\nx = 1\n', {("a]b",): 1, ("a]b", 'c"d', "x"): 2}),
    "a multi-line array": ("a = [ # ]\n  1,\n  [2,\n   3]\n]\nb = 0\n", {("a", 0): 2, ("a", 1, 1): 4, ("b",): 6}),
    "inline tables": ("a = { b = 1, c = [{ d = 2 }] }\ne = 3\n", {("a", "b"): 1, ("a", "c", 0, "d"): 1, ("e",): 2}),
    "multi-line strings": (
        'a = """\n[x]\ny = 1 \\""" """\nb = \'\'\'\n\'\'\'\'\'\nc = 1\n',
        {("a",): 1, ("b",): 4, ("c",): 6},
    ),
    "quotes at the end of a string": ('a = """x"""""\nb = """"""\nc = 1\n', {("b",): 2, ("c",): 3}),
    "windows line ends": ("[a]\r\nx = [\r\n1]\r\ny = 2\r\n", {("a", "x", 0): 3, ("a", "y"): 4}),
    "dates and comments": ("a = 1979-05-27 07:32:00 # b = 2\nc = 1\n", {("a",): 1, ("c",): 2}),
}


@pytest.mark.parametrize(("text", "wanted"), CASES.values(), ids=CASES)
def test_a_key_is_found_on_its_line(text: str, wanted: dict[KeyPath, int]) -> None:
    found = index(text)
    assert {path: found.get(path) for path in wanted} == wanted
    assert set(found) == set(paths(tomllib.loads(text)))


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 1\nb = 2\na = 3", 1), ("[a]\nx = 1\n[b]\n[a]", 1), ("[a]\nx = [1]\nx = [\n1]", 2), ("a = 1", None)],
)
def test_a_name_given_twice_is_found_where_it_was_given_first(text: str, line: int | None) -> None:
    assert earlier(text) == line


def paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Every key path of a document as tomllib sees it."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield (*path, key)
        yield from paths(each, (*path, key))


class Writer:
    """Writes a document in ways that hypothesis chooses, and keeps the line on which it put each key."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.text = ""
        self.lines: dict[KeyPath, int] = {}

    def put(self, text: str) -> None:
        self.text += text

    def pick(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def mark(self, path: KeyPath) -> None:
        line = self.text.count("\n") + 1
        for length in range(1, len(path)):
            self.lines.setdefault(path[:length], line)
        self.lines[path] = line

    def key(self, name: str) -> str:
        bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
        literal = "'" not in name and name.isprintable()
        ways = [json.dumps(name), *([name] if bare else []), *([f"'{name}'"] if literal else [])]
        return self.pick(*ways)

    def dotted(self, names: tuple[str, ...]) -> str:
        return self.pick(".", " . ", ". ").join(self.key(name) for name in names)

    def end(self) -> None:
        self.put(self.pick("\n", ' # a = [ "\n', "\n\n", "\n# [x]\n\t\n", "\r\n"))

    def space(self) -> None:
        """Puts something that may stand between the elements of an array."""
        self.put(self.pick("", " ", "\n", " # ] , }\n\n  "))

    def pairs(self, table: dict[str, Any], path: KeyPath) -> None:
        for name, value in table.items():
            if not isinstance(value, Block):
                self.put(self.pick("", "  ", "\t"))
                self.pair(path, name, value)
                self.end()
        for name, value in table.items():
            if isinstance(value, Block):
                self.block(value, (*path, name))

    def pair(self, path: KeyPath, name: str, value: Any) -> None:
        names = [name]
        while isinstance(value, dict) and len(value) == 1 and self.draw(st.booleans()):
            ((inner, value),) = value.items()
            names.append(inner)
        self.mark((*path, *names))
        self.put(self.dotted(tuple(names)) + self.pick(" = ", "=", "\t= "))
        self.value(value, (*path, *names))

    def value(self, value: Any, path: KeyPath) -> None:
        if isinstance(value, dict):
            self.inline(value, path)
        elif isinstance(value, list):
            self.array(value, path)
        else:
            self.put(self.atom(value))

    def inline(self, table: dict[str, Any], path: KeyPath) -> None:
        self.put("{ ")
        for number, (name, value) in enumerate(table.items()):
            self.put(", " if number else "")
            self.pair(path, name, value)
        self.put(" }")

    def array(self, values: list[Any], path: KeyPath) -> None:
        self.put("[")
        for at, each in enumerate(values):
            self.space()
            self.mark((*path, at))
            self.value(each, (*path, at))
            self.space()
            self.put("," if at + 1 < len(values) else self.pick("", ","))
        self.space()
        self.put("]")

    def atom(self, value: Any) -> str:
        if isinstance(value, str):
            return self.string(value)
        return json.dumps(value)

    def string(self, text: str) -> str:
        quoted = json.dumps(text)
        ways = [quoted, f'"""{quoted[1:-1]}"""', f'"""\n{quoted[1:-1]}"""']
        if "'" not in text and text.isprintable():
            ways += [f"'{text}'", f"'''{text}'''", f"'''\n{text}'''"]
        return self.pick(*ways)

    def block(self, block: "Block", path: KeyPath) -> None:
        """[path] for a table, [[path]] for each element of an array of tables."""
        for at, table in enumerate(block.tables):
            here = (*path, at) if block.array else path
            if block.array:
                self.lines.setdefault(path, self.text.count("\n") + 1)
            self.mark(here)
            names = tuple(part for part in path if isinstance(part, str))
            self.put(("[[{}]]" if block.array else "[{}]").format(self.dotted(names)))
            self.end()
            self.pairs(table, here)


class Block:
    """A table that is written under a header of its own."""

    def __init__(self, tables: list[dict[str, Any]], array: bool) -> None:
        self.tables = tables if array else tables[:1]
        self.array = array

    def __repr__(self) -> str:
        return f"Block({self.tables}, {self.array})"


names = st.text(st.sampled_from("ab1-_ .é\"'#[]=\\\n"), max_size=4)
texts = st.text(st.sampled_from("ab \"'#[]{}=,\\\n"), max_size=8)
atoms = st.booleans() | st.integers(-9, 99) | st.floats(-9, 9).map(lambda x: round(x, 2)) | texts
values = st.recursive(
    atoms, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=6
)
tables = st.recursive(
    st.dictionaries(names, values, max_size=3),
    lambda inner: st.dictionaries(
        names, values | st.builds(Block, st.lists(inner, min_size=1, max_size=3), st.booleans()), max_size=3
    ),
    max_leaves=5,
)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[KeyPath, int]]:
    writer = Writer(draw)
    writer.pairs(draw(tables), ())
    return writer.text, writer.lines


@given(documents())
def test_the_index_agrees_with_tomllib_and_with_where_the_keys_were_put(
    document: tuple[str, dict[KeyPath, int]],
) -> None:
    text, lines = document
    assert set(index(text)) == set(paths(tomllib.loads(text)))
    assert index(text) == lines
