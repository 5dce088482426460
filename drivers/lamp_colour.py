"""The colour temperature of a lamp that a profile describes: what sets it, and whether the lamp took it."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from msgspec import structs

from drivers.base import Outcome
from drivers.errors import Refused
from drivers.level import COLOUR, LOOK_S
from drivers.line import OnlyEcho, Priority
from drivers.profile import ColourMap, Write
from drivers.registers import Registers
from drivers.translation import _

WriteTo = Callable[[Write, Priority], Awaitable[None]]


class LampColour:
    """
    Args:
        found: None: the lamp has no colour temperature.
        write: writes to the lamp.
        settle_s: how long the lamp may take to reach it (its fade).
    """

    def __init__(self, found: ColourMap | None, registers: Registers, write: WriteTo, settle_s: float) -> None:
        self._map, self._registers, self._write, self._settle_s = found, registers, write, settle_s

    def writing(self, wanted_k: float | None) -> Write | None:
        """Returns what sets it; None: it is left as it is. Raises ValueError for what the lamp does not have."""
        if wanted_k is None:
            return None
        if self._map is None:
            raise ValueError(_("its profile has no [lamp.colour]"))
        lowest_k, highest_k = self._map.range_k
        if not lowest_k <= wanted_k <= highest_k:
            what = _("its colour temperature goes from {lowest:g} to {highest:g} K, not to {wanted:g} K")
            raise ValueError(what.format(lowest=lowest_k, highest=highest_k, wanted=wanted_k))
        return self._map.set.writing(wanted_k)

    async def write(self, write: Write) -> str:
        """Returns why the lamp refuses it, "" where it does not: it gets its level all the same. Raises DeviceError."""
        try:
            await self._write(write, Priority.COMMAND)
        except OnlyEcho:
            return ""  # what is read back tells whether it arrived
        except Refused as error:
            return error.what
        return ""

    async def judged(
        self, outcome: Outcome, wanted_k: float | None, refusal: str, replaced: Callable[[], bool]
    ) -> Outcome:
        """The outcome of a level, with what came of its colour temperature. Raises DeviceError.

        Args:
            refusal: what `write` has told.
            replaced: whether a newer order has come.
        """
        if refusal:
            return _failed(outcome, refusal)
        if outcome.status != "done" or wanted_k is None or self._map is None:
            return outcome
        until_s, nearest_k = time.monotonic() + self._settle_s, self._map.nearest_k(wanted_k)
        while (told_k := await self._look(self._map)) is None or abs(told_k - nearest_k) > self._map.tolerance_k:
            if replaced():
                return _failed(outcome, _("a newer command replaced it before the lamp was there"))
            if time.monotonic() >= until_s:
                return structs.replace(_failed(outcome, _strayed(told_k, wanted_k)), observed_k=told_k)
            await asyncio.sleep(min(LOOK_S, max(0.0, until_s - time.monotonic())))
        return structs.replace(outcome, observed_k=told_k)

    async def _look(self, found: ColourMap) -> float | None:
        """The colour temperature read now, K; None: the device marks it as unknown or impossible."""
        told = await self._registers.value(found.told, Priority.COMMAND)
        return next((float(each.value) for each in told if each.quantity == COLOUR and not each.doubt), None)


def _failed(outcome: Outcome, reason: str) -> Outcome:
    return structs.replace(outcome, status="failed", reason=reason)


def _strayed(told_k: float | None, wanted_k: float) -> str:
    if told_k is None:
        return _("{register} tells nothing after {wanted:g} K was written").format(register=COLOUR, wanted=wanted_k)
    return _("{register} tells {told:g} K after {wanted:g} K was written; check its limits and the lamp").format(
        register=COLOUR, told=told_k, wanted=wanted_k
    )
