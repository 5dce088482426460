"""The rule of one zone: stays seen by the camera -> statistics, and suspected events where the law allows (pure)."""

from msgspec import UNSET, Struct, UnsetType, field, structs

from agent.clock import Moment
from agent.events import Event
from agent.rule import Step
from agent.trades.kerb.legal_mode import LOOK_S, mode
from agent.trades.kerb.overstay import AdjacentVehicle, OpenStay, Zone, suspect, wake_at_s
from agent.trades.kerb.statistics import (
    NO_STAYS,
    Period,
    Watched,
    add_stay,
    interrupted,
    left_s,
    new_period,
    roll_over,
)
from drivers.base import Quality, Reading, Stay, Value

_MOST_OPEN = 64
"""More vehicles than this do not fit into one zone; the oldest are forgotten."""

_ENDED_KEPT = 32


class ZoneRuntime(Struct, frozen=True):
    """What a running agent knows of single stays. Never stored: no single stay is on the disk.

    Args:
        ended: keys of the last stays that were counted, so that none is counted twice.
        suspended: those that stood when the camera went down, so that none is told twice once they are seen again.
        watched: of the period that runs; absent before the first step.
    """

    running: bool = False
    open: tuple[OpenStay, ...] = ()
    ended: tuple[str, ...] = ()
    suspended: tuple[OpenStay, ...] = field(default=(), name="away")
    watched: Watched | UnsetType = UNSET


class ZoneState(Struct, frozen=True):
    """What survives a restart is which period runs: counts of one that is not over are few, and on no disk."""

    period: Period | None = None
    runtime: ZoneRuntime = field(default=ZoneRuntime(), name="watch")


def initial() -> ZoneState:
    return ZoneState()


def persisted(state: ZoneState) -> ZoneState:
    """What of it is worth writing, and may be. When the camera saw no more may not: a lorry may have come. A restart
    interrupts the period anyway."""
    return ZoneState(state.period and structs.replace(state.period, dwell=NO_STAYS, interrupted=False))


def step(
    zone: Zone,
    state: ZoneState,
    now: Moment,
    reading: Reading | None,
    adjacent: AdjacentVehicle | None = None,
    *,
    sees: bool = False,
) -> Step[ZoneState]:
    """One reading, or none when only time has passed or something beside the zone has changed.

    Takes "stay" of the zone, "reachable" and "sees" of its camera: while nobody watches, no stay is known to go
    on. Counts are told in both modes; a single stay only in `alert` mode, as long as the law allows
    (agent.trades.kerb.legal_mode).

    Args:
        adjacent: a vehicle that stands along the zone now.
        sees: whether the camera is known to see well; for the first step, later ones are told.
    """
    period, watched, events = _counting(zone, state, now, sees)
    runtime = structs.replace(state.runtime, running=True, watched=watched)
    if reading is not None and reading.quality is Quality.GOOD:
        period, runtime = _heard(period, runtime, reading, now)
    runtime, suspected = _suspected(zone, runtime, now, adjacent)
    state = _closed(zone, period, runtime, now)
    return Step(state, events + suspected, _wake_at_s(zone, state, now, adjacent))


def _heard(period: Period, runtime: ZoneRuntime, reading: Reading, now: Moment) -> tuple[Period, ZoneRuntime]:
    """What a reading says of the zone or of its camera."""
    if reading.quantity == "reachable" and reading.value is False:
        return interrupted(period), _seeing(_unwatched(runtime), now, False)
    if reading.quantity == "sees":
        sees = reading.value is True
        return period if sees else interrupted(period), _seeing(runtime, now, sees)
    if isinstance(reading.value, Stay):
        return period, _seen(runtime, reading.value, now)
    if reading.quantity == "still_standing":
        return period, _still(runtime, reading.value, now)
    return period, runtime


def _seeing(runtime: ZoneRuntime, now: Moment, sees: bool) -> ZoneRuntime:
    return structs.replace(runtime, watched=(runtime.watched or Watched()).seeing(now, sees))


