"""The level of a lamp that a profile describes: what sets it, what tells it, and whether the lamp went there."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping

from drivers.base import Outcome
from drivers.level import FULL_PERCENT, LEVEL, LOOK_S
from drivers.line import Priority
from drivers.profile import LampMap, Measured, PlacedRegister, Write
from drivers.registers import Registers
from drivers.translation import _


class LampLevel:
    """
    Args:
        unit: of the lamp on its line, for a technician.
        doubt: why nothing that the lamp tells may decide anything; "": it may.
    """

    def __init__(self, found: LampMap, unit: int, registers: Registers, doubt: Callable[[], str]) -> None:
        self._map, self._unit, self._registers, self._doubt = found, unit, registers, doubt

    def writing(self, level_percent: float) -> list[Write]:
        """Returns the writes that set a level: off is the switch alone where there is one; on is the level first, so
        that no old level flashes up.

        Raises ValueError for a level that the register does not take, or that a lamp does not have which only switches.
        """
        level, switch = self._map.level, self._map.switch
        if level is None and level_percent not in (0.0, FULL_PERCENT):
            raise ValueError(_("it only switches: 0 or 100 %"))
        writes = [(level, level_percent)] if level is not None and (switch is None or level_percent > 0) else []
        if switch is not None:
            writes.append((switch, float(level_percent > 0)))
        return [placed.writing(value) for placed, value in writes]

    @property
    def is_told(self) -> bool:
        return bool(self._map.told_by)

    def is_told_by(self, read: Iterable[PlacedRegister]) -> bool:
        """Whether one of these is a part of the level."""
        names = {placed.name for placed in read}
        return any(part.name in names for part in self._map.told_by)

    def register_of(self, quantity: str) -> str:
        """Returns the register whose age is that of a quantity."""
        return self._map.told_by[0].name if quantity == LEVEL and self.is_told else quantity

    def of(self, parts: Mapping[str, Measured]) -> Measured | None:
        """Returns the level at which the lamp burns; None while a part of it is not known."""
        if not self._map.told_by or any(part.name not in parts for part in self._map.told_by):
            return None
        switch, told = self._map.switch_state, self._map.read_back
        if switch is not None and not parts[switch.name].value:
            return Measured(LEVEL, 0.0)
        if told is None:
            return Measured(LEVEL, FULL_PERCENT)
        return Measured(LEVEL, float(parts[told.name].value), parts[told.name].doubt)

    async def judged(self, command_id: str, wanted_percent: float, replaced: Callable[[], bool]) -> Outcome:
        """Looks until the lamp is where it was sent, for as long as its profile lets it fade. Raises DeviceError.

        Args:
            replaced: whether a newer order has come.
        """
        if not self.is_told:
            return Outcome(command_id, "done", _("written; nothing tells the level of this device"))
        until_s = time.monotonic() + self._map.settle_s
        while True:
            observed = await self._look()
            if doubt := self._doubt():
                return Outcome(command_id, "failed", doubt)
            if observed is not None and abs(observed - wanted_percent) <= self._map.tolerance_percent:
                return Outcome(command_id, "done", observed=observed)
            if replaced():
                return Outcome(
                    command_id, "failed", _("a newer command replaced it before the lamp was there"), observed
                )
            if time.monotonic() >= until_s:
                return Outcome(command_id, "failed", self._strayed(wanted_percent, observed), observed)
            await asyncio.sleep(min(LOOK_S, max(0.0, until_s - time.monotonic())))

    async def _look(self) -> float | None:
        """The level in %, read now; None: the device marks it as unknown or impossible."""
        parts: dict[str, Measured] = {}
        for placed in self._map.told_by:
            parts |= {each.quantity: each for each in await self._registers.value(placed, Priority.COMMAND)}
        level = self.of(parts)
        return None if level is None or level.doubt else float(level.value)

    def _strayed(self, wanted_percent: float, observed: float | None) -> str:
        address = self._map.told_by[0].address
        register = _("register {address} of unit {unit}").format(address=address, unit=self._unit)
        if observed is None:
            return _("{register} tells no level after {wanted:g} % was written").format(
                register=register, wanted=wanted_percent
            )
        return _(
            "{register} tells {observed:g} % after {wanted:g} % was written; check its limits and the lamp"
        ).format(register=register, observed=observed, wanted=wanted_percent)
