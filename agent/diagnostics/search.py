"""Asks each unit of a line, and what has answered for what it is."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from agent.diagnostics.wanted import Wanted, settings_of
from drivers.errors import BadAnswer, DeviceError, LineError
from drivers.identify import FIRST, Asking, Question, answers, fitting, questions
from drivers.line import Line, LineOptions, NoFrame, SerialLine
from drivers.modbus import Master
from drivers.profile import Profile
from drivers.translation import _

FEW = 4
"""A scan of so many units asks also what profiles ask: half a minute for each that is silent."""


class Found(Struct, frozen=True):
    """A unit that was heard.

    Args:
        options: of the line, as they were when it answered.
        garbled: something came that is no answer, and what to do about it; "": it answered.
        is_noise: it was not even a frame, and may be the line's.
        profiles: those that fit, the likeliest first.
    """

    options: LineOptions
    unit: int
    garbled: str = ""
    profiles: tuple[Profile, ...] = ()
    is_noise: bool = False


Tell = Callable[[int, int, str], None]
"""How many questions were asked of how many at most, and where the search stands."""


async def search(
    name: str,
    options: LineOptions,
    wanted: Wanted,
    *,
    profiles: Sequence[Profile],
    found: list[Found],
    heard: list[dict[str, Any]],
    tell: Tell = lambda done, total, where: None,
) -> list[LineError]:
    """Ask each unit at each setting, and add whoever answers to `found`, and what else was heard to `heard`.

    Of few units those that are silent are then asked what profiles ask, at the settings at which somebody was heard, or
    at all where nobody was: a line has one speed.

    Why settings were given up: the line is gone, or its port does not take them.
    """
    settings = list(settings_of(options, wanted))
    total = len(settings) * len(wanted.units) * len(asked_of(wanted.units, profiles))
    looks = _Looks(name, profiles, found, heard, total=total, tell=tell)
    given_up = await looks.at(settings, wanted.units, FIRST)
    missing = [unit for unit in wanted.units if unit not in {each.unit for each in found}]
    if len(wanted.units) <= FEW and missing and not given_up:
        again = [each for each in settings if any(one.options == each for one in found)] or settings
        given_up = await looks.at(again, missing, questions(profiles)[len(FIRST) :])
    return given_up


class _Looks:
    """What has been asked and found so far, setting by setting."""

    def __init__(
        self,
        name: str,
        profiles: Sequence[Profile],
        found: list[Found],
        heard: list[dict[str, Any]],
        *,
        total: int,
        tell: Tell,
    ) -> None:
        self._name, self._profiles, self._found, self._heard, self._tell = name, profiles, found, heard, tell
        self._done, self._total = 0, total

    async def at(
        self, settings: Sequence[LineOptions], units: Sequence[int], asked: Sequence[Question]
    ) -> list[LineError]:
        """Asks each of the units at each setting. Returns why settings were given up."""
        given_up = []
        for setting in settings:
            try:
                await self._ask(setting, units, asked)
            except LineError as error:
                given_up.append(error)
        return given_up

    async def _ask(self, setting: LineOptions, units: Sequence[int], asked: Sequence[Question]) -> None:
        """Raises LineError."""
        async with Line(self._name, setting) as line:
            master = Master(line)
            for unit in units:
                asking = partial(self._asking, unit, setting)
                if (one := await look(master, setting, unit, self._profiles, asked, asking=asking)) is not None:
                    self._found.append(one)
                self._done += len(asked)
                asking(0)
            self._heard += [told.as_json for told in line.told() if told.as_json not in self._heard]

    def _asking(self, unit: int, setting: LineOptions, count: int) -> None:
        """Tells how far it is, with so many questions to a unit asked."""
        self._tell(self._done + count, self._total, so_far(unit, len(self._found), setting))


def asked_of(units: Sequence[int], profiles: Sequence[Profile]) -> Sequence[Question]:
    """What each unit number is asked on a line whose speed is known; of few also what the known profiles ask, for each
    costs a silent one its time."""
    return questions(profiles) if len(units) <= FEW else FIRST


async def look(
    master: Master,
    setting: LineOptions,
    unit: int,
    profiles: Sequence[Profile],
    asked: Sequence[Question],
    *,
    asking: Asking,
) -> Found | None:
    """Returns what answers to a unit number; None: nothing does. Raises LineError."""
    try:
        if not await answers(master, unit, asked, asking):
            return None
    except BadAnswer as error:
        return Found(setting, unit, garbled=error.what, is_noise=isinstance(error, NoFrame))
    except LineError:
        raise
    except DeviceError as error:
        return Found(setting, unit, garbled=error.what)
    return Found(setting, unit, profiles=tuple(await fitting(master, unit, profiles)))


class Looking:
    """One unit that is asked, step by step.

    Args:
        look: asks it, and tells `asking` before each question how many were asked.
    """

    def __init__(self, look: Callable[..., Coroutine[Any, Any, Found | None]]) -> None:
        self._look = look
        self.found: Found | None = None
        """What answers, once all steps were taken."""

    async def steps(self) -> AsyncGenerator[int, None]:
        """How many questions were asked, before each. Raises LineError."""
        counts: asyncio.Queue[int | None] = asyncio.Queue()
        looking = asyncio.create_task(self._look(asking=counts.put_nowait))
        looking.add_done_callback(lambda _done: counts.put_nowait(None))
        try:
            while (count := await counts.get()) is not None:
                yield count
            self.found = await looking
        finally:
            looking.cancel()
            await asyncio.wait({looking})


def where(options: LineOptions) -> str:
    """ ", 9600 baud 8N1" of a serial line; nothing of another."""
    if not isinstance(options, SerialLine):
        return ""
    setting = _(", {baud} baud 8{parity}{stop_bits}")
    return setting.format(baud=options.baud, parity=options.parity, stop_bits=options.stop_bits)


def so_far(unit: int, found: int, setting: LineOptions | None = None) -> str:
    """Returns, in words, how far a search is.

    Args:
        setting: with which it asks; None: with the one that the line has.
    """
    words = _("unit {unit}, {count} found{setting}")
    return words.format(unit=unit, count=found, setting="" if setting is None else where(setting))
