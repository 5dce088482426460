"""Drives one lamp: writes the level it should have, reads it back, and tells what changed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from msgspec import Struct, structs

from agent.clock import Clock, Moment
from agent.events import LAMP_LEVEL, Event, new_id
from agent.isolation import Isolation
from agent.rule import Commit
from agent.trades.lighting.lamp_plan import LampPlan
from agent.trades.lighting.override import Override, ended, ordered
from agent.trades.lighting.presence import Inputs, apply_presence, apply_reading, is_presence
from agent.trades.lighting.resolve import Level, resolve
from agent.trades.lighting.setpoint import (
    SetpointState,
    Supply,
    answered,
    lost,
    observed,
    resupplied,
    same,
    unanswered,
    wants_write,
    written,
)
from drivers.base import Actuator, Command, Outcome, Quality, Reading
from drivers.errors import DeviceError
from drivers.translation import _

log = logging.getLogger(__name__)

_WITHOUT_PROGRAM = _("its program failed by a defect, so it waits")


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
        plan: what it follows.
        state: as loaded from the store under `key`.
        clock: dates the events.
        schedule_clock: the clock that programs and overrides follow, where it is another one (a demonstration).
        burning_h: burning hours of the lamp, where somebody counts them; None: its own counter's readings.
        isolation: keeps a defect in what the lamp follows from the lamp, which burns at its default level then.
        tick_s: how often the level is looked at; a clock that is set or stepped is followed within that time.
    """

    def __init__(
        self,
        name: str,
        plan: LampPlan,
        *,
        actuator: Actuator,
        commit: Commit,
        clock: Clock,
        state: LampState | None = None,
        schedule_clock: Clock | None = None,
        tick_s: float = 1.0,
        burning_h: Callable[[], float | None] | None = None,
        isolation: Isolation | None = None,
    ) -> None:
        self.name, self.key = name, f"lamp/{name}"
        self.state = state or LampState()
        self._plan, self._inputs = plan, Inputs()
        self._without_program = structs.replace(plan, calendar=None)
        isolation = isolation or Isolation()
        self._program, self._override = (isolation.part(f"{what}/{name}") for what in ("program", "override"))
        self._presence_rules = plan.calendar.presence if plan.calendar is not None else frozenset()
        self._actuator, self._commit = actuator, commit
        self._clock, self._schedule_clock = clock, schedule_clock or clock
        self._tick_s, self._burning_h = tick_s, burning_h
        self._setpoint_state = SetpointState()
        self._supply = Supply()
        self._orders = 0
        self._saving = asyncio.Lock()
        self._reconcile_soon = asyncio.Event()

    @property
    def level(self) -> Level:
        """What the lamp should do now, why, and until when."""
        level = self._program.ask(self._resolved) or self._override.ask(self._unprogrammed)
        return level or Level(self._plan.default_percent, "default", detail=_WITHOUT_PROGRAM)

    def _resolved(self) -> Level:
        inputs = self._inputs
        if self._burning_h is not None:
            inputs = structs.replace(inputs, burning_h=self._burning_h())
        return resolve(self._plan, self.state.override, self._schedule_clock.now(), inputs)

    def _unprogrammed(self) -> Level:
        level = resolve(self._without_program, self.state.override, self._schedule_clock.now())
        return structs.replace(level, detail=_WITHOUT_PROGRAM) if level.reason == "default" else level

    @property
    def observed_percent(self) -> float | None:
        """The level last read back; None: nothing yet."""
        return self._setpoint_state.observed_percent

    @property
    def commanded_percent(self) -> float | None:
        """The level last written, whether or not the lamp took it; None: nothing yet."""
        return self._setpoint_state.commanded_percent

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
            self._inputs, self._setpoint_state, self._supply = Inputs(), SetpointState(), Supply()

    async def reconcile(self) -> None:
        """Write the level if the lamp does not have it, and tell what changed."""
        now = self._schedule_clock.now()
        await self._expire_override(now)
        level = self.level
        if wants_write(self._setpoint_state, level.level_percent, now.mono_s):
            await self._write(new_id(), level)
        elif self._setpoint_state.steady and not level.ramping:
            await self._publish_level(level)

    async def on_reading(self, reading: Reading) -> None:
        """Take "level_percent", and what tells that the lamp was without power or out of reach: it is told again."""
        if reading.quality is not Quality.GOOD:
            return
        self._supply, back = resupplied(self._supply, reading)
        if back:
            self._setpoint_state = lost(self._setpoint_state)
            self._reconcile_soon.set()
        if reading.quantity == "level_percent" and isinstance(reading.value, int | float):
            self._take_level(float(reading.value))

    async def on_sensor(self, reading: Reading) -> None:
        """Take "presence", "dark", "operating_hours_h" and a camera's stays of whatever the lamp listens to."""
        if reading.quality is not Quality.GOOD:
            return
        self._inputs = apply_reading(self._inputs, reading)
        if is_presence(reading):
            self.on_presence(reading.device, reading.at_s)

    def on_presence(self, source: str, at_s: float) -> None:
        """Somebody was noticed by `source` at monotonic `at_s`; nothing, if the lamp does not wait for that."""
        before, self._inputs = self._inputs, apply_presence(self._inputs, self._presence_rules, source, at_s)
        if self._inputs is not before:
            self._reconcile_soon.set()

    async def carry_out(self, command: Command) -> Outcome:
        """ "override" and "level" hold until released or for `hold_s`, the last one wins; "release" ends it.

        The order is kept when the lamp does not answer, and carried out when it does: the outcome then is "failed" and
        says so. An order does not wait until the lamp has settled on the one before; it replaces it. One that the lamp
        refuses leaves what held before.
        """
        async with self._saving:
            before = self.state.override
            order = ordered(command, before, self._schedule_clock.now())
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
        """The outcome of a command that a newer one has replaced meanwhile concerns its sender only."""
        self._orders += 1
        order = self._orders
        self._setpoint_state = written(self._setpoint_state, level.level_percent, self._schedule_clock.now().mono_s)
        try:
            outcome = await self._actuator.execute(Command(command_id, self.name, "level", level.level_percent))
        except (DeviceError, asyncio.CancelledError) as error:
            if order == self._orders:
                self._setpoint_state = unanswered(self._setpoint_state)
            if isinstance(error, asyncio.CancelledError):
                raise
            what = _("{reason}; the order is kept and carried out when the lamp answers").format(reason=error)
            return Outcome(command_id, "failed", what)
        if order == self._orders:
            await self._take_outcome(outcome, level)
        return outcome

    async def _take_outcome(self, outcome: Outcome, level: Level) -> None:
        if outcome.status != "done":
            log.warning("%s did not take %g %%: %s", self.name, level.level_percent, outcome.reason)
        self._setpoint_state = answered(self._setpoint_state, outcome.status == "done", outcome.observed)
        if outcome.observed is not None and not level.ramping:
            await self._publish_level(level)

    def _take_level(self, level_percent: float) -> None:
        before = self._setpoint_state
        self._setpoint_state = observed(before, level_percent)
        if before.silent or not same(level_percent, before.observed_percent):
            self._reconcile_soon.set()

    async def _publish_level(self, level: Level) -> None:
        """Only what differs from what was told before."""
        async with self._saving:
            level_percent, before = self._setpoint_state.observed_percent, self.state
            told = structs.replace(
                before, level_percent=level_percent, commanded_percent=level.level_percent, reason=level.reason
            )
            if same(level_percent, before.level_percent):
                told = structs.replace(told, level_percent=before.level_percent)
            if told == before:
                return
            data = {"level_percent": level_percent, "commanded_percent": level.level_percent, "reason": level.reason}
            await self._save(told, Event(type=LAMP_LEVEL, subject=self.name, at=self._clock.now(), data=data))

    async def _save(self, state: LampState, *events: Event) -> None:
        """The new state counts only once it is committed."""
        await self._commit(events, {self.key: state})
        self.state = state
