"""The charts of one quantity: its hours over the month, its days, how much is known, and the course of a day."""

import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from agent.aggregation.bucket import AMOUNTS
from agent.calendars import local_moment
from agent.plot.svg import rect, text, wide
from agent.trades.sensing.month import reckoning
from agent.trades.sensing.month.model import LocalMonth, Quantity, StationMonth, values_of
from agent.trades.sensing.month.paper import (
    ALARM,
    BAND,
    COURSE,
    COURSE_LEFT,
    GAP,
    GRID,
    LEFT,
    LINE,
    MEAN,
    PAPER,
    STRIP,
    Frame,
    area,
    line,
    shown,
    unit_words,
)
from drivers.translation import _

HEIGHT, TITLE, BELOW = 104, 42, 52
PANEL = TITLE + HEIGHT + BELOW
_COVERAGE, _LABEL = 6, 12
_STEPS = (1, 2, 2.5, 5, 10)


class Mark(NamedTuple):
    """A line across a chart: a limit."""

    value: float
    words: str


def scale(values: Sequence[float], marks: Sequence[Mark], zero: bool) -> tuple[float, float, float]:
    """The lowest and the highest value of a scale, and its step: four steps or so.

    Args:
        zero: it begins at 0.
    """
    top = max(values, default=1.0)
    near = [each.value for each in marks if each.value <= 1.6 * top]
    top, low = max([top, *near]), 0.0 if zero else min(values, default=0.0)
    step = _step((top - low) / 4 or 1.0)
    return math.floor(low / step) * step, math.ceil(top / step + 0.05) * step, step


def _step(wanted: float) -> float:
    size = math.pow(10, math.floor(math.log10(wanted)))
    return next(each * size for each in _STEPS if each * size >= wanted * 0.999)


class Panel(NamedTuple):
    """What is drawn of one quantity.

    Args:
        name: for people.
        marks: limits.
        zero: the scale begins at 0.
        by_day: a value for each day, drawn over the hours; None: nothing of a day is known.
        extremes: the lowest and highest readings of each hour are shown.
        said: what is told beside its title.
    """

    name: str
    quantity: Quantity
    marks: Sequence[Mark] = ()
    zero: bool = True
    by_day: dict[date, float | None] | None = None
    extremes: bool = False
    said: Sequence[str] = ()


def panel(month: StationMonth, of: Panel, top: float) -> Iterator[str]:
    """Yields one panel: title and figures, the strip of the month, how much is known, the course of a day."""
    values = values_of(month.known(of.quantity))
    unit = unit_words(of.quantity.nature.unit)
    yield text(LEFT - 36, top + 16, ", ".join(filter(None, (of.name, unit))), "w")
    yield text(LEFT - 36, top + 33, figures(month, of), "f")
    for number, words in enumerate(of.said):
        yield text(LEFT + STRIP, top + 16 + 17 * number, words, "f", "end")
    if of.quantity.nature.method == "vector":
        return
    low, high, step = scale([*values, *_extremes(month, of), *_sums_of_days(of)], of.marks, of.zero)
    high = min(high, 100.0) if of.quantity.nature.unit == "%" else high
    frame = Frame(LEFT, top + TITLE, STRIP, HEIGHT, low, high)
    yield from _ground(month, of.quantity, frame, step)
    yield from _hours(month, of, frame)
    yield from _days(month.month, of.by_day or {}, frame)
    yield from _marks(of.marks, frame)
    yield from _coverage(month, of.quantity, frame.bottom + 7)
    yield from dates(month.month, frame.bottom + 27)
    yield from course(month, of.quantity, Frame(COURSE_LEFT, top + TITLE, COURSE, HEIGHT, low, high), step)


def _extremes(month: StationMonth, of: Panel) -> list[float]:
    hours = [each for each in month.known(of.quantity) if each is not None and of.extremes]
    return [value for each in hours for value in (each.low, each.high) if value is not None]


def _sums_of_days(of: Panel) -> list[float]:
    """Returns what lies above its hours: a mean of a day never does."""
    if of.quantity.nature.method not in AMOUNTS:
        return []
    return [value for value in (of.by_day or {}).values() if value is not None]


