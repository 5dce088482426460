"""Days as a technician names them: weekdays, holidays, and ranges of dates."""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from drivers.translation import N_, _

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"]

CalendarDay = Annotated[
    str, Meta(description=N_('a day in quotes: "12-24" (each year) or "2026-12-24"'), max_length=10)
]

WEEKDAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_RANGE = re.compile(r"\s*[-\u2013]\s*|\s+(?:\u00e0|au|to|bis|tot)\s+")
_EACH_YEAR = re.compile(r"(\d\d)-(\d\d)", re.ASCII)
_ONE_YEAR = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}|\d\d)|\.?)", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})", re.ASCII)
_CENTURY = 2000
_LEAP_YEAR = 2024

_OTHER_WORDS: dict[Day, tuple[str, ...]] = {
    "mon": ("monday", "lundi", "lun", "montag", "mo", "maandag", "ma"),
    "tue": ("tuesday", "tues", "mardi", "mar", "dienstag", "di", "dinsdag"),
    "wed": ("wednesday", "mercredi", "mer", "mittwoch", "mi", "woensdag", "wo"),
    "thu": ("thursday", "thur", "jeudi", "jeu", "donnerstag", "do", "donderdag"),
    "fri": ("friday", "vendredi", "ven", "freitag", "fr", "vrijdag", "vr"),
    "sat": ("saturday", "samedi", "sam", "samstag", "sa", "zaterdag", "za"),
    "sun": ("sunday", "dimanche", "dim", "sonntag", "so", "zondag", "zo"),
    "holiday": ("holidays", "férié", "feriés", "fériés", "ferie", "feries", "jf", "feiertag", "feiertage", "feestdag"),
}
"""How a technician may write a day in English, French, German or Dutch; the file has one word for each."""


class YearDay(Struct, frozen=True, order=True):
    """A day of every year."""

    month: int
    day: int


class Days(Struct, frozen=True):
    """Days that recur, by their names, in a range of dates or in a season; with neither of them every day.

    Args:
        begin, end: both included; of two days of every year the end may come first, across New Year.
        named: weekdays from 0 (Monday), "holiday".
        holiday_is_weekday: whether a public holiday is taken for the weekday on which it falls as well.
    """

    begin: date | YearDay | None
    end: date | YearDay | None
    named: frozenset[int | str]
    holiday_is_weekday: bool

    def take(self, day: date, holiday: bool) -> bool:
        return self._is_named(day, holiday) and self._in_range(day)

    def _is_named(self, day: date, holiday: bool) -> bool:
        if not self.named or (holiday and "holiday" in self.named):
            return True
        return day.weekday() in self.named and (self.holiday_is_weekday or not holiday)

    def _in_range(self, day: date) -> bool:
        match self.begin, self.end:
            case YearDay() as begin, YearDay() as end:
                at = YearDay(day.month, day.day)
                return begin <= at <= end if begin <= end else at >= begin or at <= end
            case date() as begin, date() as end:
                return begin <= day <= end
        return True


def _numbered(words: Iterable[Day]) -> frozenset[int | str]:
    """Weekdays as numbers from 0 (Monday), and "holiday"."""
    return frozenset(WEEKDAYS.index(word) if word in WEEKDAYS else word for word in words)


def days_of(
    named: Iterable[Day], begin: str | None = None, end: str | None = None, *, holiday_is_weekday: bool
) -> Days:
    """Days as the file names them, checked.

    Args:
        begin, end: of a range, as `parse_day` takes them; no end: `begin` alone.

    Raises ValueError, in words for a technician.
    """
    if begin is None and end is not None:
        raise ValueError(_('"to" stands without "from"; write the first day of the range too'))
    first, last = _parsed(begin, end)
    if isinstance(first, YearDay) != isinstance(last, YearDay):
        raise ValueError(_('"{begin}" and "{end}" must both have a year, or neither').format(begin=begin, end=end))
    if isinstance(first, date) and isinstance(last, date) and last < first:
        raise ValueError(_('"{end}" lies before "{begin}"').format(end=end, begin=begin))
    return Days(first, last, _numbered(named), holiday_is_weekday)


def _parsed(begin: str | None, end: str | None) -> tuple[date | YearDay | None, date | YearDay | None]:
    """Both days of a range. Raises ValueError, which tells what is wrong with each."""
    days, wrong = list[date | YearDay | None](), list[str]()
    for text in (begin, end):
        try:
            days.append(None if text is None else parse_day(text))
        except ValueError as error:
            wrong.append(str(error))
    if wrong:
        raise ValueError("; ".join(wrong))
    first, last = days
    return first, first if end is None else last


def parse_day(text: str) -> date | YearDay:
    """ "12-24" is that day of each year, "2026-12-24" one day. Raises ValueError, in words for a technician."""
    each_year, one_year = _EACH_YEAR.fullmatch(text), _ONE_YEAR.fullmatch(text)
    with suppress(ValueError):
        if each_year is not None:
            whole = date(_LEAP_YEAR, int(each_year[1]), int(each_year[2]))
            return YearDay(whole.month, whole.day)
        if one_year is not None:
            return date(int(one_year[1]), int(one_year[2]), int(one_year[3]))
    if (meant := meant_day(text)) is not None:
        raise ValueError(_('"{text}" is no day; write "{meant}"').format(text=text, meant=meant))
    if each_year or one_year:
        raise ValueError(_('"{text}" is no day of the calendar').format(text=text))
    raise ValueError(
        _('"{text}" is no day; write month and day, "12-24", or with the year, "2026-12-24"').format(text=text)
    )


def meant_day(text: str) -> str | None:
    """ "31/12/2027" or "2027/12/31" -> "2027-12-31", "31.12." -> "12-31": a day that is written otherwise; None: there
    is none."""
    if whole := _YEAR_FIRST.fullmatch(text.strip()):
        year, month, day = map(int, whole.groups())
        return _iso(year, month, day) or _iso(year, day, month)
    found = _DAY_FIRST.fullmatch(text.strip())
    if found is None:
        return None
    first, second, year = int(found[1]), int(found[2]), int(found[3] or _LEAP_YEAR)
    year += _CENTURY if year < 100 else 0
    iso = _iso(year, second, first) or _iso(year, first, second)
    return iso if found[3] or iso is None else iso[5:]


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def meant_weekdays(text: str) -> tuple[Day, ...]:
    """ "lun", "Montag" or "Monday" -> "mon", "lun-ven" -> "mon" to "fri"; none: it is no day of the week in a language
    that is known here."""
    ends = [_meant_weekday(each) for each in _RANGE.split(text.strip().lower())]
    if len(ends) == 1:
        return tuple(each for each in ends if each is not None)
    first, last = (WEEKDAYS.index(each) if each in WEEKDAYS else None for each in ends[:2])
    if len(ends) > 2 or first is None or last is None:
        return ()
    return tuple(WEEKDAYS[(first + shift) % 7] for shift in range((last - first) % 7 + 1))


def _meant_weekday(word: str) -> Day | None:
    return next((day for day, words in _OTHER_WORDS.items() if word.removesuffix(".") in (day, *words)), None)
