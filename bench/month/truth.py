"""What happens in the street: who parks where, from when to when."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from msgspec import Struct

TIMEZONE = "Europe/Paris"
BEGIN = datetime(2027, 3, 15, tzinfo=UTC)
"""A Monday; the clocks go forward on the 28th, and the 29th is Easter Monday."""

BEGIN_S = BEGIN.timestamp()
DAY_S = 86400.0


class Visit(Struct, frozen=True):
    """One vehicle in a bay, in seconds since BEGIN."""

    arrives_s: float
    leaves_s: float


class Use(Struct, frozen=True):
    """How one kind of bay is used.

    Args:
        visits: vehicles that come for a free bay, per hour at the busiest hour.
        median_s, spread: of how long they stay, log-normal.
        limit_s: of the order; None: no limit.
        hours: of the order, local, from Monday to Saturday without public holidays; None: always.
        outside: "restart" or "pause".
    """

    visits: float
    median_s: float
    spread: float
    limit_s: float | None
    hours: tuple[int, int] | None = None
    outside: str = "restart"


USES = {
    "blue": Use(2.5, 40 * 60, 0.9, 90 * 60, (9, 19)),
    "loading": Use(2.0, 14 * 60, 0.8, 30 * 60, (6, 12), "pause"),
    "short": Use(3.0, 9 * 60, 0.8, 20 * 60),
    "residents": Use(0.8, 5 * 3600, 1.0, 7 * DAY_S),
    "general": Use(1.2, 80 * 60, 1.1, None),
}
"""The uses of a bay, by name of the rule. The law's own limit is that of "residents": seven days in one place
(R417-12)."""

BUSY = (2, 1, 1, 1, 2, 6, 18, 45, 75, 90, 100, 98, 90, 80, 88, 95, 100, 96, 85, 60, 40, 25, 12, 5)
"""Arrivals by local hour, in per cent of the busiest; half of it on a Sunday."""

LONG, LONG_S = 0.004, 5 * DAY_S
"""Share of the vehicles that stay for days, and the median of these stays: some are longer than a week."""


def use_of(bay: int) -> str:
    return tuple(USES)[bay % len(USES)]


def visits(seed: int, bay: int, days: int) -> list[Visit]:
    """All that begin within the month, in order and apart from each other."""
    return list(_visits(USES[use_of(bay)], Random(f"{seed}/visits/{bay}"), days * DAY_S))


def _visits(use: Use, chance: Random, end_s: float) -> Iterator[Visit]:
    at_s = 0.0
    while True:
        at_s += chance.expovariate(use.visits / 3600)
        if at_s >= end_s:
            return
        if chance.random() * 100 >= _busy(at_s):
            continue
        median_s, spread = (LONG_S, 0.5) if chance.random() < LONG else (use.median_s, use.spread)
        leaves_s = at_s + max(20.0, chance.lognormvariate(math.log(median_s), spread))
        yield Visit(at_s, leaves_s)
        at_s = leaves_s + 15.0


def _busy(at_s: float) -> float:
    local = local_time(at_s)
    return BUSY[local.hour] / (2 if local.weekday() == 6 else 1)


_OFFSETS_H = {False: 1, True: 2}
_SUMMER_S = datetime(2027, 3, 28, 1, tzinfo=UTC).timestamp()


def local_time(at_s: float) -> datetime:
    """Returns the local time of central Europe, by its rule and not by the tables that the agent reads."""
    unix_s = BEGIN_S + at_s
    hours = _OFFSETS_H[unix_s >= _SUMMER_S]
    return datetime.fromtimestamp(unix_s, UTC) + timedelta(hours=hours)
