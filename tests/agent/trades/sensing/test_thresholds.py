"""Thresholds over windows: by the hours and days of the window, and for several in a row; and what a silence breaks."""

from typing import Any

import pytest
from spoken_station import SpokenStation as Pole
from spoken_station import station

HOUR_S = 3600.0
AIR = {"device": "air", "reads": "no2", "unit": "ug/m3", "method": "mean", "stands": "1h", "late": "0s"}


def told(pole: Pole) -> list[tuple[bool, float]]:
    return [(each["active"], each["value"]) for each in pole.told("sensing.threshold")]


def hours(pole: Pole, values: dict[int, float], until: int) -> None:
    """The value of each hour, by the hour at whose end it is read; the pole tells the time meanwhile."""
    for at in range(1, until + 1):
        if at in values:
            pole.say(at * HOUR_S, "no2", values[at])
        else:
            pole.pass_time(at * HOUR_S + 1)


def limit(**keys: Any) -> Pole:
    threshold = {"name": "a", "above": 200, "over": "1h"} | keys
    return Pole(station(no2=AIR | {"windows": ["1h", "24h"], "threshold": [threshold]}))


@pytest.mark.parametrize(
    ("at", "holds"),
    [(11, False), (12, False), (13, True), (21, True), (22, False)],
    ids=["20 to 21 h", "21 to 22 h", "22 to 23 h", "06 to 07 h", "07 to 08 h"],
)
def test_a_window_is_of_its_own_hours_and_not_of_those_in_which_it_is_told(at: int, holds: bool) -> None:
    """It begins at 10 h in Paris: an hour is told when it is over, and waited for."""
    pole = limit(hours=["22:00", "07:00"])
    hours(pole, {at: 300.0}, at + 1)
    assert told(pole)[:1] == ([(True, 300.0)] if holds else [])


@pytest.mark.parametrize(("day", "holds"), [("tue", False), ("wed", True), ("thu", False)])
def test_a_window_of_a_day_is_of_the_day_on_which_it_begins(day: str, holds: bool) -> None:
    pole = limit(over="24h", days=[day])
    hours(pole, dict.fromkeys(range(1, 17), 10.0) | dict.fromkeys(range(17, 41), 300.0), 41)
    assert told(pole) == ([(True, 300.0)] if holds else [])


def test_three_hours_in_a_row_are_told_at_the_end_of_the_third() -> None:
    pole = limit(lasts="3h")
    hours(pole, {1: 300.0, 2: 300.0, 3: 10.0, 4: 300.0, 5: 310.0}, 5)
    assert told(pole) == []
    pole.say(6 * HOUR_S, "no2", 320.0)
    assert told(pole) == [(True, 320.0)]


def test_hours_with_one_between_that_nobody_knows_are_not_in_a_row() -> None:
    pole = limit(lasts="3h")
    hours(pole, {1: 300.0, 2: 300.0, 4: 300.0, 5: 300.0}, 5)
    assert told(pole) == []
    pole.say(6 * HOUR_S, "no2", 300.0)
    assert told(pole) == [(True, 300.0)]


def test_three_local_days_in_a_row_are_three_where_the_clocks_change() -> None:
    threshold = {"name": "a", "over": "day", "lasts": "3d", "above": 200}
    pole = Pole(station(no2=AIR | {"windows": ["day"], "threshold": [threshold]}))
    midnight = 136 * 24 + 14  # of 2027-10-30; the day after it has 25 hours
    for at in range(midnight + 1, midnight + 24 + 25 + 24):
        pole.say(at * HOUR_S, "no2", 300.0)
    assert told(pole) == []
    pole.say((midnight + 73) * HOUR_S, "no2", 300.0)
    assert told(pole) == [(True, 300.0)]


def test_nothing_lasts_through_a_time_in_which_nobody_looked() -> None:
    pole = Pole(station(no2=AIR | {"stands": "1min", "threshold": [{"name": "a", "above": 200, "lasts": "15min"}]}))
    pole.say(60, "no2", 300.0)
    pole.say(2 * HOUR_S, "no2", 300.0)
    assert told(pole) == []
    for at in range(1, 16):
        pole.say(2 * HOUR_S + 60 * at, "no2", 300.0)
    assert told(pole) == [(True, 300.0)]
