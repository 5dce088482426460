"""`lamppost set`: a lamp is held at a level by a technician, or given back to its program."""

import json
import sys
from pathlib import Path

from agent.console import Answer, Ask
from agent.console_client import OtherVersion, first_answer, read
from drivers.options import Seconds
from drivers.translation import _


async def set_level(socket: Path, lamp: str, level: str, hold: str, colour_k: float | None = None) -> int:
    """0: the lamp was read back at that level; 1: it was not, and why; 2: not a level or not a duration.

    Args:
        colour_k: the colour temperature; None: as its program has it.
    """
    try:
        ask = Ask("command", lamp, *_order(level, hold), colour_temperature_k=None if level == "auto" else colour_k)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    answer = await first_answer(socket, ask)
    return 1 if answer is None else _told(lamp, answer)


def _told(lamp: str, answer: Answer) -> int:
    """Prints the outcome; 0: it is done."""
    try:
        with read(answer):
            print(f"{lamp}: {_outcome_words(answer)}")
            return 0 if answer["status"] == "done" else 1
    except OtherVersion:
        print(json.dumps(answer))
        return 1


def _outcome_words(answer: Answer) -> str:
    observed, reason = answer.get("observed"), answer.get("reason")
    read_back = "" if observed is None else _(", read back {level:g} %").format(level=observed)
    return f"{answer['status']}{read_back}" + (f": {reason}" if reason else "")


def _order(level: str, hold: str) -> tuple[str, float | None, float | None]:
    """Returns action, level and how long it holds. Raises ValueError: not a level, or not a duration."""
    if level == "auto":
        return "release", None, None
    try:
        percent = float(level.removesuffix("%"))
    except ValueError:
        what = _('"{level}" is not a level; write 0 to 100, or "auto" to give the lamp back to its program')
        raise ValueError(what.format(level=level)) from None
    if not 0 <= percent <= 100:
        raise ValueError(_("{level} is not a level; it goes from 0 to 100 %").format(level=level))
    return "override", percent, float(Seconds.parse(hold))
