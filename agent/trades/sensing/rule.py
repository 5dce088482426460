"""The rule that tells what the quantities of a station come to, and what of it is beyond a threshold (pure).

Each quantity stands for itself, with its raw value beside the corrected one where there is a calibration. While the
clock is not set nothing is aggregated: a reading belongs to the time at which it was measured.
"""

import math
from collections.abc import Collection, Iterable, Mapping

from msgspec import structs

from agent.aggregation.bucket import Sample
from agent.aggregation.periods import Span
from agent.aggregation.series import Amount, Result, Series, add, close, due_s
from agent.aggregation.windows import Window
from agent.calendars import local_date
from agent.clock import Moment
from agent.events import Event
from agent.events.registry import event
from agent.rule import Step
from agent.trades.sensing import air_index, counts, faults, hours, judged, maintenance, thresholds, upkeep
from agent.trades.sensing.judged import Correction, Judged
from agent.trades.sensing.observation import observation
from agent.trades.sensing.options import QuantityOptions
from agent.trades.sensing.state import (
    BESIDE,
    Finding,
    Last,
    Station,
    StationState,
    Turn,
    alarmed,
    not_lasting,
    threshold_key,
)
from agent.trades.sensing.thresholds import Value
from agent.trades.sensing.units import readable
from drivers.base import Quality, Reading

KEEP_S = 900.0
"""What is known is written this often; what is lost by a kill is missing in the coverage of its window."""

RAW = "/raw"
"""Ends the name of a series of values without calibration."""


def step(station: Station, state: StationState, now: Moment, reading: Reading | None) -> Step[StationState]:
    """One reading of any device of the station, or time that has passed."""
    state = structs.replace(state, newest_s=max(state.newest_s, now.mono_s))
    before, events = state.days, list[Event]()
    if reading is not None:
        state, events = _heard(station, state, now, reading)
    if now.trusted and (state.due_s is None or state.unix_s(now) >= state.due_s):
        state, told = _closed(station, state, now)
        state, events = structs.replace(state, due_s=_due_s(station, state)), [*events, *told]
    changed = _changed(station, before, state)
    if changed:
        state, told = air_index.told(station, state, now)
        events += told
    if state.kept_at_s is None or now.mono_s - state.kept_at_s >= KEEP_S:
        state, told = _looked_after(station, state, now)
        state, events = _written(state, now), [*events, *told]
    elif events:
        state = _written(state, now)
    return Step(state, tuple(events), _wake_at_s(station, state, now), changed)


def _written(state: StationState, now: Moment) -> StationState:
    """The state of which all is to be written, without days of which nothing can come any more."""
    days = hours.pruned(state.days, state.unix_s(now))
    kept, counted = state.series, state.counted
    return structs.replace(state, kept=kept, kept_counted=counted, kept_at_s=now.mono_s, days=days)


def _changed(station: Station, before: hours.Days, state: StationState) -> Mapping[str, hours.StationDay]:
    """The records of days of which an hour is new, by their keys."""
    if state.days is before:
        return {}
    return {hours.key_of(day, station.name): each for day, each in state.days.items() if before.get(day) is not each}


def _looked_after(station: Station, state: StationState, now: Moment) -> tuple[StationState, list[Event]]:
    """What the file asks for no more is over and forgotten; calibrations may be due."""
    state, ended = upkeep.ended(station, state, now) if state.begun else (state, [])
    known = {station.key(name) + end for name in station.options.quantity for end in ("", RAW)}
    state = structs.replace(state, series={key: each for key, each in state.series.items() if key in known})
    state, due = _all_alarmed(state, now, maintenance.of_calibrations(station, now))
    return state, [*ended, *due]


def _wake_at_s(station: Station, state: StationState, now: Moment) -> float | None:
    due = _due_s(station, state) if state.due_s is None else state.due_s
    return None if due is None else now.mono_s + max(1.0, due - now.unix_s)


def _due_s(station: Station, state: StationState) -> float | None:
    """Returns when the next window of all is due, unix seconds."""
    dues = [due_s(station.rule(name), each) for name, each in _known(station, state)]
    return min((due for due in dues if due is not None), default=None)


def _known(station: Station, state: StationState) -> list[tuple[str, Series]]:
    """The series of quantities that are still configured, without those of raw values."""
    keys = {station.key(name): name for name in station.options.quantity}
    return [(keys[key], each) for key, each in state.series.items() if key in keys]


