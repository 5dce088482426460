"""The output of the demonstration: a live table, a table at the end, or one event a line."""

import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import msgspec
from rich.console import Console, RenderableType
from rich.live import Live

from drivers.translation import _

PAGE_COLUMNS, PAGE_LINES = 100, 30
FONT_FROM_ELSEWHERE = re.compile(r"@font-face\s*\{[^}]*\}\s*")
"""What rich would have a picture fetch from the network when it is shown."""

Draw = Callable[[int, int], RenderableType]
"""Draws the table for so many columns and lines."""


class Lines:
    """Every event on one line of standard output, as the broker delivered it.

    Args:
        closed: called when nobody reads standard output any more.
    """

    def __init__(self, closed: Callable[[], None]) -> None:
        self._closed = closed

    def take(self, payload: bytes) -> None:
        try:
            sys.stdout.write(msgspec.json.format(payload, indent=-1).decode() + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self._closed()


@contextmanager
def live(draw: Draw) -> Iterator[Callable[[], None]]:
    """A table that stays on the terminal; what it yields draws it anew. Without a terminal: once, at the end."""
    console = Console()
    if not console.is_terminal:
        yield lambda: None
        Console(width=PAGE_COLUMNS, file=sys.stdout).print(draw(PAGE_COLUMNS, PAGE_LINES))
        return
    with Live(console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False) as shown:
        yield lambda: shown.update(draw(console.width, console.height - 1), refresh=True)


def busy(words: str) -> AbstractContextManager[object]:
    """Says what the wait is for, on a terminal."""
    return Console().status(words)


def save(picture: Path, draw: Draw) -> None:
    """The table as an SVG picture. Raises OSError when it cannot be written."""
    console = Console(
        record=True, width=PAGE_COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(draw(PAGE_COLUMNS, PAGE_LINES))
    svg = console.export_svg(title=_("lamppost demo"))
    picture.write_text(FONT_FROM_ELSEWHERE.sub("", svg), encoding="utf-8")
