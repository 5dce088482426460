"""[calendar.NAME]: rules whose days exist, and no day that two rules take by accident."""

from collections.abc import Sequence
from datetime import date, timedelta

from agent.calendars import DateRange, Holidays, Recurrence, SchoolYear, YearDay, school_year
from agent.config.problems import Report
from agent.config.reader import Table
from agent.trades.lighting.options import CalendarRule
from agent.trades.lighting.plan.calendar import days
from drivers.translation import _

_NARROWING = ("days", "begin", "end", "months", "weeks", "nth", "school")
"""The keys of a rule that say which days it takes."""

_FIRST_YEAR, _YEARS = 2026, 12
"""The years that are checked: within them every date falls on every weekday, but for 29 February."""


def check(config: Table, report: Report) -> None:
    for calendar in config.tables("calendar").values():
        rules = calendar.values.get("rules", ())
        known, school = [_days(rule, report) for rule in rules], _school(calendar, rules, report)
        whole = calendar.values_of("holidays", "holiday_dates", "rules")
        if whole and school is not None and all(each is not None for each in known):
            _order(calendar, [each for each in known if each is not None], report)


def _school(calendar: Table, rules: Sequence[Table], report: Report) -> SchoolYear | None:
    """The school holidays as they are listed; None: they are wrong, or a rule asks for some that nobody lists."""
    listed = calendar.values.get("school_holidays", ())
    ranges = [each.values_of("begin", "end") for each in listed]
    if None in ranges:
        return None
    if asking := [rule for rule in rules if rule.values.get("school") and not listed]:
        what = _("[calendar.{name}] has no school_holidays").format(name=calendar.path[1])
        report.error(asking[0].path, "school", what, _("expected the days that the town's academy has published"))
        return None
    try:
        return school_year(DateRange(*both) for both in ranges if both is not None)
    except ValueError as error:
        report.error(calendar.path, "school_holidays", str(error))
        return None


def _days(rule: Table, report: Report) -> Recurrence | None:
    whole = rule.values_of(*_NARROWING)
    if whole is None:
        return None
    given = dict(zip(_NARROWING, whole, strict=True))
    if not any(given.values()):
        report.error(rule.path, (), _("it takes every day"), _("expected days, or from and to"))
        return None
    try:
        return days(CalendarRule(program="any", **given))
    except ValueError as error:
        report.error(rule.path, "to" if given["begin"] is None else "from", str(error))
        return None


def _order(calendar: Table, rules: Sequence[Recurrence], report: Report) -> None:
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


def _overlap(calendar: Table, at: int, rules: Sequence[Recurrence], taken: Sequence[set[date]], report: Report) -> None:
    for before in range(at):
        both = taken[before] & taken[at]
        alike = _kind(rules[before]) == _kind(rules[at]) and not _is_narrowed(rules[before], rules[at])
        if both and alike and not taken[before] <= taken[at]:
            what = _("entry {number} takes some of its days too, for example {day}")
            what = what.format(number=before + 1, day=min(both))
            report.error(calendar.path, ("rules", at), what, _("expected ranges and weekdays that do not cross"))


def _kind(rule: Recurrence) -> tuple[bool, bool]:
    """Whether it is a range, and whether it names days: rules of different kinds may cross, by their order."""
    return rule.days.begin is not None, bool(rule.days.named)


def _is_narrowed(*rules: Recurrence) -> bool:
    """Whether one of them takes single days of what its range or its weekdays name: their order decides."""
    return any(rule.months or rule.weeks or rule.nth or rule.school for rule in rules)


def _taken(calendar: Table, rule: Recurrence, rules: Sequence[Recurrence]) -> set[date]:
    years = {*range(_FIRST_YEAR, _FIRST_YEAR + _YEARS), *(year for one in rules for year in _years(one))}
    holidays = Holidays(calendar.values["holidays"], frozenset(calendar.values["holiday_dates"]))
    listed = (each.values_of("begin", "end") for each in calendar.values["school_holidays"])
    school = school_year(DateRange(*both) for both in listed if both is not None)
    years |= {end.year for holidays_of in school.holidays for end in holidays_of}
    return {day for year in years for day in _days_of(year) if rule.take(day, holidays, school)}


def _years(rule: Recurrence) -> tuple[int, ...]:
    return tuple(
        end.year for end in (rule.days.begin, rule.days.end) if end is not None and not isinstance(end, YearDay)
    )


def _days_of(year: int) -> Sequence[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=shift) for shift in range((date(year + 1, 1, 1) - first).days)]
