"""School holidays as they are listed for a town (pure)."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date

from msgspec import Struct, field

from drivers.options import Options
from drivers.translation import _


class DateRange(Options, frozen=True):
    """Days in a row.

    Args:
        begin, end: `from` and `to` in the file, both included.
    """

    begin: date = field(name="from")
    end: date = field(name="to")


class SchoolYear(Struct, frozen=True, cache_hash=True):
    """Days without school, as far as somebody has listed it.

    Args:
        holidays: first and last days, in order.
    """

    holidays: tuple[tuple[date, date], ...] = ()

    def __contains__(self, day: date) -> bool:
        """Whether it is a school holiday."""
        at = bisect_right(self.holidays, (day, date.max)) - 1
        return at >= 0 and day <= self.holidays[at][1]

    @property
    def end(self) -> date | None:
        """The last day of which it is known; None: of none."""
        return self.holidays[-1][1] if self.holidays else None

    def knows(self, day: date) -> bool:
        """Whether it can be told of a day: between the first and the last holiday that are listed. What lies beyond
        may be holidays that nobody has listed yet."""
        return bool(self.holidays) and self.holidays[0][0] <= day <= self.holidays[-1][1]


def school_year(listed: Iterable[DateRange]) -> SchoolYear:
    """Checked, those that touch or overlap made one. Raises ValueError, in words for a technician."""
    whole: list[tuple[date, date]] = []
    for begin, end in sorted((each.begin, each.end) for each in listed):
        if end < begin:
            raise ValueError(_('"{end}" lies before "{begin}"').format(end=end, begin=begin))
        if whole and (begin - whole[-1][1]).days <= 1:
            whole[-1] = whole[-1][0], max(whole[-1][1], end)
        else:
            whole.append((begin, end))
    return SchoolYear(tuple(whole))
