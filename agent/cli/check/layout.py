"""Aligned rows for a technician's screen."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from agent.config.messages import shortened
from agent.trades.base import Row
from drivers.printable import printable

WIDTH = 100
_NARROWEST = 40


def section(title: str, rows: Iterable[Row]) -> list[str]:
    """A heading and its aligned rows; nothing where there are none."""
    lines = columns(list(rows), WIDTH - 2)
    return [title, *(f"  {line}" for line in lines)] if lines else []


def columns(rows: Sequence[Row], width: int = WIDTH) -> list[str]:
    """Rows aligned two spaces apart in at most `width` characters: the last cell is wrapped, others are shortened."""
    count = max((len(row) for row in rows), default=0)
    padded = [(*map(printable, row), *[""] * (count - len(row))) for row in rows]
    widths = [max(len(row[at]) for row in padded) for at in range(count)]
    gaps = 2 * (count - 1)
    while count and sum(widths) + gaps > width:
        shorter = count - 1 if widths[-1] > _NARROWEST or count == 1 else widths.index(max(widths[:-1]))
        widths[shorter] -= 1
    return [line for row in padded for line in _wrapped(row, widths)]


def _wrapped(row: Row, widths: Sequence[int]) -> Iterator[str]:
    head = "".join(shortened(cell, size).ljust(size) + "  " for cell, size in zip(row[:-1], widths, strict=False))
    for number, part in enumerate(textwrap.wrap(row[-1], widths[-1], break_on_hyphens=False) or [""]):
        yield ((head if number == 0 else " " * len(head)) + part).rstrip()
