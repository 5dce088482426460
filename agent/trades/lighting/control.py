"""Drives one lamp: writes the level it should have, reads it back, and tells what changed."""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct, structs

from agent.clock import Clock, Moment
from agent.events import Event, new_id
from agent.events.registry import event
from agent.rule import Commit
from agent.trades.lighting.event_types import LampLevel
from agent.trades.lighting.lamp_setpoint import LampSetpoint
from agent.trades.lighting.level_source import LevelSource
from agent.trades.lighting.override import Override, WrongOrder, ended, ordered
from agent.trades.lighting.presence import is_presence
from agent.trades.lighting.resolve import Level
from agent.trades.lighting.setpoint import Supply, resupplied, same
from drivers.base import Actuator, Command, Outcome, Quality, Reading
from drivers.errors import DeviceError
from drivers.translation import _


class LampState(Struct, frozen=True):
    """What survives a restart.

    Args:
        override: the order in force, if any.
        level_percent, commanded_percent, reason: as last told to the city.
    """

    override: Override | None = None
    level_percent: float | None = None
    commanded_percent: float | None = None
    reason: str = ""


class LampControl:
    """One lamp and what it follows.

    Args:
        name: of the lamp.
        source: the level that it should have.
        state: as loaded from the store under `key`.
        clock: dates the events.
        schedule_clock: the clock that programs and overrides follow, where it is another one (a demonstration).
        tick_s: how often the level is looked at; a clock that is set or stepped is followed within that time.
    """

    def __init__(
        self,
        name: str,
        source: LevelSource,
        *,
        actuator: Actuator,
        commit: Commit,
        clock: Clock,
        state: LampState | None = None,
        schedule_clock: Clock | None = None,
        tick_s: float = 1.0,
    ) -> None:
        self.name, self.key = name, f"lamp/{name}"
        self.state = state or LampState()
        self._source, self._commit = source, commit
        self._clock, self._schedule_clock = clock, schedule_clock or clock
        self._tick_s = tick_s
        self._actuator, self.setpoint = actuator, LampSetpoint(name, self._schedule_clock)
        self._supply = Supply()
        self._saving = asyncio.Lock()
        self._reconcile_soon = asyncio.Event()

    @property
    def level(self) -> Level:
        """What the lamp should do now, why, and until when."""
        return self._source.level(self.state.override)

    async def run(self) -> None:
        """Keep the lamp at its level until cancelled. Raises what `commit` raises; it can be run again."""
        loop = asyncio.get_running_loop()
        while True:
            self._reconcile_soon.clear()
            await self.reconcile()
            timer = loop.call_later(self._tick_s, self._reconcile_soon.set)
            await self._reconcile_soon.wait()
            timer.cancel()

    async def begin_anew(self, load: Callable[[], Awaitable[LampState]]) -> None:
        """Go on as after a restart, from the state that `load` gives; the lamp is written to at once."""
        async with self._saving:
            self.state = await load()
            self._source.forget()
            self.setpoint.forget()
            self._supply = Supply()

    async def reconcile(self) -> None:
        """Write the level if the lamp does not have it, and tell what changed."""
        await self._expire_override(self._schedule_clock.now())
        level = self.level
        if self.setpoint.wants(level.level_percent):
            await self._write(new_id(), level)
        elif self.setpoint.state.steady and not level.ramping:
            await self._publish_level(level)

    async def on_reading(self, reading: Reading) -> None:
        """Take "level_percent", and what tells that the lamp was without power or out of reach: it is told again."""
        if reading.quality is not Quality.GOOD:
            return
        self._supply, back = resupplied(self._supply, reading)
        if back:
            self.setpoint.lose()
            self._reconcile_soon.set()
        if reading.quantity != "level_percent" or not isinstance(reading.value, int | float):
            return
        if self.setpoint.observe(float(reading.value)):
            self._reconcile_soon.set()

    async def on_sensor(self, reading: Reading) -> None:
        """Take "presence", "dark", "operating_hours_h" and a camera's stays of whatever the lamp listens to."""
        if reading.quality is not Quality.GOOD:
            return
        self._source.take(reading)
        if is_presence(reading):
            self.on_presence(reading.device, reading.at_s)

    def on_presence(self, source: str, at_s: float) -> None:
        """Notes that `source` saw somebody at monotonic `at_s`; does nothing if the lamp does not wait for that."""
        if self._source.on_presence(source, at_s):
            self._reconcile_soon.set()

    async def carry_out(self, command: Command) -> Outcome:
        """ "override" and "level" hold until released or for `hold_s`, the last one wins; "release" ends it.

        The order is kept when the lamp does not answer, and carried out when it does: the outcome then is "failed" and
        says so. One that the lamp refuses leaves what held before.
        """
        async with self._saving:
            before = self.state.override
            try:
                order = ordered(command, before, self._schedule_clock.now())
            except WrongOrder as error:
                return Outcome(command.id, "refused", str(error))
            await self._save(structs.replace(self.state, override=order))
        outcome = await self._write(command.id, self.level)
        if outcome.status == "refused":
            await self._take_back(order, before)
        return outcome

    async def _take_back(self, order: Override | None, before: Override | None) -> None:
        """What held before holds again, unless a newer order came meanwhile; the next look writes it."""
        async with self._saving:
            if self.state.override == order:
                await self._save(structs.replace(self.state, override=before))
        self._reconcile_soon.set()

    async def _expire_override(self, now: Moment) -> None:
        """Drop an override that is over, and date one by the clock that has been set since."""
        async with self._saving:
            override = self.state.override
            if override is None:
                return
            kept = None if ended(override, now) else structs.replace(override, given=override.given.corrected(now))
            if kept != override:
                await self._save(structs.replace(self.state, override=kept))

    async def _write(self, command_id: str, level: Level) -> Outcome:
        order = self.setpoint.begin(level.level_percent)
        try:
            outcome = await self._actuator.set_level(command_id, level.level_percent)
        except (DeviceError, asyncio.CancelledError) as error:
            self.setpoint.unanswered(order)
            if isinstance(error, asyncio.CancelledError):
                raise
            reason = _("{reason}; the order is kept and carried out when the lamp answers").format(reason=error)
            return Outcome(command_id, "failed", reason)
        if self.setpoint.answered(order, outcome) and not level.ramping:
            await self._publish_level(level)
        return outcome

    async def _publish_level(self, level: Level) -> None:
        """Commits and tells the lamp's level where it differs from what was told before."""
        async with self._saving:
            level_percent, before = self.setpoint.state.observed_percent, self.state
            told = structs.replace(
                before, level_percent=level_percent, commanded_percent=level.level_percent, reason=level.reason
            )
            if same(level_percent, before.level_percent):
                told = structs.replace(told, level_percent=before.level_percent)
            if told == before:
                return
            said = LampLevel(level_percent=level_percent, commanded_percent=level.level_percent, reason=level.reason)
            await self._save(told, event(said, self.name, self._clock.now()))

    async def _save(self, state: LampState, *events: Event) -> None:
        """The new state counts only once it is committed."""
        await self._commit(events, {self.key: state})
        self.state = state
