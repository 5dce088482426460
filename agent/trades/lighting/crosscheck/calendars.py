"""[calendar.NAME]: rules whose days exist, and no day that two rules take by accident."""

from collections.abc import Sequence
from datetime import date, timedelta

from agent.calendars import Days, Holidays, YearDay
from agent.config.problems import Report
from agent.config.reader import Table
from agent.trades.lighting.calendar import days
from agent.trades.lighting.options import CalendarRule
from drivers.translation import _

_FIRST_YEAR, _YEARS = 2026, 12
"""The years that are checked: within them every date falls on every weekday, but for 29 February."""


def check(config: Table, report: Report) -> None:
    for calendar in config.tables("calendar").values():
        rules = calendar.values.get("rules", ())
        known = [_days(rule, report) for rule in rules]
        whole = calendar.values_of("holidays", "holiday_dates", "rules")
        if whole and all(each is not None for each in known):
            _order(calendar, [each for each in known if each is not None], report)


def _days(rule: Table, report: Report) -> Days | None:
    whole = rule.values_of("days", "begin", "end")
    if whole is None:
        return None
    named, begin, end = whole
    if not (named or begin or end):
        report.error(rule.path, (), _("it takes every day"), _("expected days, or from and to"))
        return None
    try:
        return days(CalendarRule(program="any", days=named, begin=begin, end=end))
    except ValueError as error:
        report.error(rule.path, "to" if begin is None else "from", str(error))
        return None


def _order(calendar: Table, rules: Sequence[Days], report: Report) -> None:
    """Each rule must have days of its own, and two ranges may only lie one within the other, the smaller one first."""
    taken = [_taken(calendar, rule, rules) for rule in rules]
    above: set[date] = set()
    for at, mine in enumerate(taken):
        key = ("rules", at)
        if not mine:
            report.error(calendar.path, key, _("no day fits it"), _("expected a range and days that meet"))
        elif mine <= above:
            what = _("the rules above it take all of its days")
            expected = _("expected a rule that can be used; the first one that fits decides")
            report.error(calendar.path, key, what, expected)
        else:
            _overlap(calendar, at, rules, taken, report)
        above |= mine


def _overlap(calendar: Table, at: int, rules: Sequence[Days], taken: Sequence[set[date]], report: Report) -> None:
    for before in range(at):
        both = taken[before] & taken[at]
        alike = _kind(rules[before]) == _kind(rules[at])
        if both and alike and not taken[before] <= taken[at]:
            what = _("entry {number} takes some of its days too, for example {day}")
            what = what.format(number=before + 1, day=min(both))
            report.error(calendar.path, ("rules", at), what, _("expected ranges and weekdays that do not cross"))


def _kind(rule: Days) -> tuple[bool, bool]:
    """Whether it is a range, and whether it names days: rules of different kinds may cross, by their order."""
    return rule.begin is not None, bool(rule.named)


def _taken(calendar: Table, rule: Days, rules: Sequence[Days]) -> set[date]:
    years = {*range(_FIRST_YEAR, _FIRST_YEAR + _YEARS), *(year for one in rules for year in _years(one))}
    holidays = Holidays(calendar.values["holidays"], frozenset(calendar.values["holiday_dates"]))
    return {day for year in years for day in _days_of(year) if rule.take(day, day in holidays)}


def _years(rule: Days) -> tuple[int, ...]:
    return tuple(end.year for end in (rule.begin, rule.end) if end is not None and not isinstance(end, YearDay))


def _days_of(year: int) -> Sequence[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=shift) for shift in range((date(year + 1, 1, 1) - first).days)]
