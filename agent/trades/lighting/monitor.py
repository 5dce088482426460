"""The rule that watches one lamp: readings -> counts, alarms, and a report each morning (pure)."""

import math
from typing import Any

from msgspec import Struct, field, structs

from agent.alarm import Alarm, contradicted_since, next_alarm
from agent.clock import Moment
from agent.events import Event
from agent.events.registry import event
from agent.rule import Step
from agent.trades.lighting import energy
from agent.trades.lighting.energy import EnergyCounter, LampCounters, NightEnergy, counter
from agent.trades.lighting.fault_conditions import FAULT_CONDITIONS, Observation
from agent.trades.lighting.lamp_observation import (
    ENERGY,
    HOURS,
    POWER,
    SWITCH_ONS,
    LampConfig,
    LampView,
    is_unobserved,
    observe,
    reading_age_s,
)
from agent.trades.lighting.limits import CHECKPOINT_DARK_S, CHECKPOINT_LIT_S
from agent.trades.lighting.options import LampOptions
from agent.trades.lighting.sun import Place
from drivers.base import Reading
from drivers.profile import Profile

__all__ = [
    "MonitorState",
    "LampConfig",
    "active",
    "operating_hours",
    "settled",
    "shown",
    "step",
    "persisted",
    "lamp_config",
]

TICK_S = 10.0
"""Time between two looks without a reading."""


class MonitorState(Struct, frozen=True, omit_defaults=True):
    """What is known of a lamp.

    Args:
        alarms: what the city was told, by type of event.
        counters: as counted.
        written: of the tally, what the store has.
        written_s: monotonic seconds when that was; not stored.
        contradicted_s: since which reading an alarm is contradicted, by type; not stored.
        view: not stored.
    """

    alarms: dict[str, Alarm] = {}
    counters: LampCounters = field(default=LampCounters(), name="tally")
    written: LampCounters = LampCounters()
    written_s: float = -math.inf
    contradicted_s: dict[str, float] = {}
    view: LampView = LampView()


def lamp_config(name: str, options: LampOptions, profile: Profile, place: Place) -> LampConfig:
    """The lamp of that configuration, with what its profile tells of its switch and its energy counter."""
    tables, register = profile.tables, profile.tables.register.get(ENERGY)
    highest = None if register is None or register.range is None else register.range[1]
    return LampConfig(
        name,
        place,
        wattage_w=options.wattage_w,
        power_tolerance_percent=options.power_tolerance_percent,
        warm_up_s=options.warm_up_s,
        alarm_after_s=options.alarm_after_s,
        period_s=options.period_s,
        switched=tables.lamp is not None and tables.lamp.switch is not None,
        counter=EnergyCounter() if register is None else counter(register.type, register.scale, highest),
    )


def persisted(state: MonitorState) -> MonitorState:
    """What of it is worth writing: counts only from time to time."""
    return MonitorState(alarms=state.alarms, counters=state.written)


def settled(state: MonitorState) -> MonitorState:
    """Returns the state with all counts to be written, for a shutdown."""
    return structs.replace(state, written=state.counters)


def step(
    lamp: LampConfig, state: MonitorState, now: Moment, reading: Reading | None, commanded_percent: float | None
) -> Step[MonitorState]:
    """One reading, or none when only time has passed.

    Args:
        commanded_percent: what the lamp was last told; None: nothing yet.
    """
    wake_at_s = (math.floor(now.mono_s / TICK_S) + 1) * TICK_S
    if is_unobserved(state.view, now, reading, commanded_percent):
        return Step(state, (), wake_at_s)
    state = _dated(state, now)
    before = state.view
    view = observe(lamp, before, now, reading, commanded_percent)
    counters = _counted(lamp, before, view, state.counters)
    state, told = _morning(lamp, structs.replace(state, view=view, counters=counters), now)
    state = structs.replace(state, counters=_read(lamp, state.counters, view, now, reading))
    state, alarmed = _judged(lamp, state, now)
    events = (*told, *alarmed)
    return Step(_checkpoint(state, now, bool(events)), events, wake_at_s)


def active(state: MonitorState) -> list[str]:
    """Types of the alarms that are on."""
    return sorted(kind for kind, alarm in state.alarms.items() if alarm.active)


def operating_hours(state: MonitorState) -> float:
    """Hours that the lamp has burned: by its own counter, or as seen by the agent where it has none."""
    own = state.view.seen.get(HOURS)
    return state.counters.burning_s / 3600 if own is None else own.value


