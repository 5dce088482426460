"""Lden, the level of a day, an evening and a night (directive 2002/49/EC, annex I) (pure).

The directive's figure is one of a year; what is told here is that of one day. The levels are those of the hours that
there were, 7 or 9 of a night in which clocks change, and weigh as the directive says.
"""

import math
from typing import NamedTuple

from msgspec import Struct, structs

from agent.aggregation.periods import Borders, Span
from agent.calendars import DAY_MINUTES

EVENING_DB, NIGHT_DB = 5.0, 10.0


class Hours(NamedTuple):
    """Minutes past local midnight at which day, evening and night begin."""

    day: int = 7 * 60
    evening: int = 19 * 60
    night: int = 23 * 60

    @property
    def weights(self) -> tuple[float, float, float]:
        """Hours of each of the three in a day of 24: those by which an evening is shortened are of the others."""
        lengths = self.evening - self.day, self.night - self.evening, self.day - self.night
        day, evening, night = (minutes % DAY_MINUTES / 60 for minutes in lengths)
        return day, evening, night


USUAL = Hours()
EARLY = Hours(6 * 60, 18 * 60, 22 * 60)
HOURS = {"fr": EARLY, "de": EARLY}
"""The hours of a jurisdiction that has moved them, as the directive allows (France: R572-2 of its environmental code;
Germany: 34. BImSchV, section 2)."""


class Energy(Struct, frozen=True, array_like=True):
    """One of the three: its length, how much of it is known, and the energies by the seconds for which they stand."""

    length_s: float
    known_s: float = 0.0
    total: float = 0.0

    @property
    def coverage(self) -> float:
        return min(1.0, self.known_s / self.length_s)

    @property
    def level(self) -> float | None:
        return 10 * math.log10(self.total / self.known_s) if self.known_s > 0 and self.total > 0 else None


class LdenDay(Struct, frozen=True):
    """
    Args:
        begin_s, end_s: from one begin of the day to the next, unix seconds.
        evening_s, night_s: when these begin.
        energies: of day, evening and night.
    """

    begin_s: float
    end_s: float
    evening_s: float
    night_s: float
    energies: tuple[Energy, Energy, Energy]

    @property
    def coverage(self) -> float:
        """Share that is known of the part that is known least."""
        return min(each.coverage for each in self.energies)


def opened(day: Span, timezone: str, hours: Hours) -> LdenDay:
    """A day of which nothing is known."""
    evening_s, night_s = (_within(day, timezone, minutes) for minutes in (hours.evening, hours.night))
    lengths = (evening_s - day.begin_s, night_s - evening_s, day.end_s - night_s)
    return LdenDay(*day, evening_s, night_s, (Energy(lengths[0]), Energy(lengths[1]), Energy(lengths[2])))


def _within(day: Span, timezone: str, minutes: int) -> float:
    """The first moment in it at which clocks show that time."""
    at = minutes % DAY_MINUTES
    return Borders(timezone, (at, at)).span("night", day.begin_s).end_s


def weigh(day: LdenDay, level: float, begin_s: float, end_s: float) -> LdenDay:
    """The day with a level of that time."""
    borders = (day.begin_s, day.evening_s, day.night_s, day.end_s)
    found = [
        _with(energy, level, min(end_s, borders[at + 1]) - max(begin_s, borders[at]))
        for at, energy in enumerate(day.energies)
    ]
    return structs.replace(day, energies=(found[0], found[1], found[2]))


def _with(energy: Energy, level: float, seconds: float) -> Energy:
    if seconds <= 0:
        return energy
    return Energy(energy.length_s, energy.known_s + seconds, energy.total + seconds * 10 ** (level / 10))


def level_of(day: LdenDay, hours: Hours) -> float | None:
    """Lden of the day; None: nothing is known of one of the three."""
    levels = [each.level for each in day.energies]
    of_day, of_evening, of_night = levels
    if of_day is None or of_evening is None or of_night is None:
        return None
    return lden(of_day, of_evening, of_night, hours)


def lden(day_db: float, evening_db: float, night_db: float, hours: Hours = USUAL) -> float:
    """Lden of three levels, in decibels."""
    levels = day_db, evening_db + EVENING_DB, night_db + NIGHT_DB
    energies = (weight * 10 ** (level / 10) for weight, level in zip(hours.weights, levels, strict=True))
    return 10 * math.log10(sum(energies) / 24)
