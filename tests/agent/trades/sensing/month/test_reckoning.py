"""What the hours of a month come to, against figures that were reckoned by hand or by numpy."""

import math
from datetime import date, datetime

import numpy as np
import pytest

from agent.trades.sensing.hours import Hour, Nature
from agent.trades.sensing.month import reckoning
from tests.agent.trades.sensing.month.conftest import PM, month_of

LEVEL = Nature("dB(A)", "energetic")
DIRECTION, SPEED = Nature("deg", "vector", None, "wind"), Nature("m/s", "mean")


def test_a_day_counts_from_three_quarters_of_its_hours() -> None:
    month = month_of(
        {"pm2_5": (PM, lambda count, at: 10.0 + at.hour if at.hour >= (6 if at.day == 2 else 7) else None)}
    )
    days = reckoning.days(month, month.quantities["pm2_5"])
    assert len(days) == 30
    assert days[date(2026, 11, 2)] == 24.5, "18 hours from 16 to 33"
    assert days[date(2026, 11, 3)] is None, "17 hours are too few"


@pytest.mark.parametrize(("first", "day", "fewest"), [((2026, 10), 25, 19), ((2026, 3), 29, 18)])
def test_a_day_of_25_or_23_hours_is_asked_for_three_quarters_of_these(
    first: tuple[int, int], day: int, fewest: int
) -> None:
    for hours, known in ((fewest, True), (fewest - 1, False)):
        seen = list[datetime]()

        def value(count: int, at: datetime, hours: int = hours, seen: list[datetime] = seen) -> float | None:
            if at.day != day:
                return 1.0
            seen.append(at)
            return 1.0 if len(seen) <= hours else None

        month = month_of({"pm2_5": (PM, value)}, date(*first, 1))
        assert (reckoning.days(month, month.quantities["pm2_5"])[date(*first, day)] is not None) == known


def test_a_day_that_goes_on_has_no_mean() -> None:
    month = month_of(
        {"pm2_5": (PM, lambda count, at: 1.0)}, until_s=month_of({"p": (PM, lambda c, a: 1.0)}).until_s - 3600
    )
    assert date(2026, 11, 30) not in reckoning.days(month, month.quantities["pm2_5"])


def test_levels_are_averaged_as_energies() -> None:
    month = month_of({"laeq_db": (LEVEL, lambda count, at: 80.0 if count % 2 else 50.0)})
    whole = reckoning.whole(month, month.quantities["laeq_db"])
    assert whole == pytest.approx(77.0, abs=0.01)
    course = reckoning.course(month, month.quantities["laeq_db"])[0]
    assert course is not None and course.value == pytest.approx(50.0)


def test_the_course_of_a_day_agrees_with_numpy() -> None:
    chance = np.random.default_rng(7)
    values = chance.gamma(4, 4, 720)
    month = month_of({"pm2_5": (PM, lambda count, at: None if count % 11 == 0 else float(values[count]))})
    table = np.where(np.arange(720) % 11 == 0, np.nan, values).reshape(30, 24)
    for hour, found in enumerate(reckoning.course(month, month.quantities["pm2_5"])):
        column = table[:, hour][~np.isnan(table[:, hour])]
        assert found is not None
        wanted = (column.mean(), *np.quantile(column, [0.1, 0.9]))
        assert found == pytest.approx(wanted)


def test_an_hour_of_the_clock_that_few_days_have_is_not_told() -> None:
    month = month_of({"pm2_5": (PM, lambda count, at: 1.0 if at.hour != 5 or at.day < 3 else None)})
    course = reckoning.course(month, month.quantities["pm2_5"])
    assert course[5] is None and course[6] is not None


def test_the_highest_eight_hours_of_ozone_count_on_the_day_on_which_they_end() -> None:
    high = {24 + 20 + number for number in range(8)}
    month = month_of({"o3": (Nature("ug/m3", "mean", "O3"), lambda count, at: 160.0 if count in high else 40.0)})
    days = reckoning.eight_hours(month, month.quantities["o3"])
    assert days[date(2026, 11, 3)] == 160.0
    assert days[date(2026, 11, 2)] == 100.0, "four of eight hours were high at midnight"
    assert days[date(2026, 11, 1)] == 40.0


def test_a_mean_of_eight_hours_needs_six_of_them() -> None:
    month = month_of({"o3": (Nature("ug/m3", "mean", "O3"), lambda count, at: 40.0 if at.hour % 4 else None)})
    assert reckoning.eight_hours(month, month.quantities["o3"])[date(2026, 11, 5)] == 40.0
    month = month_of({"o3": (Nature("ug/m3", "mean", "O3"), lambda count, at: 40.0 if at.hour % 3 else None)})
    assert reckoning.eight_hours(month, month.quantities["o3"])[date(2026, 11, 5)] is None


@pytest.mark.parametrize(
    ("degrees", "sector"),
    [(360.0, 0), (0.0, 0), (11.24, 0), (11.25, 1), (348.75, 0), (348.74, 15), (180.0, 8), (270, 12)],
)
def test_the_sector_of_a_direction(degrees: float, sector: int) -> None:
    assert reckoning.sector_of(degrees) == sector


def test_a_rose_counts_calm_and_leaves_out_what_is_not_known() -> None:
    def speed(count: int, at: datetime) -> float | None:
        return {0: 0.4, 1: 3.0, 2: 9.0, 3: None}[count % 4]

    def direction(count: int, at: datetime) -> Hour | None:
        if count % 4 == 0:
            return Hour(0, None, 100.0, aside_percent=100.0)
        return None if count == 2 else Hour(0, 225.0, 100.0)

    month = month_of({"wind": (SPEED, speed), "from": (DIRECTION, direction)})
    rose = reckoning.rose(month, month.quantities["from"], month.quantities["wind"])
    assert (rose.calm, rose.known) == (180, 539)
    assert rose.hours[10] == (0, 180, 0, 0, 179)
    assert sum(map(sum, rose.hours)) == 359


def test_gaps_are_told_by_the_numbers_of_their_hours() -> None:
    gone = {0, 1, 50, 719}
    month = month_of({"pm2_5": (PM, lambda count, at: None if count in gone else 1.0)})
    assert reckoning.gaps(month, month.quantities["pm2_5"]) == [(0, 2), (50, 51), (719, 720)]


def test_an_hour_with_too_little_is_a_gap_whose_coverage_counts() -> None:
    month = month_of({"pm2_5": (PM, lambda count, at: Hour(0, None, 40.0) if at.day == 4 else 1.0)})
    quantity = month.quantities["pm2_5"]
    assert reckoning.gaps(month, quantity) == [(72, 96)]
    assert reckoning.daily_coverage(month, quantity)[date(2026, 11, 4)] == 40.0
    assert math.isclose(reckoning.known_share(month, quantity), 29 / 30)


def test_a_month_with_fewer_than_three_quarters_has_no_mean() -> None:
    month = month_of({"pm2_5": (PM, lambda count, at: 1.0 if at.day <= 22 else None)})
    assert reckoning.whole(month, month.quantities["pm2_5"]) is None


def test_percentiles_of_hours_make_none_of_a_day() -> None:
    month = month_of({"la90_db": (Nature("dB(A)", "l90"), lambda count, at: 40.0 + at.day)})
    quantity = month.quantities["la90_db"]
    assert set(reckoning.days(month, quantity).values()) == {None} and reckoning.whole(month, quantity) is None
    course = reckoning.course(month, quantity)[3]
    assert course is not None and course.value == 55.5, "the day in the middle"
