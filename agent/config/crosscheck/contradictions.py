"""[rule.NAME] orders that contradict each other: two of one name, or one that never holds because others always do."""

import math
from collections.abc import Sequence

from agent.calendars import DateRange, parse_date_and_time
from agent.config.problems import Report
from agent.config.reader import Table, build
from agent.regulation import RuleOptions, Temporary, TemporaryOrder, bounds, hours_of, uncovered
from drivers.translation import _

YEARS_S = 2 * 366 * 86400.0
"""Orders without an end are compared for so long, from their begin or from EPOCH on."""

EPOCH = "2024-01-01 00:00"
"""The begin of a year with a 29th of February."""


def check(rule: Table, timezone: str, report: Report) -> None:
    """The first order that holds decides: one behind others that leave it no hour would be silently without effect."""
    orders = rule.values.get("orders") or ()
    if len(orders) < 2:
        return
    _named_twice(orders, report)
    built = _built(rule, timezone)
    for at, order in enumerate(built):
        before = tuple(each for each in built[:at] if each is not None)
        if order is not None and before and _is_covered(order, before, timezone):
            what = _("it contradicts what stands before it ({names}): whenever it holds, that does, and decides")
            expected = _("expected it before that, or other hours")
            names = ", ".join(each.name for each in before)
            report.error(orders[at].path, (), what.format(names=names), expected)


def _named_twice(orders: tuple[Table, ...], report: Report) -> None:
    names: dict[str, Table] = {}
    for order in orders:
        name = order.values.get("name")
        if name is not None and names.setdefault(name, order) is not order:
            expected = _("expected another name: events tell orders apart by it")
            report.error(order.path, "name", _('"{name}" stands here twice').format(name=name), expected)


def _built(rule: Table, timezone: str) -> list[Temporary | None]:
    """The orders of a rule; None in place of one that is wrong in itself."""
    keys = ("holidays", "holiday_dates", "school_holidays")
    if (said := rule.values_of(*keys)) is None:
        return []
    country, dates, school = said
    try:
        calendar = RuleOptions(
            category="general", holidays=country, holiday_dates=dates, school_holidays=tuple(map(_range, school))
        )
    except (KeyError, TypeError):
        return []
    return [_temporary(each, calendar, timezone) for each in rule.values["orders"]]


def _range(listed: Table | DateRange) -> DateRange:
    return build(listed) if isinstance(listed, Table) else listed


def _temporary(order: Table, calendar: RuleOptions, timezone: str) -> Temporary | None:
    whole = order.values_of("name", "begin", "end", "windows")
    try:
        if whole is None:
            return None
        options: TemporaryOrder = build(order)
        hours = hours_of(calendar, options.windows, timezone)
        return Temporary(options.name, *bounds(options, timezone), hours, None)
    except (TypeError, ValueError):  # told already
        return None


def _is_covered(order: Temporary, before: Sequence[Temporary], timezone: str) -> bool:
    begin_s, end_s = order.begin_s, order.end_s
    if begin_s == -math.inf:
        begin_s = parse_date_and_time(EPOCH, timezone) if end_s == math.inf else end_s - YEARS_S
    end_s = min(end_s, begin_s + YEARS_S)
    if next(order.spans(begin_s, end_s), None) is None:
        return False
    return next(uncovered(order, before, begin_s, end_s), None) is None
