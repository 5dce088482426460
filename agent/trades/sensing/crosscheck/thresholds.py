"""[[station.NAME.quantity.NAME.threshold]]: what thresholds contradict."""

from itertools import combinations
from typing import NamedTuple

from agent.aggregation.windows import LENGTH_S
from agent.calendars import DAY_MINUTES, minutes_of
from agent.calendars.days import days_of
from agent.config.problems import Report, one_of
from agent.config.reader import Table
from agent.trades.sensing.crosscheck import seasons
from drivers.translation import _

MINUTE_S = 60


def check(station: Table, quantity: Table, report: Report) -> None:
    found = quantity.values.get("threshold") or ()
    windows = quantity.values.get("windows")
    for each in found:
        _threshold(each, report)
        _holidays(station, each, report)
        _over(each, windows, report)
    for one, other in combinations(found, 2):
        _pair(one, other, report)


def _threshold(each: Table, report: Report) -> None:
    if (hours := each.values.get("hours")) is not None and hours[0] == hours[1]:
        report.error(each.path, "hours", _("begin where they end: without the key it holds always"))
    _days(each, report)
    given = each.values_of("above", "below", "ends")
    if given is None:
        return
    above, below, ends = given
    if (above is None) == (below is None):
        report.error(each.path, "above", _("expected either above or below"))
    elif ends is not None and (ends > above if above is not None else ends < below):
        report.error(each.path, "ends", _("lies beyond the limit, so that it would end before it has begun"))


def _days(each: Table, report: Report) -> None:
    if (given := each.values_of("days", "begin", "end")) is not None:
        try:
            days_of(*given, holiday_is_weekday=False)
        except ValueError as error:
            report.error(each.path, "from", str(error))


def _holidays(station: Table, each: Table, report: Report) -> None:
    if "holiday" in (each.values.get("days") or ()) and station.values.get("holidays") == "none":
        what = _("no day of this station is a public holiday")
        report.warning(
            each.path, "days", what, _('expected holidays = "fr" in [station.{name}]').format(name=station.path[1])
        )


def _over(each: Table, windows: tuple[str, ...] | None, report: Report) -> None:
    over, lasts_s = each.values_of("over", "lasts_s") or (None, None)
    if over is None:
        return
    if windows is not None and over not in windows:
        what = _('"{window}" is none of the windows of this quantity').format(window=over)
        report.error(each.path, "over", what, one_of(windows))
    if lasts_s and over == "8h":
        report.error(each.path, "lasts", _('is for windows that follow one another, and "8h" rolls'))
    elif lasts_s and lasts_s % LENGTH_S[over]:
        what = _("must be a whole number of windows")
        report.error(each.path, "lasts", what, _("expected two, three or more times {window}").format(window=over))
    if (hours := each.values.get("hours")) is not None and LENGTH_S[over] > MINUTE_S * len(_minutes(hours)):
        what = _('"{window}" is longer than the hours in which it holds').format(window=over)
        report.error(each.path, "hours", what)


def _pair(one: Table, other: Table, report: Report) -> None:
    """Two that tell the same, or that can both be on at one value."""
    keys = "name", "over", "hours", "days"
    first, second = one.values_of(*keys), other.values_of(*keys)
    if first is None or second is None:
        return
    where = report.whereabouts(one.path)
    if first[0] == second[0]:
        report.error(other.path, "name", _("another threshold has this name, {where}").format(where=where))
    elif not seasons.meet(one, other):
        return
    elif first[1] == second[1] and _meet(first[2], second[2]) and _overlap(_limit(one), _limit(other)):
        report.error(other.path, "name", _("overlaps with {name}, {where}").format(name=first[0], where=where))


class _Limit(NamedTuple):
    """One bound of a threshold, how long a value must be beyond it, and the value at which it is over."""

    is_upper: bool
    at: float
    ends: float
    lasts_s: float


def _limit(threshold: Table) -> _Limit | None:
    """Returns None where it has none, or two."""
    above, below, ends = threshold.values_of("above", "below", "ends") or (None, None, None)
    if (above is None) == (below is None):
        return None
    at = below if above is None else above
    return _Limit(above is not None, at, at if ends is None else ends, threshold.values.get("lasts_s") or 0.0)


def _overlap(one: _Limit | None, other: _Limit | None) -> bool:
    """Whether both have the same limit, or there are values at which both can be on at one time."""
    if one is None or other is None:
        return False
    if one.is_upper == other.is_upper:
        return (one.at, one.lasts_s) == (other.at, other.lasts_s)
    upper, lower = (one, other) if one.is_upper else (other, one)
    return upper.ends < lower.ends


def _meet(one: tuple[str, str] | None, other: tuple[str, str] | None) -> bool:
    return bool(_minutes(one) & _minutes(other))


def _minutes(hours: tuple[str, str] | None) -> set[int]:
    if hours is None:
        return set(range(DAY_MINUTES))
    begin, end = (minutes_of(text) for text in hours)
    return set(range(begin, end)) if begin < end else {*range(begin, DAY_MINUTES), *range(end)}
