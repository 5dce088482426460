"""What is wrong with a file of tables, in a technician's words and with the line where it stands."""

import re
import typing
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Any

import msgspec

from drivers.options import decode, unreckonable
from drivers.printable import printable, printable_lines
from drivers.translation import _


class ProfileError(ValueError):
    """A profile is missing or wrong; the message has one line for each mistake, with file and line where known. What
    cannot be printed in a line is escaped."""

    def __init__(self, lines: str) -> None:
        super().__init__(printable_lines(lines))


MOST_MISTAKES = 20
"""The number of them that is told, and looked for."""

Mistake = tuple[str, str, str]
"""Table ("register.level_percent"; "hole#2": the second of that name), key in it, words."""

_LISTED = re.compile(r"(\w+)#(\d+)")
_HEADER = re.compile(r"\s*\[+\s*([^\]]*?)\s*\]")
_NAME = r"\1"


def raise_all(path: Path, text: str, found: Iterable[Mistake]) -> None:
    """Raises ProfileError when there is any; one line for each, in order of the file's lines."""
    lines, first = _Lines(text), list(islice(found, MOST_MISTAKES + 1))
    said = sorted((lines.of(*mistake[:2]), _said(*mistake)) for mistake in first[:MOST_MISTAKES])
    if said:
        told = [f"{path}:{line}: {words}" for line, words in said]
        more = [_("{path}: there are more mistakes").format(path=path)] if len(first) > MOST_MISTAKES else []
        raise ProfileError("\n".join((*told, *more)))


def wrong_tables(given: dict[str, Any], schema: type[msgspec.Struct]) -> Iterator[Mistake]:
    """Judges a file by its schema: each table apart, so that all mistakes come out in one run, with the table's name.

    Where no table is wrong, their number and their names are judged too: what is not told can be converted.
    """
    apart = set[str]()
    for field in msgspec.structs.fields(schema):
        name, value = field.encode_name, given.get(field.encode_name)
        if (wrong := _tables(name, value, field.type)) is not None:
            apart.add(name)
            first = next(wrong, None)
            yield from _wrong_value("", name, value, field.type) if first is None else chain((first,), wrong)
    rest = {key: value for key, value in given.items() if key not in apart}
    yield from (mistake for mistake in wrong_keys("", rest, schema) if mistake[1] not in apart)


def _tables(name: str, value: object, kind: Any) -> Iterator[Mistake] | None:
    """What is wrong with [name], each [name.NAME] or each [[name]], as its field is a struct, a dict or a tuple of
    them; None: it is of none of these kinds, or nothing of that shape was given."""
    kind = typing.get_args(kind)[0] if typing.get_origin(kind) is Annotated else kind
    shape, parts = typing.get_origin(kind), typing.get_args(kind) or (kind,)
    struct = next((each for each in parts if _is_struct(each)), None)
    if struct is not None and shape is tuple and isinstance(value, list):
        return chain.from_iterable(wrong_keys(f"{name}#{n}", each, struct) for n, each in enumerate(value, 1))
    if struct is None or shape is tuple or not isinstance(value, dict):
        return None
    if shape is dict:
        return wrong_names(name, value, _pattern(parts[0]), struct)
    return wrong_keys(name, value, struct)


def _pattern(kind: Any) -> str:
    """The regular expression of a text that is annotated with one."""
    return next(each.pattern for each in kind.__metadata__ if isinstance(each, msgspec.Meta) and each.pattern)


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def wrong_keys(table: str, value: object, kind: type[msgspec.Struct]) -> Iterator[Mistake]:
    """Judges each key by itself: msgspec tells the first mistake of a table alone."""
    if not isinstance(value, dict):
        yield from _wrong_value(table, "", value, kind)
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for key, given in value.items():
        if key in fields:
            yield from _wrong_value(table, key, given, fields[key].type)
        else:
            yield table, key, _unknown(key, fields)
    yield from ((table, key, _("is missing")) for key, field in fields.items() if field.required and key not in value)


def _wrong_value(table: str, key: str, value: object, kind: Any) -> Iterator[Mistake]:
    try:
        msgspec.convert(value, kind, dec_hook=decode)
    except msgspec.ValidationError as error:
        struct = next((each for each in (kind, *typing.get_args(kind)) if _is_struct(each)), None)
        if struct is not None and isinstance(value, dict):
            parts = wrong_keys(table, value, struct)
            yield from ((table, key, f"{part}: {words}" if part else words) for _table, part, words in parts)
            return
        yield table, key, _words(str(error).partition(" - at `")[0], value, kind)
        return
    if (number := unreckonable(value)) is not None:
        yield table, key, _("{value} is no number to reckon with").format(value=number)


def wrong_names(kind: str, given: dict[str, Any], pattern: str, struct: type[msgspec.Struct]) -> Iterator[Mistake]:
    """Judges tables that have a name each, and the names."""
    for name, table in given.items():
        if not re.match(pattern, name):
            yield f"{kind}.{name}", "", _("a name is made of a-z, 0-9 and _, and begins with a letter")
        yield from wrong_keys(f"{kind}.{name}", table, struct)


def _unknown(key: str, known: Iterable[str]) -> str:
    import difflib  # large, and needed for a mistake alone

    if near := difflib.get_close_matches(key, list(known), 1):
        return _("unknown key; did you mean {key}?").format(key=near[0])
    return _("unknown key; there are {keys}").format(keys=", ".join(known))


def _words(words: str, value: object, kind: Any) -> str:
    literals = (each for each in (kind, *typing.get_args(kind)) if typing.get_origin(each) is typing.Literal)
    if words.startswith("Invalid enum value") and (literal := next(literals, None)):
        allowed = ", ".join(str(each) for each in typing.get_args(literal))
        given = words.removeprefix("Invalid enum value ")
        return _("{value} is none of {allowed}").format(value=given, allowed=allowed)
    if not words.startswith("Expected `"):
        return words
    from drivers.expected import refused  # needed for a mistake alone

    return refused(value, kind)


def _said(table: str, key: str, words: str) -> str:
    where = " ".join(part for part in (f"[{_LISTED.sub(_NAME, table)}]" if table else "", key) if part)
    return printable(f"{where}: {words}" if where else words)


class _Lines:
    """The places of tables and keys in a text, found in one walk over it."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._brackets: list[int] = []
        self._headers: dict[str, list[int]] = {}
        for number, line in enumerate(self._lines, 1):
            if line.lstrip().startswith("["):
                self._brackets.append(number)
                if header := _HEADER.match(line):
                    self._headers.setdefault(header[1], []).append(number)

    def of(self, table: str, key: str) -> int:
        """The line of the key; of its table, where the key is missing; else the first."""
        start = self._of_table(table)
        after = bisect_right(self._brackets, start)
        following = self._brackets[after] if after < len(self._brackets) else len(self._lines) + 1
        if key:
            begins = re.compile(rf"\s*{re.escape(key)}\s*[=.]")
            for number in range(start + 1, following):
                if begins.match(self._lines[number - 1]):
                    return number
        return start or self._mentioned(key) or 1

    def _of_table(self, table: str) -> int:
        """0: the file does not have it as a header."""
        listed = _LISTED.fullmatch(table)
        name, number = (listed[1], int(listed[2])) if listed else (table, 1)
        found = self._headers.get(name, [])
        return found[number - 1] if number <= len(found) else 0

    def _mentioned(self, key: str) -> int:
        """The first header that begins with a name."""
        begins = re.compile(rf"\s*\[+\s*{re.escape(key)}\b")
        return next((each for each in self._brackets if key and begins.match(self._lines[each - 1])), 0)
