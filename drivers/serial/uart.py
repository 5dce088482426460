"""A sensor on a serial port that a profile describes: asked or heard, at rest in between, cleaned, and switched off and
on where it fell silent."""

import asyncio
import math
import time
from collections.abc import Mapping

from drivers.base import Emit, Quality, Reading, Value
from drivers.errors import BadAnswer, NoAnswer
from drivers.line.port import Port
from drivers.quantity import RARE_HEARTBEAT_S, DeadBand, Quantity
from drivers.schedule import Deadlines
from drivers.serial.duty import Duty, Timing
from drivers.serial.listening import LISTEN_S, Framing, check_usable, collect, opened
from drivers.serial.options import CLEANING, CYCLES, RUNNING, SINCE_CLEANING, UartSensor
from drivers.serial.profile import SerialProfile
from drivers.serial.profile.decoder import SerialDecoder, Told
from drivers.serial.supply import Supply
from drivers.translation import _

COUNT_STEP_H = 0.25
"""Hours of running are told in such steps: a restart loses less than one."""

GAP_S = 0.1
"""Time between two commands."""

_HOURS = Quantity("h", DeadBand(1.0), "counter", RARE_HEARTBEAT_S)
_OWN = {RUNNING: _HOURS, SINCE_CLEANING: _HOURS._replace(kind="measurement"), CYCLES: Quantity(kind="counter")}


class _Ear:
    """What was heard of a sensor since its last reading.

    Args:
        heard_s: when it said a value, or what is broken in it, the last time.
        other: a sister model whose frames came.
    """

    def __init__(self, decoder: SerialDecoder, duty: Duty) -> None:
        self.decoder, self._duty = decoder, duty
        self.latest: dict[str, Told] = {}
        self.other, self.heard_s = "", 0.0

    def hear(self, data: bytes) -> None:
        """Bytes of the sensor. What it says while it warms up, cleans itself or rests is no value."""
        for heard in self.decoder.feed(data):
            self.other = heard.other or self.other
            if heard.told:
                self.heard_s = time.monotonic()
            if self._duty.measures:
                self.latest |= {each.quantity: each for each in heard.told}

    def begin(self) -> None:
        """Forgets all: it is silent from now on."""
        self.decoder.reset()
        self.latest, self.other, self.heard_s = {}, "", time.monotonic()

    def take(self) -> list[Told]:
        """The newest value of each quantity since the last time."""
        latest, self.latest = list(self.latest.values()), {}
        return latest


