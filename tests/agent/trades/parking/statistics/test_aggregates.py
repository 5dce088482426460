"""What the logs come to: times that sum up, counts, and percentiles."""

import math
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.trades.parking.statistics.aggregates import city_figures, p90, spans, total, totals
from agent.trades.parking.statistics.day_log import Change, DayLog, day_log
from agent.trades.parking.statistics.days import day_at, local_day

DAY_S = 86_400
STATES = st.sampled_from(["occupied", "free", "unknown"])
CHANGES = st.lists(
    st.builds(
        Change,
        st.integers(0, 89_999),
        st.sampled_from(["arrived", "left", "overstay", "occupied", "free", "unknown"]),
        st.none() | st.integers(0, 10**6),
    ),
    max_size=40,
).map(lambda found: sorted(found, key=lambda each: each.at_s))


@given(STATES, CHANGES, st.integers(0, 90_000))
def test_spans_lie_side_by_side_and_fill_the_day(begin: str, changes: list[Change], until_s: int) -> None:
    found = list(spans(day_log(begin, False, changes), until_s))  # type: ignore[arg-type]
    assert all(each.end_s > each.begin_s for each in found)
    assert [each.begin_s for each in found] == [0, *(each.end_s for each in found)][: len(found)]
    assert sum(each.end_s - each.begin_s for each in found) == until_s


@given(STATES, CHANGES, st.sampled_from([300, 3600, 7000]), st.sampled_from([82_800, 86_400, 90_000]))
def test_the_hours_of_a_day_sum_to_the_day(begin: str, changes: list[Change], each_s: int, length_s: int) -> None:
    log = day_log(begin, False, [each for each in changes if each.at_s < length_s])  # type: ignore[arg-type]
    whole = totals(log, 0, length_s)
    parts = [totals(log, at_s, min(at_s + each_s, length_s)) for at_s in range(0, length_s, each_s)]
    summed = parts[0]
    for part in parts[1:]:
        summed += part
    assert (summed.free_s, summed.occupied_s, summed.unknown_s) == (whole.free_s, whole.occupied_s, whole.unknown_s)
    assert whole.free_s + whole.occupied_s + whole.unknown_s == length_s
    assert (summed.arrivals, summed.departures, summed.stays_s) == (whole.arrivals, whole.departures, whole.stays_s)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=200))
def test_p90_is_the_smallest_value_that_nine_of_ten_do_not_exceed(values: list[int]) -> None:
    naive = min(each for each in values if 10 * sum(other <= each for other in values) >= 9 * len(values))
    assert p90(values) == naive
    assert city_figures(totals(None, 0, 1), 1).p90_stay_s is None


def test_the_figures_of_a_group() -> None:
    one = day_log("free", False, [Change(3600, "arrived"), Change(7200, "overstay"), Change(10_800, "left", 7200)])
    two = day_log("unknown", False, [Change(43_200, "free"), Change(50_000, "arrived"), Change(50_060, "left", None)])
    told = city_figures(total([one, two, None], 0, DAY_S), 3)
    assert msgspec.to_builtins(told) == {
        "occupied_percent": round(100 * 7260 / (DAY_S + DAY_S / 2), 1),
        "unknown_percent": 50.0,
        "arrivals": 2,
        "departures": 2,
        "turnover": 0.667,
        "overstays": 1,
        "stays": 1,
        "mean_stay_s": 7200,
        "p90_stay_s": 7200,
        "coarse_bays": 0,
    }


def test_nothing_known_is_null_and_not_zero() -> None:
    told = city_figures(total([None, DayLog()], 0, DAY_S), 2)
    assert (told.occupied_percent, told.unknown_percent, told.mean_stay_s) == (None, 100.0, None)


@pytest.mark.parametrize(
    ("day", "hours", "labels"),
    [
        (date(2026, 3, 29), 23, [0, 1, 3, 4]),
        (date(2026, 10, 25), 25, [0, 1, 2, 2]),
        (date(2026, 11, 25), 24, [0, 1, 2, 3]),
    ],
)
def test_days_on_which_clocks_are_changed(day: date, hours: int, labels: list[int]) -> None:
    local = local_day(day, "Europe/Paris")
    windows = list(local.hours())
    assert local.length_s == hours * 3600
    assert len(windows) == hours
    assert [local.local(begin_s).hour for begin_s, _ in windows[:4]] == labels


ZONES = ["Europe/Paris", "America/Havana", "Africa/Cairo", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Auckland"]


@given(st.sampled_from(ZONES), st.integers(1_770_000_000, 1_900_000_000))
def test_every_moment_lies_in_its_day(timezone: str, unix_s: int) -> None:
    day = day_at(unix_s, timezone)
    assert day.begin_unix_s <= unix_s < day.begin_unix_s + day.length_s
    assert day.local(int(unix_s - day.begin_unix_s)).date() == day.day
    assert math.isclose(day.length_s, DAY_S, abs_tol=3600)


@pytest.mark.parametrize(("at_s", "percent"), [(0, 100.0), (1, 99.9), (86_399, 0.1), (86_400, 0.0)])
def test_a_share_is_none_or_all_only_where_it_is(at_s: int, percent: float) -> None:
    assert (
        city_figures(totals(day_log("free", False, [Change(at_s, "arrived")]), 0, DAY_S), 1).occupied_percent == percent
    )
