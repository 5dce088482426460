"""The hours of a station as they are kept for reports: one record for each station and day of UTC (pure)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from agent.aggregation.bucket import Method
from agent.aggregation.lden import Hours
from agent.aggregation.periods import HOUR_S
from agent.trades.sensing.event_types import Pollutant, Setting, Standing

if TYPE_CHECKING:
    from agent.aggregation.series import Result

HOURS = "hours/"
"""Keys of the records begin so; then the day and the station."""

KEPT, DAY = "station_days", "station_day"
"""Words with which the daemon is asked for them."""

WINDOWS = frozenset({"1h", "lden"})
"""Windows that are kept: days and months are reckoned from them."""

OPEN_DAYS = 3
"""Days of which an hour or a level can still come: one waits for a day at most, and a level has 25 hours."""

DIGITS = 4


class Hour(Struct, frozen=True, array_like=True):
    """One hour of a quantity.

    Args:
        number: 0 to 23, of the day of UTC.
        value: None: too little of it is known, or it has none (the direction of a calm).
        low, high: of its readings.
        aside_percent: share of what is known that was calm, of a direction; that is doubtful, of all else.
    """

    number: int
    value: float | None
    coverage_percent: float
    low: float | None = None
    high: float | None = None
    aside_percent: float = 0.0


class DayLevels(Struct, frozen=True, array_like=True):
    """Lden of the day that began in this day of UTC, and the levels of its parts; None: too little is known.

    Args:
        begin_s: unix seconds.
    """

    begin_s: float
    lden: float | None
    day: float | None = None
    evening: float | None = None
    night: float | None = None


class Nature(Struct, frozen=True, omit_defaults=True):
    """What the values of a quantity are.

    Args:
        unit: in which they are told.
        pollutant: of the air; None: of nothing that a limit is known for.
        speed: of a direction: the quantity of the station by which it counts.
    """

    unit: str
    method: Method
    pollutant: Pollutant | None = None
    speed: str | None = None


class QuantityDay(Struct, frozen=True, omit_defaults=True):
    """One quantity in one day of UTC; of an hour that is missing nothing is known."""

    nature: Nature
    hours: tuple[Hour, ...] = ()
    levels: DayLevels | None = None


class StationDay(Struct, frozen=True, omit_defaults=True):
    """One station in one day of UTC. Who reads a copy of the store at a desk has no configuration.

    Args:
        timezone: IANA name, of the pole.
        label: as people call the station.
        law: whose hours and rules hold there.
        setting: what the air there comes from; None: nobody has said.
        lden_hours: of day, evening and night; None: a record of before they were kept.
    """

    site: str
    pole: str
    timezone: str
    standing: Standing
    label: str | None = None
    law: str = "none"
    setting: Setting | None = None
    quantities: dict[str, QuantityDay] = {}
    lden_hours: Hours | None = None


Days = Mapping[date, StationDay]


def with_result(
    days: Days, place: StationDay, quantity: str, nature: Nature, found: "Result"
) -> dict[date, StationDay]:
    """The days with an hour, or with the levels of a day, that is over.

    Args:
        place: the station as it is configured now, without quantities.
    """
    day = _day_of(found.begin_s)
    before = days.get(day, place)
    one = before.quantities.get(quantity)
    if one is None or one.nature != nature:
        one = QuantityDay(nature)
    told = _with_levels(one, found) if found.window == "lden" else _with_hour(one, found)
    after = structs.replace(place, quantities=before.quantities | {quantity: told})
    return {**days, day: after}


def _with_hour(one: QuantityDay, found: "Result") -> QuantityDay:
    number = int(found.begin_s % (24 * HOUR_S) // HOUR_S)
    aside_s = found.calm_s if one.nature.method == "vector" else found.doubtful_s
    aside = round(100 * aside_s / found.known_s, 1) if found.known_s else 0.0
    coverage = round(100 * min(1.0, found.coverage), 1)
    hour = Hour(number, _short(found.value), coverage, _short(found.low), _short(found.high), aside)
    others = [each for each in one.hours if each.number != number]
    return structs.replace(one, hours=tuple(sorted([*others, hour], key=lambda each: each.number)))


def _with_levels(one: QuantityDay, found: "Result") -> QuantityDay:
    levels = (found.value, *found.levels)
    return structs.replace(one, levels=DayLevels(found.begin_s, *(_short(each) for each in levels)))


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def pruned(days: Days, now_s: float) -> dict[date, StationDay]:
    """Returns the days of which something can still come."""
    oldest = _day_of(now_s) - timedelta(days=OPEN_DAYS)
    return {day: each for day, each in days.items() if day >= oldest}


def evicted(sizes: Mapping[str, int], now_s: float, keep_days: int, most_bytes: int) -> Iterable[str]:
    """Yields keys of records to forget: older than is kept, or beyond the room there is, the oldest first."""
    oldest, room = _day_of(now_s) - timedelta(days=keep_days), most_bytes
    for key in sorted(sizes, reverse=True):
        room, day = room - sizes[key], day_of(key)
        if day is None or day < oldest or room < 0:
            yield key


def key_of(day: date, station: str) -> str:
    return f"{HOURS}{day}/{station}"


def day_of(key: str) -> date | None:
    """The day that a key names; None of a key that a failing disk has changed."""
    try:
        return date.fromisoformat(key.split("/")[1])
    except (IndexError, ValueError):
        return None


def station_of(key: str) -> str:
    return key.rpartition("/")[2]


def _day_of(unix_s: float) -> date:
    return datetime.fromtimestamp(unix_s, UTC).date()
