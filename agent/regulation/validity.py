"""Temporary orders that hold no more, never will, or end soon (pure)."""

import math
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from agent.calendars import windows
from agent.regulation.build import bounds
from agent.regulation.options import RuleOptions, TemporaryOrder
from agent.regulation.order import Temporary

SOON_S = 14 * 86400.0
"""The time before the end of an order in which the town is told, so that it can renew it."""

YEAR_S = 366 * 86400.0
"""Hours that are named by weekday or holiday come again within it."""

Remark = Literal["over", "never", "ends"]
"""It has ended; none of its hours lies between its begin and its end; it ends within SOON_S."""


class Remarkable(Struct, frozen=True):
    """A temporary order that somebody should look at.

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
    """Yields the temporary orders of a rule that are over at `now_s`, unix seconds, never hold, or end soon."""
    for order in options.orders:
        if (remark := _remark(_temporary(options, order, timezone), now_s)) is not None:
            yield Remarkable(rule, order.name, remark, order.end)


def _remark(order: Temporary, now_s: float) -> Remark | None:
    if order.end_s <= now_s:
        return "over"
    if not _ever_holds(order, now_s):
        return "never"
    return "ends" if order.end_s - now_s <= SOON_S else None


def _ever_holds(order: Temporary, now_s: float) -> bool:
    """Whether hours of it lie between its begin and its end; where it has none on one side, within a year of the other
    side or of now."""
    begin_s, end_s = order.begin_s, order.end_s
    if begin_s == -math.inf:
        begin_s = min(end_s, now_s) - YEAR_S
    if end_s == math.inf:
        end_s = max(begin_s, now_s) + YEAR_S
    return next(order.spans(begin_s, end_s), None) is not None


def _temporary(rule: RuleOptions, order: TemporaryOrder, timezone: str) -> Temporary:
    hours = windows(order.windows, timezone, rule.holidays, rule.holiday_dates)
    return Temporary(order.name, *bounds(order, timezone), hours, None)
