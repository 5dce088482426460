"""What a command prints: what it repeats of others a terminal shows, and does not obey."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO, cast

from drivers.printable import printable_lines


class Screen:
    """A stream on which what cannot be printed is written as an escape; lines and tabs stay.

    Args:
        plain: the stream itself, for who moves the cursor.
    """

    def __init__(self, plain: TextIO) -> None:
        self.plain = plain

    def write(self, text: str) -> int:
        return self.plain.write("\t".join(map(printable_lines, text.split("\t"))))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plain, name)


@contextmanager
def screened() -> Iterator[None]:
    """All that is printed inside goes through a screen."""
    out, errors = cast(TextIO, Screen(sys.stdout)), cast(TextIO, Screen(sys.stderr))
    with redirect_stdout(out), redirect_stderr(errors):
        yield


def plain(stream: TextIO) -> TextIO:
    """Returns the stream behind the screen, if there is one."""
    return stream.plain if isinstance(stream, Screen) else stream
