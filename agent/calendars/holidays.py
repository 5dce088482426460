"""Public holidays that can be computed."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

Country = Literal["none", "fr", "fr-alsace-moselle"]

_FIXED_FR = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
_AFTER_EASTER_FR = (1, 39, 50)
"""Days after Easter Sunday: Easter Monday, Ascension, Whit Monday."""


@lru_cache(maxsize=64)
def holidays(country: Country, year: int) -> frozenset[date]:
    """The public holidays of a year.

    France: Code du travail, article L3133-1. Bas-Rhin, Haut-Rhin and Moselle add Good Friday (kept as a holiday by
    every town here, though the text asks for a Protestant church) and 26 December: article L3134-13.
    """
    if country == "none":
        return frozenset()
    easter_day = easter(year)
    days = {date(year, month, day) for month, day in _FIXED_FR}
    days |= {easter_day + timedelta(days=after) for after in _AFTER_EASTER_FR}
    if country == "fr-alsace-moselle":
        days |= {easter_day - timedelta(days=2), date(year, 12, 26)}
    return frozenset(days)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    century, of_century = divmod(year, 100)
    leaps, of_leaps = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * (year % 19) + century - leaps - correction + 15) % 30
    quarters, of_quarters = divmod(of_century, 4)
    weekday = (32 + 2 * of_leaps + 2 * quarters - epact - of_quarters) % 7
    late = (year % 19 + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
