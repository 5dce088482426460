"""A lamp controller described by a profile."""

import asyncio
import time
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from drivers.base import Emit, Outcome
from drivers.errors import Refused
from drivers.failsafe import FEED, Failsafe
from drivers.lamp_colour import LampColour
from drivers.lamp_level import LampLevel
from drivers.level import LEVEL, PERCENT
from drivers.line import OnlyEcho, Priority
from drivers.mapped import LineDevice
from drivers.modbus import ILLEGAL, Master
from drivers.options import Seconds
from drivers.profile import LampMap, Measured, Profile, ProfileError, Write
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
        self._internal, needed = _parts(bound.lamp)
        self._registers = Registers(name, device.unit, bound, master, needed)
        self._level = LampLevel(bound.lamp, device.unit, self._registers, self._doubt)
        self._colour = LampColour(bound.lamp.colour, self._registers, self._write, bound.lamp.settle_s)
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
        return fresh_s(self._bound, self._level.register_of(quantity), self._device.period_s)

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
            colour, writes = self._colour.writing(colour_temperature_k), self._level.writing(level_percent)
        except ValueError as error:
            return Outcome(command_id, "refused", _("the lamp cannot take this level: {reason}").format(reason=error))
        try:
            refusal, order = await self._order(colour, writes)
            outcome = await self._level.judged(command_id, level_percent, lambda: order != self._orders)
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
                await emit(reading(self.name, measured, at_s, self._doubt()))
        if self._level.is_told_by(read.registers) and (level := self._level.of(parts)) is not None:
            await emit(reading(self.name, level, at_s, self._doubt()))

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
            if not self._level.is_told:
                raise

    def _doubt(self) -> str:
        """Why nothing that the lamp tells may decide anything; "": it may."""
        return self._master.line.doubt(self._device.unit)


def _parts(lamp: LampMap) -> tuple[set[str], set[str]]:
    """The registers that are told as the lamp's level alone, and those of them without which it is not known."""
    if not lamp.told_by:
        return set(), set()
    needed = {part.name for part in lamp.told_by}
    return needed | {part.name for part in (lamp.level, lamp.switch) if part}, needed
