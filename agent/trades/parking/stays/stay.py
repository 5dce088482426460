"""Stays: what is known of one vehicle in one bay, and how long it has stood there for certain (pure)."""

from collections.abc import Mapping
from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field, structs

from agent.clock import Moment
from agent.regulation import CLOCK_STEP_S, STAGES, Breach, Continuity, Stage, clock_step_s
from agent.trades.parking.sensors.source import Sample, reclocked_sample
from agent.trades.parking.stays.charge import Doubt

DOUBTS_KEPT = 16


class BayStay(Struct, frozen=True):
    """One stay, from the first reading that showed it.

    Args:
        key: unique for ever; the events of one stay share it.
        entered: when it came, as `locate_change` dates it by the readings around that.
        gap_s: it may have come so long before or after that; None: unknown.
        continuity: "presumed" once a silence, a restart, readings in a row against it, or the time between two
            measurements could have hidden a swap of vehicles.
        counted_s: how much of the stay was seen by monotonic clocks until `counted_to`.
        seen_from: since when it is watched without a restart between.
        clock_step_s: by how much a wall clock that was trusted was set forward since the entry, less than 0: back.
        benefit_of_doubt_s: so much of its beginning is not held against the vehicle: one reading alone speaks for it,
            or readings in a row have spoken against it since.
        reported_stage: how far its overstay was told, by the rule or temporary order that it was told under.
        presumed_stage: likewise, how far it was told as presumed.
        doubts: the last ones, the oldest first.
        doubted: how many there were.
        charge_s: the longest time for which it was proven to be one vehicle, as far as that is over, s.
        came: the readings that decided that it had come.
        exempt_by: what the tag means which its vehicle carries, see `grants_of`.
        tagged: it carries one; absent where none was heard.
        by_camera: a camera has decided that it came, and when; absent where a sensor has.
    """

    key: str
    entered: Moment
    gap_s: float | None
    counted_to: Moment
    counted_s: float = 0.0
    seen_from: Moment | None = None
    benefit_of_doubt_s: float = field(default=0.0, name="unproven_s")
    clock_step_s: float = field(default=0.0, name="stepped_s")
    continuity: Continuity = "certain"
    reported_stage: dict[str, Stage] = field(default_factory=dict, name="told")
    exempt_by: frozenset[str] = frozenset()
    presumed_stage: dict[str, Stage] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    doubted: int = 0
    charge_s: float = 0.0
    came: tuple[Sample, ...] = ()
    tagged: Literal[True] | UnsetType = UNSET
    by_camera: Literal[True] | UnsetType = UNSET

    @property
    def stage(self) -> Stage:
        """The farthest that was told under any order."""
        return max(self.reported_stage.values(), key=STAGES.index, default="")

    def was_told(self, breach: Breach) -> bool:
        """Whether its overstay was told before as far as that, under the same order, for whichever charge."""
        told = self.reported_stage.get(breach.holds.key, "")
        return STAGES.index(told) >= STAGES.index(breach.stage)

    @property
    def presumed_farthest(self) -> Stage:
        """The farthest that was told as presumed."""
        return max(self.presumed_stage.values(), key=STAGES.index, default="")

    @property
    def farthest_stage(self) -> dict[str, Stage]:
        """How far it was told, proven or presumed, by the rule or temporary order."""
        return farther(self.presumed_stage, self.reported_stage)


def farther(one: Mapping[str, Stage], other: Mapping[str, Stage]) -> dict[str, Stage]:
    """The farther of two stages under each rule or temporary order."""
    return {key: max(one.get(key, ""), other.get(key, ""), key=STAGES.index) for key in (*one, *other)}


class Length(Struct, frozen=True):
    """How long a stay has lasted: `seconds`, and whether that is all of it or what is certain at least."""

    seconds: float
    exact: bool


def start(bay: str, entered: Moment, gap_s: float | None, benefit_of_doubt_s: float = 0.0) -> BayStay:
    key = f"{bay}.{entered.boot[:8]}.{entered.mono_s * 1000:.0f}"
    return BayStay(key, entered, gap_s, entered, seen_from=entered, benefit_of_doubt_s=benefit_of_doubt_s)


