"""What a counter gains: hours, gaps, kills, resets, roll-overs; nothing is lost or invented."""

import itertools
import math
from datetime import datetime
from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest
from spoken_station import START, station
from spoken_station import SpokenStation as Pole

from agent.clock import rfc3339

RAIN = {"device": "rain", "reads": "rain_mm", "unit": "mm", "method": "gain", "stands": "1min", "late": "0s"}
RAIN |= {"fastest": 1.0, "windows": ["1h"], "resolution": 0.2, "coverage": 10}


def gauge(**more: Any) -> Pole:
    return Pole(station(rain=RAIN | more))


def say(pole: Pole, minute: float, value: float) -> None:
    pole.say(60.0 * minute, "rain_mm", value, "rain")


def told(pole: Pole) -> list[tuple[str, float | None, float]]:
    return [(each["window"], each["value"], each["coverage_percent"]) for each in pole.observations]


def test_the_first_reading_is_no_rain_and_an_hour_has_what_was_gained_in_it() -> None:
    pole = gauge()
    for minute in range(61):
        say(pole, minute, 100.0 + 0.2 * minute)
    assert told(pole) == [("1h", 12.0, 100.0)]
    (observed,) = pole.observations
    assert (observed["minimum"], observed["maximum"], observed["method"]) == (None, None, "gain")


def test_a_gap_is_told_alone_and_no_hour_has_a_share_of_it() -> None:
    pole = gauge()
    for minute in (*range(51), *range(70, 121)):
        say(pole, minute, 0.2 * minute)
    assert told(pole) == [("gap", 4.0, 100.0), ("1h", 10.0, 83.3), ("1h", 10.0, 83.3)]


def test_an_hour_that_has_all_of_a_gap_has_what_was_gained_in_it() -> None:
    pole = gauge(windows=["15min", "1h"], coverage=75)
    for minute in (*range(21), *range(50, 61)):
        say(pole, minute, 0.2 * minute)
    wanted = [("15min", 3.0, 100.0), ("gap", 6.0, 100.0), ("15min", None, 33.3), ("15min", None, 66.7)]
    assert told(pole) == [*wanted, ("1h", 12.0, 100.0)]


def test_a_counter_that_is_read_often_gains_what_it_shows_and_no_more() -> None:
    """A first gain covers the time between its two readings, and not all for which a reading stands."""
    pole = gauge(stands="15min")
    for minute in range(61):
        say(pole, minute, 100.0 + 0.2 * minute)
    assert told(pole) == [("1h", 12.0, 100.0)]


def test_what_was_set_back_or_shows_too_much_is_told_and_no_window_has_it() -> None:
    pole = gauge(fastest=0.01, windows=["1h"])
    for minute, value in enumerate((50.0, 50.2, 0.0, 0.2, 0.4, 900.0, 900.2)):
        say(pole, minute, value)
    pole.pass_time(3600.0)
    assert told(pole) == [("gap", None, 0.0), ("gap", None, 0.0), ("1h", None, 3.3)]


def vehicles(pole: Pole, counts: dict[int, float]) -> list[float | None]:
    for minute, count in counts.items():
        pole.say(60.0 * minute, "vehicles", count, "radar")
    pole.pass_time(7200.0)
    return [each["value"] for each in pole.observations]


TRAFFIC = {"device": "radar", "reads": "vehicles", "unit": "1", "method": "sum", "stands": "10min", "late": "0s"}


def test_amounts_of_periods_add_up_and_a_lost_one_is_missing_in_the_coverage() -> None:
    of = station(cars=TRAFFIC | {"windows": ["1h"]})
    assert vehicles(Pole(of), {10: 5.0, 20: 0.0, 30: 7.0, 40: 1.0, 50: 2.0, 60: 3.0}) == [18.0]
    pole = Pole(of)
    assert vehicles(pole, {10: 5.0, 20: 0.0, 40: 1.0, 50: 2.0, 60: 3.0}) == [11.0]
    assert next(pole.observations)["coverage_percent"] == 83.3
    assert next(pole.observations)["maximum"] is None


def test_no_vehicle_is_lost_where_frames_come_a_little_sooner_or_later() -> None:
    of = station(cars=TRAFFIC | {"windows": ["1h"]})
    assert vehicles(Pole(of), {10: 5.0, 20.1: 4.0, 29.5: 7.0, 40: 1.0, 50.2: 2.0, 59.9: 3.0}) == [22.0]


def test_a_running_count_that_is_asked_often_is_not_counted_each_time() -> None:
    of = station(cars=TRAFFIC | {"windows": ["1h"]})
    assert vehicles(Pole(of), dict.fromkeys(range(1, 61), 10.0)) == [pytest.approx(60.0, abs=10.0)]


