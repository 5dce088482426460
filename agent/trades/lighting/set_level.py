"""`lamppost set`: a lamp is held at a level by a technician, or given back to its program."""

import sys
from pathlib import Path

from agent.console import Ask
from agent.console_client import first_answer
from drivers.options import Seconds
from drivers.translation import _


async def set_level(socket: Path, lamp: str, level: str, hold: str) -> int:
    """0: the lamp was read back at that level; 1: it was not, and why; 2: not a level or not a duration."""
    try:
        ask = Ask("command", lamp, *_order(level, hold))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    answer = await first_answer(socket, ask)
    if answer is None:
        return 1
    observed = answer.get("observed")
    read_back = "" if observed is None else _(", read back {level:g} %").format(level=observed)
    print(f"{lamp}: {answer['status']}{read_back}" + (f": {answer['reason']}" if answer.get("reason") else ""))
    return 0 if answer["status"] == "done" else 1


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
