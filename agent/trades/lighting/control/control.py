"""Drives one lamp: writes the level it should have, reads it back, and tells what changed."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from functools import partial

from msgspec import structs

from agent.clock import Clock
from agent.events import Event, new_id
from agent.events.registry import event
from agent.rule import Commit
from agent.trades.lighting.control.lamp_setpoint import LampSetpoint
from agent.trades.lighting.control.lamp_state import CommittedState, LampState, expired, taken_back
from agent.trades.lighting.control.setpoint import Supply, resupplied, same, same_colour
from agent.trades.lighting.event_types import LampLevel
from agent.trades.lighting.level_source import LevelSource
from agent.trades.lighting.plan.override import WrongOrder, ordered
from agent.trades.lighting.plan.presence import is_presence
from agent.trades.lighting.plan.resolve import Level
from drivers.base import Actuator, Command, HasColour, HasFreshness, Outcome, Quality, Reading
from drivers.errors import DeviceError
from drivers.level import COLOUR, LEVEL
from drivers.translation import _


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
        state: LampState,
        schedule_clock: Clock | None = None,
        tick_s: float = 1.0,
    ) -> None:
        self.name, self._source = name, source
        self._kept = CommittedState(name, state, commit)
        self.key = self._kept.key
        self.has_colour = source.colours is not None
        self._clock, self._schedule_clock = clock, schedule_clock or clock
        self._tick_s = tick_s
        self._actuator, self.setpoint = actuator, LampSetpoint(name, self._schedule_clock)
        self._supply, self._level_s = Supply(), -math.inf
        self._untold = False
        self._reconcile_soon = asyncio.Event()

    @property
    def state(self) -> LampState:
        return self._kept.value

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
        await self._kept.load(load)
        self._source.forget()
        self.setpoint.forget()
        self._supply = Supply()

    async def reconcile(self) -> None:
        """Write the level if the lamp does not have it, and tell what changed."""
        now = self._schedule_clock.now()
        await self._kept.change(lambda state: (expired(state, now), ()))
        level = self.level
        if self.setpoint.wants(level.level_percent, level.colour_k):
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
        if not isinstance(reading.value, int | float) or reading.quantity not in (LEVEL, COLOUR):
            return
        if reading.quantity == COLOUR:
            self.setpoint.observe_colour(float(reading.value))
            return
        self._level_s = reading.at_s
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

    def forget_presence(self, sources: AbstractSet[str]) -> None:
        """What these have noticed counts no more. The level is told anew, lit or not: whether it was tells nothing."""
        self._source.forget_presence(sources)
        self._untold = True
        self._reconcile_soon.set()

    async def carry_out(self, command: Command) -> Outcome:
        """ "override" and "level" hold until released or for `hold_s`, the last one wins; "release" ends it.

        The order is kept when the lamp does not answer, and carried out when it does: the outcome then is "failed" and
        says so. One that the lamp refuses leaves what held before.
        """

        def step(state: LampState) -> tuple[LampState, Sequence[Event]]:
            order = ordered(command, state.override, self._schedule_clock.now(), self._source.colours)
            return structs.replace(state, override=order), ()

        try:
            before, after = await self._kept.change(step)
        except WrongOrder as error:
            return Outcome(command.id, "refused", str(error))
        order = after.override
        if order is not None and order.waits(self._schedule_clock.now()):
            self._reconcile_soon.set()
            return Outcome(command.id, "done", _("kept: it begins at its start"))
        outcome = await self._write(command.id, self.level)
        if outcome.status == "refused":
            await self._kept.change(lambda state: (taken_back(state, order, before.override), ()))
            self._reconcile_soon.set()  # the next look writes what held before
        return outcome

    async def _write(self, command_id: str, level: Level) -> Outcome:
        order = self.setpoint.begin(level.level_percent, level.colour_k)
        try:
            outcome = await _setting(self._actuator, command_id, level)
        except (DeviceError, asyncio.CancelledError) as error:
            self.setpoint.unanswered(order)
            if isinstance(error, asyncio.CancelledError):
                raise
            reason = _("{reason}; the order is kept and carried out when the lamp answers").format(reason=error)
            return Outcome(command_id, "failed", reason)
        if outcome.observed is not None:
            self._level_s = self._clock.now().mono_s
        if self.setpoint.answered(order, outcome) and not level.ramping:
            await self._publish_level(level)
        return outcome

    async def _publish_level(self, level: Level) -> None:
        """Commits and tells the lamp's level where it differs from what was told before."""
        await self._kept.change(partial(self._told, level))
        self._untold = False

    def _told(self, level: Level, state: LampState) -> tuple[LampState, Sequence[Event]]:
        is_known = self._clock.now().mono_s - self._level_s <= _fresh_s(self._actuator, LEVEL)
        level_percent = self.setpoint.state.observed_percent if is_known else None
        colour_k = self.setpoint.colour_k(_fresh_s(self._actuator, COLOUR)) if level.colour_k else None
        told = _told(state, level, level_percent, colour_k)
        if told == state and not self._untold:
            return state, ()
        said = _said(level, level_percent, colour_k, self.has_colour)
        return told, [event(said, self.name, self._clock.now())]


def _setting(actuator: Actuator, command_id: str, level: Level) -> Awaitable[Outcome]:
    """The order that an actuator takes for a level. Awaiting it raises DeviceError."""
    if level.colour_k is not None and isinstance(actuator, HasColour):
        return actuator.set_light(command_id, level.level_percent, level.colour_k)
    return actuator.set_level(command_id, level.level_percent)


def _said(level: Level, level_percent: float | None, colour_k: float | None, has_colour: bool) -> LampLevel:
    said = LampLevel(level_percent=level_percent, commanded_percent=level.level_percent, reason=level.reason)
    if not has_colour:
        return said
    return structs.replace(said, colour_temperature_k=colour_k, commanded_colour_temperature_k=level.colour_k)


def _told(before: LampState, level: Level, level_percent: float | None, colour_k: float | None) -> LampState:
    """The state with what is told of a lamp; what nobody tells from what was told before stays as that was."""
    return structs.replace(
        before,
        level_percent=before.level_percent if same(level_percent, before.level_percent) else level_percent,
        commanded_percent=level.level_percent,
        reason=level.reason,
        colour_k=before.colour_k if same_colour(colour_k, before.colour_k) else colour_k,
        commanded_colour_k=level.colour_k,
    )


def _fresh_s(actuator: Actuator, quantity: str) -> float:
    """Tells for how long what was read back counts."""
    return actuator.fresh_s(quantity) if isinstance(actuator, HasFreshness) else math.inf