def test_a_counter_that_jumps_back_is_heard_twice_and_invents_nothing() -> None:
    pole = gauge()
    for minute, value in enumerate((50.0, 50.2, 0.0, 50.4, 0.0, 0.2, 0.4)):
        say(pole, minute, value)
    pole.pass_time(3600.0)
    (hour,) = (each for each in pole.observations if each["window"] == "1h")
    assert hour["value"] is None or hour["value"] <= 0.6
    assert sum(each["value"] or 0.0 for each in pole.observations) <= 0.8 + 1e-9


def test_a_counter_of_sixteen_bits_rolls_over() -> None:
    """What confirms it comes a reading later, and the hour has both."""
    pole = gauge(unit="1", wraps=65536, resolution=1, fastest=10.0, coverage=0)
    for minute, value in enumerate((65530.0, 65534.0, 2.0, 6.0, 9.0)):
        say(pole, minute, value)
    pole.pass_time(3600.0)
    assert [(window, value) for window, value, _percent in told(pole)] == [("1h", 15.0)]
    assert not pole.told("sensor.fault"), "it has jumped nowhere"


@pytest.mark.parametrize("stands", ["1min", "15min"])
@pytest.mark.parametrize("seed", range(2))
def test_kills_lose_nothing_and_invent_nothing(seed: int, stands: str) -> None:
    """Fifty of them, each followed by up to half an hour without the daemon."""
    random, pole, shown = Random(seed), gauge(coverage=0, stands=stands, resolution=0.001), [0.0]
    kills = set(random.sample(range(10, 48 * 60 - 60), 50))
    down_until = 0
    for minute in range(1, 48 * 60 + 1):
        shown.append(round(shown[-1] + random.choice((0.0, 0.0, 0.2)), 1))
        if minute >= down_until:
            say(pole, minute, shown[-1])
        if minute in kills:
            pole.kill()
            pole.boot += "x"
            down_until = minute + random.randrange(30)
    pole.pass_time(50 * 3600.0)
    begins = [(each["window"], each["begin"]) for each in pole.observations]
    assert len(begins) == len(set(begins)), "nothing is told twice"
    assert sum(each["value"] for each in pole.observations) == pytest.approx(shown[-1] - shown[1], abs=0.1)
    for each in pole.observations:
        first, last = ((datetime.fromisoformat(each[key]).timestamp() - START) / 60 for key in ("begin", "end"))
        gained = shown[min(math.ceil(last), len(shown) - 1)] - shown[max(math.floor(first), 0)]
        assert each["value"] <= gained + 0.01


@pytest.mark.parametrize("seed", range(6))
def test_hours_and_gaps_are_what_numpy_makes_of_polls_at_any_time(seed: int) -> None:
    """However often it is read beside what a reading stands for, with silences between."""
    random, stands_s = np.random.default_rng(seed), 900.0
    steps = np.where(random.random(900) < 0.02, random.uniform(1000, 20_000, 900), random.uniform(5, 240, 900))
    at_s = np.cumsum(steps).round()
    shown = np.cumsum(random.choice([0.0, 0.2, 0.4], 900)).round(1)
    pole = gauge(stands=f"{stands_s:g}s", coverage=0, fastest=10.0, resolution=0.001)
    for at, value in zip(at_s.tolist(), shown.tolist(), strict=True):
        pole.say(at, "rain_mm", value, "rain")
    pole.pass_time(float(at_s[-1]) + 7200)
    hours = {each["begin"]: each for each in pole.observations if each["window"] == "1h"}
    gaps = [each for each in pole.observations if each["window"] == "gap"]
    crossing = (np.diff(at_s) > 1.1 * stands_s) & (at_s[1:] // 3600 > at_s[:-1] // 3600) & (at_s[1:] % 3600 > 0)
    parts = np.arange(0, at_s[-1] + 3600, 3600)
    for begin, end in itertools.pairwise(parts.tolist()):
        wanted = float(np.interp(end, at_s, shown) - np.interp(begin, at_s, shown))
        for number in np.flatnonzero(crossing):
            inside = max(0.0, min(end, at_s[number + 1]) - max(begin, at_s[number]))
            wanted -= inside * (shown[number + 1] - shown[number]) / (at_s[number + 1] - at_s[number])
        mine = hours.get(rfc3339(START + begin))
        assert (mine["value"] if mine else 0.0) == pytest.approx(wanted, abs=0.001), begin
    lost = float((np.diff(shown))[crossing].sum())
    assert sum(each["value"] for each in gaps) == pytest.approx(lost, abs=0.001 * (len(gaps) + 1))


def test_what_is_kept_is_what_is_read() -> None:
    pole = gauge()
    for minute in range(20):
        say(pole, minute, 0.2 * minute)
    before = pole.state.kept_counted
    pole.kill()
    assert pole.state.counted == before and msgspec.json.decode(pole.disk)["counted"]
