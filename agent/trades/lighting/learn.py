"""`lamppost lamps learn`: a lamp is led through its levels, and its power at each makes its power_curve."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median

from agent.console import Answer, Ask
from agent.console_client import OtherVersion, first_answer, read
from drivers.options import Seconds
from drivers.translation import _

KEY = "power_curve"

LEVELS = (100.0, 80.0, 60.0, 40.0, 20.0, 10.0, 0.0)
"""The levels, %, from bright to dark: the last is standby."""

SAMPLES, SAMPLE_S = 5, 2.0
"""Looks at the power of a level, and the time between them: the one in the middle counts."""

MARGIN_S = 120.0
"""A level is held for longer than it is looked at, so that the lamp goes back by itself if the command is killed."""

Point = tuple[float, float]
Asking = Callable[[Ask], Awaitable[Answer | None]]


class NotLearnt(Exception):
    """Why there is no curve, in words for a technician; empty where that was printed."""


async def learn(socket: Path, lamp: str, settle: str) -> int:
    """0: the curve was printed; 1: there is none, and why; 2: not a duration."""
    try:
        settle_s = float(Seconds.parse(settle))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        curve = await learnt(partial(first_answer, socket), lamp, settle_s)
    except (NotLearnt, OtherVersion) as error:
        print(*filter(None, [str(error)]), file=sys.stderr)
        return 1
    print(_("write this below [lamp.{lamp}], and reload:").format(lamp=lamp))
    print(f"{KEY} = [{', '.join(f'[{level:g}, {power_w:g}]' for level, power_w in curve)}]")
    return 0


async def learnt(
    ask: Asking, lamp: str, settle_s: float, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> list[Point]:
    """The power at each level, from dark to bright. Raises NotLearnt; the lamp follows its program again anyhow."""
    points = list[Point]()
    try:
        for level in LEVELS:
            await _lead(ask, lamp, level, settle_s + SAMPLES * SAMPLE_S + MARGIN_S)
            await pause(settle_s)
            points.append(await _measured(ask, lamp, pause))
            print(_("{lamp}: {level:g} %, {power:g} W").format(lamp=lamp, level=points[-1][0], power=points[-1][1]))
    finally:
        await ask(Ask("command", lamp, "release"))
    return _rising(points[::-1])


async def _lead(ask: Asking, lamp: str, level: float, hold_s: float) -> None:
    answer = await ask(Ask("command", lamp, "override", level, hold_s))
    if answer is None:
        raise NotLearnt
    with read(answer):
        if answer["status"] != "done":
            what = _("{lamp} did not take {level:g} %: {reason}")
            raise NotLearnt(what.format(lamp=lamp, level=level, reason=answer.get("reason", "")))


async def _measured(ask: Asking, lamp: str, pause: Callable[[float], Awaitable[None]]) -> Point:
    """The level that was read back, and the power there."""
    looks = list[Point]()
    for _look in range(SAMPLES):
        await pause(SAMPLE_S)
        if (answer := await ask(Ask("status"))) is None:
            raise NotLearnt
        with read(answer):
            shown = answer["lamps"][lamp]
            looks.append(_point(lamp, shown["level_percent"], shown["power_w"]))
    return median(level for level, _power_w in looks), round(median(power_w for _level, power_w in looks), 2)


def _point(lamp: str, level_percent: float | None, power_w: float | None) -> Point:
    if power_w is None:
        raise NotLearnt(_("{lamp} tells no power; write power_curve from its data sheet").format(lamp=lamp))
    if level_percent is None:
        raise NotLearnt(_("{lamp} tells no level; look at: {command}").format(lamp=lamp, command="lamppost status"))
    return float(level_percent), float(power_w)


def _rising(points: Sequence[Point]) -> list[Point]:
    """One point for each level. Raises NotLearnt for a power that falls: such a curve would hide a fault."""
    curve = list(dict(points).items())
    for one, other in pairwise(curve):
        if other[0] <= one[0] or other[1] < one[1]:
            what = _("{one:g} W at {low:g} %, but {other:g} W at {high:g} %: the lamp is broken, or was not steady yet")
            raise NotLearnt(what.format(one=one[1], low=one[0], other=other[1], high=other[0]))
    if len(curve) < 2 or curve[-1][0] != 100:
        raise NotLearnt(_("it was never at 100 %; check the limits of its gear"))
    return curve
