"""Aggregates of the logs of a day: times, counts, and lengths of stays (pure)."""

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from operator import add

from msgspec import Struct

from agent.trades.parking.statistics.day_log import DayLog, State
from agent.trades.parking.statistics.event_types import Figures


class Span(Struct, frozen=True):
    """A bay was in one state from `begin_s` until `end_s` of a day.

    Args:
        overstayed: it is occupied beyond the limit.
        arrived: it begins with an arrival; two vehicles that follow one another are two spans.
    """

    begin_s: int
    end_s: int
    state: State
    overstayed: bool = False
    arrived: bool = False


class Totals(Struct, frozen=True):
    """The totals of one bay or of several, in one window of time.

    Args:
        stays_s: of the vehicles that left in it, as far as their length is known.
        coarse: bays of which not every change is known.
    """

    free_s: int = 0
    occupied_s: int = 0
    unknown_s: int = 0
    arrivals: int = 0
    departures: int = 0
    overstays: int = 0
    stays_s: tuple[int, ...] = ()
    coarse: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.free_s + other.free_s,
            self.occupied_s + other.occupied_s,
            self.unknown_s + other.unknown_s,
            self.arrivals + other.arrivals,
            self.departures + other.departures,
            self.overstays + other.overstays,
            self.stays_s + other.stays_s,
            self.coarse + other.coarse,
        )


def spans(log: DayLog | None, until_s: int) -> Iterator[Span]:
    """A bay's day from midnight to `until_s`, without gaps; None: nobody knows anything of it."""
    log = log or DayLog()
    begin_s, state, overstayed, arrived = 0, log.begin, log.overstayed, False
    for change in log.changes:
        if change.at_s >= until_s:
            break
        if change.at_s > begin_s:
            yield Span(begin_s, change.at_s, state, overstayed and state == "occupied", arrived)
        begin_s, state, arrived = change.at_s, change.state, change.kind == "arrived"
        if change.kind not in ("occupied", "unknown"):
            overstayed = change.kind == "overstay"
    if until_s > begin_s:
        yield Span(begin_s, until_s, state, overstayed and state == "occupied", arrived)


def totals(log: DayLog | None, begin_s: int, end_s: int) -> Totals:
    """Returns the totals of one bay; what happens at `end_s` itself belongs to the next window."""
    time_s = {"free": 0, "occupied": 0, "unknown": 0}
    for span in spans(log, end_s):
        time_s[span.state] += max(0, span.end_s - max(span.begin_s, begin_s))
    changes = [each for each in log.changes if begin_s <= each.at_s < end_s] if log else []
    kinds = [change.kind for change in changes]
    return Totals(
        time_s["free"],
        time_s["occupied"],
        time_s["unknown"],
        kinds.count("arrived"),
        kinds.count("left"),
        kinds.count("overstay"),
        tuple(change.stay_s for change in changes if change.stay_s is not None),
        int(log is not None and log.coarse),
    )


def total(logs: Iterable[DayLog | None], begin_s: int, end_s: int) -> Totals:
    """Returns the totals of the bays of a group."""
    return reduce(add, (totals(log, begin_s, end_s) for log in logs), Totals())


def state_at(log: DayLog | None, at_s: int) -> State:
    """Returns the state that is known after everything that happened until then."""
    state: State = log.begin if log else "unknown"
    for change in log.changes if log else ():
        if change.at_s > at_s:
            break
        state = change.state
    return state


def city_figures(of: Totals, bays: int) -> Figures:
    """Returns the figures for the city. What is not known is null: a share where no state was, a length where no stay
    ended.

    `occupied_percent` is a share of the time in which the state was known, `turnover` the vehicles that came for each
    bay; `stays` of those that left have a known length, of which `p90_stay_s` is the nearest-rank 90th percentile.
    """
    known_s = of.free_s + of.occupied_s
    stays = len(of.stays_s)
    return Figures(
        occupied_percent=_percent(of.occupied_s, known_s),
        unknown_percent=_percent(of.unknown_s, known_s + of.unknown_s),
        arrivals=of.arrivals,
        departures=of.departures,
        turnover=round(of.arrivals / bays, 3) if bays else None,
        overstays=of.overstays,
        stays=stays,
        mean_stay_s=round(sum(of.stays_s) / stays) if stays else None,
        p90_stay_s=p90(of.stays_s),
        coarse_bays=of.coarse,
    )


def p90(values: Sequence[int]) -> int | None:
    """The smallest of the values that at least 90 % of them do not exceed (nearest rank)."""
    return sorted(values)[-(-9 * len(values) // 10) - 1] if values else None


def _percent(part: int, whole: int) -> float | None:
    """Returns a share to one decimal, which is 0 or 100 only where it is exactly none or all; None: `whole` is 0."""
    if part in {0, whole}:
        return None if whole == 0 else 100.0 * (part == whole)
    return min(max(round(100 * part / whole, 1), 0.1), 99.9)
