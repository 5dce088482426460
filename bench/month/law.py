"""The time at which a visit exceeds the limit of its bay: by the day and the hour, with none of the agent's code."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from month.truth import BEGIN_S, USES, Visit, local_time

HOLIDAYS = {date(2027, 3, 29)}
"""Easter Monday, the only public holiday of the month."""


def exceeds_s(rule: str, visit: Visit, by_s: float = 0.0) -> float | None:
    """Returns when a visit has stood for the limit, and `by_s` more, while the order holds; None: it never does.

    Seconds since the month began.
    """
    use = USES[rule]
    if use.limit_s is None:
        return None
    left_s = use.limit_s + by_s
    for begin_s, end_s in _open(rule, visit):
        if end_s - begin_s >= left_s:
            return begin_s + left_s
        left_s = left_s - (end_s - begin_s) if use.outside == "pause" else use.limit_s + by_s
    return None


def _open(rule: str, visit: Visit) -> Iterator[tuple[float, float]]:
    """The parts of a visit in which the order holds."""
    hours = USES[rule].hours
    if hours is None:
        yield visit.arrives_s, visit.leaves_s
        return
    day = local_time(visit.arrives_s).date() - timedelta(days=1)
    while day <= local_time(visit.leaves_s).date():
        if day.weekday() < 6 and day not in HOLIDAYS:
            begin_s = max(visit.arrives_s, _since_s(day, hours[0]))
            end_s = min(visit.leaves_s, _since_s(day, hours[1]))
            if begin_s < end_s:
                yield begin_s, end_s
        day += timedelta(days=1)


def _since_s(day: date, hour: int) -> float:
    """A local hour as seconds since the month began: the one of the two offsets that fits. No hour here is skipped."""
    at_s = datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp() - BEGIN_S
    return next(at_s - offset_s for offset_s in (3600, 7200) if local_time(at_s - offset_s).hour == hour)