class UartDriver:
    """Driver of one sensor. Emits what its profile says, at most once in each `period_s`.

    Args:
        counted: what was counted before, by quantity.
    """

    def __init__(
        self, name: str, options: UartSensor, profile: SerialProfile, counted: Mapping[str, float] | None = None
    ) -> None:
        self.name = name
        self._options, self._profile = options, profile
        self._duty = _duty(options, profile, counted or {})
        self._ear = _Ear(profile.decoder(), self._duty)
        self._supply = Supply(name, options, count=int((counted or {}).get(CYCLES, 0)))
        self._told_h = -math.inf

    @property
    def dropped_bytes(self) -> int:
        """Bytes since the start that belonged to no frame or line that the profile knows."""
        return self._ear.decoder.dropped

    @property
    def figures(self) -> Mapping[str, bool | float | str]:
        """What it is doing."""
        return {"phase": self._duty.phase, RUNNING: round(self._duty.running_s / 3600, 2)}

    def quantity(self, name: str) -> Quantity:
        return _OWN.get(name) or self._profile.quantity(name)

    async def run(self, emit: Emit) -> None:
        """Listen until cancelled. Raises LineError: no such port, or it was lost; NoAnswer: nothing came that is a
        value; BadAnswer: another model's frames came."""
        tables, options = self._profile.tables.serial, self._options
        if options.supply_chip is not None:
            await self._supply.on()
        framing = Framing(options.baud or tables.baud, tables.parity, tables.stop_bits)
        port = await opened(self.name, options.port, framing, self._ear.hear)
        try:
            await self._listen(port, emit)
        finally:
            await port.close()
            self._supply.close()

    async def _listen(self, port: Port, emit: Emit) -> None:
        self._duty.restart(time.monotonic())
        self._ear.begin()
        looks = math.ceil(self._options.period_s / LISTEN_S)
        deadlines = Deadlines(self._options.period_s / looks)
        while True:
            await self._ask(port)
            for _each in range(looks):
                await self._next_phase(port, emit)
                port.pause()
                await deadlines.next()
                await collect(port)
                await self._check(port, emit)
            await self._tell(emit)

    async def _next_phase(self, port: Port, emit: Emit) -> None:
        """What is due is said; what was heard before it is told now, or counts no more."""
        before = self._duty.phase
        for key in self._duty.step(time.monotonic()):
            await self._say(port, self._profile.commands(key))
        if self._duty.phase == before:
            return
        if before == "measuring":
            await self._tell(emit)
        self._ear.latest.clear()
        await self._ask(port)
        if "cleaning" in {before, self._duty.phase}:
            self._told_h = -math.inf
            await emit(Reading(self.name, CLEANING, self._duty.phase == "cleaning", time.monotonic()))

    async def _ask(self, port: Port) -> None:
        if self._duty.measures:
            await self._say(port, self._profile.commands("ask"))

    async def _say(self, port: Port, commands: tuple[bytes, ...]) -> None:
        for each in commands:
            port.write(each)
            await asyncio.sleep(GAP_S)

    async def _tell(self, emit: Emit) -> None:
        """The newest value of each quantity, and what is counted."""
        for quantity, value, doubt in self._ear.take():
            quality = Quality.SUSPECT if doubt else Quality.GOOD
            await emit(Reading(self.name, quantity, value, self._ear.heard_s, quality, doubt))
        await self._tell_hours(emit)

    async def _tell_hours(self, emit: Emit) -> None:
        hours = self._duty.running_s / 3600
        if not self._profile.tables.counts_hours or hours - self._told_h < COUNT_STEP_H:
            return
        self._told_h = hours
        told: dict[str, Value] = {RUNNING: round(hours, 2)}
        if self._profile.tables.command.clean:
            told[SINCE_CLEANING] = round(self._duty.since_cleaning_s / 3600, 2)
        for quantity, value in told.items():
            await emit(Reading(self.name, quantity, value, time.monotonic()))

    async def _check(self, port: Port, emit: Emit) -> None:
        """Raises LineError, BadAnswer or NoAnswer."""
        check_usable(self.name, port, self._options.port)
        now_s, ear = time.monotonic(), self._ear
        if ear.other and not ear.latest:
            raise _sister(self.name, self._options.port, self._profile, ear.other)
        if not self._duty.measures:
            ear.heard_s = now_s
        elif now_s - ear.heard_s >= self._silence_s and not await self._recovered(now_s, emit):
            raise _silent(self.name, self._options.port, now_s - ear.heard_s, self.dropped_bytes)

    @property
    def _silence_s(self) -> float:
        """One that is asked is silent no sooner than after three questions."""
        own_s = self._options.silence_s or self._profile.tables.silence_s
        return max(own_s, 3 * self._options.period_s if self._profile.tables.command.ask else 0.0)

    async def _recovered(self, now_s: float, emit: Emit) -> bool:
        """Whether its supply was switched off and on, so that it may speak again."""
        if self._options.supply_chip is None or not await self._supply.cycle(now_s):
            return False
        self._duty.restart(time.monotonic())
        self._ear.begin()
        await emit(Reading(self.name, CYCLES, self._supply.count, time.monotonic()))
        return True


def _sister(device: str, port: str, profile: SerialProfile, other: str) -> BadAnswer:
    what = _("serial port {port} says frames of a {other}").format(port=port, other=other)
    right = _("expected a {model}: give the profile of the sensor that is there")
    return BadAnswer(device, what, right.format(model=profile.tables.description))


def _silent(device: str, port: str, silent_s: float, dropped: int) -> NoAnswer:
    what = _("no value on serial port {port} for {silent_s:.1f} s, {count} other bytes since the start")
    hint = _("check the sensor's power, its TX wire and the baud rate")
    return NoAnswer(device, what.format(port=port, silent_s=silent_s, count=dropped), hint)


def _duty(options: UartSensor, profile: SerialProfile, counted: Mapping[str, float]) -> Duty:
    tables = profile.tables
    timing = Timing(
        float(tables.warm_up_s),
        float(options.measure_s),
        float(options.rest_s),
        float(tables.cleaning_s),
        float(options.clean_every_s),
    )
    running_s, since_s = (3600 * counted.get(each, 0.0) for each in (RUNNING, SINCE_CLEANING))
    return Duty(timing, time.monotonic(), running_s, since_s)
