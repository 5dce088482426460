"""A month of a station with known values."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from msgspec import structs

from agent.trades.sensing.hours import Hour, Nature, QuantityDay, StationDay
from agent.trades.sensing.month.model import LocalMonth, StationMonth, station_month

PLACE = StationDay("town", "pole-1", "Europe/Paris", "sensor", "Market", "fr")
PM = Nature("ug/m3", "mean", "PM2.5")

Value = Callable[[int, datetime], float | Hour | None]


def days_of(
    month: LocalMonth, values: dict[str, tuple[Nature, Value]], place: StationDay = PLACE
) -> dict[date, StationDay]:
    """Records of the month; `Value` is asked for each hour: its number in the month and its local time."""
    found: dict[date, StationDay] = {}
    for count, begin_s in enumerate(month.hours):
        at = datetime.fromtimestamp(begin_s, UTC)
        for name, (nature, value) in values.items():
            hour = value(count, month.local(begin_s))
            if hour is not None:
                hour = structs.replace(hour, number=at.hour) if isinstance(hour, Hour) else Hour(at.hour, hour, 100.0)
                day = found.get(at.date(), place)
                before = day.quantities.get(name, QuantityDay(nature))
                one = structs.replace(before, hours=(*before.hours, hour))
                found[at.date()] = structs.replace(day, quantities=day.quantities | {name: one})
    return found


def month_of(
    values: dict[str, tuple[Nature, Value]],
    first: date = date(2026, 11, 1),
    until_s: float | None = None,
    **place: object,
) -> StationMonth:
    month = LocalMonth(first, "Europe/Paris")
    days = days_of(month, values, structs.replace(PLACE, **place))
    return station_month("square", month, month.end_s + 60 if until_s is None else until_s, days)