def length(stay: BayStay, until: Moment) -> Length:
    """Returns the length from entry to `until`, across restarts by the wall clock when it was trusted at both ends.

    Where no clock tells, or the wall clock says less than monotonic clocks have counted, what was counted is certain.
    Where it was set meanwhile nobody knows whether it was right before or after: all but so much is certain.
    """
    counted_s = _counted_s(stay, until)
    whole_s = until.elapsed_since(stay.entered)
    if whole_s is None or whole_s < counted_s - CLOCK_STEP_S:
        return Length(counted_s, exact=False)
    if until.boot != stay.entered.boot:
        ahead_s = total_clock_step_s(stay, until)
        if abs(ahead_s) > CLOCK_STEP_S:
            return Length(max(counted_s, whole_s - max(0.0, ahead_s)), exact=False)
    return Length(max(0.0, whole_s), exact=True)


def _counted_s(stay: BayStay, until: Moment) -> float:
    """What monotonic clocks have counted. A stay may end before it was last seen: one wrong reading saw it later."""
    passed_s = until.elapsed_since(stay.counted_to) or 0.0
    same_boot = until.boot == stay.counted_to.boot
    return max(0.0, stay.counted_s + (passed_s if same_boot else max(0.0, passed_s)))


def observe(stay: BayStay, now: Moment) -> BayStay:
    """The stay was seen again now: what has passed in this boot is counted, a pause between two boots is not."""
    same_boot = now.boot == stay.counted_to.boot
    seen_s = max(0.0, now.mono_s - stay.counted_to.mono_s) if same_boot else 0.0
    return structs.replace(
        stay,
        counted_s=stay.counted_s + seen_s,
        counted_to=now,
        seen_from=stay.seen_from if same_boot else now,
        clock_step_s=total_clock_step_s(stay, now),
    )


def total_clock_step_s(stay: BayStay, now: Moment) -> float:
    """How far the wall clock is ahead of the one that stood at the entry, by what it was set while the box was on."""
    return stay.clock_step_s + clock_step_s(stay.counted_to, now)


def mark_presumed(stay: BayStay | None) -> BayStay | None:
    return stay and structs.replace(stay, continuity="presumed")


def mark_contradicted(stay: BayStay, now: Moment) -> BayStay:
    """Readings in a row spoke against it shortly before now: another vehicle may have come."""
    return structs.replace(stay, continuity="presumed", benefit_of_doubt_s=length(stay, now).seconds)


def with_doubt(stay: BayStay, doubt: Doubt) -> BayStay:
    """Another vehicle may have come. A doubt of the same kind as the last one takes its place: it goes on."""
    goes_on = bool(stay.doubts) and stay.doubts[-1].kind == doubt.kind
    kept = stay.doubts[:-1] if goes_on else stay.doubts
    return structs.replace(stay, continuity="presumed", doubts=(*kept, doubt)[-DOUBTS_KEPT:], doubted=stay.doubted + 1)


def corrected(stay: BayStay | None, now: Moment) -> BayStay | None:
    """Returns the stay with its moments by a clock that was set since, as far as they lie in the same boot."""
    return stay and structs.replace(
        stay,
        entered=stay.entered.corrected(now),
        counted_to=stay.counted_to.corrected(now),
        seen_from=stay.seen_from and stay.seen_from.corrected(now),
        came=tuple(reclocked_sample(now, each) for each in stay.came),
        doubts=tuple(structs.replace(each, at=each.at.corrected(now)) for each in stay.doubts),
    )


def entered_unix_s(stay: BayStay, until: Moment) -> float:
    """Returns when the stay began by the wall clock of `until`, which must be trusted; where that is not known: since
    when it is seen.

    A wall clock that was stepped within this boot does not move it away from its length.
    """
    lasted = length(stay, until)
    if lasted.exact:
        return until.unix_s - lasted.seconds
    watched_s = until.elapsed_since(stay.seen_from) if stay.seen_from else None
    return until.unix_s - max(0.0, watched_s or 0.0)
