"""Local clock times as moments, on the two nights of the year that are not 24 hours long as well."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

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
