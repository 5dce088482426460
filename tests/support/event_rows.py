"""The table of events of docs/events.md, row by row."""

import re
from typing import NamedTuple

_ROW = re.compile(r"^\| (`[a-z]+\.[a-z0-9_]+`[^|]*) \| ([AET]) \| (.+) \| (.+) \|$", re.MULTILINE)
_NAME = re.compile(r"`([a-z]+\.[a-z0-9_]+)`")


class Row(NamedTuple):
    """What is said of one type: its priority by letter, and what its data are."""

    letter: str
    told: str


def rows(page: str) -> dict[str, Row]:
    """Reads what the page says of every type; several may share a row, and "the same" is that of the row before."""
    found: dict[str, Row] = {}
    before = ""
    for names, letter, _when, told in _ROW.findall(page):
        before = before if told == "the same" else told
        found |= {name: Row(letter, before) for name in _NAME.findall(names)}
    return found
