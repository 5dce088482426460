"""Counts and dwell histograms of a zone per aggregation period; nothing finer, nothing small (pure).

A count is of a whole aggregation period of watching, or it is not told: where somebody may have the pole begin anew, or
cover its camera, what he gets to know is coarser and never finer.
"""

from bisect import bisect_right
from collections.abc import Sequence

from msgspec import Struct, structs

from agent.clock import Moment
from agent.events import Event
from agent.events.registry import event
from agent.regulation import Category
from agent.trades.kerb.event_types import DwellBin, KerbStatistics
from agent.trades.kerb.options import KerbOptions

DWELL_BELOW_S = (60.0, 300.0, 900.0, 1800.0, 3600.0)
"""Upper ends of the histogram's bins; one more bin is open."""

NO_STAYS = (0,) * (len(DWELL_BELOW_S) + 1)

_LATE_S = 1.0
"""A period that begins this little after a full multiple of it is on time, and ends on the next one."""


_BEGINNING_S = 30.0
"""A camera may take so long to begin; a longer time without its eyes is told as an interruption."""

_WATCHED_STEP_S = 300.0
"""The steps in which the time that was watched is told, of a period with an interruption: it may tell how long a single
vehicle stood before the lens."""


class Watched(Struct, frozen=True):
    """The time of a period for which a zone was watched. It is never stored: with the counts it is lost.

    Args:
        before_s: that is over.
        since: its camera sees; None: it does not.
    """

    before_s: float = 0.0
    since: Moment | None = None

    def seconds(self, now: Moment) -> float:
        running_s = None if self.since is None else now.elapsed_since(self.since)
        return self.before_s + (running_s or 0.0)

    def seeing(self, now: Moment, sees: bool) -> "Watched":
        """The same, from now on with or without eyes."""
        if sees == (self.since is not None):
            return self
        return Watched(self.seconds(now), now if sees else None)

    def anew(self, now: Moment) -> "Watched":
        """The same of the period that begins now: nothing of it is over."""
        return Watched(0.0, None if self.since is None else now)


class Period(Struct, frozen=True):
    """One aggregation period that is being counted.

    Args:
        ends: nominally; with a trusted clock on a multiple of `period_s` since 1970 UTC.
        length_s: nominally; not shorter than `period_s`, to within a second.
        dwell: stays that ended in it, by bin.
        interrupted: the agent or the camera did not watch all of it.
    """

    ends: Moment
    length_s: float
    dwell: tuple[int, ...] = NO_STAYS
    interrupted: bool = False


def new_period(period_s: float, now: Moment) -> Period:
    to_full_s = -now.unix_s % period_s if now.trusted else 0.0
    length_s = to_full_s if to_full_s > period_s - _LATE_S else float(period_s) + to_full_s
    return Period(now.shifted_to(now.mono_s + length_s), length_s)


def add_stay(period: Period, dwell_s: float) -> Period:
    """One more stay that has ended."""
    found = bisect_right(DWELL_BELOW_S, dwell_s)
    dwell = tuple(count + (number == found) for number, count in enumerate(period.dwell))
    return structs.replace(period, dwell=dwell)


def interrupted(period: Period) -> Period:
    return structs.replace(period, interrupted=True)


def left_s(period: Period, now: Moment) -> float | None:
    """Returns the seconds until its end, not positive when it is over; None where no clock tells
    (Moment.elapsed_since)."""
    over_s = now.elapsed_since(period.ends)
    return None if over_s is None else -over_s


def roll_over(
    name: str,
    category: Category,
    kerb: KerbOptions,
    period: Period,
    now: Moment,
    *,
    watched: Watched,
    counted: bool = True,
) -> tuple[Period, Watched, tuple[Event, ...]]:
    """The period that runs now, and what is told of the one that is over, dated at its nominal end.

    Of a zone that is not `counted` no count is told. One that was watched for less than `period_s` is not over: it goes
    on for as long again. After a restart whose length no clock tells, a whole new period begins: longer, not finer.
    """
    remaining_s = left_s(period, now)
    if remaining_s is None:
        fresh = new_period(kerb.period_s, now)
        return structs.replace(fresh, dwell=period.dwell, interrupted=True), watched, ()
    if remaining_s > 0:
        return period, watched, ()
    ended = _end_of(remaining_s, kerb.period_s, now)
    watched_s = min(watched.seconds(ended), period.length_s)
    if watched_s < kerb.period_s - 2 * _LATE_S:
        return _longer(period, kerb.period_s, ended), watched, ()
    told = event(_aggregates(category, kerb, period, watched_s, counted), name, period.ends)
    return new_period(kerb.period_s, ended), watched.anew(ended), (told,)


def _end_of(remaining_s: float, period_s: float, now: Moment) -> Moment:
    """Returns when the period ended by the clock of now, whoever made us look: that it was a vehicle is told to nobody.
    After a pause of more than a period it ends now."""
    return now.shifted_to(now.mono_s + remaining_s) if -remaining_s < period_s else now


def _longer(period: Period, period_s: float, ended: Moment) -> Period:
    """The same period with a later end."""
    fresh = new_period(period_s, ended)
    passed_s = ended.elapsed_since(period.ends) or 0.0
    length_s = period.length_s + passed_s + fresh.length_s
    return structs.replace(period, ends=fresh.ends, length_s=length_s, interrupted=True)


def _aggregates(
    category: Category, kerb: KerbOptions, period: Period, watched_s: float, counted: bool
) -> KerbStatistics:
    total, counts = suppress_small(period.dwell if counted else NO_STAYS, kerb.minimum_count)
    bounds = (*DWELL_BELOW_S, None)
    whole = watched_s >= period.length_s - _BEGINNING_S
    return KerbStatistics(
        category=category,
        period_s=round(period.length_s, 3),
        watched_s=round(watched_s if whole else max(kerb.period_s, watched_s // _WATCHED_STEP_S * _WATCHED_STEP_S)),
        stays=total,
        dwell=tuple(DwellBin(below_s, count) for below_s, count in zip(bounds, counts, strict=True)),
        minimum_count=kerb.minimum_count,
        interrupted=period.interrupted or not whole,
    )


def suppress_small(counts: Sequence[int], minimum: int) -> tuple[int | None, tuple[int | None, ...]]:
    """The sum and the counts that may be told; None for those under `minimum`.

    Where the sum would give away what is missing, the smallest counts that could be told are left out as well, until
    those left out add up to `minimum` (or to nothing).
    """
    total = sum(counts)
    if total < minimum:
        return None, (None,) * len(counts)
    told = sorted((number for number, count in enumerate(counts) if count >= minimum), key=lambda each: -counts[each])
    while 0 < total - sum(counts[number] for number in told) < minimum:
        told.pop()
    return total, tuple(count if number in told else None for number, count in enumerate(counts))
