"""Every aggregation against an independent reckoning with NumPy, of minute values with gaps."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from minutes import MINUTE_S, minutes, reckoned

from agent.aggregation.bucket import EXCEEDED, Method, Sample
from agent.aggregation.lden import HOURS, Hours, lden
from agent.aggregation.series import Result, Series, SeriesRule, add, close, due_s
from agent.aggregation.windows import LENGTH_S, Window

BEGIN_S = datetime(2027, 3, 27, tzinfo=UTC).timestamp()
ZONE = "Europe/Paris"


def run(rule: SeriesRule, samples: Iterable[Sample], until_s: float) -> list[Result]:
    series, found = Series(), list[Result]()
    for sample in samples:
        series = add(rule, series, sample, sample.at_s)
        series, results = close(rule, series, sample.at_s)
        found += results
    return found + close(rule, series, until_s)[1]


def fixed(at_s: np.ndarray, window: Window) -> np.ndarray:
    """The end of the window of each reading, by the definition: begin < reading <= end."""
    return np.ceil(at_s / LENGTH_S[window]) * LENGTH_S[window]


def local_days(at_s: np.ndarray, starts_hour: int = 0) -> tuple[np.ndarray, dict[float, float]]:
    """The end of the local day of each reading, and the begin of each by its end."""
    day, zone, borders = datetime(2027, 3, 26, starts_hour), ZoneInfo(ZONE), list[float]()
    while day < datetime(2028, 4, 3):
        borders.append(day.replace(tzinfo=zone).timestamp())
        day += timedelta(days=1)
    edges = np.array(borders)
    ends = np.searchsorted(edges, at_s, side="left")
    return edges[ends], {edges[at]: edges[at - 1] for at in range(1, len(edges))}


def expected(method: Method, ends: np.ndarray, values: np.ndarray, begins: dict[float, float]) -> dict[float, object]:
    """The value of each window, by its end, where three quarters of its minutes are there, else None."""
    found: dict[float, object] = {}
    for end_s in np.unique(ends):
        of_window = values[ends == end_s]
        share = len(of_window) * MINUTE_S / (end_s - begins[end_s])
        found[float(end_s)] = (reckoned(method, of_window) if share >= 0.75 else None, share)
    return found


def agree(results: list[Result], wanted: dict[float, object]) -> None:
    told = {each.end_s: (each.value, each.coverage) for each in results}
    assert told.keys() == wanted.keys()
    for end_s, (value, share) in told.items():
        right, right_share = wanted[end_s]  # type: ignore[misc]
        assert share == pytest.approx(right_share, abs=1e-9)
        assert (value is None) == (right is None), end_s
        assert value is None or math.isclose(value, right, rel_tol=1e-12, abs_tol=1e-9)


def compare(method: Method, low: float, high: float, days: int, windows: tuple[Window, ...]) -> None:
    at_s, values = minutes(BEGIN_S, 26, low, high, days * 1440)
    rule = SeriesRule(method, windows, MINUTE_S, ZONE)
    results = run(rule, map(Sample, values.tolist(), at_s.tolist()), BEGIN_S + (days + 2) * 86400)
    for window in windows:
        ends, begins = local_days(at_s)
        if window != "day":
            ends = fixed(at_s, window)
            begins = {float(end_s): float(end_s) - LENGTH_S[window] for end_s in np.unique(ends)}
        agree([each for each in results if each.window == window], expected(method, ends, values, begins))


METHODS = pytest.mark.parametrize(
    ("method", "low", "high"),
    [("mean", -10, 40), ("energetic", 30, 95), ("vector", 0, 170), ("max", 30, 95), ("min", -10, 40), ("last", 0, 9)]
    + [(name, 30, 95) for name in EXCEEDED],
)


@METHODS
def test_days_over_the_change_of_clocks_are_what_numpy_makes_of_them(method: Method, low: float, high: float) -> None:
    compare(method, low, high, 3, ("1min", "15min", "1h", "24h", "day"))


@METHODS
def test_a_month_is_what_numpy_makes_of_it(method: Method, low: float, high: float) -> None:
    """`bench/sensing.py` compares a year."""
    compare(method, low, high, 31, ("1h", "day"))


@pytest.mark.parametrize("method", ["mean", "energetic"])
def test_eight_hours_roll_over_the_hours_that_count(method: Method) -> None:
    at_s, values = minutes(BEGIN_S, 8, 20, 90, 4 * 1440)
    results = run(
        SeriesRule(method, ("8h",), MINUTE_S, ZONE), map(Sample, values.tolist(), at_s.tolist()), BEGIN_S + 5 * 86400
    )
    ends = fixed(at_s, "1h")
    hours = {float(end): values[ends == end] for end in np.unique(ends)}
    valid = {end: reckoned(method, each) for end, each in hours.items() if len(each) >= 45}
    wanted: dict[float, object] = {}
    for end_s in np.arange(BEGIN_S + 3600, BEGIN_S + 5 * 86400, 3600):
        counting = [valid[hour] for hour in end_s - 3600 * np.arange(8) if hour in valid]
        if counting:
            value = reckoned(method, np.array(counting)) if len(counting) >= 6 else None
            wanted[float(end_s)] = (value, len(counting) / 8)
    agree(results, wanted)


def test_lden_of_each_day_is_that_of_its_own_hours() -> None:
    at_s, values = minutes(BEGIN_S, 65, 35, 80, 4 * 1440)
    rule = SeriesRule("energetic", ("lden",), MINUTE_S, ZONE, hours=HOURS["fr"])
    results = run(rule, map(Sample, values.tolist(), at_s.tolist()), BEGIN_S + 12 * 86400)
    ends, begins = local_days(at_s, HOURS["fr"].day // 60)
    before = at_s - 30  # the middle of the minute for which a reading stands
    local = np.array([datetime.fromtimestamp(each, ZoneInfo(ZONE)).hour for each in before.tolist()])
    for each in results:
        mine = ends == each.end_s
        masks = [mine & (local >= 6) & (local < 18), mine & (local >= 18) & (local < 22)]
        masks.append(mine & ((local >= 22) | (local < 6)))
        night_minutes = (each.end_s - begins[each.end_s]) / 60 - 16 * 60
        shares = [mask.sum() / length for mask, length in zip(masks, (720, 240, night_minutes), strict=True)]
        assert each.coverage == pytest.approx(min(shares))
        if min(shares) >= 0.75:
            levels = [reckoned("energetic", values[mask]) for mask in masks]
            assert each.levels == pytest.approx(levels, rel=1e-12)
            assert each.value == pytest.approx(lden(*levels), rel=1e-12)
        else:
            assert each.value is None


def test_france_and_germany_begin_their_day_at_six() -> None:
    assert HOURS["fr"] == HOURS["de"] == Hours(6 * 60, 18 * 60, 22 * 60)
    assert Hours() == Hours(7 * 60, 19 * 60, 23 * 60)


def test_an_evening_of_two_hours_weighs_as_two() -> None:
    """Italy: 6, 20 and 22 h, weights 14, 2 and 8."""
    italy = Hours(6 * 60, 20 * 60, 22 * 60)
    assert (italy.weights, Hours().weights) == ((14.0, 2.0, 8.0), (12.0, 4.0, 8.0))
    wanted = 10 * math.log10((14 * 10**6.5 + 2 * 10**6.5 + 8 * 10**6.5) / 24)
    assert lden(65, 60, 55, italy) == pytest.approx(wanted)
    assert lden(70, 50, 40, italy) == pytest.approx(10 * math.log10((14 * 10**7 + 2 * 10**5.5 + 8 * 10**5) / 24))


def test_published_figures_hold() -> None:
    assert lden(65, 60, 55) == pytest.approx(65.0, abs=0.05)
    assert only("energetic", [50, 80]) == pytest.approx(77.0, abs=0.05)
    assert only("vector", [350, 10]) == pytest.approx(360.0)
    assert only("vector", [10, 190]) is None


def only(method: Method, values: list[float]) -> float | None:
    rule = SeriesRule(method, ("10min",), 300.0, ZONE)
    samples = [Sample(value, BEGIN_S + 300.0 * (1 + at)) for at, value in enumerate(values)]
    (result,) = run(rule, samples, BEGIN_S + 600)
    return result.value


def test_a_percentile_is_the_level_that_was_reached_for_so_long() -> None:
    levels = [40.0] * 6 + [55.0] * 3 + [80.0]
    rule = {name: SeriesRule(name, ("10min",), 60.0, ZONE) for name in EXCEEDED}
    samples = [Sample(value, BEGIN_S + 60.0 * (1 + at)) for at, value in enumerate(levels)]
    found = {name: run(each, samples, BEGIN_S + 600)[0].value for name, each in rule.items()}
    assert found == {"l10": 80.0, "l50": 40.0, "l90": 40.0}
    long = [Sample(70.0, BEGIN_S + 60.0), Sample(50.0, BEGIN_S + 600.0)]
    (result,) = run(SeriesRule("l10", ("10min",), 540.0, ZONE), long, BEGIN_S + 600)
    assert result.value == 70.0, "a minute of ten is a tenth of the time"


def test_a_wind_is_weighed_by_its_speed_and_a_calm_has_no_direction() -> None:
    rule = SeriesRule("vector", ("10min",), 200.0, ZONE)
    winds = [Sample(90, BEGIN_S + 200, 9.0), Sample(180, BEGIN_S + 400, 9.0), Sample(0, BEGIN_S + 600, 0.4)]
    (result,) = run(rule, winds, BEGIN_S + 600)
    assert result.value == pytest.approx(135)
    assert (result.calm_s, result.coverage) == (200, 1)
    (calm,) = run(rule, [Sample(0, BEGIN_S + 200.0 * at, 0.1) for at in (1, 2, 3)], BEGIN_S + 600)
    assert (calm.value, calm.calm_s) == (None, 600)


@pytest.mark.parametrize("rate_hz", [1, 4])
def test_a_gust_is_the_highest_mean_of_three_seconds(rate_hz: int) -> None:
    random = np.random.default_rng(3)
    values = random.weibull(2, 600 * rate_hz) * 8
    rule = SeriesRule("gust", ("10min",), 1 / rate_hz, ZONE)
    samples = [Sample(float(each), BEGIN_S + (1 + at) / rate_hz) for at, each in enumerate(values)]
    (result,) = run(rule, samples, BEGIN_S + 600)
    means = np.convolve(values, np.ones(3 * rate_hz) / (3 * rate_hz), "valid")
    assert result.value == pytest.approx(means.max(), rel=1e-9)


def test_no_gust_is_made_of_readings_that_are_apart() -> None:
    rule = SeriesRule("gust", ("1min",), 1.0, ZONE)
    (result,) = run(rule, [Sample(30, BEGIN_S + 2 * at) for at in range(1, 31)], BEGIN_S + 60)
    assert result.value is None


def test_records_that_come_late_belong_to_their_own_window() -> None:
    at_s, values = minutes(BEGIN_S, 5, 0, 100, 2 * 1440)
    rule = SeriesRule("mean", ("1h", "day"), MINUTE_S, ZONE, late_s=7200)
    samples = list(map(Sample, values.tolist(), at_s.tolist()))
    in_order = run(rule, samples, BEGIN_S + 7 * 86400)
    random, series, found, delayed = Random(5), Series(), list[Result](), list[Sample]()
    for sample in samples:
        delayed.append(sample)
        if len(delayed) == 60:
            random.shuffle(delayed)
            for each in delayed:
                series = add(rule, series, each, sample.at_s)
            delayed.clear()
            series, results = close(rule, series, sample.at_s)
            found += results
    for each in delayed:
        series = add(rule, series, each, samples[-1].at_s)
    found += close(rule, series, BEGIN_S + 7 * 86400)[1]
    assert [(each.end_s, each.coverage, each.low, each.late) for each in found] == [
        (each.end_s, pytest.approx(each.coverage), each.low, 0) for each in in_order
    ]
    for one, other in zip(found, in_order, strict=True):
        assert one.value == (None if other.value is None else pytest.approx(other.value, rel=1e-12))


def test_what_comes_too_late_is_counted_and_changes_nothing() -> None:
    rule = SeriesRule("mean", ("10min",), 60.0, ZONE)
    series = Series()
    for at in range(1, 11):
        series = add(rule, series, Sample(1.0, BEGIN_S + 60 * at), BEGIN_S + 60 * at)
    series, (first,) = close(rule, series, BEGIN_S + 600)
    series = add(rule, series, Sample(9.0, BEGIN_S - 60), BEGIN_S + 620)
    for at in range(11, 21):
        series = add(rule, series, Sample(2.0, BEGIN_S + 60 * at), BEGIN_S + 60 * at)
    series, (second,) = close(rule, series, BEGIN_S + 1200)
    assert (first.value, first.late, second.value, second.late) == (1.0, 0, 2.0, 1)


def test_a_window_waits_for_the_reading_that_is_due_and_stands_for_its_end() -> None:
    """One each ten minutes, five past: each hour has the whole of both that reach over its borders."""
    rule = SeriesRule("mean", ("1h",), 600.0, ZONE, late_s=60.0)
    samples = [Sample(float(at), BEGIN_S + 300 + 600 * at) for at in range(1, 24)]
    results = run(rule, samples, BEGIN_S + 5 * 3600)
    assert [each.coverage for each in results] == pytest.approx([55 / 60, 1.0, 1.0, 55 / 60])
    assert results[1].value == pytest.approx((5 * 6 + 10 * (7 + 8 + 9 + 10 + 11) + 5 * 12) / 60)
    series = add(rule, Series(), Sample(1.0, BEGIN_S + 3300), BEGIN_S + 3300)
    assert due_s(rule, series) == pytest.approx(BEGIN_S + 3300 + 660 + 60), "the next one is due, and may be late"


def test_a_burst_weighs_no_more_than_its_time_and_a_repetition_nothing() -> None:
    rule = SeriesRule("mean", ("10min",), 60.0, ZONE)
    steady = [Sample(10.0, BEGIN_S + 60 * at) for at in range(1, 10)]
    burst = [Sample(100.0, BEGIN_S + 540 + at / 10) for at in range(1, 101)]
    (result,) = run(rule, [*steady, *burst, burst[-1]], BEGIN_S + 700)
    assert result.coverage == pytest.approx(550 / 600)
    assert result.value == pytest.approx((540 * 10 + 10 * 100) / 550)


def test_a_sensor_that_spoke_for_a_minute_did_not_cover_the_hour() -> None:
    rule = SeriesRule("mean", ("1h",), 60.0, ZONE)
    (result,) = run(rule, [Sample(10.0, BEGIN_S + 60 + at) for at in range(60)], BEGIN_S + 3600)
    assert result.value is None
    assert result.coverage == pytest.approx(119 / 3600)
    assert (result.low, result.high) == (10, 10)


def test_a_poll_that_comes_a_little_late_leaves_no_gap() -> None:
    random = Random(1)
    samples = [Sample(1.0, BEGIN_S + at + random.uniform(-0.04, 0.0)) for at in range(1, 601)]
    (result,) = run(SeriesRule("mean", ("10min",), 1.0, ZONE), samples, BEGIN_S + 602)
    assert result.coverage > 0.9998


def test_nothing_changes_where_it_is_stored_between_any_two_readings() -> None:
    at_s, values = minutes(BEGIN_S, 9, 30, 90, 1440)
    rule = SeriesRule("energetic", ("1h", "8h", "day", "lden"), MINUTE_S, ZONE, hours=Hours())
    samples = list(map(Sample, values.tolist(), at_s.tolist()))
    series, found = Series(), list[Result]()
    for sample in samples:
        series = msgspec.json.decode(msgspec.json.encode(series), type=Series)
        series, results = close(rule, add(rule, series, sample, sample.at_s), sample.at_s)
        found += results
    assert found + close(rule, series, BEGIN_S + 5 * 86400)[1] == run(rule, samples, BEGIN_S + 5 * 86400)


def test_it_says_when_the_next_window_is_due() -> None:
    rule = SeriesRule("mean", ("10min", "1h"), 60.0, ZONE, late_s=30.0)
    assert due_s(rule, Series()) is None
    series = add(rule, Series(), Sample(1.0, BEGIN_S + 60), BEGIN_S + 60)
    assert due_s(rule, series) == BEGIN_S + 630
    assert close(rule, series, BEGIN_S + 629)[1] == []
    assert due_s(rule, close(rule, series, BEGIN_S + 630)[0]) == BEGIN_S + 3630