def _heard(station: Station, state: StationState, now: Moment, reading: Reading) -> tuple[StationState, list[Event]]:
    """One reading, in every quantity that is made of it."""
    if reading.quantity == "reachable":
        up = {name: at_s for name, at_s in state.up_s.items() if name != reading.device or reading.value}
        return structs.replace(state, up_s=up), []
    if reading.quality is Quality.SUSPECT:
        return _doubted(station, state, now, reading)
    value = _number(reading)
    if value is None:
        return state, []
    state, events = _all_alarmed(state, now, maintenance.of_hours(station, reading, value))
    state = structs.replace(state, up_s={reading.device: reading.at_s} | state.up_s)
    made = _made_of(station, reading)
    for name in made:
        state, told = _taken(Turn(station, name, now), state, value)
        events += told
    return _remembered(state, reading, value, made.values()), events


def _made_of(station: Station, reading: Reading) -> dict[str, QuantityOptions]:
    """The quantities that a reading is one of."""
    device, reads = reading.device, reading.quantity
    quantities = station.options.quantity.items()
    return {name: each for name, each in quantities if each.reads == reads and each.device == device}


def _doubted(station: Station, state: StationState, now: Moment, reading: Reading) -> tuple[StationState, list[Event]]:
    """A reading that its driver doubts; one that came late says nothing of now."""
    findings = [faults.doubted(Turn(station, name, now), reading.detail) for name in _made_of(station, reading)]
    return (state, []) if state.newest_s > now.mono_s else _all_alarmed(state, now, findings)


def _number(reading: Reading) -> float | None:
    value = reading.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _remembered(state: StationState, reading: Reading, value: float, made: Collection[QuantityOptions]) -> StationState:
    """The state with the last reading of a device, unless it is no value for any quantity that is made of it."""
    if made and not any(judged.is_measured(options, value) for options in made):
        return state
    key, before = f"{reading.device} {reading.quantity}", state.last.get(f"{reading.device} {reading.quantity}")
    if before is not None and reading.at_s < before.at_s:
        return state  # a record that came late says nothing of now
    held_s = BESIDE * max((options.stands_s for options in made), default=math.inf)
    same = before is not None and before.value == value and reading.at_s - before.at_s <= held_s
    since_s = before.since_s if before is not None and same else reading.at_s
    return structs.replace(state, last=state.last | {key: Last(value, reading.at_s, since_s)})


def _taken(turn: Turn, state: StationState, raw: float) -> tuple[StationState, list[Event]]:
    """A record that came late says nothing of now: it raises no alarm."""
    options, last = turn.options, state.last.get(turn.key)
    if 0 <= turn.now.mono_s - state.up_s[options.device] < options.warm_up_s:
        return state, []
    correction = judged.correction_on(options.calibration, local_date(turn.now.unix_s, turn.station.timezone))
    found = judged.judge(options, correction, raw, turn.beside(state, turn.humidity))
    if found is None:
        return state, []
    used = found._replace(value=None) if faults.is_jump(turn, last, found) else found
    state, events = _aggregated(turn, state, used, correction)
    if last is not None and turn.now.mono_s < last.at_s:
        return state, events
    if last is not None and turn.now.mono_s - last.at_s > BESIDE * options.stands_s:
        state = not_lasting(state, {threshold_key(each.name, turn.name) for each in options.threshold})
    state, alarms = _all_alarmed(state, turn.now, [*faults.findings(turn, state, found), *_beyond(turn, state, used)])
    return state, [*events, *alarms]


def _aggregated(
    turn: Turn, state: StationState, found: Judged, correction: Correction | None
) -> tuple[StationState, list[Event]]:
    """A value goes into its windows, and of a counter what it gained."""
    if found.value is None or not turn.options.windows:
        return state, []
    if turn.options.method == "gain":
        return counts.counted(turn, state, found.value)
    if not turn.now.trusted:
        return state, []
    if turn.options.method == "sum":
        of = Span(turn.now.unix_s - turn.options.stands_s, turn.now.unix_s)
        return counts.added(turn, state, Amount(found.value, of))[0], []
    return _added(turn, state, found, correction), []


