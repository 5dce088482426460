"""The health of a parking sensor: each condition begins and ends once, whatever happens in between."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored import Told, promised

from agent.clock import Moment
from agent.events import Priority
from agent.trades.parking.sensors.sensor_health import (
    DAY_S,
    HOUR_S,
    SETTLED_S,
    Sensor,
    SensorHealthOptions,
    SensorState,
    initial,
    persisted,
    step,
)
from drivers.base import Quality, Reading, Reporting, Value
from drivers.options import Seconds

NOON = 1_800_000_000.0
BY_STATE, BY_DISTANCE = Reporting(3600.0, "occupied"), Reporting(1.0, "distance")


class Bench:
    """One sensor, and what was told of it."""

    def __init__(self, reporting: Reporting = BY_STATE, nearest_mm: int = 0, **options: Any) -> None:
        self.sensor = Sensor("disc", SensorHealthOptions(**options), reporting, nearest_mm)
        self.state, self.events = initial(), list[Told]()
        self.mono_s, self.unix_s, self.boot, self.trusted = 100.0, NOON, "b1", True
        self.writes = 0

    def now(self) -> Moment:
        return Moment(self.unix_s, self.mono_s, self.boot, self.trusted)

    def wait(self, seconds: float) -> None:
        self.mono_s += seconds
        self.unix_s += seconds

    def say(self, quantity: str, *values: Value, quality: Quality = Quality.GOOD, each_s: float = 60.0) -> None:
        for value in values:
            self._take(Reading("disc", quantity, value, self.mono_s, quality))
            self.wait(each_s)

    def _take(self, reading: Reading | None) -> None:
        answer = step(self.sensor, self.state, self.now(), reading)
        self.writes += persisted(answer.state) != persisted(self.state)
        self.state, self.due_s = answer.state, answer.wake_at_s
        self.events += map(promised, answer.events)

    def rest(self) -> None:
        """Let time pass until the rule wants nothing more."""
        while self.due_s is not None:
            self.wait(max(0.0, self.due_s - self.mono_s))
            self._take(None)

    def restart(self, off_s: float = 60.0, clock_set: bool = True) -> None:
        self.state = msgspec.json.decode(msgspec.json.encode(persisted(self.state)), type=SensorState)
        self.boot += "+"
        self.mono_s, self.unix_s, self.trusted = 5.0, self.unix_s + off_s, clock_set

    def told(self) -> list[tuple[str, bool]]:
        return [(event.type.removeprefix("sensor."), event.data["active"]) for event in self.events]


def test_a_battery_is_low_by_its_share_and_stays_so_until_it_was_changed() -> None:
    bench = Bench()
    bench.say("battery_percent", 40, 16, 15, 14, 14, 20, 24, 13)
    assert bench.told() == [("battery_low", True)]
    assert bench.events[0].data["battery_percent"] == 14
    assert bench.events[0].priority is Priority.ALARM
    bench.say("battery_percent", 95, 95, 14, 95, 95, 95)
    assert bench.told() == [("battery_low", True), ("battery_low", False)]


def test_a_battery_that_the_sensor_calls_low() -> None:
    bench = Bench()
    bench.say("battery_low", False, True, False, False, True, False, False, False, False)
    assert bench.told() == [("battery_low", True), ("battery_low", False)]


def test_a_tilt_counts_when_it_is_said_twice() -> None:
    bench = Bench()
    bench.say("tilted", False, True, False, True, True, True, False, True, False, False)
    assert bench.told() == [("tilted", True), ("tilted", False)]


def test_a_fault_is_told_in_the_sensors_words() -> None:
    bench = Bench()
    bench.say("sensor_fault", "", "X axis", "X axis, clock", "")
    assert bench.told() == [("fault", True), ("fault", False)]
    assert [event.data["detail"] for event in bench.events] == ["X axis", ""]


def test_what_has_begun_is_not_told_again_after_a_restart() -> None:
    bench = Bench()
    bench.say("battery_low", True)
    bench.say("tilted", True, True)
    bench.restart()
    bench.say("battery_low", True, True)
    bench.say("tilted", True, True)
    assert bench.told() == [("battery_low", True), ("tilted", True)]


def test_a_bay_where_nothing_comes_or_goes_for_a_month_is_stuck_until_something_does() -> None:
    bench = Bench()
    bench.say("occupied", *[False] * 30, each_s=DAY_S)
    assert bench.told() == []
    bench.say("occupied", *[False] * 10, each_s=DAY_S)
    assert bench.told() == [("stuck", True)]
    assert bench.events[0].data["detail"] == "nothing has come or gone for 30.0 days"
    bench.say("occupied", True)
    assert bench.told() == [("stuck", True), ("stuck", False)]


def test_a_month_is_counted_across_restarts() -> None:
    bench = Bench()
    for _ in range(4):
        bench.say("occupied", *[True] * 8, each_s=DAY_S)
        bench.restart()
    bench.say("occupied", True, True)
    assert bench.told() == [("stuck", True)]


def test_what_no_clock_can_tell_is_not_judged() -> None:
    bench = Bench()
    bench.say("occupied", *[True] * 20, each_s=DAY_S)
    bench.restart(clock_set=False)
    bench.unix_s = 0.0
    bench.say("occupied", *[True] * 3, each_s=DAY_S)
    assert bench.told() == []
    bench.unix_s, bench.trusted = NOON + 31 * DAY_S, True
    bench.say("occupied", True)
    assert bench.told() == [("stuck", True)]


def test_a_distance_that_scatters_is_stuck_when_nothing_moves_and_one_that_does_not_sooner() -> None:
    alive = Bench(BY_DISTANCE)
    alive.say("distance_mm", *[2400, 2395, 2410, 2403] * 180, each_s=HOUR_S)
    assert alive.told() == []
    alive.say("distance_mm", *[2400, 2395] * 24, each_s=HOUR_S)
    assert alive.told() == [("stuck", True)]
    dead = Bench(BY_DISTANCE)
    dead.say("distance_mm", *[2400] * (7 * 24), each_s=HOUR_S)
    assert dead.told() == []
    dead.say("distance_mm", 2400, 2400)
    assert dead.told() == [("stuck", True)]
    assert dead.events[0].data["detail"] == "exactly 2400 mm for 7.0 days"
    dead.say("distance_mm", 2401)
    assert dead.told() == [("stuck", True), ("stuck", False)]


def test_a_sensor_that_goes_back_and_forth_all_the_time_is_flapping_until_an_hour_is_calm() -> None:
    bench = Bench(flapping_changes=10)
    bench.say("occupied", *[True, False] * 5, True, each_s=60)
    assert bench.told() == []
    bench.say("occupied", *[False, True] * 10, each_s=60)
    assert bench.told() == [("flapping", True)]
    assert bench.events[0].data["changes"] == 11
    bench.rest()
    assert bench.told() == [("flapping", True), ("flapping", False)]
    bench.say("occupied", *[False, True] * 2, each_s=600)
    assert len(bench.told()) == 2


def test_a_busy_bay_is_not_flapping() -> None:
    bench = Bench()
    bench.say("occupied", *[True, False] * 300, each_s=61)
    assert bench.told() == []


def test_a_flapping_sensor_is_not_told_again_after_a_restart() -> None:
    bench = Bench(flapping_changes=10)
    bench.say("occupied", *[True, False] * 10, each_s=10)
    bench.restart()
    bench.say("occupied", *[True, False] * 10, each_s=10)
    assert bench.told() == [("flapping", True)]
    bench.rest()
    assert bench.told() == [("flapping", True), ("flapping", False)]


def test_what_is_doubted_decides_nothing() -> None:
    bench = Bench(BY_DISTANCE, flapping_changes=4)
    bench.say("distance_mm", *[2400, 800] * 20, quality=Quality.SUSPECT)
    bench.say("battery_percent", 3, quality=Quality.SUSPECT)
    assert bench.told() == []


def test_a_sensor_that_says_a_thing_each_second_writes_next_to_nothing() -> None:
    bench = Bench(BY_DISTANCE)
    bench.say("distance_mm", *[2400, 2401] * 3600, each_s=1)
    assert bench.writes <= 1
    bench.say("distance_mm", *[2400] * 7200, each_s=1)
    assert bench.writes <= 2


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["occupied", "distance_mm", "battery_percent", "battery_low", "tilted", "sensor_fault", "x"]
            ),
            st.one_of(st.booleans(), st.integers(-10, 70000), st.sampled_from(["", "X axis"]), st.floats(0, 100)),
            st.sampled_from([0.0, 1.0, SETTLED_S, 20 * DAY_S]),
            st.booleans(),
        ),
        max_size=60,
    ),
    st.sampled_from([BY_STATE, BY_DISTANCE, Reporting(60.0, "field")]),
)
def test_each_condition_begins_and_ends_in_turn_whatever_is_said(
    said: list[tuple[str, Value, float, bool]], reporting: Reporting
) -> None:
    bench = Bench(reporting, flapping_changes=4, stuck_after_s=Seconds(DAY_S))
    for quantity, value, each_s, restarts in said:
        bench.say(quantity, value, each_s=each_s)
        if restarts:
            bench.restart()
    for condition in {name for name, _ in bench.told()}:
        turns = [active for name, active in bench.told() if name == condition]
        assert turns == [number % 2 == 0 for number in range(len(turns))]
        assert (f"sensor.{condition}" in bench.state.active) == turns[-1]


@pytest.mark.parametrize("decides", ["occupied", "field"])
def test_a_ground_sensor_may_tell_the_same_distance_for_ever(decides: Any) -> None:
    bench = Bench(Reporting(3600.0, decides))
    bench.say("distance_mm", *[1716] * 40, each_s=DAY_S)
    assert bench.told() == []


def test_what_is_nearer_than_any_vehicle_is_in_the_way_of_the_sensor() -> None:
    bench = Bench(BY_DISTANCE, nearest_mm=250)
    bench.say("distance_mm", *[620] * 5, *[180] * 9, 250, *[180] * 9, each_s=1.0)
    assert not bench.events
    bench.say("distance_mm", 180, 2500, 2500, 180, *[2500] * 3, each_s=1.0)
    assert [(each.type, each.data["active"], each.data["kind"]) for each in bench.events] == [
        ("sensor.fault", True, "obstructed"),
        ("sensor.fault", False, "obstructed"),
    ]
    assert "180 mm" in bench.events[0].data["detail"]
    assert not Bench(BY_DISTANCE).say("distance_mm", *[180] * 20)
