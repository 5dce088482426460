"""What the hours of a month come to: days, the course of a day, winds, and how much is known (pure)."""

import math
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from agent.aggregation.bucket import AMOUNTS, CALM_M_S, EXCEEDED, Method
from agent.trades.sensing.hours import Hour
from agent.trades.sensing.month.model import Quantity, StationMonth, values_of

COVERAGE = 0.75
"""Share of the hours of a day, and of a month, that must be known (directive 2008/50/EC, annexes VII and XI)."""

FEWEST_DAYS = 3
"""The course of a day is not told of hours that fewer days have."""

SECTORS = 16
CLASSES_M_S = (2.0, 4.0, 6.0, 8.0)
"""Upper bounds of the classes of a wind rose but the last, which has none; a bound belongs to the class above."""


class HourOfDay(NamedTuple):
    """What one hour of the clock is over the days of a month; a tenth of the days is lower than `low`."""

    value: float
    low: float
    high: float


class Rose(NamedTuple):
    """Hours by where the wind came from.

    Args:
        hours: for each sector, clockwise from the north, its hours by class of speed.
        calm: hours without a direction.
        known: all of these.
    """

    hours: tuple[tuple[int, ...], ...]
    calm: int
    known: int


def together(values: Sequence[float], method: Method) -> float | None:
    """What hourly values come to, by the method of their quantity; None: there are none, or nothing averages them."""
    if not values or method in {"none", "vector", *EXCEEDED}:
        return None
    if method == "energetic":
        return 10 * math.log10(math.fsum(10 ** (value / 10) for value in values) / len(values))
    if method in {"max", "gust"}:
        return max(values)
    if method in AMOUNTS:
        return math.fsum(values)
    if method == "min":
        return min(values)
    return values[-1] if method == "last" else math.fsum(values) / len(values)


def days(month: StationMonth, quantity: Quantity) -> dict[date, float | None]:
    """The value of each local day that is over; None: too few of its hours are known."""
    by_day: dict[date, list[Hour | None]] = {}
    for begin_s in month.elapsed:
        by_day.setdefault(month.month.local(begin_s).date(), []).append(quantity.hours.get(begin_s))
    today = month.month.local(month.until_s).date()
    return {day: _day(hours, quantity.nature.method) for day, hours in by_day.items() if day < today}


def _day(hours: Sequence[Hour | None], method: Method) -> float | None:
    values = values_of(hours)
    return together(values, method) if len(values) >= COVERAGE * len(hours) else None


def whole(month: StationMonth, quantity: Quantity) -> float | None:
    """The value of the month; None: too few of its hours are known."""
    return _day(month.known(quantity), quantity.nature.method)


def known_share(month: StationMonth, quantity: Quantity) -> float:
    """Share of the hours that are over whose value counts, 0..1."""
    hours = month.known(quantity)
    return len(values_of(hours)) / len(hours) if hours else 0.0


def daily_coverage(month: StationMonth, quantity: Quantity) -> dict[date, float]:
    """How much of each day was measured, %; an hour of which there is no record was not."""
    found: dict[date, list[float]] = {}
    for begin_s in month.elapsed:
        hour = quantity.hours.get(begin_s)
        found.setdefault(month.month.local(begin_s).date(), []).append(hour.coverage_percent if hour else 0.0)
    return {day: sum(each) / len(each) for day, each in found.items()}


def course(month: StationMonth, quantity: Quantity) -> list[HourOfDay | None]:
    """The 24 hours of the clock; an hour that comes twice where clocks go back counts twice."""
    by_hour: list[list[float]] = [[] for _hour in range(24)]
    for begin_s in month.elapsed:
        hour = quantity.hours.get(begin_s)
        if hour is not None and hour.value is not None:
            by_hour[month.month.local(begin_s).hour].append(hour.value)
    return [_hour_of_day(sorted(values), quantity.nature.method) for values in by_hour]


def _hour_of_day(ordered: Sequence[float], method: Method) -> HourOfDay | None:
    """Percentiles are not averaged: of these it is the day in the middle."""
    if len(ordered) < FEWEST_DAYS or method == "vector":
        return None
    average: Method = "energetic" if method == "energetic" else "mean"
    middle = quantile(ordered, 0.5) if method in EXCEEDED else together(ordered, average)
    return None if middle is None else HourOfDay(middle, quantile(ordered, 0.1), quantile(ordered, 0.9))


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which that share of them lies, with a line between two of them."""
    at = share * (len(ordered) - 1)
    before = math.floor(at)
    after = min(before + 1, len(ordered) - 1)
    return ordered[before] + (at - before) * (ordered[after] - ordered[before])


def rose(month: StationMonth, direction: Quantity, speed: Quantity) -> Rose:
    """An hour counts where its speed is known, and its direction too unless it was calm."""
    found, calm = [[0] * (len(CLASSES_M_S) + 1) for _sector in range(SECTORS)], 0
    for begin_s in month.elapsed:
        wind, blows = direction.hours.get(begin_s), speed.hours.get(begin_s)
        if blows is None or blows.value is None:
            continue
        if blows.value < CALM_M_S:
            calm += 1
        elif wind is not None and wind.value is not None:
            found[sector_of(wind.value)][class_of(blows.value)] += 1
    return Rose(tuple(tuple(each) for each in found), calm, calm + sum(map(sum, found)))


def sector_of(degrees: float) -> int:
    """Number of the sector, 0: around north; a bound belongs to the sector behind it, clockwise."""
    return math.floor(degrees * SECTORS / 360 + 0.5) % SECTORS


def class_of(speed_m_s: float) -> int:
    return sum(speed_m_s >= bound for bound in CLASSES_M_S)


def highest(month: StationMonth, quantity: Quantity) -> tuple[int, float] | None:
    """The begin of the hour with the highest value, and that; the first of equal ones."""
    found = [(each, hour.value) for each, hour in sorted(quantity.hours.items()) if hour.value is not None]
    return max(found, key=lambda each: each[1], default=None)


def gaps(month: StationMonth, quantity: Quantity) -> list[tuple[int, int]]:
    """Begin and end, as numbers of hours from the begin of the month, of the times whose values are not known."""
    found, begin = list[tuple[int, int]](), None
    hours = month.known(quantity)
    for number, hour in enumerate(hours):
        if hour is not None and hour.value is not None:
            found += [] if begin is None else [(begin, number)]
            begin = None
        elif begin is None:
            begin = number
    return found if begin is None else [*found, (begin, len(hours))]


def eight_hours(month: StationMonth, quantity: Quantity) -> dict[date, float | None]:
    """The highest mean of eight hours of each local day that is over, each counted on the day on which it ends.

    Of a mean six hours must be known, of a day three quarters of its means; those that began before the month are not.
    """
    hours, by_day = month.known(quantity), dict[date, list[float | None]]()
    for number, begin_s in enumerate(month.elapsed):
        values = values_of(hours[max(0, number - 7) : number + 1])
        mean = together(values, "mean") if len(values) >= COVERAGE * 8 else None
        by_day.setdefault(month.month.local(begin_s).date(), []).append(mean)
    today = month.month.local(month.until_s).date()
    return {day: _highest_mean(means) for day, means in by_day.items() if day < today}


def _highest_mean(means: Sequence[float | None]) -> float | None:
    found = [each for each in means if each is not None]
    return max(found) if len(found) >= COVERAGE * len(means) else None