def figures(month: StationMonth, of: Panel) -> str:
    """The figures of a month in words."""
    known = _("values of {percent:.0f} % of the hours").format(percent=100 * reckoning.known_share(month, of.quantity))
    found = [known]
    mean, highest = reckoning.whole(month, of.quantity), reckoning.highest(month, of.quantity)
    if mean is not None and of.quantity.nature.method in {"mean", "energetic"}:
        words = _("energetic mean {value}") if of.quantity.nature.method == "energetic" else _("mean {value}")
        found.append(words.format(value=shown(mean)))
    elif of.quantity.nature.method in {"mean", "energetic"}:
        found.append(_("no mean: fewer than three quarters of the hours are known"))
    elif of.quantity.nature.method in AMOUNTS:
        found.append(_sum(mean))
    if highest is not None and of.quantity.nature.method != "vector":
        at = month.month.local(highest[0])
        words = _("highest hour {value} ({day:%a} {number}, {day:%H:%M})")
        found.append(words.format(value=shown(highest[1]), day=at, number=at.day))
    return "  \u00b7  ".join(found)


def _sum(total: float | None) -> str:
    if total is None:
        return _("no sum: fewer than three quarters of the hours are known")
    return _("sum of the known hours {value}").format(value=shown(total))


def x_of(month: LocalMonth, frame: Frame, unix_s: float) -> float:
    return frame.across((unix_s - month.begin_s) / (month.end_s - month.begin_s))


def _x_of_day(month: LocalMonth, frame: Frame, day: date) -> float:
    """The place where a day begins."""
    return x_of(month, frame, local_moment(day, 0, month.timezone).timestamp())


def _ground(month: StationMonth, quantity: Quantity, frame: Frame, step: float) -> Iterator[str]:
    """The scale, the days, and what is not known."""
    yield rect(frame.x, frame.y, frame.width, frame.height, PAPER)
    begin_s = month.month.hours[0]
    for first, end in reckoning.gaps(month, quantity):
        x, until = (x_of(month.month, frame, begin_s + 3600 * each) for each in (first, end))
        yield rect(x, frame.y, until - x, frame.height, GAP)
    yield from scale_lines(frame, step)
    for day in month.month.days[1:]:
        x = _x_of_day(month.month, frame, day)
        width = 1.1 if day.weekday() == 0 else 0.5
        yield f'<path d="M{x:.1f} {frame.y}V{frame.bottom}" stroke="{GRID}" stroke-width="{width}"/>'


def scale_lines(frame: Frame, step: float) -> Iterator[str]:
    for number in range(round((frame.high - frame.low) / step) + 1):
        value = frame.low + number * step
        y = frame.up(value)
        yield f'<path d="M{frame.x} {y:.1f}H{frame.x + frame.width}" stroke="{GRID}" stroke-width="0.6"/>'
        yield text(frame.x - 6, y + 4, f"{value:g}", "g", "end")


def _runs(month: StationMonth, quantity: Quantity) -> Iterator[list[int]]:
    """Yields the begins of hours that follow one another and have a value."""
    run = list[int]()
    for begin_s in month.elapsed:
        hour = quantity.hours.get(begin_s)
        if hour is not None and hour.value is not None:
            run.append(begin_s)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _hours(month: StationMonth, of: Panel, frame: Frame) -> Iterator[str]:
    """The hourly values, and the band of what was read in them; nothing is drawn over a gap."""
    for run in _runs(month, of.quantity):
        if of.extremes:
            yield _band(month, of.quantity, run, frame)
        points = []
        for begin_s in run:
            y = frame.up(of.quantity.hours[begin_s].value or 0.0)
            points += [(x_of(month.month, frame, begin_s), y), (x_of(month.month, frame, begin_s + 3600), y)]
        if not of.extremes and of.zero:
            yield area(points, [(points[0][0], frame.bottom), (points[-1][0], frame.bottom)], BAND)
        yield line(points, LINE, 1.1)


def _band(month: StationMonth, quantity: Quantity, run: Sequence[int], frame: Frame) -> str:
    upper, lower = list[tuple[float, float]](), list[tuple[float, float]]()
    for begin_s in run:
        hour = quantity.hours[begin_s]
        value = hour.value or 0.0
        xs = x_of(month.month, frame, begin_s), x_of(month.month, frame, begin_s + 3600)
        upper += [(x, frame.up(value if hour.high is None else hour.high)) for x in xs]
        lower += [(x, frame.up(value if hour.low is None else hour.low)) for x in xs]
    return area(upper, lower, BAND)


