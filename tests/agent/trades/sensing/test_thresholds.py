"""Thresholds over windows: by the hours and days of the window, and for several in a row; and what a silence breaks."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from spoken_station import START, station
from spoken_station import SpokenStation as Pole

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


def brute(values: Sequence[float | None], limit: dict[str, Any]) -> Iterator[tuple[bool, float]]:
    """Yields what is told of hours, each held against all of the threshold anew."""
    active, run, needed = False, 0, int(limit["lasts"].removesuffix("h")) or 1
    begin, end = (int(text[:2]) for text in limit["hours"])
    for number, value in enumerate(values):
        if value is None:
            run = 0
            continue
        local = datetime.fromtimestamp(START + number * HOUR_S, ZoneInfo("Europe/Paris")).hour
        holds = begin <= local < end if begin < end else local >= begin or local < end
        bad = holds and value > (limit["ends"] if active else limit["above"])
        run = run + 1 if bad is not active else 0
        if run >= needed:
            active, run = not active, 0
            yield active, value


@pytest.mark.parametrize("seed", range(12))
def test_hours_are_told_as_a_brute_reckoning_tells_them(seed: int) -> None:
    random, level, values = Random(seed), 50.0, list[float | None]()
    for _hour in range(300):
        level = abs(level + random.gauss(0, 8)) % 100
        values.append(round(level, 1) if random.random() > 0.06 else None)
    above = random.choice([40.0, 50.0, 60.0])
    keys = {"above": above, "ends": above - random.choice([0, 10]), "lasts": random.choice(["0h", "2h", "3h"])}
    keys |= {"hours": random.choice([["00:00", "23:00"], ["22:00", "07:00"], ["07:00", "22:00"]])}
    pole = limit(**keys)
    hours(pole, {at: value for at, value in enumerate(values, 1) if value is not None}, len(values))
    pole.pass_time((len(values) + 5) * HOUR_S)
    assert told(pole) == list(brute(values, keys))
