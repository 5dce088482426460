"""The rule that watches one lamp: readings -> counts, alarms, and a report each morning (pure)."""

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from msgspec import Struct, field, structs

from agent import declared
from agent.alarm import REPEAT_S, Alarm, Verdict, contradicted_since, next_alarm
from agent.clock import Moment
from agent.events import Event
from agent.events.registry import event
from agent.rule import Step
from agent.trades.lighting.control.setpoint import NOT_WRITTEN, Writes
from agent.trades.lighting.event_types import FORMS, LAMP_SUPPLY_LOSS, LampSupplyLoss
from agent.trades.lighting.options import AnyLamp, GpioLampOptions, LampKeys, LampOptions, LorawanLampOptions
from agent.trades.lighting.plan.lamp_plan import Curve, interpolated
from agent.trades.lighting.plan.sun import Place
from agent.trades.lighting.watch import energy
from agent.trades.lighting.watch.energy import EnergyCounter, LampCounters, NightEnergy, counter
from agent.trades.lighting.watch.fault_conditions import FAULT_CONDITIONS, KNOWN, Observation
from agent.trades.lighting.watch.lamp_observation import (
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
from agent.trades.lighting.watch.limits import CHECKPOINT_DARK_S, CHECKPOINT_LIT_S
from agent.trades.lighting.watch.supply_loss import QUANTITIES, SupplyLosses, counted
from drivers.base import Reading
from drivers.profile import Fault, Profile, Register

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
        supply: its losses of supply.
        written: of the tally, what the store has.
        written_s: monotonic seconds when that was; not stored.
        contradicted_s: since which reading an alarm is contradicted, by type; not stored.
        view: not stored.
    """

    alarms: dict[str, Alarm] = {}
    counters: LampCounters = field(default=LampCounters(), name="tally")
    supply: SupplyLosses = SupplyLosses()
    written: LampCounters = LampCounters()
    written_s: float = -math.inf
    contradicted_s: dict[str, float] = {}
    view: LampView = LampView()


def lamp_config(name: str, options: AnyLamp, profile: Profile | None, place: Place) -> LampConfig:
    """The lamp of that configuration, with what its profile tells of its switch and its energy counter."""
    registers: Mapping[str, Register] = {} if profile is None else profile.tables.register
    register, curve = registers.get(ENERGY), _curve(options)
    return LampConfig(
        name,
        place,
        wattage_w=options.wattage_w or (interpolated(curve, 100.0) if curve else None),
        power_curve=curve,
        standby_w=options.standby_w,
        power_tolerance_percent=options.power_tolerance_percent,
        warm_up_s=options.warm_up_s,
        alarm_after_s=options.alarm_after_s,
        period_s=_period_s(options),
        forgets=not isinstance(options, GpioLampOptions),
        switched=profile is None or (profile.tables.lamp is not None and profile.tables.lamp.switch is not None),
        counter=EnergyCounter() if register is None else _counter(register),
        wraps=_wraps(registers),
        faults=_faults(options, profile),
    )


def _period_s(options: AnyLamp) -> float:
    """How often it says its level at the least."""
    return float(options.heartbeat_s if isinstance(options, LorawanLampOptions) else options.period_s)


def _faults(options: AnyLamp, profile: Profile | None) -> tuple[Fault, ...]:
    """What its profile and its table declare, but for what is judged by its name."""
    own = options.faults if isinstance(options, LampOptions) else ()
    declared = (*(profile.tables.fault if profile is not None else ()), *own)
    return tuple(fault for fault in declared if fault.of not in KNOWN.get(fault.event, ()))


def _curve(options: LampKeys) -> Curve:
    """The curve that was measured, from standby on."""
    curve = options.power_curve
    if not curve or curve[0][0] == 0:
        return curve
    return ((0.0, min(options.standby_w, curve[0][1])), *curve)


def _counter(register: Register) -> EnergyCounter:
    return counter(register)


def _wraps(registers: Mapping[str, Register]) -> dict[str, float]:
    """Returns after how much each counter that tells of the supply begins at 0 again."""
    found = {name: _counter(registers[name]).wraps_kwh for name in QUANTITIES & registers.keys()}
    return {name: wraps for name, wraps in found.items() if wraps is not None}


def persisted(state: MonitorState) -> MonitorState:
    """What of it is worth writing: counts only from time to time."""
    return MonitorState(alarms=state.alarms, counters=state.written, supply=state.supply)


def settled(state: MonitorState) -> MonitorState:
    """Returns the state with all counts to be written, for a shutdown: they were counted until the last look."""
    seen_s, at = state.view.now_s, state.counters.at or state.written.at
    if at is not None and seen_s is not None and state.counters.at is None:
        at = at.shifted_to(seen_s)
    return structs.replace(state, written=structs.replace(state.counters, at=at))


def forgotten(state: MonitorState) -> MonitorState:
    """Returns the state without what was counted of this night and seen of the lamp: it goes on as after a restart."""
    counters = structs.replace(state.counters, night=NightEnergy(), at=None, counter_kwh=None, doubt_kwh=None)
    return MonitorState(alarms=state.alarms, counters=counters, supply=state.supply, written=counters)


def step(
    lamp: LampConfig,
    state: MonitorState,
    now: Moment,
    reading: Reading | None,
    commanded_percent: float | None,
    *,
    writes: Writes = NOT_WRITTEN,
) -> Step[MonitorState]:
    """One reading, or none when only time has passed.

    Args:
        commanded_percent: what the lamp was last told; None: nothing yet.
        writes: what came of that.
    """
    wake_at_s = (math.floor(now.mono_s / TICK_S) + 1) * TICK_S
    if is_unobserved(lamp, state.view, now, reading, commanded_percent):
        return Step(state, (), wake_at_s)
    state = _dated(state, now)
    before = state.view
    view = observe(lamp, before, now, reading, commanded_percent, writes=writes)
    counters = _counted(lamp, before, view, state.counters)
    state, told = _morning(lamp, structs.replace(state, view=view, counters=counters), now)
    state = structs.replace(state, counters=_read(lamp, state.counters, view, now, reading))
    state, lost = _supply(lamp, state, now)
    state, alarmed = _judged(lamp, state, now)
    events = (*told, *lost, *alarmed)
    return Step(_checkpoint(state, now, bool(events)), events, wake_at_s)


def active(state: MonitorState) -> list[str]:
    """Types of the alarms that are on."""
    return declared.types(key for key, alarm in state.alarms.items() if alarm.active)


def operating_hours(state: MonitorState) -> float:
    """Hours that the lamp has burned: by its own counter, or as seen by the agent where it has none."""
    own = state.view.seen.get(HOURS)
    return state.counters.burning_s / 3600 if own is None else own.value


def switch_on_count(state: MonitorState) -> int:
    """How often it was switched on: by its own counter, or as seen by the agent where it has none."""
    own = state.view.seen.get(SWITCH_ONS)
    return state.counters.switch_ons if own is None else int(own.value)


def shown(state: MonitorState, fresh: Collection[str]) -> dict[str, Any]:
    """Describes the lamp for a technician.

    Args:
        fresh: the quantities of which what it told still counts.
    """
    power = state.view.seen.get(POWER) if POWER in fresh else None
    return {
        "power_w": None if power is None else power.value,
        "operating_hours": round(operating_hours(state), 1),
        "switch_on_count": switch_on_count(state),
        "supply_loss_count": state.supply.count,
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
    return energy.advance(counters, seconds, before.lit, power_w, _expected_w(lamp, before))


def _expected_w(lamp: LampConfig, view: LampView) -> float | None:
    """The power that its level, or standby while it is dark, makes."""
    level_percent = view.level_percent or view.commanded_percent or 0.0
    return lamp.expected_w(level_percent if view.lit else 0.0)


def _read(
    lamp: LampConfig, counters: LampCounters, view: LampView, now: Moment, reading: Reading | None
) -> LampCounters:
    """What this look adds: the lamp goes on or off, its energy counter was read."""
    if view.lit is not None:
        counters = energy.bridged(counters, now, _expected_w(lamp, view))
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
        supply_loss_count=state.supply.count,
    )
    return following, (event(told, lamp.name, now),)


def _supply(lamp: LampConfig, state: MonitorState, now: Moment) -> tuple[MonitorState, tuple[Event, ...]]:
    """A loss of supply is an alarm at once, and over when there was none for as long as nothing is told twice."""
    losses, found = counted(state.supply, state.view.supply, now), state.view.supply.found
    if losses.last is None:
        return state, ()
    calm_s = now.elapsed_since(losses.last)
    if calm_s is None:  # no clock tells: the hour begins anew
        losses, calm_s = structs.replace(losses, last=now), 0.0
    state = structs.replace(state, supply=losses) if losses != state.supply else state
    before = state.alarms.get(LAMP_SUPPLY_LOSS, Alarm())
    if calm_s < REPEAT_S if before.active else not found:
        return state, ()
    said = LampSupplyLoss(not before.active, found, count=losses.count)
    after = structs.replace(before, active=False, ended=now) if before.active else Alarm(True, begun=now)
    return structs.replace(state, alarms=state.alarms | {LAMP_SUPPLY_LOSS: after}), (event(said, lamp.name, now),)


def _judged(lamp: LampConfig, state: MonitorState, now: Moment) -> tuple[MonitorState, tuple[Event, ...]]:
    """Every kind of alarm by what is seen now."""
    observation = Observation(
        lamp, state.view, {kind: alarm.cause for kind, alarm in state.alarms.items() if alarm.active}
    )
    alarms, contradicted_s, events = state.alarms, {}, []
    for key, verdict in _verdicts(observation):
        before = alarms.get(key, Alarm())
        since_s = contradicted_since(before, state.contradicted_s.get(key), verdict)
        alarm = next_alarm(before, since_s, verdict, now, lamp.alarm_after_s)
        if alarm is not before and verdict is not None:
            alarms = alarms | {key: alarm}
            events.append(event(verdict.tells, lamp.name, now, type=key.partition(" ")[0]))
        elif since_s is not None:
            contradicted_s[key] = since_s
    return structs.replace(state, alarms=alarms, contradicted_s=contradicted_s), tuple(events)


def _verdicts(observation: Observation) -> Iterator[tuple[str, Verdict | None]]:
    """Yields the verdict on every alarm, judged or declared, by the key that it is kept by."""
    for kind, condition in FAULT_CONDITIONS.items():
        yield kind, condition(observation)
    for fault in observation.lamp.faults:
        seen = observation.view.seen.get(fault.of)
        known = None if seen is None else declared.Seen(seen.value, seen.at_s)
        yield declared.key_of(fault), declared.verdict(fault, known, FORMS[fault.event])


def _checkpoint(state: MonitorState, now: Moment, told: bool) -> MonitorState:
    """Counts go to the store with every event, and otherwise seldom: more often while the lamp burns."""
    pause_s = CHECKPOINT_LIT_S if state.counters.lit else CHECKPOINT_DARK_S
    switched = state.counters.lit is not state.written.lit
    if not told and not switched and now.mono_s - state.written_s < pause_s:
        return state
    written = structs.replace(state.counters, at=state.counters.at or now)
    return structs.replace(state, written=written, written_s=now.mono_s)
