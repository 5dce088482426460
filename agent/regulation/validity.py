"""Temporary orders that hold no more, never will, or end soon (pure)."""

import math
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct, structs

from agent.calendars import (
    WindowOptions,
    Windows,
    date_and_time,
    each_alone,
    first_open,
    last_open,
    local_date,
    local_moment,
    school_year,
)
from agent.regulation.build import bounds, hours_of
from agent.regulation.options import RuleOptions, TemporaryOrder
from agent.regulation.order import Temporary

SOON_S = 14 * 86400.0
"""The time before the end of an order in which the town is told, so that it can renew it."""

DAY_S = 86400.0

Remark = Literal["over", "never", "never_open", "ends", "school_over", "school_ends"]
"""It has ended; none of its hours lies between its begin and its end; none of these hours is on a day of any year; it
ends within SOON_S; the same of the school holidays that a rule lists, by which days beyond them cannot be judged."""

SCHOOL, WINDOWS = "school_holidays", "windows"
"""Stand in place of the name of an order: of the school holidays and the hours of the rule itself."""


class Remarkable(Struct, frozen=True):
    """A temporary order, the hours of a rule, or its list of school holidays, that somebody should look at.

    Args:
        rule: the name of the [rule.NAME] that it stands in.
        name: its own; SCHOOL; WINDOWS, with the number from 1 of the one that is meant where not all are.
        end: when it ends, local time, as the configuration says it, or as its last hours tell it; None: it has no end.
    """

    rule: str
    name: str
    remark: Remark
    end: str | None


Outlook = tuple[Remark, float]
"""What is the matter, and the end of it in unix seconds; infinite: there is none."""


def remarkable(rule: str, options: RuleOptions, timezone: str, now_s: float) -> Iterator[Remarkable]:
    """Yields what of a rule is over at `now_s`, unix seconds, never holds, or ends soon."""
    yield from _own_hours(rule, options, timezone, now_s)
    for order in options.orders:
        temporary = _temporary(options, order, timezone)
        if (found := _outlook(temporary, now_s)) is not None:
            end = order.end if found[1] == temporary.end_s else date_and_time(found[1], timezone)
            yield Remarkable(rule, order.name, found[0], end)
        if found is None or found[0] != "never":
            yield from _never_open(rule, f"{order.name}: {WINDOWS}", temporary.windows, now_s)
    yield from _school(rule, options, timezone, now_s)


def _own_hours(rule: str, options: RuleOptions, timezone: str, now_s: float) -> Iterator[Remarkable]:
    """What is the matter with the hours of the rule itself."""
    hours = _hours(options, options.windows, timezone, -math.inf, math.inf)
    match _outlook(Temporary(WINDOWS, -math.inf, math.inf, hours, None), now_s):
        case "never", _:
            yield Remarkable(rule, WINDOWS, "never_open", None)
        case remark, end_s:
            yield Remarkable(rule, WINDOWS, remark, date_and_time(end_s, timezone))
            yield from _never_open(rule, WINDOWS, hours, now_s)
        case None:
            yield from _never_open(rule, WINDOWS, hours, now_s)


def _never_open(rule: str, name: str, hours: Windows, now_s: float) -> Iterator[Remarkable]:
    """Yields those of several hours that no day of any year has."""
    for number, alone in enumerate(each_alone(hours), 1):
        ahead = first_open(alone, now_s, math.inf)
        if ahead is None and last_open(alone, -math.inf, now_s) is None:
            yield Remarkable(rule, f"{name} {number}", "never_open", None)


def _school(rule: str, options: RuleOptions, timezone: str, now_s: float) -> Iterator[Remarkable]:
    hours = (*options.windows, *(each for order in options.orders for each in order.windows))
    last = school_year(options.school_holidays).end
    if last is None or not any(each.school for each in hours):
        return
    left_s = local_moment(last, 0, timezone).timestamp() + DAY_S - now_s
    if left_s <= SOON_S:
        yield Remarkable(rule, SCHOOL, "school_ends" if left_s > 0 else "school_over", last.isoformat())


def _outlook(order: Temporary, now_s: float) -> Outlook | None:
    """An order ends with its last hours, where these end before it does. None: nothing is the matter."""
    if order.end_s <= now_s:
        return "over", order.end_s
    if first_open(order.windows, max(order.begin_s, now_s), order.end_s) is None:
        last = last_open(order.windows, order.begin_s, now_s)
        return ("never", order.end_s) if last is None else ("over", last[1])
    if order.end_s <= now_s + SOON_S:
        return "ends", order.end_s
    if first_open(order.windows, max(order.begin_s, now_s + SOON_S), order.end_s) is not None:
        return None
    last = last_open(order.windows, order.begin_s, now_s + SOON_S)
    return None if last is None else ("ends", last[1])


def _temporary(rule: RuleOptions, order: TemporaryOrder, timezone: str) -> Temporary:
    begin_s, end_s = bounds(order, timezone)
    return Temporary(order.name, begin_s, end_s, _hours(rule, order.windows, timezone, begin_s, end_s), None)


def _hours(rule: RuleOptions, hours: Sequence[WindowOptions], timezone: str, begin_s: float, end_s: float) -> Windows:
    """Hours of a rule; where it does not list the school holidays from begin to end, as if every day were one of school
    and one of holidays: what nobody has listed yet is not over."""
    if not _knows_school(rule, timezone, begin_s, end_s):
        hours = [structs.replace(each, school=None) for each in hours]
    return hours_of(rule, hours, timezone)


def _knows_school(rule: RuleOptions, timezone: str, begin_s: float, end_s: float) -> bool:
    school = school_year(rule.school_holidays)
    bounded = math.isfinite(begin_s) and math.isfinite(end_s)
    return bounded and all(school.knows(local_date(at_s, timezone)) for at_s in (begin_s, end_s))
