"""Local clock times: how they are written and which moments they are, on nights of 23 and 25 hours as well."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from drivers.translation import _

DAY_MINUTES = 24 * 60

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)
_OTHER_CLOCK = re.compile(
    r"(\d{1,2})\s*(?:[:.h]?\s*(\d\d)(?::00)?\s*(?:uhr|h|u)?|\s*(?:uhr|heures?|uur|h|u))", re.ASCII
)
_MOMENT = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2}) +(\d{1,2}):(\d{1,2})", re.ASCII)
_OTHER_MOMENT = re.compile(
    r"(?:(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}))(?:[\sT,]+(?:\u00e0 |at )?(\S.*))?",
    re.ASCII,
)
_MINUTE = timedelta(minutes=1)


def parse_clock(text: str) -> int | None:
    """Minutes past midnight of a local time from "00:00" to "24:00"; None: it is none."""
    clock = _CLOCK.fullmatch(text.strip())
    if clock is None:
        return None
    return DAY_MINUTES if clock[1] is None else int(clock[1]) * 60 + int(clock[2])


def minutes_of(text: str) -> int:
    """Returns the minutes as `parse_clock` does. Raises ValueError, in words for a technician."""
    minutes = parse_clock(text)
    if minutes is not None:
        return minutes
    if (meant := meant_clock(text)) is not None:
        raise ValueError(_('"{text}" is no local time; write "{meant}"').format(text=text, meant=meant))
    raise ValueError(_('"{text}" is no local time; write four digits, "08:00" to "24:00"').format(text=text))


def meant_clock(text: str) -> str | None:
    """ "9h00", "9h", "9:00", "9.00 Uhr" or "0900" -> "09:00": a time that is written otherwise; None: there is none."""
    found = _OTHER_CLOCK.fullmatch(text.strip().lower())
    if found is None:
        return None
    clock = f"{int(found[1]):02}:{found[2] or '00'}"
    return clock if parse_clock(clock) is not None else None


def parse_date_and_time(text: str, timezone: str) -> float:
    """ "2026-12-24 06:00", local time, as unix seconds. Raises ValueError, in words for a technician."""
    found = _MOMENT.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        year, month, day, hour, minute = map(int, found.groups())
        return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(timezone)).timestamp()
    except ValueError:
        if (meant := meant_moment(text)) is not None:
            right = _('"{text}" is no date with a time; write "{meant}"').format(text=text, meant=meant)
            raise ValueError(right) from None
        raise ValueError(
            _('"{text}" is no date with a time; write for example "2026-12-24 06:00"').format(text=text)
        ) from None


def meant_moment(text: str) -> str | None:
    """ "31/12/2027 6h00", "2027-12-31T06:00", "31.12.2027" -> "2027-12-31 06:00" and the like; None: there is none."""
    found = _OTHER_MOMENT.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day = found.groups()[:3] if found[1] else found.groups()[5:2:-1]
    minutes = parse_clock(clock) if (clock := meant_clock(found[7] or "00:00")) else None
    try:
        at = datetime(int(year), int(month), int(day)) + timedelta(minutes=minutes or 0)
    except (ValueError, OverflowError):
        return None
    return None if minutes is None else at.strftime("%Y-%m-%d %H:%M")


def date_and_time(unix_s: float, timezone: str) -> str:
    """A moment as `parse_date_and_time` reads it."""
    return datetime.fromtimestamp(unix_s, ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M")


@lru_cache(maxsize=256)
def local_date(unix_s: float, timezone: str) -> date:
    """The day of a moment in that time zone."""
    return datetime.fromtimestamp(unix_s, ZoneInfo(timezone)).date()


def local_moment(day: date, minutes: int, timezone: str) -> datetime:
    """The aware UTC moment at which the clocks of `timezone` show `minutes` past midnight of `day`.

    A time that exists twice (clocks go back) is its first occurrence. A time that does not exist (clocks go forward)
    happens when the clocks jump. So later local times are never earlier moments.
    """
    local = datetime.combine(day, time(minutes // 60, minutes % 60), ZoneInfo(timezone))
    moment = local.astimezone(UTC)
    if moment.astimezone(local.tzinfo).replace(fold=0, tzinfo=None) == local.replace(tzinfo=None):
        return moment
    return _jump_before(moment, ZoneInfo(timezone))


def _jump_before(moment: datetime, zone: ZoneInfo) -> datetime:
    """The last change of `zone`'s offset at or before `moment`: never more than hours away when a time was skipped."""
    offset = moment.astimezone(zone).utcoffset()
    while (moment - _MINUTE).astimezone(zone).utcoffset() == offset:
        moment -= _MINUTE
    return moment


class Skipped(Struct, frozen=True):
    """A night on which clocks go forward: the local times strictly between the two never show.

    Args:
        before, after: minutes past midnight of `day`, where the clocks jump from and to.
    """

    day: date
    before: int
    after: int


@lru_cache(maxsize=64)
def skipped(timezone: str, first_year: int) -> tuple[Skipped, ...]:
    """The nights of ten years on which local times are skipped."""
    days = (date(first_year, 1, 1) + timedelta(days=shift) for shift in range(10 * 365))
    return tuple(found for day in days if (found := _skipped_on(day, ZoneInfo(timezone))) is not None)


def _skipped_on(day: date, zone: ZoneInfo) -> Skipped | None:
    begin, end = (datetime.combine(day + timedelta(days=shift), time(), zone) for shift in (0, 1))
    lost = (end.utcoffset() or timedelta()) - (begin.utcoffset() or timedelta())
    if lost <= timedelta():
        return None
    jump = _jump_before(end.astimezone(UTC), zone)
    after = jump.astimezone(zone)
    minutes = after.hour * 60 + after.minute
    return Skipped(day, minutes - int(lost.total_seconds() // 60), minutes)


def begin_of_day_s(day: date | None, timezone: str) -> float:
    """Unix seconds of the midnight that begins a local day; None: of now, by the clock of this box."""
    return (datetime.now(UTC) if day is None else local_moment(day, 0, timezone)).timestamp()
