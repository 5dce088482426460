"""What happens in the street, drawn by chance and with none of the agent's code: who stands where, from when to when,
and when the order makes an overstay of it. Times are seconds since the run began."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from msgspec import Struct

Span = tuple[float, float]

SWAPS = 0.7
"""Share of the times without sight at which the vehicle that stands there goes and another one comes."""

INNOCENT, IN_GRACE = 0.7, 0.05
"""Share of the vehicles that leave before the limit, and in the grace after it."""

ROOFS_MM = (500.0, 1100.0)
SUMMER_S = datetime(2027, 3, 28, 1, tzinfo=UTC).timestamp()
WINTER_S = datetime(2027, 10, 31, 1, tzinfo=UTC).timestamp()
HOUR_S = 3600.0


class Visit(Struct, frozen=True):
    """One vehicle in one bay. `roof_mm`: how far its roof is from a sensor above it."""

    arrives_s: float
    leaves_s: float
    roof_mm: float = 800.0


class Law(Struct, frozen=True):
    """The order of one bay.

    Args:
        hours: local, within one day; None: always. Time outside is not counted, and counting begins anew with each
            day's hours.
        epoch_s: Unix seconds at which the run began.
    """

    limit_s: float
    grace_s: float
    hours: tuple[int, int] | None
    epoch_s: float

    def threshold_s(self, stage: str) -> float:
        return self.limit_s + (self.grace_s if stage == "grace" else 0.0)

    def exceeded_s(self, since_s: float, stage: str, more_s: float = 0.0) -> float:
        """Returns when a vehicle that stands there from `since_s` on exceeds a stage, and `more_s` beyond it."""
        needed_s = self.threshold_s(stage) + more_s
        for begin_s, end_s in self._open(since_s):
            if end_s - begin_s >= needed_s:
                return begin_s + needed_s
        return float("inf")

    def _open(self, since_s: float) -> Iterator[Span]:
        """Yields the times from then on at which the order holds, of three days."""
        if self.hours is None:
            yield since_s, float("inf")
            return
        today = local(self.epoch_s + since_s).date()
        for days in range(3):
            begin_s, end_s = (self._at(today + timedelta(days), hour) for hour in self.hours)
            if end_s > since_s:
                yield max(begin_s, since_s), end_s

    def _at(self, day: object, hour: int) -> float:
        """A local hour, which is neither skipped nor there twice."""
        as_utc_s = datetime.fromisoformat(f"{day}T{hour:02}:00:00+00:00").timestamp()
        return next(s for s in (as_utc_s - HOUR_S, as_utc_s - 2 * HOUR_S) if local(s).hour == hour) - self.epoch_s


def local(unix_s: float) -> datetime:
    """Returns the local time of central Europe in 2027, by its rule and not by the tables that the agent reads."""
    hours = 2 if SUMMER_S <= unix_s < WINTER_S else 1
    return datetime.fromtimestamp(unix_s, UTC) + timedelta(hours=hours)


class Pace(Struct, frozen=True):
    """How busy a bay is.

    Args:
        swap_s: the least time between one vehicle and the next.
        tight: share of the vehicles that are followed by the next one hardly later than that.
    """

    swap_s: float
    tight: float = 0.5


def visits(chance: Random, law: Law, pace: Pace, unseen: Sequence[Span], end_s: float) -> list[Visit]:
    """All vehicles of a bay, in order.

    Args:
        unseen: when the sensor or the pole does not see, in order.
    """
    return list(_visits(chance, law, pace, unseen, end_s))


def _visits(chance: Random, law: Law, pace: Pace, unseen: Sequence[Span], end_s: float) -> Iterator[Visit]:
    arrives_s = chance.uniform(pace.swap_s, 120.0 + pace.swap_s)
    while arrives_s < end_s:
        leaves_s = arrives_s + _lasts_s(chance, law)
        next_s = leaves_s + _pause_s(chance, pace)
        for span in unseen:
            if arrives_s + 30.0 < span[0] < leaves_s - 30.0 and chance.random() < SWAPS:
                leaves_s, next_s = _swapped(chance, pace, span, arrives_s)
                break
        yield Visit(arrives_s, leaves_s, chance.uniform(*ROOFS_MM))
        arrives_s = next_s


def _lasts_s(chance: Random, law: Law) -> float:
    luck = chance.random()
    if luck < INNOCENT:
        return law.limit_s * chance.uniform(0.15, 0.97)
    if luck < INNOCENT + IN_GRACE:
        return law.limit_s + law.grace_s * chance.uniform(0.2, 0.9)
    return (law.limit_s + law.grace_s) * chance.uniform(1.2, 2.8)


def _pause_s(chance: Random, pace: Pace) -> float:
    tight = chance.random() < pace.tight
    return pace.swap_s + (chance.uniform(0.0, 10.0) if tight else chance.uniform(10.0, 170.0))


def _swapped(chance: Random, pace: Pace, span: Span, arrived_s: float) -> Span:
    """Returns when one leaves and the other comes, both while nobody sees, or as far as that goes."""
    begin_s, end_s = span
    leaves_s = chance.uniform(begin_s, max(begin_s, end_s - pace.swap_s))
    if end_s - begin_s < pace.swap_s:
        leaves_s = chance.uniform(max(arrived_s + 1.0, end_s - pace.swap_s), begin_s)
    latest_s = max(pace.swap_s, end_s - leaves_s)
    return leaves_s, leaves_s + chance.uniform(pace.swap_s, latest_s)
