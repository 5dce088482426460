"""Local clock times as moments, on the two nights of the year that are not 24 hours long as well."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

_MINUTE = timedelta(minutes=1)


@lru_cache(maxsize=1024)
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
def skipped(timezone: str, first_year: int, years: int = 10) -> tuple[Skipped, ...]:
    """The nights of `years` years on which local times are skipped."""
    days = (date(first_year, 1, 1) + timedelta(days=shift) for shift in range(years * 365))
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
