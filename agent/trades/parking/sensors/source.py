"""What sees a bay, and what it has said (pure)."""

import math
from typing import Literal

from msgspec import Struct, structs

from agent.clock import Moment
from agent.trades.parking.options import BayOptions
from agent.trades.parking.sensors.baseline import Baseline
from drivers.base import Field, Reporting

Kind = Literal["bay_sensor", "camera"]
Decides = Literal["distance", "occupied", "field", "stay"]

DWELL_S = 5.0
"""How long a new state must hold, of a source that is heard all the time."""

SLOW_S = 60.0
"""A source that reports less often than this has decided before it speaks, or cannot be asked to hold for seconds."""

LATE_S = 60.0
"""How late the reading of a battery-powered sensor may be: it looks for a while, and sends a frame again that was
lost."""

CATCH_UP_S = 60.0
"""How long after a delayed reading the next one of the same source may come."""

UNCLEAR_S = 600.0
"""Values between the thresholds let stand for so long what was said before. Then nobody knows: the field of a bay may
have drifted, or what stands there is no vehicle."""

CAMERA_LOOKS_S = 5.0
"""How often a camera says that a vehicle stands in its place still."""

_MISSED_REPORTS = 2.5
_SHORTEST_SILENCE_S = 30.0


class Source(Struct, frozen=True):
    """One source, and how it is judged.

    Args:
        name: of the sensor, or of the zone.
        told_by: devices whose readings it takes: itself, for a zone its camera too.
        dates: so many readings before those that decide help to date a change.
        late_s: of one that tells changes: a change may have come so long before its reading.
        look_every_s: it is asked, or measures, at least so often; of one that speaks at changes its heartbeat.
        tells_within_s: of one that decides itself: it tells a change so long after it at the latest.
        speaks_at_changes: nobody asks it.
        nearest_mm: no roof of a vehicle is nearer ("distance"): what is nearer is in the way of the sensor.
        needed, of: a new state counts when so many of the last so many readings say it,
        dwell_s: and it has held so long.
        silence_s: no reading for that long: it is silent. None: it says itself when it does not see.
    """

    name: str
    kind: Kind
    decides: Decides
    needed: int
    of: int
    dwell_s: float
    silence_s: float | None
    told_by: frozenset[str]
    occupied_below_mm: int = 0
    free_above_mm: int = 0
    empty_field: Field | None = None
    field_change: int = 0
    late_s: float = 0.0
    dates: int = 0
    look_every_s: float = 0.0
    tells_within_s: float = 0.0
    speaks_at_changes: bool = False
    nearest_mm: int = 0

    @property
    def tells_changes(self) -> bool:
        """Whether it speaks when something changes: until then what it said last holds. What only measures does not."""
        return self.decides in {"occupied", "stay"}


class Announced(Struct, frozen=True):
    """What a frame says of the state before, ahead of the state itself.

    Args:
        changed: it is sent at changes alone: the state before was the other one.
        lasted_s: the state before lasted so long, at least; None: it does not say.
        error_s: at most so much longer; None: nobody knows.
    """

    changed: bool = False
    lasted_s: float | None = None
    error_s: float | None = None


class Sample(Struct, frozen=True):
    """What one reading says, or where a state has changed by what several say.

    Args:
        gap_s: since the reading before it; None: not known.
        proven: of a change: the second reading that says the new state, where one alone proves nothing.
        unbroken: of a source that tells changes: nothing that it told since the reading before can have been lost.
        announced: what it says of the state before; None: nothing.
        distance_mm: what it has measured; None: it decides itself, or by its field.
        deviation: how far its field was from that of the empty bay, counts; None: likewise.
    """

    occupied: bool
    at: Moment
    gap_s: float | None
    proven: Moment | None = None
    unbroken: bool = False
    announced: Announced | None = None
    distance_mm: float | None = None
    deviation: float | None = None


class SourceState(Struct, frozen=True):
    """What a source has said since the agent runs.

    Args:
        accepted: its state that counts; None: it has none yet.
        since: the vote with which that state began; None: it was known before the agent ran.
        last: the last reading that said something.
        samples: the last ones, as many as decide.
        earlier: as many before these as help to date a change, since the state that counts began.
        pending: the vote with which a new state began that enough readings say and that has not held for long enough.
        open: stays of a zone that have not ended.
        unreachable: a camera that does not see, or a sensor that tells changes and cannot be heard.
        empty: the field of the empty bay.
        lost: something that it told since its last reading may have been lost.
        backlog_until: until then newer readings of it may be on their way than its last one.
        announced: what its frame has said so far of the state before.
        unclear_since: since then it has measured nothing but values between its thresholds; None: its last was clear.
    """

    accepted: bool | None = None
    since: Sample | None = None
    last: Moment | None = None
    samples: tuple[Sample, ...] = ()
    earlier: tuple[Sample, ...] = ()
    pending: Sample | None = None
    open: tuple[str, ...] = ()
    unreachable: bool = False
    empty: Baseline | None = None
    lost: bool = False
    backlog_until: Moment | None = None
    unclear_since: Moment | None = None
    announced: Announced | None = None

    @property
    def says(self) -> bool | None:
        """What its last reading says."""
        return self.samples[-1].occupied if self.samples else None


