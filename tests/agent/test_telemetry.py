"""What is worth sending of the rest."""

from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored import Told, promised

from agent.clock import Moment
from agent.events import Priority
from agent.telemetry import OWN, PAUSE_S, DeviceState, Subject, initial, persisted, step
from agent.trades.base import judged, personal
from agent.trades.registry import TRADES
from drivers.base import Field, Quality, Reading, Stay, Value
from drivers.quantity import HEARTBEAT_S, RARE_HEARTBEAT_S, RSSI, UNDECLARED, of_unit

NOON = 1_800_000_000.0
DECLARED = {
    "rssi_dbm": RSSI,
    "supply_voltage_v": of_unit("V"),
    "active_power_w": of_unit("W"),
    "uptime_s": of_unit("s", "uptime"),
    "laeq": of_unit("dB(A)"),
    "wind": of_unit("m/s"),
    "pressure": of_unit("hPa"),
    "particles": of_unit("ug/m3"),
    "slow": of_unit("V", much=5.0, heartbeat_s=60.0),
}
UNSENT = OWN | judged(TRADES) | personal(TRADES)


class Device:
    """One device that says things, a second apart."""

    def __init__(self) -> None:
        self.state, self.events, self.mono_s, self.boot = initial(), list[Told](), 100.0, "b1"

    def say(self, quantity: str, *values: Value, quality: Quality = Quality.GOOD, detail: str = "") -> None:
        for value in values:
            self.mono_s += 1.0
            now = Moment(NOON + self.mono_s, self.mono_s, self.boot, True)
            answer = step(
                Subject("lamp-1", UNSENT, lambda name: DECLARED.get(name, UNDECLARED)),
                self.state,
                now,
                Reading("lamp-1", quantity, value, now.mono_s, quality, detail),
            )
            self.state = answer.state
            self.events += map(promised, answer.events)

    def restart(self) -> None:
        self.state = msgspec.json.decode(msgspec.json.encode(persisted(self.state)), type=DeviceState)
        self.boot += "+"

    def sent(self) -> list[Value]:
        return [event.data["value"] for event in self.events if event.type == "telemetry.reading"]

    def told(self) -> list[str]:
        return [event.type for event in self.events]


def test_how_well_a_radio_is_heard_is_sent_when_it_changes_much_and_once_a_day() -> None:
    device = Device()
    device.say("rssi_dbm", *[-90, -99] * int(HEARTBEAT_S))
    assert device.sent() == [-90]
    device.say("rssi_dbm", -101)
    assert device.sent() == [-90, -101]
    device.mono_s += RARE_HEARTBEAT_S
    device.say("rssi_dbm", -101)
    assert device.sent() == [-90, -101, -101]


def test_a_measurement_is_sent_at_first_beyond_its_band_and_as_a_heartbeat() -> None:
    device = Device()
    device.say("supply_voltage_v", *[230.0, 231.0] * 100)
    assert device.sent() == [230.0]
    device.say("supply_voltage_v", 240.0)
    assert device.sent() == [230.0, 240.0]
    device.say("supply_voltage_v", *[240.0] * int(HEARTBEAT_S + 1))
    assert device.sent() == [230.0, 240.0, 240.0]
    assert {event.priority for event in device.events} == {Priority.TELEMETRY}


def test_one_that_changes_all_the_time_is_sent_at_most_once_in_a_pause() -> None:
    device = Device()
    device.say("active_power_w", *[0.0, 1000.0] * 300)
    assert 600 / PAUSE_S / 2 <= len(device.sent()) <= 600 / PAUSE_S + 1


def test_seconds_that_only_grow_are_no_news() -> None:
    device = Device()
    device.say("uptime_s", *range(800))
    assert device.sent() == [0]
    device.say("uptime_s", 3)
    assert device.sent() == [0, 3], "the device has begun anew, though 3 is more than 0"


@pytest.mark.parametrize(
    ("quantity", "before", "after"),
    [("laeq", 52.0, 61.0), ("wind", 2.0, 22.0), ("pressure", 1013.0, 983.0), ("particles", 8.0, 60.0)],
)
def test_what_changes_by_its_unit_s_measure_is_sent_whatever_its_name_ends_in(
    quantity: str, before: float, after: float
) -> None:
    device = Device()
    device.say(quantity, *[before] * 12, after)
    assert device.sent() == [before, after]