def _counting(zone: Zone, state: ZoneState, now: Moment, sees: bool) -> tuple[Period, Watched, tuple[Event, ...]]:
    """The period that runs now; one that a restart cut is marked."""
    watched = state.runtime.watched or Watched(since=now if sees else None)
    if state.period is None:
        return new_period(zone.kerb.period_s, now), watched, ()
    period = state.period if state.runtime.running else interrupted(state.period)
    category = zone.order.terms.category
    return roll_over(zone.name, category, zone.kerb, period, now, watched=watched, counted=zone.counted)


def _unwatched(runtime: ZoneRuntime) -> ZoneRuntime:
    return structs.replace(runtime, open=(), suspended=(*runtime.suspended, *runtime.open)[-_MOST_OPEN:])


def _seen(runtime: ZoneRuntime, stay: Stay, now: Moment) -> ZoneRuntime:
    """A stay began, is known better, or ended."""
    if stay.key in runtime.ended:
        return runtime
    before = next((one for one in (*runtime.open, *runtime.suspended) if one.key == stay.key), None)
    unwatched = before is not None and before not in runtime.open
    left = None if stay.left_s is None else now.shifted_to(stay.left_s)
    charged = None if stay.charged_s is None else now.shifted_to(stay.charged_s)
    known = OpenStay(stay.key, now.shifted_to(stay.entered_s), now, left, stay.vehicle, stay.score, charged=charged)
    if before:
        known = known.known_since(before, unwatched=unwatched)
    others = tuple(one for one in runtime.open if one.key != stay.key)
    suspended = tuple(one for one in runtime.suspended if one.key != stay.key)
    return structs.replace(runtime, open=(*others, known)[-_MOST_OPEN:], suspended=suspended)


def _still(runtime: ZoneRuntime, key: Value, now: Moment) -> ZoneRuntime:
    """A vehicle was seen again where it stood."""
    seen = (structs.replace(one, seen=now) if one.key == key else one for one in runtime.open)
    return structs.replace(runtime, open=tuple(seen))


def _closed(zone: Zone, period: Period, runtime: ZoneRuntime, now: Moment) -> ZoneState:
    """Counts the stays that have ended, unless exempt or of no length, and forgets them."""
    gone = [one for one in runtime.open if one.left is not None]
    for one in gone:
        if one.standing_s(now) > 0 and one.vehicle not in zone.order.terms.exempt_classes:
            period = add_stay(period, one.standing_s(now))
    ended = (*runtime.ended, *(one.key for one in gone))[-_ENDED_KEPT:]
    return ZoneState(
        period, structs.replace(runtime, open=tuple(one for one in runtime.open if one.left is None), ended=ended)
    )


def _suspected(
    zone: Zone, runtime: ZoneRuntime, now: Moment, adjacent: AdjacentVehicle | None
) -> tuple[ZoneRuntime, tuple[Event, ...]]:
    if mode(zone.kerb, now, zone.timezone).mode != "alert":
        return runtime, ()
    judged = [suspect(zone, one.dated_by(now), adjacent) for one in runtime.open]
    events = tuple(event for _, told in judged for event in told)
    return structs.replace(runtime, open=tuple(one for one, _ in judged)), events


def _wake_at_s(zone: Zone, state: ZoneState, now: Moment, adjacent: AdjacentVehicle | None) -> float | None:
    """Returns when to look next, monotonic seconds: at the end of the period, when more may be told of a stay, and
    often enough to notice that alerts are lawful."""
    due = []
    if state.period is not None and (remaining_s := left_s(state.period, now)) is not None:
        due.append(now.mono_s + remaining_s)
    if zone.kerb.mode == "alert" and state.runtime.open:
        due.append(now.mono_s + LOOK_S)
        alert = mode(zone.kerb, now, zone.timezone).mode == "alert"
        due += [each for one in state.runtime.open if alert for each in wake_at_s(zone, one, now, adjacent)]
    return min(due, default=None)
