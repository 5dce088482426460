"""Gusts: the running mean of three seconds (WMO-No. 8, part I, chapter 5) (pure)."""

from msgspec import Struct

GUST_S = 3.0
SHORT_BY_S = 0.05
"""Readings that are polled each second cover three seconds to so much."""


class Blow(Struct, frozen=True, array_like=True):
    """A speed, and the time for which it stands, unix seconds."""

    begin_s: float
    end_s: float
    speed: float


def running(
    recent: tuple[Blow, ...], at_s: float, speed: float, stands_s: float
) -> tuple[tuple[Blow, ...], float | None]:
    """Returns the speeds of the last three seconds, and their mean; None: not all of that time is known.

    A reading that is older than the last one is no part of a running mean.
    """
    if recent and at_s <= recent[-1].end_s:
        return recent, None
    blow = Blow(_begin_s(recent, at_s - stands_s), at_s, speed)
    blows = (*(each for each in recent if each.end_s > at_s - GUST_S), blow)
    return blows, _mean(blows, at_s - GUST_S)


def _begin_s(recent: tuple[Blow, ...], begin_s: float) -> float:
    """A speed stands from the end of the one before, where that is near."""
    return recent[-1].end_s if recent and begin_s - recent[-1].end_s <= SHORT_BY_S else begin_s


def _mean(blows: tuple[Blow, ...], since_s: float) -> float | None:
    weights = [each.end_s - max(each.begin_s, since_s) for each in blows]
    if sum(weights) < GUST_S - SHORT_BY_S:
        return None
    return sum(weight * each.speed for weight, each in zip(weights, blows, strict=True)) / sum(weights)