def _days(month: LocalMonth, by_day: dict[date, float | None], frame: Frame) -> Iterator[str]:
    for day, value in by_day.items():
        if value is not None:
            begin, end = (_x_of_day(month, frame, each) for each in (day, day + timedelta(days=1)))
            yield line([(begin + 1, frame.up(value)), (end - 1, frame.up(value))], MEAN, 2.2)


def _marks(marks: Sequence[Mark], frame: Frame) -> Iterator[str]:
    """Lines of limits that lie on the scale; their words stand at its end, above the line where there is room."""
    inside = sorted((each for each in marks if frame.low < each.value <= frame.high), key=lambda each: -each.value)
    taken = list[_Words]()
    for each in inside:
        y = frame.up(each.value)
        yield line([(frame.x, y), (frame.x + frame.width, y)], ALARM, 1.2, "6 3")
        taken.append(_free(each.words, y, taken, frame))
        yield text(taken[-1].end, taken[-1].y, each.words, "lh", "end")


class _Words(NamedTuple):
    """A place for words: their end, their width, and the line that they stand on."""

    end: float
    width: float
    y: float

    def meets(self, other: "_Words") -> bool:
        return (
            abs(self.y - other.y) < _LABEL and self.end > other.end - other.width and other.end > self.end - self.width
        )


def _free(words: str, y: float, taken: Sequence[_Words], frame: Frame) -> _Words:
    """The first place beside a line at which nothing stands: above it, below it, and the same further to the left."""
    width = wide(words, _LABEL - 1) + 8
    ends = [frame.x + frame.width - 4, *(each.end - each.width for each in taken)]
    places = [_Words(end, width, at) for end in ends for at in (y - 3, y + _LABEL) if at <= frame.bottom]
    return next((each for each in places if not any(map(each.meets, taken))), _Words(ends[0], width, y - 3))


def _coverage(month: StationMonth, quantity: Quantity, y: float) -> Iterator[str]:
    """How much of each day was measured: a bar that is as dark as it is whole."""
    frame = Frame(LEFT, y, STRIP, _COVERAGE, 0, 100)
    width = STRIP / len(month.month.days)
    for day, percent in reckoning.daily_coverage(month, quantity).items():
        x = frame.across((day - month.month.first).days / len(month.month.days))
        yield rect(x + 0.7, y, width - 1.4, _COVERAGE, "#e6e9ed")
        yield rect(x + 0.7, y, (width - 1.4) * percent / 100, _COVERAGE, "#6b9a78")
    yield text(LEFT - 6, y + 6, _("known"), "g", "end")


def dates(month: LocalMonth, y: float) -> Iterator[str]:
    width = STRIP / len(month.days)
    for day in month.days:
        x = LEFT + width * ((day - month.first).days + 0.5)
        yield text(x, y, str(day.day), "f" if day.weekday() else "v", "middle")
        if not day.weekday():
            yield text(x, y + 12, f"{day:%a}", "g", "middle")


def course(month: StationMonth, quantity: Quantity, frame: Frame, step: float) -> Iterator[str]:
    """The course of a day: each hour of the clock over the days of the month, and what eight of ten days lie in."""
    yield rect(frame.x, frame.y, frame.width, frame.height, PAPER)
    yield from scale_lines(frame, step)
    found = reckoning.course(month, quantity)
    width = frame.width / 24
    for hour, each in enumerate(found):
        if each is not None:
            x = frame.across(hour / 24)
            yield rect(x, round(frame.up(each.high), 1), width, frame.up(each.low) - frame.up(each.high), BAND)
    for hour, each in enumerate(found):
        if each is not None:
            x, y = frame.across(hour / 24), frame.up(each.value)
            yield line([(x, y), (x + width, y)], LINE, 2)
    for (hour, one), (_next, other) in pairwise(enumerate(found)):
        if one is not None and other is not None:
            x = frame.across((hour + 1) / 24)
            yield line([(x, frame.up(one.value)), (x, frame.up(other.value))], LINE, 1)
    yield from clock(frame)


def clock(frame: Frame) -> Iterator[str]:
    for hour in (0, 6, 12, 18, 24):
        anchor = {0: "start", 24: "end"}.get(hour, "middle")
        yield text(frame.across(hour / 24), frame.bottom + 15, f"{hour}:00", "f", anchor)
    yield text(frame.x + frame.width / 2, frame.bottom + 30, _("course of a day; band: 8 of 10 days"), "g", "middle")
