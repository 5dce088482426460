"""The rule of one zone: stays seen by the camera -> statistics, and suspected events where the law allows (pure)."""

from typing import Literal

from msgspec import Struct, structs

from agent.clock import Moment
from agent.events import KERB_SUSPECTED, Event, Priority
from agent.kerb.law import LOOK_S, mode
from agent.kerb.options import KerbOptions, ZoneOptions
from agent.kerb.statistics import Period, begun, interrupted, left_s, turned, with_stay
from agent.law import OFFENCES
from agent.rule import Step
from drivers.base import Quality, Reading, Stay

_MOST_OPEN = 64
"""More vehicles than this do not fit into one zone; the oldest are forgotten."""

_ENDED_KEPT = 32

Stage = Literal["", "limit", "grace"]


class Zone(Struct, frozen=True):
    """What a zone is judged by: its own table, [kerb], and the pole's time zone (IANA name)."""

    name: str
    options: ZoneOptions
    kerb: KerbOptions
    timezone: str


class OpenStay(Struct, frozen=True):
    """A vehicle in the zone, and how far it was told. `left`: it has gone and is still to be counted."""

    key: str
    entered: Moment
    left: Moment | None
    score: float
    stage: Stage = ""

    def standing_s(self, now: Moment) -> float:
        return max(0.0, (self.left or now).since(self.entered) or 0.0)


class Watch(Struct, frozen=True):
    """What a running agent knows of single stays. Never stored: no single stay is on the disk.

    Args:
        ended: keys of the last stays that were counted, so that none is counted twice.
    """

    running: bool = False
    open: tuple[OpenStay, ...] = ()
    ended: tuple[str, ...] = ()


class ZoneState(Struct, frozen=True):
    """What survives a restart is the counters of the period."""

    period: Period | None = None
    watch: Watch = Watch()


def initial() -> ZoneState:
    return ZoneState()


def stored(state: ZoneState) -> ZoneState:
    """What of it is worth writing, and may be."""
    return structs.replace(state, watch=Watch())


def overstay_at_s(stay: Stay, limit_s: float, watched_until_s: float | None = None) -> float | None:
    """Monotonic seconds at which a stay passed its limit; None when it did not, as far as it was watched."""
    end_s = watched_until_s if stay.left_s is None else stay.left_s
    at_s = stay.entered_s + limit_s
    return at_s if end_s is not None and end_s >= at_s else None


def step(zone: Zone, state: ZoneState, now: Moment, reading: Reading | None) -> Step[ZoneState]:
    """One reading, or none when only time has passed.

    Takes "stay" of the zone and "reachable" of its camera: while nobody watches, no stay is known to go on. Counts are
    told in both modes; a single stay only in `alert` mode, as long as the law allows (agent.kerb.law).
    """
    period, events = _counting(zone, state, now)
    watch = structs.replace(state.watch, running=True)
    if reading is not None and reading.quality is Quality.GOOD:
        if reading.quantity == "reachable" and reading.value is False:
            period, watch = interrupted(period), Watch(running=True)
        elif isinstance(reading.value, Stay):
            watch = _seen(watch, reading.value, now)
    watch, suspected = _suspected(zone, watch, now)
    state = _closed(period, watch, now)
    return Step(state, events + suspected, _due_s(zone, state, now))


def _counting(zone: Zone, state: ZoneState, now: Moment) -> tuple[Period, tuple[Event, ...]]:
    """The period that runs now; one that a restart cut is marked."""
    if state.period is None:
        return begun(zone.kerb.period_s, now), ()
    period = state.period if state.watch.running else interrupted(state.period)
    return turned(zone.name, zone.options, zone.kerb, period, now)