def source_of(name: str, bay: BayOptions, reporting: Reporting) -> Source:
    """A sensor: the first with the bay's parameters or those that fit its kind, each other one with the latter."""
    bay = bay if name == bay.sensor else _untuned(bay)
    decides: Decides = bay.decide_by or reporting.decides
    usual = _votes(decides, reporting.period_s)
    needed, of = bay.votes or usual[0], max(bay.votes_of or usual[1], bay.votes or usual[0])
    fast = decides == "distance" or reporting.period_s <= SLOW_S
    dwell_s = (DWELL_S if fast else 0.0) if bay.dwell_s is None else float(bay.dwell_s)
    silence_s = max(_SHORTEST_SILENCE_S, _MISSED_REPORTS * reporting.period_s)
    return Source(
        name,
        "bay_sensor",
        decides,
        needed,
        of,
        dwell_s,
        silence_s if bay.silence_s is None else float(bay.silence_s),
        frozenset({name}),
        bay.occupied_below_mm,
        bay.free_above_mm,
        None if bay.empty_field is None else Field(*bay.empty_field),
        bay.field_change,
        0.0 if fast else LATE_S,
        of if needed > 1 and reporting.period_s >= dwell_s else 0,
        reporting.period_s,
        reporting.tells_within_s if decides == "occupied" else 0.0,
        reporting.speaks_at_changes and decides == "occupied",
        bay.nearest_mm,
    )


def _untuned(bay: BayOptions) -> BayOptions:
    """Returns the options for a sensor in `also`: how the first one is judged fits no other kind."""
    return structs.replace(bay, decide_by=None, votes=None, votes_of=None, dwell_s=None, silence_s=None)


def zone_of(name: str, camera: str) -> Source:
    """A zone of a camera: its tracker has decided before it speaks."""
    return Source(name, "camera", "stay", 1, 1, 0.0, None, frozenset({name, camera}), look_every_s=CAMERA_LOOKS_S)


def _votes(decides: Decides, period_s: float) -> tuple[int, int]:
    """A measurement may be a wing, an echo or a flash; whoever decides itself has looked more than once."""
    if decides == "occupied":
        return 1, 1
    if period_s <= 5 * SLOW_S:
        return 4, 5
    return (2, 3) if period_s <= 60 * SLOW_S else (1, 1)


def is_current(source: Source, source_state: SourceState, now: Moment) -> bool:
    """Whether what it said last may still be believed."""
    return (
        source_state.last is not None and not source_state.unreachable and speaks_for_s(source, source_state, now) > 0
    )


def speaks_for_s(source: Source, source_state: SourceState, now: Moment) -> float:
    """Returns for how long what it said last may be believed if nothing clear follows, s; 0 or less: it may not."""
    if source.silence_s is None or source_state.last is None:
        return math.inf
    left_s = source.silence_s - (now.elapsed_since(source_state.last) or 0.0)
    if source_state.unclear_since is None:
        return left_s
    unclear_s = now.elapsed_since(source_state.unclear_since) or 0.0
    return min(left_s, max(UNCLEAR_S, source.silence_s) - unclear_s)


def backlog_left_s(source_state: SourceState, now: Moment) -> float:
    """Returns for how long newer readings of the source may still be on their way, s."""
    return max(0.0, (source_state.backlog_until.elapsed_since(now) if source_state.backlog_until else None) or 0.0)


def reclocked(source_state: SourceState, now: Moment) -> SourceState:
    """Returns the state of a source with its moments by a clock that was set since."""
    return structs.replace(
        source_state,
        last=source_state.last and source_state.last.corrected(now),
        unclear_since=source_state.unclear_since and source_state.unclear_since.corrected(now),
        backlog_until=source_state.backlog_until and source_state.backlog_until.corrected(now),
        since=source_state.since and reclocked_sample(now, source_state.since),
        pending=source_state.pending and reclocked_sample(now, source_state.pending),
        samples=tuple(reclocked_sample(now, each) for each in source_state.samples),
        earlier=tuple(reclocked_sample(now, each) for each in source_state.earlier),
    )


def reclocked_sample(now: Moment, sample: Sample) -> Sample:
    proven = sample.proven and sample.proven.corrected(now)
    return structs.replace(sample, at=sample.at.corrected(now), proven=proven)
