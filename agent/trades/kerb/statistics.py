"""Counts and dwell histograms of a zone per aggregation period; nothing finer, nothing small (pure)."""

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

_LATE_S = 1.0
"""A period that begins this little after a full multiple of it is on time, and ends on the next one."""


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
    dwell: tuple[int, ...] = (0,) * (len(DWELL_BELOW_S) + 1)
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
    name: str, category: Category, kerb: KerbOptions, period: Period, now: Moment
) -> tuple[Period, tuple[Event, ...]]:
    """The period that runs now, and what is told of the one that is over, dated at its nominal end.

    After a restart whose length no clock tells, what was counted goes on into a whole new period: longer, not finer.
    """
    remaining_s = left_s(period, now)
    if remaining_s is None:
        fresh = new_period(kerb.period_s, now)
        return structs.replace(fresh, dwell=period.dwell, interrupted=True), ()
    if remaining_s > 0:
        return period, ()
    return new_period(kerb.period_s, now), (event(_aggregates(category, kerb, period), name, period.ends),)


def _aggregates(category: Category, kerb: KerbOptions, period: Period) -> KerbStatistics:
    total, counts = suppress_small(period.dwell, kerb.minimum_count)
    bounds = (*DWELL_BELOW_S, None)
    return KerbStatistics(
        category=category,
        period_s=round(period.length_s, 3),
        stays=total,
        dwell=tuple(DwellBin(below_s, count) for below_s, count in zip(bounds, counts, strict=True)),
        minimum_count=kerb.minimum_count,
        interrupted=period.interrupted,
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