def _seen(watch: Watch, stay: Stay, now: Moment) -> Watch:
    """A stay began, is known better, or ended."""
    if stay.key in watch.ended:
        return watch
    before = next((one for one in watch.open if one.key == stay.key), None)
    left = None if stay.left_s is None else now.at(stay.left_s)
    known = OpenStay(stay.key, now.at(stay.entered_s), left, stay.score, before.stage if before else "")
    others = tuple(one for one in watch.open if one.key != stay.key)
    return structs.replace(watch, open=(*others, known)[-_MOST_OPEN:])


def _closed(period: Period, watch: Watch, now: Moment) -> ZoneState:
    """Those that have left are counted and forgotten."""
    gone = [one for one in watch.open if one.left is not None]
    for one in gone:
        period = with_stay(period, one.standing_s(now))
    ended = (*watch.ended, *(one.key for one in gone))[-_ENDED_KEPT:]
    return ZoneState(
        period, structs.replace(watch, open=tuple(one for one in watch.open if one.left is None), ended=ended)
    )


def _suspected(zone: Zone, watch: Watch, now: Moment) -> tuple[Watch, tuple[Event, ...]]:
    """Each stay is told once past the limit and, where there is a grace, once after it."""
    if mode(zone.kerb, now, zone.timezone).mode != "alert":
        return watch, ()
    events: list[Event] = []
    told = []
    for one in _corrected(watch.open, now):
        while (threshold_s := _threshold_s(zone, one)) is not None and one.standing_s(now) >= threshold_s:
            one = structs.replace(one, stage="grace" if one.stage else "limit")  # noqa: PLW2901
            events.append(_event(zone, one, threshold_s, now))
        told.append(one)
    return structs.replace(watch, open=tuple(told)), tuple(events)


def _corrected(stays: tuple[OpenStay, ...], now: Moment) -> tuple[OpenStay, ...]:
    """By a clock that was set since they began."""
    return tuple(
        structs.replace(one, entered=one.entered.corrected(now), left=one.left and one.left.corrected(now))
        for one in stays
    )


def _threshold_s(zone: Zone, stay: OpenStay) -> float | None:
    """How long a stay stands when it is told next; None: never again."""
    if not stay.stage:
        return zone.options.limit_s
    grace_s = zone.options.grace_s
    return zone.options.limit_s + grace_s if stay.stage == "limit" and grace_s > 0 else None


def _event(zone: Zone, stay: OpenStay, threshold_s: float, now: Moment) -> Event:
    """`doubt` is 1 minus the detector's best score; that one vehicle stood there all the time is not proven by it."""
    offence = OFFENCES[zone.kerb.jurisdiction][zone.options.category]
    authorisation = zone.kerb.authorisation
    data = {
        "zone": zone.name,
        "category": zone.options.category,
        "article": offence.article,
        "class": offence.fine_class,
        "wording": "suspected",
        "stage": stay.stage,
        "suspected_since": stay.entered.utc.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "standing_s": round(stay.standing_s(now), 3),
        "limit_s": float(zone.options.limit_s),
        "evidence": "camera",
        "doubt": round(1.0 - stay.score, 3),
        "authorisation": authorisation.reference if authorisation else None,
        "simulated": authorisation is not None and authorisation.simulated,
    }
    at = stay.entered.at(stay.entered.mono_s + threshold_s)
    return Event(type=KERB_SUSPECTED, subject=zone.name, at=at, data=data, priority=Priority.ALARM)


def _due_s(zone: Zone, state: ZoneState, now: Moment) -> float | None:
    """At the end of the period, when a stay passes its threshold, and often enough to notice that alerts are lawful."""
    due = []
    if state.period is not None and (remaining_s := left_s(state.period, now)) is not None:
        due.append(now.mono_s + remaining_s)
    if zone.kerb.mode == "alert" and state.watch.open:
        due.append(now.mono_s + LOOK_S)
        alert = mode(zone.kerb, now, zone.timezone).mode == "alert"
        thresholds = ((one, _threshold_s(zone, one)) for one in state.watch.open if alert)
        due += [one.entered.mono_s + threshold_s for one, threshold_s in thresholds if threshold_s is not None]
    return min(due, default=None)
