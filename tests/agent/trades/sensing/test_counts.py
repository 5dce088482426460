"""What a counter gains: hours, gaps, kills, resets, roll-overs; nothing is lost or invented."""

from random import Random
from typing import Any

import msgspec
import pytest
from spoken_station import SpokenStation as Pole
from spoken_station import station

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


def test_a_counter_that_jumps_back_is_heard_twice_and_invents_nothing() -> None:
    pole = gauge()
    for minute, value in enumerate((50.0, 50.2, 0.0, 50.4, 0.0, 0.2, 0.4)):
        say(pole, minute, value)
    pole.pass_time(3600.0)
    (hour,) = (each for each in pole.observations if each["window"] == "1h")
    assert hour["value"] is None or hour["value"] <= 0.6
    assert sum(each["value"] or 0.0 for each in pole.observations) <= 0.8 + 1e-9


def test_a_counter_of_sixteen_bits_rolls_over() -> None:
    """What confirms it comes a reading later, so that it is told as of a gap."""
    pole = gauge(unit="1", wraps=65536, resolution=1, fastest=10.0, coverage=0)
    for minute, value in enumerate((65530.0, 65534.0, 2.0, 6.0, 9.0)):
        say(pole, minute, value)
    pole.pass_time(3600.0)
    assert [(window, value) for window, value, _percent in told(pole)] == [("gap", 8.0), ("1h", 7.0)]


@pytest.mark.parametrize("seed", range(4))
def test_fifty_kills_lose_nothing_and_invent_nothing(seed: int) -> None:
    random, pole, mm = Random(seed), gauge(coverage=0), 0.0
    kills = set(random.sample(range(10, 48 * 60 - 10), 50))
    for minute in range(48 * 60 + 1):
        mm = round(mm + random.choice((0.0, 0.0, 0.2)), 1)
        say(pole, minute, mm)
        if minute in kills:
            pole.kill()
            pole.boot += "x"
    assert sum(each["value"] or 0.0 for each in pole.observations) == pytest.approx(mm, abs=0.1 * len(told(pole)))


def test_what_is_kept_is_what_is_read() -> None:
    pole = gauge()
    for minute in range(20):
        say(pole, minute, 0.2 * minute)
    before = pole.state.kept_counted
    pole.kill()
    assert pole.state.counted == before and msgspec.json.decode(pole.disk)["counted"]
