"""Temporary orders that hold no more, never will, or end soon (pure)."""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from agent.calendars import local_moment, school_year
from agent.regulation.build import bounds, hours_of
from agent.regulation.options import RuleOptions, TemporaryOrder
from agent.regulation.order import Temporary

SOON_S = 14 * 86400.0
"""The time before the end of an order in which the town is told, so that it can renew it."""

YEARS_S = 9 * 366 * 86400.0
"""Hours that recur come again within it: between two days of the 29th of February lie eight years at most."""

DAY_S = 86400.0

Remark = Literal["over", "never", "ends", "school_over", "school_ends"]
"""It has ended; none of its hours lies between its begin and its end; it ends within SOON_S; the same of the school
holidays that a rule lists, by which days beyond them cannot be judged."""

SCHOOL = "school_holidays"
"""Stands in place of the name of an order."""


class Remarkable(Struct, frozen=True):
    """A temporary order, or the list of school holidays of a rule, that somebody should look at.

    Args:
        rule: the name of the [rule.NAME] that it stands in.
        name: its own.
        end: when it ends, local time, as the configuration says it; None: it has no end.
    """

    rule: str
    name: str
    remark: Remark
    end: str | None


def remarkable(rule: str, options: RuleOptions, timezone: str, now_s: float) -> Iterator[Remarkable]:
    """Yields what of a rule is over at `now_s`, unix seconds, never holds, or ends soon."""
    for order in options.orders:
        if (remark := _remark(_temporary(options, order, timezone), now_s)) is not None:
            yield Remarkable(rule, order.name, remark, order.end)
    yield from _school(rule, options, timezone, now_s)


def _school(rule: str, options: RuleOptions, timezone: str, now_s: float) -> Iterator[Remarkable]:
    hours = (*options.windows, *(each for order in options.orders for each in order.windows))
    last = school_year(options.school_holidays).end
    if last is None or not any(each.school for each in hours):
        return
    left_s = local_moment(last, 0, timezone).timestamp() + DAY_S - now_s
    if left_s <= SOON_S:
        yield Remarkable(rule, SCHOOL, "school_ends" if left_s > 0 else "school_over", last.isoformat())


def _remark(order: Temporary, now_s: float) -> Remark | None:
    if order.end_s <= now_s:
        return "over"
    if not _ever_holds(order, now_s // DAY_S):
        return "never"
    return "ends" if order.end_s - now_s <= SOON_S else None


@lru_cache(maxsize=256)
def _ever_holds(order: Temporary, day: float) -> bool:
    """Whether hours of it lie between its begin and its end; where it has none on one side, within years of the other
    side or of a day, which is counted from the unix epoch. Asked with each status."""
    begin_s, end_s = order.begin_s, order.end_s
    if begin_s == -math.inf:
        begin_s = min(end_s, day * DAY_S) - YEARS_S
    if end_s == math.inf:
        end_s = max(begin_s, day * DAY_S) + YEARS_S
    return next(order.spans(begin_s, end_s), None) is not None


def _temporary(rule: RuleOptions, order: TemporaryOrder, timezone: str) -> Temporary:
    return Temporary(order.name, *bounds(order, timezone), hours_of(rule, order.windows, timezone), None)