def switch_on_count(state: MonitorState) -> int:
    """How often it was switched on: by its own counter, or as seen by the agent where it has none."""
    own = state.view.seen.get(SWITCH_ONS)
    return state.counters.switch_ons if own is None else int(own.value)


def shown(state: MonitorState) -> dict[str, Any]:
    """Describes the lamp for a technician."""
    power = state.view.seen.get(POWER)
    return {
        "power_w": None if power is None else power.value,
        "operating_hours": round(operating_hours(state), 1),
        "switch_on_count": switch_on_count(state),
        "alarms": active(state),
    }


def _dated(state: MonitorState, now: Moment) -> MonitorState:
    """A night begins when the lamp is first watched; the clock that is set since dates it."""
    night = state.counters.night
    began = now if night.began is None else night.began.corrected(now)
    if began == night.began:
        return state
    return structs.replace(state, counters=structs.replace(state.counters, night=structs.replace(night, began=began)))


def _counted(lamp: LampConfig, before: LampView, view: LampView, counters: LampCounters) -> LampCounters:
    """The time since the last look, by what was known then, as long as that speaks for it."""
    if before.now_s is None or view.now_s is None or before.lit is None:
        return counters
    seconds = min(view.now_s, before.lit_s + lamp.holds_s) - before.now_s
    if seconds <= 0:
        return counters
    power = before.seen.get(POWER)
    power_w = power.value if power is not None and reading_age_s(power, view.now_s) <= lamp.holds_s else None
    level_percent = before.level_percent or before.commanded_percent or 0.0
    return energy.advance(counters, seconds, before.lit, power_w, lamp.expected_w(level_percent))


def _read(
    lamp: LampConfig, counters: LampCounters, view: LampView, now: Moment, reading: Reading | None
) -> LampCounters:
    """What this look adds: the lamp goes on or off, its energy counter was read."""
    if view.lit is not None:
        counters = energy.record_lit(counters, view.lit)
    read = view.seen.get(ENERGY)
    if reading is None or read is None or reading.quantity != ENERGY or read.at_s != reading.at_s:
        return counters
    return energy.record_counter(counters, lamp.counter, lamp.wattage_w, read.value, now)


def _morning(lamp: LampConfig, state: MonitorState, now: Moment) -> tuple[MonitorState, tuple[Event, ...]]:
    """Report a night that is over and begin the next; of one in which nothing was seen there is nothing to tell."""
    counters = state.counters
    if not energy.is_finished(counters.night, now, lamp.place):
        return state, ()
    following = structs.replace(state, counters=structs.replace(counters, night=NightEnergy(began=now)))
    if counters.night.seen_s == 0:
        return following, ()
    told = energy.report(
        counters.night,
        lamp.place,
        lamp.wattage_w,
        lamp.counter,
        operating_hours=operating_hours(state),
        switch_on_count=switch_on_count(state),
    )
    return following, (event(told, lamp.name, now),)


def _judged(lamp: LampConfig, state: MonitorState, now: Moment) -> tuple[MonitorState, tuple[Event, ...]]:
    """Every kind of alarm by what is seen now."""
    observation = Observation(
        lamp, state.view, {kind: alarm.cause for kind, alarm in state.alarms.items() if alarm.active}
    )
    alarms, contradicted_s, events = state.alarms, {}, []
    for kind, condition in FAULT_CONDITIONS.items():
        before, verdict = alarms.get(kind, Alarm()), condition(observation)
        since_s = contradicted_since(before, state.contradicted_s.get(kind), verdict)
        alarm = next_alarm(before, since_s, verdict, now, lamp.alarm_after_s)
        if alarm is not before and verdict is not None:
            alarms = alarms | {kind: alarm}
            events.append(event(verdict.tells, lamp.name, now, type=kind))
        elif since_s is not None:
            contradicted_s[kind] = since_s
    return structs.replace(state, alarms=alarms, contradicted_s=contradicted_s), tuple(events)


def _checkpoint(state: MonitorState, now: Moment, told: bool) -> MonitorState:
    """Counts go to the store with every event, and otherwise seldom: more often while the lamp burns."""
    pause_s = CHECKPOINT_LIT_S if state.counters.lit else CHECKPOINT_DARK_S
    if not told and now.mono_s - state.written_s < pause_s:
        return state
    return structs.replace(state, written=state.counters, written_s=now.mono_s)
