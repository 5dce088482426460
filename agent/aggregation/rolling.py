"""The mean of the last eight hours, at the end of each hour, by hourly means (pure).

An hour counts where enough of it is known, and eight hours where enough of them count (directive 2008/50/EC, annex
VII: three quarters of each).
"""

import math

from msgspec import Struct

from agent.aggregation.bucket import Bucket, Method, value_of
from agent.aggregation.periods import HOUR_S

HOURS = 8


class Hour(Struct, frozen=True, array_like=True):
    """An hour that counts: where it ends, unix seconds, and what it comes to."""

    end_s: float
    value: float


class Rolling(Struct, frozen=True, omit_defaults=True):
    """
    Args:
        hours: of the last eight, those that count.
        until_s: the last hour that was looked at ended then, unix seconds.
    """

    hours: tuple[Hour, ...] = ()
    until_s: float = 0.0


def with_hour(rolling: Rolling, bucket: Bucket, method: Method, coverage: float) -> Rolling:
    """The same with an hour that is over."""
    value = value_of(bucket, method) if bucket.coverage >= coverage else None
    if value is None:
        return rolling
    return Rolling((*rolling.hours, Hour(bucket.end_s, value)), rolling.until_s)


def rolled(rolling: Rolling, method: Method, end_s: float) -> tuple[Rolling, float | None, float]:
    """The eight hours before that end of an hour: what they come to, and the share of them that counts."""
    hours = tuple(hour for hour in rolling.hours if hour.end_s > end_s - HOURS * HOUR_S)
    counting = [hour.value for hour in hours if hour.end_s <= end_s]
    value = _together(counting, method) if counting else None
    return Rolling(hours, end_s), value, len(counting) / HOURS


def _together(values: list[float], method: Method) -> float:
    if method == "energetic":
        return 10 * math.log10(math.fsum(10 ** (value / 10) for value in values) / len(values))
    if method in {"max", "gust"}:
        return max(values)
    return min(values) if method == "min" else math.fsum(values) / len(values)


def next_end_s(rolling: Rolling) -> float | None:
    """The end of the hour that is due next; None: nothing of the last eight counts."""
    if not rolling.hours:
        return None
    if rolling.until_s >= rolling.hours[-1].end_s + (HOURS - 1) * HOUR_S:
        return None
    return max(rolling.until_s + HOUR_S, rolling.hours[0].end_s)
