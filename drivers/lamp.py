"""A lamp controller described by a profile."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from drivers.base import Emit, Outcome
from drivers.errors import Refused
from drivers.failsafe import FEED, Failsafe
from drivers.lamp_colour import LampColour
from drivers.level import FULL_PERCENT, LEVEL, LOOK_S, PERCENT
from drivers.line import OnlyEcho, Priority
from drivers.mapped import LineDevice
from drivers.modbus import ILLEGAL, Master
from drivers.options import Seconds
from drivers.profile import LampMap, Measured, PlacedRegister, Profile, ProfileError, Write
from drivers.quantity import Quantity
from drivers.registers import Answer, Registers, fresh_s, poll_forever, reading
from drivers.translation import _

Channel = Annotated[int, Meta(ge=0, le=63)]
ShortAddress = Annotated[int, Meta(ge=0, le=63)]
DaliGroup = Annotated[int, Meta(ge=0, le=15)]


class LampDevice(LineDevice):
    """A table of a lamp on a line; who has it has these keys, beside those of `LineDevice`.

    Args:
        channel, short_address, dali_group: the parameters that the profile's addresses ask for.
        period_s: time between two polls.
        failsafe_level_percent: what the controller goes to by itself, where its profile can set that: when the pole is
            silent, and when power comes back.
    """

    __slots__ = ()

    PARAMETERS: ClassVar[tuple[str, ...]] = ("channel", "short_address", "dali_group")

    channel: int | None
    short_address: int | None
    dali_group: int | None
    period_s: Seconds
    failsafe_level_percent: float

    @classmethod
    def retired(cls, key: str, name: str, value: Any) -> str | None:
        return _("write dali_group = {group}").format(group=value) if key == "group" else None


class Lamp:
    """Driver and actuator of one lamp.

    Emits "level_percent", what the lamp burns at (0 when its switch is off), and every other quantity of its profile.

    Args:
        name: of its [lamp.NAME].
        master: of the lamp's line.

    Raises:
        ProfileError: the profile describes no lamp, or asks for a parameter that `device` does not give.
    """

    def __init__(self, name: str, device: LampDevice, profile: Profile, master: Master) -> None:
        self.name = name
        self._device, self._master, self._profile = device, master, profile
        self._bound = bound = profile.bind(**device.parameters)
        if bound.lamp is None:
            raise ProfileError(_("profile {name} describes no lamp: it has no [lamp]").format(name=profile.name))
        self._map: LampMap = bound.lamp
        self._told_by = self._map.told_by
        self._internal, needed = _parts(self._map)
        self._registers = Registers(name, device.unit, bound, master, needed)
        self._colour = LampColour(self._map.colour, self._registers, self._write, self._map.settle_s)
        self._failsafe = Failsafe(name, bound.failsafe, device.failsafe_level_percent, self._registers, self._write)
        self._writing = asyncio.Lock()
        self._orders = 0

    async def run(self, emit: Emit) -> None:
        """Poll until cancelled. Raises DeviceError after three polls in a row that failed."""
        self._failsafe.begin()
        period_s = self._device.period_s

        async def ask(group: str) -> None:
            if group == FEED:
                await self._failsafe.kick_watchdog()
                return
            await self._poll(group, emit)
            await self._failsafe.settle()

        await poll_forever(self._registers.periods_s(period_s) | self._failsafe.periods_s(period_s), ask)

    def quantity(self, name: str) -> Quantity:
        return PERCENT if name == LEVEL else self._profile.quantity(name)

    def fresh_s(self, quantity: str) -> float:
        told_by = self._told_by[:1] if quantity == LEVEL else ()
        return fresh_s(self._bound, told_by[0].name if told_by else quantity, self._device.period_s)

    @property
    def left_out(self) -> tuple[str, ...]:
        return tuple(sorted(self._registers.left_out))

    async def set_level(self, command_id: str, level_percent: float) -> Outcome:
        """Set a level, 0..100 %, and read it back. Raises DeviceError only when the lamp cannot be reached."""
        return await self.set_light(command_id, level_percent, None)

    async def set_light(self, command_id: str, level_percent: float, colour_temperature_k: float | None) -> Outcome:
        """Set a level, before it a colour temperature in K where one is given, and read both back. Raises DeviceError
        only when the lamp cannot be reached."""
        try:
            colour, writes = self._colour.writing(colour_temperature_k), _writes(self._map, level_percent)
        except ValueError as error:
            return Outcome(command_id, "refused", _("the lamp cannot take this level: {reason}").format(reason=error))
        try:
            refusal, order = await self._order(colour, writes)
            outcome = await self._read_back(command_id, level_percent, order)
            return await self._colour.judged(outcome, colour_temperature_k, refusal, lambda: order != self._orders)
        except OnlyEcho as error:
            return Outcome(command_id, "failed", error.what)
        except Refused as error:
            return Outcome(command_id, "refused" if error.code in ILLEGAL else "failed", error.what)

    async def _order(self, colour: Write | None, writes: Sequence[Write]) -> tuple[str, int]:
        """Returns why the lamp refuses the colour temperature, "" where it does not, and the number of the order.

        Raises DeviceError.
        """
        self._orders += 1
        order = self._orders
        async with self._writing:
            refusal = "" if colour is None else await self._colour.write(colour)
            for write in writes:
                await self._write_unheard(write)
        return refusal, order

    async def _poll(self, group: str, emit: Emit) -> None:
        """One round of what is due together. Raises DeviceError."""
        parts: dict[str, Measured] = {}
        for read in self._registers.reads:
            if read.group == group:
                for answer in await self._registers.answers(read):
                    await self._emit(answer, parts, emit)

    async def _emit(self, answer: Answer, parts: dict[str, Measured], emit: Emit) -> None:
        """Report what a read told; `parts` gathers what makes up the level until it is complete."""
        at_s = time.monotonic()
        read, words = answer
        for measured in read.decode(words):
            if measured.quantity in self._internal:
                parts[measured.quantity] = measured
            else:
                await emit(reading(self.name, measured, at_s, _doubt(self._master, self._device)))
        names = {placed.name for placed in read.registers}
        if any(part.name in names for part in self._told_by) and (level := self._level(parts)) is not None:
            await emit(reading(self.name, level, at_s, _doubt(self._master, self._device)))

    def _level(self, parts: Mapping[str, Measured]) -> Measured | None:
        """Returns the level at which the lamp burns; None while a part of it is not known."""
        if not self._told_by or any(part.name not in parts for part in self._told_by):
            return None
        switch, told = self._map.switch_state, self._map.read_back
        if switch is not None and not parts[switch.name].value:
            return Measured(LEVEL, 0.0)
        if told is None:
            return Measured(LEVEL, FULL_PERCENT)
        return Measured(LEVEL, float(parts[told.name].value), parts[told.name].doubt)

    async def _write(self, write: Write, priority: Priority) -> None:
        """Raises DeviceError."""
        await self._master.write(
            self.name, self._device.unit, write.function, write.address, write.words, priority=priority
        )

    async def _write_unheard(self, write: Write) -> None:
        """Writes; where only the echo was heard, the level that is read back tells whether it arrived."""
        try:
            await self._write(write, Priority.COMMAND)
        except OnlyEcho:
            if not self._told_by:
                raise

    async def _read_back(self, command_id: str, wanted_percent: float, order: int) -> Outcome:
        """Look until the lamp is where it was sent, for as long as its profile lets it fade."""
        if not self._told_by:
            return Outcome(command_id, "done", _("written; nothing tells the level of this device"))
        until_s = time.monotonic() + self._map.settle_s
        while True:
            observed = await self._look()
            if doubt := _doubt(self._master, self._device):
                return Outcome(command_id, "failed", doubt)
            if observed is not None and abs(observed - wanted_percent) <= self._map.tolerance_percent:
                return Outcome(command_id, "done", observed=observed)
            if order != self._orders:
                return Outcome(
                    command_id, "failed", _("a newer command replaced it before the lamp was there"), observed
                )
            if time.monotonic() >= until_s:
                return Outcome(
                    command_id, "failed", _strayed(self._told_by, self._device.unit, wanted_percent, observed), observed
                )
            await asyncio.sleep(min(LOOK_S, max(0.0, until_s - time.monotonic())))

    async def _look(self) -> float | None:
        """The level in %, read now; None: the device marks it as unknown or impossible."""
        parts: dict[str, Measured] = {}
        for placed in self._told_by:
            parts |= {each.quantity: each for each in await self._registers.value(placed, Priority.COMMAND)}
        level = self._level(parts)
        return None if level is None or level.doubt else float(level.value)


def _writes(lamp: LampMap, level_percent: float) -> list[Write]:
    """Returns the writes that set a level: off is the switch alone where there is one; on is the level first, so
    that no old level flashes up.

    Raises ValueError for a level that the register does not take, or that a lamp does not have which only switches.
    """
    level, switch = lamp.level, lamp.switch
    if level is None and level_percent not in (0.0, FULL_PERCENT):
        raise ValueError(_("it only switches: 0 or 100 %"))
    writes = [(level, level_percent)] if level is not None and (switch is None or level_percent > 0) else []
    if switch is not None:
        writes.append((switch, float(level_percent > 0)))
    return [placed.writing(value) for placed, value in writes]


def _strayed(told_by: Sequence[PlacedRegister], unit: int, wanted_percent: float, observed: float | None) -> str:
    address = told_by[0].address if told_by else "?"
    register = _("register {address} of unit {unit}").format(address=address, unit=unit)
    if observed is None:
        return _("{register} tells no level after {wanted:g} % was written").format(
            register=register, wanted=wanted_percent
        )
    return _("{register} tells {observed:g} % after {wanted:g} % was written; check its limits and the lamp").format(
        register=register, observed=observed, wanted=wanted_percent
    )


def _parts(lamp: LampMap) -> tuple[set[str], set[str]]:
    """The registers that are told as the lamp's level alone, and those of them without which it is not known."""
    if not lamp.told_by:
        return set(), set()
    needed = {part.name for part in lamp.told_by}
    return needed | {part.name for part in (lamp.level, lamp.switch) if part}, needed


def _doubt(master: Master, device: LampDevice) -> str:
    """Why nothing that the lamp tells may decide anything; "": it may."""
    return master.line.doubt(device.unit)
