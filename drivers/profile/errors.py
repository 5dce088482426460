"""Errors of a profile file, in a technician's words and with the line where they stand."""

import re
import typing
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from drivers.options import decode
from drivers.printable import printable, printable_lines
from drivers.profile.schema import (
    NAME_PATTERN,
    FailsafeTable,
    FeedTable,
    Hole,
    LampTable,
    PollTable,
    Probe,
    ProfileTables,
    Register,
)
from drivers.translation import _


class ProfileError(ValueError):
    """A profile is missing or wrong; the message has one line for each mistake, with file and line where known. What
    cannot be printed in a line is escaped."""

    def __init__(self, lines: str) -> None:
        super().__init__(printable_lines(lines))


Mistake = tuple[str, str, str]
"""Table ("register.level_percent"; "hole#2": the second of that name), key in it, words."""

_LISTED = re.compile(r"(hole|probe)#(\d+)")
_HEADER = re.compile(r"\s*\[+\s*([^\]]*?)\s*\]")
_NAME = r"\1"
_SOUND = {"function": 3, "address": 0, "type": "u16"}


def raise_all(path: Path, text: str, found: Iterable[Mistake]) -> None:
    """Raises ProfileError when there is any; one line for each, in order of the file's lines."""
    lines = _Lines(text)
    if said := sorted((lines.of(*mistake[:2]), _said(*mistake)) for mistake in found):
        raise ProfileError("\n".join(f"{path}:{line}: {words}" for line, words in said))


def wrong_types(given: dict[str, Any]) -> Iterator[Mistake]:
    """Keys and types; each table apart, so that all mistakes come out in one run, and with the table's name."""
    named = [given.get("register"), given.get("poll", {}), given.get("failsafe", {})]
    lists = [given.get("hole", []), given.get("probe", [])]
    if not all(isinstance(each, dict) for each in named) or not all(isinstance(each, list) for each in lists):
        yield from _wrong("", given, ProfileTables)
        return
    yield from _named("register", given["register"], Register)
    yield from _named("poll", given.get("poll", {}), PollTable)
    for name, kind in (("hole", Hole), ("probe", Probe)):
        for number, table in enumerate(given.get(name, []), 1):
            yield from _wrong(f"{name}#{number}", table, kind)
    if "lamp" in given:
        yield from _wrong("lamp", given["lamp"], LampTable)
    if "failsafe" in given:
        yield from _failsafe(given["failsafe"])
    sound: dict[str, Any] = {"register": {"sound": _SOUND}, "lamp": None, "failsafe": None}
    sound |= {"poll": {}, "hole": [], "probe": []}
    yield from _wrong("", {**given, **sound}, ProfileTables)


def _named(kind: str, given: dict[str, Any], struct: type[msgspec.Struct]) -> Iterator[Mistake]:
    for name, table in given.items():
        if not re.match(NAME_PATTERN, name):
            yield f"{kind}.{name}", "", _("a name is made of a-z, 0-9 and _, and begins with a letter")
        yield from _wrong(f"{kind}.{name}", table, struct)


def _failsafe(given: dict[str, Any]) -> Iterator[Mistake]:
    if "feed" in given:
        yield from _wrong("failsafe.feed", given["feed"], FeedTable)
    yield from _wrong("failsafe", {**given, "feed": None}, FailsafeTable)


def _wrong(table: str, value: object, kind: type[msgspec.Struct]) -> Iterator[Mistake]:
    try:
        msgspec.convert(value, kind, dec_hook=decode)
    except msgspec.ValidationError as error:
        words, _, where = str(error).partition(" - at `")
        named = re.search(r"\.(\w+)", where) or re.search(r"field `(\w+)`", words)
        key = named.group(1) if named else ""
        yield table, key, _words(words, key, kind)


def _words(words: str, key: str, kind: type[msgspec.Struct]) -> str:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    if "unknown field" in words:
        import difflib  # large, and needed for a mistake alone

        near = difflib.get_close_matches(key, fields, 1)
        if near:
            return _("unknown key; did you mean {key}?").format(key=near[0])
        return _("unknown key; there are {keys}").format(keys=", ".join(fields))
    if "missing required" in words:
        return _("is missing")
    if words.startswith("Invalid enum value") and key in fields:
        allowed = ", ".join(str(each) for each in typing.get_args(fields[key].type))
        value = words.removeprefix("Invalid enum value ")
        return _("{value} is none of {allowed}").format(value=value, allowed=allowed)
    return words


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
