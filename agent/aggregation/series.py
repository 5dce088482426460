"""One quantity, aggregated over all its windows as its readings come, in whatever order they come (pure).

A reading belongs to the windows of its own time. A window is told once it is over and late ones were waited for; what
comes after that is counted, and told with the next.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct, structs

from agent.aggregation import bucket as buckets
from agent.aggregation import coverage, gust, rolling
from agent.aggregation import lden as noise
from agent.aggregation.bucket import Bucket, Method, Sample
from agent.aggregation.coverage import Covered, Piece
from agent.aggregation.gust import Blow
from agent.aggregation.lden import Hours, LdenDay
from agent.aggregation.periods import Borders, Span
from agent.aggregation.rolling import Rolling
from agent.aggregation.windows import LENGTH_S, Window, parts, span

COVERAGE = 0.75
"""Share of a window that must be known for its value to count (directive 2008/50/EC, annex VII)."""

LONGEST_S = 26 * 3600.0
"""The length of the longest window, and more."""


class SeriesRule(Struct, frozen=True):
    """How a quantity is aggregated.

    Args:
        windows: that are told.
        stands_s: a reading stands for so much of the time before it.
        late_s: a window waits so long for readings that come late; where none stands for its end yet, until the next
            one is due.
        coverage: share of a window that must be known.
        hours: of day, evening and night.
    """

    method: Method
    windows: tuple[Window, ...]
    stands_s: float
    timezone: str
    late_s: float = 0.0
    coverage: float = COVERAGE
    hours: Hours = Hours()

    def over_s(self, covered: Covered, now_s: float) -> float:
        """What ended by then has all that belongs to it: a reading that is due stands for a time before itself."""
        known_s, waited_s = covered.until_s, now_s - self.late_s
        return min(waited_s, known_s) if waited_s < self._next_s(covered) else waited_s

    def due_s(self, covered: Covered, end_s: float) -> float:
        """The time at which a window has all that belongs to it, by its end."""
        return self.late_s + (end_s if covered.until_s >= end_s else max(end_s, self._next_s(covered)))

    def _next_s(self, covered: Covered) -> float:
        return covered.until_s + (1 + coverage.SNAP) * self.stands_s

    def borders(self, window: Window) -> Borders:
        """The borders of its days."""
        at = self.hours.day if window == "lden" else 0
        return Borders(self.timezone, (at, at))

    @property
    def kept(self) -> tuple[Window, ...]:
        """The windows that readings are put into: eight hours are made of hours."""
        wanted = dict.fromkeys("1h" if window == "8h" else window for window in self.windows if window != "lden")
        return tuple(wanted)


class Series(Struct, frozen=True, omit_defaults=True):
    """What is known of it.

    Args:
        open: windows that are not told yet, in their order.
        days: of Lden, the same.
        told_s: end of the last one that was told of each window, unix seconds.
        late: readings since then that came too late for it.
        recent: speeds of the last three seconds.
    """

    covered: Covered = Covered()
    open: dict[Window, tuple[Bucket, ...]] = {}
    days: tuple[LdenDay, ...] = ()
    eight: Rolling = Rolling()
    told_s: dict[Window, float] = {}
    late: dict[Window, int] = {}
    recent: tuple[Blow, ...] = ()


class _Place(NamedTuple):
    """The windows of one kind, into which a reading goes.

    Args:
        open: the windows of one kind that are not told yet.
        told_s: the last one that was told ended then, unix seconds.
        waited_s: those that ended before are not waited for any more.
    """

    window: Window
    borders: Borders
    open: Sequence[Span]
    told_s: float
    waited_s: float

    def takes(self, part: Span) -> bool:
        """Whether a reading of that window is in time."""
        return part.end_s > self.told_s and (part.end_s >= self.waited_s or part in self.open)

    def span(self, at_s: float) -> Span:
        """The window of a moment."""
        known = (each for each in reversed(self.open) if each.begin_s < at_s <= each.end_s)
        return next(known, None) or span(self.window, at_s, self.borders)


class Amount(NamedTuple):
    """What was gained or counted in a time.

    Args:
        gap: nobody knows when in that time it was: windows that have a part of it alone have nothing of it.
    """

    value: float
    of: Span
    gap: bool = False

    @property
    def length_s(self) -> float:
        return self.of.end_s - self.of.begin_s


class _New(NamedTuple):
    """A reading, the time that it covers alone, and what counts for the highest and the lowest.

    Args:
        whole: nobody knows when in that time it was: it belongs to windows that have all of it.
    """

    sample: Sample
    pieces: tuple[Piece, ...]
    extreme: float | None = None
    whole: bool = False


class Result(Struct, frozen=True):
    """A window that is over.

    Args:
        value: None: too little of it is known, or it has none (the direction of a calm).
        coverage: share of it that is known, 0..1.
        low, high: of its readings, also where too little is known.
        known_s: seconds that are known; None: of eight hours.
        levels: of Lden, those of day, evening and night.
        late: readings that came too late for windows before it.
    """

    window: Window
    begin_s: float
    end_s: float
    value: float | None
    coverage: float
    low: float | None = None
    high: float | None = None
    known_s: float | None = None
    calm_s: float = 0.0
    doubtful_s: float = 0.0
    levels: tuple[float | None, ...] = ()
    late: int = 0


def add(rule: SeriesRule, series: Series, sample: Sample, now_s: float) -> Series:
    """The series with a reading. One that covers no time of its own is a repetition, and counts for nothing.

    Args:
        now_s: unix seconds: what is over by then, and was waited for, takes no more.
    """
    covered, pieces = coverage.claim(series.covered, sample.at_s, rule.stands_s)
    if not pieces:
        return series if sample.at_s > series.covered.known_from_s else _missed(series, rule.kept)
    series, extreme = _extreme(rule, structs.replace(series, covered=covered), sample)
    new = _New(sample, pieces, extreme)
    series = _in_windows(rule, series, new, now_s)
    return _with_level(rule, series, _place(rule, series, "lden", now_s), new) if "lden" in rule.windows else series


def add_amount(rule: SeriesRule, series: Series, amount: Amount, now_s: float) -> tuple[Series, bool]:
    """The series with an amount, which is spread evenly over what of its time no other amount is of.

    Of a "sum" whose times overlap, as of a running count that is asked often, that part of the amount alone counts.

    Returns the series, and whether the time reaches over the end of a window.
    """
    begin_s, end_s = amount.of
    crosses = any(span(window, end_s, rule.borders(window)).begin_s > begin_s for window in rule.kept)
    covered, pieces = coverage.claim(series.covered, end_s, amount.length_s)
    if not pieces:
        late = end_s <= series.covered.known_from_s
        return (_missed(series, rule.kept) if late else series), crosses
    own_s = sum(end_s - begin_s for begin_s, end_s in pieces)
    overlaps = rule.method == "sum" and own_s < (1 - coverage.SNAP) * amount.length_s
    per_s = amount.value / (amount.length_s if overlaps else own_s)
    new = _New(Sample(per_s, end_s), pieces, whole=amount.gap)
    waits_s = amount.length_s if rule.method == "gain" else 0.0  # nothing of what a counter shows is lost
    return _in_windows(rule, structs.replace(series, covered=covered), new, now_s - waits_s), crosses


def _in_windows(rule: SeriesRule, series: Series, new: _New, now_s: float) -> Series:
    for window in rule.kept:
        series = _with_sample(rule, series, _place(rule, series, window, now_s), new)
    return series


def _place(rule: SeriesRule, series: Series, window: Window, now_s: float) -> _Place:
    waiting = series.days if window == "lden" else series.open.get(window, ())
    spans = [Span(each.begin_s, each.end_s) for each in waiting]
    return _Place(window, rule.borders(window), spans, series.told_s.get(window, 0.0), now_s - rule.late_s)


def _missed(series: Series, windows: tuple[Window, ...]) -> Series:
    return structs.replace(series, late=series.late | {each: series.late.get(each, 0) + 1 for each in windows})


def _extreme(rule: SeriesRule, series: Series, sample: Sample) -> tuple[Series, float | None]:
    """What counts for the highest and the lowest; None: no three seconds of a gust are known, or it is no value.

    Of directions none is higher than another.
    """
    if rule.method == "vector":
        return series, None
    if rule.method != "gust":
        return series, sample.value
    recent, running = gust.running(series.recent, sample.at_s, sample.value, rule.stands_s)
    return structs.replace(series, recent=recent), running


def _with_sample(rule: SeriesRule, series: Series, place: _Place, new: _New) -> Series:
    """The windows of one kind with a reading."""
    own = place.span(new.sample.at_s)
    if not place.takes(own):
        series = _missed(series, (place.window,))
    found = {each.begin_s: each for each in series.open.get(place.window, ())}
    for part, seconds in _open_parts(place, new.pieces, new.whole):
        found[part.begin_s] = buckets.weigh(found.get(part.begin_s) or Bucket(*part), rule.method, new.sample, seconds)
    if new.extreme is not None and own.begin_s in found:
        found[own.begin_s] = buckets.extend(found[own.begin_s], new.extreme, new.sample.at_s)
    kept = tuple(found[begin_s] for begin_s in sorted(found))
    return structs.replace(series, open=series.open | {place.window: kept})


def _open_parts(place: _Place, pieces: tuple[Piece, ...], whole: bool = False) -> Iterator[tuple[Span, float]]:
    for begin_s, end_s in pieces:
        found = list(parts(place.span, begin_s, end_s))
        if not whole or len(found) == 1:
            yield from (each for each in found if place.takes(each[0]))


def _with_level(rule: SeriesRule, series: Series, place: _Place, new: _New) -> Series:
    days = {each.begin_s: each for each in series.days}
    for piece in new.pieces:
        for part, _seconds in _open_parts(place, (piece,)):
            day = days.get(part.begin_s) or noise.opened(part, rule.timezone, rule.hours)
            days[part.begin_s] = noise.weigh(day, new.sample.value, *piece)
    return structs.replace(series, days=tuple(days[begin_s] for begin_s in sorted(days)))


def due_s(rule: SeriesRule, series: Series) -> float | None:
    """The time at which the next window is to be told, unix seconds; None: none is open."""
    ends = [each[0].end_s for each in series.open.values() if each] + [day.end_s for day in series.days[:1]]
    if "8h" in rule.windows and (end_s := rolling.next_end_s(series.eight)) is not None:
        ends.append(end_s)
    return rule.due_s(series.covered, min(ends)) if ends else None


def close(rule: SeriesRule, series: Series, now_s: float) -> tuple[Series, list[Result]]:
    """Takes out what is over and was waited for; in the order of the ends, the shortest first."""
    due = due_s(rule, series)
    if due is None or now_s < due:
        return series, []
    until_s, found = rule.over_s(series.covered, now_s), list[Result]()
    for window in rule.kept:
        series, results = _over(rule, series, window, until_s)
        found += results if window in rule.windows else []
    series, eights = _eights(rule, series, until_s)
    series, levels = _levels(rule, series, until_s)
    trimmed = structs.replace(series, covered=coverage.since(series.covered, until_s - LONGEST_S))
    return trimmed, sorted([*found, *eights, *levels], key=lambda each: (each.end_s, LENGTH_S[each.window]))


def _over(rule: SeriesRule, series: Series, window: Window, until_s: float) -> tuple[Series, list[Result]]:
    """The windows of one kind."""
    waiting = series.open.get(window, ())
    over = tuple(each for each in waiting if each.end_s <= until_s)
    if not over:
        return series, []
    if window == "1h" and "8h" in rule.windows:
        series = structs.replace(series, eight=_with_hours(rule, series.eight, over))
    results = [_result(rule, window, each, series.late.get(window, 0) if each is over[0] else 0) for each in over]
    opened = series.open | {window: waiting[len(over) :]}
    return structs.replace(_told(series, window, over[-1].end_s), open=opened), results


def _told(series: Series, window: Window, end_s: float) -> Series:
    late = {each: count for each, count in series.late.items() if each != window}
    return structs.replace(series, told_s=series.told_s | {window: end_s}, late=late)


def _with_hours(rule: SeriesRule, eight: Rolling, over: tuple[Bucket, ...]) -> Rolling:
    for each in over:
        eight = rolling.with_hour(eight, each, rule.method, rule.coverage)
    return eight


def _result(rule: SeriesRule, window: Window, bucket: Bucket, late: int) -> Result:
    counts = bucket.coverage >= rule.coverage
    return Result(
        window,
        bucket.begin_s,
        bucket.end_s,
        buckets.value_of(bucket, rule.method) if counts else None,
        bucket.coverage,
        bucket.low,
        bucket.high,
        bucket.known_s,
        bucket.calm_s,
        bucket.doubtful_s,
        late=late,
    )


def _eights(rule: SeriesRule, series: Series, until_s: float) -> tuple[Series, list[Result]]:
    """The eight hours before each end of an hour, while one of them counts."""
    results = list[Result]()
    eight = series.eight
    while "8h" in rule.windows and (end_s := rolling.next_end_s(eight)) is not None and end_s <= until_s:
        eight, value, share = rolling.rolled(eight, rule.method, end_s)
        if share:
            value = value if share >= rule.coverage else None
            results.append(Result("8h", end_s - LENGTH_S["8h"], end_s, value, share))
    return structs.replace(series, eight=eight), results


def _levels(rule: SeriesRule, series: Series, until_s: float) -> tuple[Series, list[Result]]:
    over = [day for day in series.days if day.end_s <= until_s]
    if not over:
        return series, []
    results = [_level(rule, day) for day in over]
    return structs.replace(_told(series, "lden", over[-1].end_s), days=series.days[len(over) :]), results


def _level(rule: SeriesRule, day: LdenDay) -> Result:
    levels = tuple(each.level if each.coverage >= rule.coverage else None for each in day.energies)
    value = noise.level_of(day, rule.hours) if day.coverage >= rule.coverage else None
    known_s = sum(each.known_s for each in day.energies)
    return Result("lden", day.begin_s, day.end_s, value, day.coverage, known_s=known_s, levels=levels)
