"""A lamp controller described by a profile."""

import asyncio
import itertools
import logging
import math
import time
from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Meta

from drivers.base import Command, Emit, Outcome, Quality, Reading
from drivers.errors import DeviceError, Refused
from drivers.line import Priority
from drivers.modbus import BIT_FUNCTIONS, ILLEGAL, Master
from drivers.options import Id, Options, Seconds, Unit
from drivers.profile import LampMap, Measured, PlacedRegister, Profile, ProfileError, Read, decode, encode
from drivers.schedule import Deadlines

log = logging.getLogger(__name__)

MISSES = 3
"""Polls in a row that may fail before the device is reported as down."""
LOOK_S = 0.2
"""Between two looks at a lamp on its way to a level."""


class LampDevice(Options, frozen=True):
    """Where a lamp hangs and what it is: the driver's part of [lamp.NAME].

    Args:
        line: name of its [line.NAME].
        profile: file name, without .toml, of its register map.
        channel, short_address: the parameters that the profile's addresses ask for.
        period_s: time between two polls.
    """

    line: Id
    unit: Unit
    profile: Id
    channel: Annotated[int, Meta(ge=0, le=63)] | None = None
    short_address: Annotated[int, Meta(ge=0, le=63)] | None = None
    period_s: Seconds = Seconds(1.0)


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
        self._device, self._master = device, master
        bound = profile.bind(channel=device.channel, short_address=device.short_address)
        if bound.lamp is None:
            raise ProfileError(f"profile {profile.name} describes no lamp: it has no [lamp]")
        self._map: LampMap = bound.lamp
        self._reads = bound.reads
        self._parts = {self._map.level.name, self._map.read_back.name, *_name(self._map.switch)}
        self._writing = asyncio.Lock()
        self._orders = 0

    async def run(self, emit: Emit) -> None:
        """Poll until cancelled. Raises DeviceError after three polls in a row that failed."""
        deadlines, misses = Deadlines(self._device.period_s), 0
        refused: set[tuple[int, int]] = set()
        for turn in itertools.count():
            try:
                await self._poll(turn, refused, emit)
                misses = 0
            except DeviceError:
                misses += 1
                if misses >= MISSES:
                    raise
            await deadlines.next()

    async def execute(self, command: Command) -> Outcome:
        """Set a level, 0..100 %, and read it back. Raises DeviceError only when the lamp cannot be reached."""
        if command.action != "level":
            return Outcome(command.id, "refused", f'a lamp does not know "{command.action}", only "level"')
        level = command.value
        if level is None or not math.isfinite(level) or not 0 <= level <= 100:
            return Outcome(command.id, "refused", f"a level is 0 to 100 %, not {level}")
        try:
            writes = self._writes(level)
        except ValueError as error:
            return Outcome(command.id, "refused", f"the lamp cannot take this level: {error}")
        self._orders += 1
        order = self._orders
        try:
            async with self._writing:
                for placed, words in writes:
                    await self._write(placed, words)
            return await self._read_back(command.id, level, order)
        except Refused as error:
            return Outcome(command.id, "refused" if error.code in ILLEGAL else "failed", error.what)

    async def _poll(self, turn: int, refused: set[tuple[int, int]], emit: Emit) -> None:
        """One round of what is due in this turn. Raises DeviceError."""
        parts: dict[str, Measured] = {}
        for read in self._reads:
            if (read.function, read.address) in refused or turn % self._every(read):
                continue
            try:
                words = await self._words(read, Priority.POLL)
            except Refused as error:
                if error.code not in ILLEGAL or any(placed.name in self._parts for placed in read.registers):
                    raise
                log.warning("%s; what it would have told is left out", error)
                refused.add((read.function, read.address))
                continue
            await self._emit(read, words, parts, emit)

    def _every(self, read: Read) -> int:
        """In which turns `read` is due."""
        return max(1, round((read.period_s or 0) / self._device.period_s))

    async def _emit(self, read: Read, words: Sequence[int], parts: dict[str, Measured], emit: Emit) -> None:
        """Report what a read told; `parts` gathers what makes up the level until it is complete."""
        at_s = time.monotonic()
        for measured in read.decode(words):
            if measured.quantity in self._parts:
                parts[measured.quantity] = measured
            else:
                await self._report(measured, at_s, emit)
        names = {placed.name for placed in read.registers}
        if names & self._parts and (level := self._level(parts)) is not None:
            await self._report(level, at_s, emit)

    async def _report(self, measured: Measured, at_s: float, emit: Emit) -> None:
        quality = Quality.SUSPECT if measured.doubt else Quality.GOOD
        await emit(Reading(self.name, measured.quantity, measured.value, at_s, quality, measured.doubt))

    def _level(self, parts: Mapping[str, Measured]) -> Measured | None:
        """At what the lamp burns; None while a part of it is not known."""
        switch, level = self._map.switch, parts.get(self._map.read_back.name)
        if switch is not None and switch.name not in parts:
            return None
        if switch is not None and not parts[switch.name].value:
            return Measured("level_percent", 0.0) if level else None
        return Measured("level_percent", float(level.value), level.doubt) if level else None

    def _writes(self, level_percent: float) -> list[tuple[PlacedRegister, list[int]]]:
        """Off is the switch alone where there is one; on is the level first, so that no old level flashes up.

        Raises ValueError for a level that the register does not take.
        """
        level, switch = self._map.level, self._map.switch
        writes = [(level, encode(level.register, level_percent))] if switch is None or level_percent > 0 else []
        if switch is not None:
            writes.append((switch, encode(switch.register, level_percent > 0)))
        return writes

    async def _write(self, placed: PlacedRegister, words: list[int]) -> None:
        unit = self._device.unit
        if placed.register.write == 5:
            await self._master.write_coil(self.name, unit, placed.address, bool(words[0]))
        elif placed.register.write == 6:
            await self._master.write_register(self.name, unit, placed.address, words[0])
        else:
            await self._master.write_registers(self.name, unit, placed.address, words)

    async def _read_back(self, command_id: str, wanted_percent: float, order: int) -> Outcome:
        """Look until the lamp is where it was sent, for as long as its profile lets it fade."""
        until_s = time.monotonic() + self._map.settle_s
        while True:
            observed = await self._look()
            if observed is not None and abs(observed - wanted_percent) <= self._map.tolerance_percent:
                return Outcome(command_id, "done", observed=observed)
            if order != self._orders:
                return Outcome(command_id, "failed", "a newer command replaced it before the lamp was there", observed)
            if time.monotonic() >= until_s:
                return Outcome(command_id, "failed", self._strayed(wanted_percent, observed), observed)
            await asyncio.sleep(min(LOOK_S, max(0.0, until_s - time.monotonic())))

    def _strayed(self, wanted_percent: float, observed: float | None) -> str:
        register = f"register {self._map.read_back.address} of unit {self._device.unit}"
        if observed is None:
            return f"{register} tells no level after {wanted_percent:g} % was written"
        return f"{register} tells {observed:g} % after {wanted_percent:g} % was written; check its limits and the lamp"

    async def _look(self) -> float | None:
        """The level in %, read now; None: the device marks it as unknown or impossible."""
        parts: dict[str, Measured] = {}
        for placed in (self._map.read_back, self._map.switch):
            if placed is not None:
                read = Read(placed.register.function, placed.address, placed.register.words, None, (placed,))
                words = await self._words(read, Priority.COMMAND)
                parts |= {each.quantity: each for each in decode(placed.name, placed.register, words)}
        level = self._level(parts)
        return None if level is None or level.doubt else float(level.value)

    async def _words(self, read: Read, priority: Priority) -> Sequence[int]:
        ask = self._master.read_bits if read.function in BIT_FUNCTIONS else self._master.read
        return await ask(self.name, self._device.unit, read.function, read.address, read.count, priority=priority)


def _name(placed: PlacedRegister | None) -> tuple[str, ...]:
    return (placed.name,) if placed else ()
