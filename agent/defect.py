"""What may be said of an exception beyond the pole's own log: its kind, its place, and bounded words."""

import logging
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from traceback import walk_tb
from typing import TypeVar

from msgspec import Struct

from drivers.translation import _

log = logging.getLogger(__name__)

T = TypeVar("T")

MAX_MESSAGE = 200
"""Characters of the message; the log has all of it."""

LEFT_OUT = "…"
"""Stands for what was left out."""

_HOUSE = ("agent", "drivers")
_ROOT = Path(__file__).parents[1]

# What the interpreter says itself with these names types and attributes, never a value.
_OF_CODE = (AttributeError, IndexError, NameError, RecursionError, TypeError, UnboundLocalError, ZeroDivisionError)
_QUOTED = re.compile(r"['\"].*['\"]")
# A vehicle's tag, a token or a key looks so: letters with digits among them, and long.
_TOKEN = re.compile(r"\b(?=\w*\d)\w{8,}\b")


class Defect(Struct, frozen=True):
    """One exception that nobody expected.

    Args:
        error: its kind.
        message: its words on one line, without what could be a value: quoted texts and long tokens are left out.
        place: file and line of lamppost that raised it, or called what did; None: not known.
    """

    error: str
    message: str
    place: str | None

    @property
    def words(self) -> str:
        at = _(" at {place}").format(place=self.place) if self.place else ""
        return f"{self.error}{at}" + (f": {self.message}" if self.message else "")


def attempted(work: Callable[[], T], what: str, *, quiet: bool = False) -> T | Defect:
    """What `work` gives, or the defect that keeps it from that: for who asks once, and goes on with the others.

    Args:
        what: whose defect it is, for the log.
        quiet: whether the log has it for who asked for more alone (`--verbose`).
    """
    try:
        return work()
    except Exception as error:
        return _logged(error, what, quiet=quiet)


async def awaited(work: Awaitable[T], what: str) -> T | Defect:
    """The same, quietly, for what has to be waited for."""
    try:
        return await work
    except Exception as error:
        return _logged(error, what, quiet=True)


def _logged(error: Exception, what: str, *, quiet: bool) -> Defect:
    if quiet:
        log.debug("%s failed by a defect", what, exc_info=error)
    else:
        log.error("%s failed by a defect", what, exc_info=error)
    return described(error)


def described(error: BaseException) -> Defect:
    """The exception, or the first one in a group, however deep."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return Defect(type(error).__name__, _message(error), _place(error))


def _message(error: BaseException) -> str:
    text = "".join(each if each.isprintable() else " " for each in str(error))
    if type(error) not in _OF_CODE:
        text = _TOKEN.sub(LEFT_OUT, _QUOTED.sub(LEFT_OUT, text))
    text = " ".join(text.split())
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 1] + LEFT_OUT


def _place(error: BaseException) -> str | None:
    """The innermost line that is lamppost's own."""
    found = None
    for frame, line in walk_tb(error.__traceback__):
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(_ROOT) and file.relative_to(_ROOT).parts[0] in _HOUSE:
            found = f"{file.relative_to(_ROOT)}:{line}"
    return found
