"""Amounts that go into windows: what a counter gains, and what was counted in a time (pure)."""

from msgspec import UNSET, structs

from agent.aggregation import counter
from agent.aggregation.counter import Counted, CounterRule, Gain
from agent.aggregation.coverage import SNAP
from agent.aggregation.periods import Span
from agent.aggregation.series import Amount, Series, add_amount
from agent.clock import rfc3339
from agent.events import Event
from agent.events.registry import event
from agent.trades.sensing import units
from agent.trades.sensing.event_types import SensingObservation
from agent.trades.sensing.state import StationState, Turn


def counted(turn: Turn, state: StationState, value: float) -> tuple[StationState, list[Event]]:
    """The state with a reading. One that came late, or while the clock was not set, counts with the next."""
    key, options = turn.station.key(turn.name), turn.options
    before = state.counted.get(key, Counted())
    if not turn.now.trusted or (before.last is not None and turn.now.unix_s <= before.last.at.unix_s):
        return state, []
    rule = CounterRule(options.fastest or 0.0, options.resolution or 0.0, options.wraps)
    after, gain = counter.count(rule, before, value, turn.now)
    state = structs.replace(state, counted=state.counted | {key: after})
    return (state, []) if gain is None else _gained(turn, state, gain)


def _gained(turn: Turn, state: StationState, gain: Gain) -> tuple[StationState, list[Event]]:
    """What was set back, or shows more than it can have counted, has gained nobody knows what."""
    lasted_s = _lasted_s(gain)
    of = Span(gain.until.unix_s - lasted_s, gain.until.unix_s)
    if gain.kind in {"reset", "jump"}:
        return state, [_of_gap(turn, of, None)]
    is_gap = lasted_s > (1 + SNAP) * turn.options.stands_s
    state, crosses = added(turn, state, Amount(gain.amount, of, is_gap))
    return state, [_of_gap(turn, of, gain.amount)] if is_gap and crosses else []


def _lasted_s(gain: Gain) -> float:
    """The time between its two readings; a wall clock that was set meanwhile does not change it."""
    lasted_s = gain.until.elapsed_since(gain.since)
    return max(gain.until.unix_s - gain.since.unix_s if lasted_s is None else lasted_s, 0.001)


def added(turn: Turn, state: StationState, amount: Amount) -> tuple[StationState, bool]:
    """The state with an amount of a time, and whether that reaches over the end of a window."""
    key, rule = turn.station.key(turn.name), turn.station.rule(turn.name)
    series, crosses = add_amount(rule, state.series.get(key, Series()), amount, state.unix_s(turn.now))
    return structs.replace(state, series=state.series | {key: series}, due_s=None), crosses


def _of_gap(turn: Turn, of: Span, amount: float | None) -> Event:
    """What was gained while nobody read it: no window that has only a part of that time has a share of it."""
    unit = turn.options.told_unit
    tells = SensingObservation(
        quantity=turn.name,
        method=turn.options.method,
        window="gap",
        begin=rfc3339(of.begin_s),
        end=rfc3339(of.end_s),
        value=None if amount is None else turn.rounded(amount),
        unit=unit,
        unit_code=units.UNITS[unit] or UNSET,
        coverage_percent=0.0 if amount is None else 100.0,
        minimum=None,
        maximum=None,
        standing=turn.station.options.standing,
        late=0,
    )
    return event(tells, turn.station.name, turn.now)
