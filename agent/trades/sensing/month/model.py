"""One local month of a station, made of the records of its days (pure)."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from agent.aggregation.periods import HOUR_S
from agent.calendars import local_date, local_moment
from agent.trades.sensing.hours import DayLevels, Hour, Nature, QuantityDay, StationDay
from drivers.translation import _

_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)
_WORST_FIRST = ("sensor", "indicative", "reference")


class LocalMonth(NamedTuple):
    """A month between two local midnights, unix seconds.

    Args:
        first: its first day.
    """

    first: date
    timezone: str

    @property
    def next_first(self) -> date:
        return (self.first + timedelta(days=31)).replace(day=1)

    @property
    def begin_s(self) -> float:
        return local_moment(self.first, 0, self.timezone).timestamp()

    @property
    def end_s(self) -> float:
        return local_moment(self.next_first, 0, self.timezone).timestamp()

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.next_first - self.first).days)]

    @property
    def hours(self) -> list[int]:
        """The begins of its hours, which are those of UTC."""
        return list(range(math.ceil(self.begin_s / HOUR_S) * HOUR_S, math.floor(self.end_s), HOUR_S))

    def local(self, unix_s: float) -> datetime:
        return datetime.fromtimestamp(unix_s, ZoneInfo(self.timezone))

    @property
    def utc_days(self) -> list[date]:
        """The days of UTC that have a part of it."""
        first, last = (datetime.fromtimestamp(each, UTC).date() for each in (self.begin_s, self.end_s - 1))
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]


class Quantity(Struct, frozen=True):
    """One quantity in a month.

    Args:
        hours: by their begin, unix seconds; of one that is missing nothing is known.
        levels: Lden by the local day.
        other: days that are left out, for the quantity was of another unit or method then.
    """

    nature: Nature
    hours: dict[int, Hour]
    levels: dict[date, DayLevels]
    other: int = 0


class StationMonth(Struct, frozen=True):
    """
    Args:
        place: as the last day has it, of the least standing that any of them has; without quantities.
        until_s: unix seconds; what is later has not happened, or was not known there.
    """

    station: str
    place: StationDay
    month: LocalMonth
    until_s: float
    quantities: dict[str, Quantity]

    @property
    def title(self) -> str:
        return self.place.label or self.station

    @property
    def elapsed(self) -> list[int]:
        """The begins of the hours that are over."""
        return [each for each in self.month.hours if each + HOUR_S <= self.until_s]

    def known(self, quantity: Quantity) -> list[Hour | None]:
        """Each hour that is over; None: nothing is known of it."""
        return [quantity.hours.get(each) for each in self.elapsed]


def meant_month(text: str, now_s: float, timezone: str) -> LocalMonth:
    """The month that a person means: "2026-11", "this" or "last". Raises ValueError, in words for a technician."""
    this = local_date(now_s, timezone).replace(day=1)
    if text in {"this", "last"}:
        first = this if text == "this" else (this - timedelta(days=1)).replace(day=1)
        return LocalMonth(first, timezone)
    try:
        first = date.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else "")
    except ValueError:
        what = _('"{text}" is no month; write year and month, "2026-11", or "this" or "last"')
        raise ValueError(what.format(text=text)) from None
    if first > this:
        raise ValueError(_("{month} has not begun: it is {this}").format(month=text, this=f"{this:%Y-%m}"))
    return LocalMonth(first, timezone)


def station_month(station: str, month: LocalMonth, until_s: float, days: Mapping[date, StationDay]) -> StationMonth:
    """
    Args:
        days: of UTC that the month has a part of; one at least.
    """
    ordered = [days[day] for day in sorted(days)]
    standing = min((each.standing for each in ordered), key=_WORST_FIRST.index)
    place = structs.replace(ordered[-1], quantities={}, standing=standing)
    names = dict.fromkeys(name for each in ordered for name in each.quantities)
    quantities = {name: _quantity(name, month, days) for name in names}
    return StationMonth(station, place, month, min(until_s, month.end_s), quantities)


def _quantity(name: str, month: LocalMonth, days: Mapping[date, StationDay]) -> Quantity:
    """The quantity as it was last: what was of another unit or method before is none of it."""
    found = {day: each.quantities[name] for day, each in sorted(days.items()) if name in each.quantities}
    nature = list(found.values())[-1].nature
    same = {day: each for day, each in found.items() if each.nature == nature}
    levels = [each.levels for each in same.values() if each.levels is not None]
    by_day = {local_date(each.begin_s, month.timezone): each for each in levels}
    inside = {day: each for day, each in by_day.items() if month.first <= day < month.next_first}
    return Quantity(nature, _hours(same, month), inside, len(found) - len(same))


def _hours(days: Mapping[date, QuantityDay], month: LocalMonth) -> dict[int, Hour]:
    found: dict[int, Hour] = {}
    for day, each in days.items():
        midnight_s = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
        found |= {midnight_s + hour.number * HOUR_S: hour for hour in each.hours}
    wanted = month.hours
    return {begin_s: found[begin_s] for begin_s in wanted if begin_s in found}


def values_of(hours: Sequence[Hour | None]) -> list[float]:
    return [each.value for each in hours if each is not None and each.value is not None]