def _beyond(turn: Turn, state: StationState, found: Judged) -> Iterable[Finding]:
    """What it says of thresholds that look at each reading."""
    of_readings = [each for each in turn.options.threshold if each.over is None]
    return () if found.value is None else thresholds.findings(turn, state, of_readings, Value(found.value))


def _all_alarmed(state: StationState, now: Moment, findings: Iterable[Finding]) -> tuple[StationState, list[Event]]:
    events = list[Event]()
    for finding in findings:
        state, told = alarmed(state, now, finding)
        events += told
    return state, events


def _added(turn: Turn, state: StationState, found: Judged, correction: Correction | None) -> StationState:
    """A direction without its wind weighs nothing."""
    speed, humid = turn.beside(state, turn.speed), turn.beside(state, turn.humidity)
    if found.value is None or (turn.options.speed is not None and speed is None):
        return state
    above, series, until_s = turn.options.doubtful_above, dict(state.series), state.unix_s(turn.now)
    doubtful = humid is not None and above is not None and humid > above
    key = turn.station.key(turn.name)
    values = {key: found.value} | ({key + RAW: found.raw} if judged.is_corrected(turn.options, correction) else {})
    rule = turn.station.rule(turn.name)
    for each, value in values.items():
        sample = Sample(value, turn.now.unix_s, speed, doubtful)
        series[each] = add(rule, series.get(each, Series()), sample, until_s)
    due = None if state.due_s is None else min(filter(None, (state.due_s, due_s(rule, series[key]))))
    return structs.replace(state, series=series, due_s=due)


def _closed(station: Station, state: StationState, now: Moment) -> tuple[StationState, list[Event]]:
    """What is over by now."""
    events, series, until_s = list[Event](), dict(state.series), state.unix_s(now)
    for name, each in _known(station, state):
        key, rule = station.key(name), station.rule(name)
        series[key], results = close(rule, each, until_s)
        if not results:
            continue
        raws = list[Result]()
        if key + RAW in series:
            series[key + RAW], raws = close(rule, series[key + RAW], until_s)
        found = {(one.window, one.end_s): one for one in raws}
        state, told = _told(Turn(station, name, now), state, each, results, found)
        events += told
    return structs.replace(state, series=series) if events else state, events


def _told(
    turn: Turn, state: StationState, before: Series, results: list[Result], raws: Mapping[tuple[Window, float], Result]
) -> tuple[StationState, list[Event]]:
    """What is told of windows that are over.

    Args:
        before: the series while they were open.
    """
    events, ends_s = list[Event](), dict(before.told_s)
    for each in results:
        state = _kept(turn, state, each)
        tells = observation(turn, each, raws.get((each.window, each.end_s)))
        events.append(event(tells, turn.station.name, turn.now))
        state, told = _held(turn, state, each, ends_s.get(each.window) == each.begin_s)
        ends_s[each.window] = each.end_s
        events += told
    return state, events


def _held(turn: Turn, state: StationState, found: Result, in_a_row: bool) -> tuple[StationState, list[Event]]:
    """A window against the thresholds that look at such; what must last for several does so in a row."""
    over = [one for one in turn.options.threshold if one.over == found.window]
    if not in_a_row or found.value is None:
        state = not_lasting(state, {threshold_key(one.name, turn.name) for one in over})
    if found.value is None:
        return state, []
    value = Value(found.value, Span(found.begin_s, found.end_s))
    return _all_alarmed(state, turn.now, thresholds.findings(turn, state, over, value))


def _kept(turn: Turn, state: StationState, found: Result) -> StationState:
    """The state with what reports need of a window that is over."""
    place = turn.station.place
    if place is None or found.window not in hours.WINDOWS:
        return state
    days = hours.with_result(state.days, place, turn.name, turn.station.nature(turn.name), found)
    return structs.replace(state, days=days)


def shown(station: Station, state: StationState) -> dict[str, object]:
    """Describes its last readings for a technician, and what is wrong."""
    found: dict[str, object] = {}
    for name, options in station.options.quantity.items():
        if (last := state.last.get(f"{options.device} {options.reads}")) is not None:
            found[name] = f"{round(last.value, 2):.9g} {readable(options.unit)}".rstrip()
    return found | {"alarms": sorted(key for key, alarm in state.alarms.items() if alarm.active)}