def test_what_a_profile_declares_goes_before_what_is_usual_for_the_unit() -> None:
    device = Device()
    device.say("slow", *[230.0, 234.0] * 10)
    assert device.sent() == [230.0]
    device.say("slow", 236.0, *[236.0] * 60)
    assert device.sent() == [230.0, 236.0, 236.0]


def test_of_what_nothing_is_known_a_twentieth_counts() -> None:
    device = Device()
    device.say("anything_db", *[50.0] * 11, 52.0, *[53.0])
    assert device.sent() == [50.0, 53.0]


@pytest.mark.parametrize(
    ("quantity", "value"),
    [
        ("distance_mm", 500),
        ("level_percent", 40.0),
        ("lamp_failure", True),
        ("occupied", True),
        ("stay", Stay("k", 1.0, None, "car", 0.9)),
    ],
)
def test_what_other_rules_judge_is_not_sent_as_telemetry(quantity: str, value: Value) -> None:
    device = Device()
    device.say(quantity, value)
    assert device.events == []


def test_promise_privacy_a_single_stay_is_never_telemetry_under_any_name() -> None:
    device = Device()
    device.say("anything", Stay("k", 1.0, None, "car", 0.9))
    assert device.events == []


def test_suspect_values_are_not_sent() -> None:
    device = Device()
    device.say("active_power_w", 50.0, quality=Quality.SUSPECT)
    assert device.events == []


def test_a_device_that_goes_down_is_told_once_and_once_when_it_is_back() -> None:
    device = Device()
    device.say("reachable", True)
    device.say("reachable", False, False, detail="unit 3 did not answer")
    device.say("reachable", True)
    assert device.told() == ["line.device_down", "line.device_up"]
    assert device.events[0].data == {"reason": "unit 3 did not answer"}
    assert device.events[1].data == {"down_s": 2.0}
    assert {event.priority for event in device.events} == {Priority.ALARM}


def test_a_device_that_came_back_while_the_agent_was_off_is_told_as_up() -> None:
    device = Device()
    device.say("reachable", False)
    device.restart()
    device.say("distance_mm", 500)
    assert device.told() == ["line.device_down", "line.device_up"]


def test_the_troubles_of_a_camera_are_told_when_they_begin_and_end() -> None:
    device = Device()
    device.say("condition", "ok", "blocked", "blocked", "dark")
    device.restart()
    device.say("condition", "dark", "ok")
    assert [(event.type, event.data["condition"], event.data["active"]) for event in device.events] == [
        ("camera.tampered", "blocked", True),
        ("camera.tampered", "blocked", False),
        ("camera.degraded", "dark", True),
        ("camera.degraded", "dark", False),
    ]


def test_words_and_flags_are_sent_when_they_change() -> None:
    device = Device()
    device.say("ballast_status", *["ok"] * 20, *["fault"] * 20)
    assert device.sent() == ["ok", "fault"]


quantities = st.sampled_from(["supply_voltage_v", "reachable", "condition", "mains", "level_percent"])
values = st.one_of(
    st.booleans(), st.floats(allow_nan=True), st.integers(-(2**31), 2**31), st.sampled_from(["ok", "dark"])
)


@given(st.lists(st.tuples(quantities, values, st.sampled_from(Quality)), max_size=60))
def test_down_and_up_alternate_whatever_is_said(said: Iterable[tuple[str, Value, Quality]]) -> None:
    device = Device()
    for quantity, value, quality in said:
        device.say(quantity, value, quality=quality)
    turns = [kind for kind in device.told() if kind.startswith("line.")]
    assert turns == [("line.device_down", "line.device_up")[number % 2] for number in range(len(turns))]


def test_neither_a_vehicles_tag_nor_its_stay_nor_a_raw_field_leaves_the_pole() -> None:
    device = Device()
    device.say("still_standing", "2ee6d-1", "2ee6d-2")
    device.say("vehicle_tag", "1F345678", "1F345679")
    device.say("magnetic_field", Field(120, -4, 380), Field(900, -4, 380))
    assert device.events == []


def test_a_record_that_comes_late_is_no_news_after_a_newer_value() -> None:
    subject, now = Subject("logger", UNSENT), Moment(NOON, 5000.0, "b1", True)
    first = step(subject, initial(), now, Reading("logger", "temperature_c", 24.0, 5000.0))
    late = Reading("logger", "temperature_c", 3.0, 3800.0, delay_s=1200.0)
    after = step(subject, first.state, Moment(NOON - 1200.0, 3800.0, "b1", True), late)
    assert (len(first.events), after.events) == (1, ())
    assert after.state.sent["temperature_c"].value == 24.0
