"""What a counter gains goes into windows; what it gained while nobody read it is told alone (pure)."""

from msgspec import UNSET, structs

from agent.aggregation import counter
from agent.aggregation.bucket import Sample
from agent.aggregation.counter import Counted, CounterRule, Gain
from agent.aggregation.coverage import SNAP
from agent.aggregation.series import Series, add
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
    if gain is None or gain.kind == "reset":
        return state, []
    lasted_s = _lasted_s(gain)
    if lasted_s <= (1 + SNAP) * options.stands_s:
        return _added(turn, state, gain.amount / lasted_s), []
    return state, [event(_of_gap(turn, gain, lasted_s), turn.station.name, turn.now)]


def _lasted_s(gain: Gain) -> float:
    """The time between its two readings; a wall clock that was set meanwhile does not change it."""
    lasted_s = gain.until.elapsed_since(gain.since)
    return max(gain.until.unix_s - gain.since.unix_s if lasted_s is None else lasted_s, 0.001)


def _added(turn: Turn, state: StationState, per_s: float) -> StationState:
    key, sample = turn.station.key(turn.name), Sample(per_s, turn.now.unix_s)
    series = add(turn.station.rule(turn.name), state.series.get(key, Series()), sample, state.unix_s(turn.now))
    return structs.replace(state, series=state.series | {key: series})


def _of_gap(turn: Turn, gain: Gain, lasted_s: float) -> SensingObservation:
    """What was gained while nobody read it: no hour has a share of it."""
    unit = turn.options.told_unit
    return SensingObservation(
        quantity=turn.name,
        method=turn.options.method,
        window="gap",
        begin=rfc3339(gain.until.unix_s - lasted_s),
        end=rfc3339(gain.until.unix_s),
        value=turn.rounded(gain.amount),
        unit=unit,
        unit_code=units.UNITS[unit] or UNSET,
        coverage_percent=100.0,
        minimum=None,
        maximum=None,
        standing=turn.station.options.standing,
        late=0,
    )
