"""One meter whose voltages go astray, poll by poll: what is told, once, and when it is over."""

from datetime import UTC, datetime
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored import Told, promised

from agent.alarm import REPEAT_S
from agent.clock import Moment
from agent.events import Priority
from agent.trades.metering import supply
from agent.trades.metering.supply import MeterConfig, MeterOptions, Phase, SupplyState
from drivers import profile
from drivers.base import Quality, Reading, Value
from drivers.options import Seconds
from drivers.profile import Fault

NOON = datetime(2027, 1, 15, 12, tzinfo=UTC).timestamp()
ONE = MeterConfig("feeder", {"supply_voltage_v": Phase(None, 230.0, 30.0)})
THREE = MeterConfig("feeder", {f"supply_voltage_l{at}_v": Phase(f"l{at}", 230.0, 30.0) for at in (1, 2, 3)})
HIGH, LOW, LOSS = "meter.supply_voltage_too_high", "meter.supply_voltage_too_low", "meter.supply_loss"


class Box:
    """A meter that is read every 10 s."""

    def __init__(self, meter: MeterConfig = ONE) -> None:
        self.meter, self.state = meter, SupplyState()
        self.boot, self.mono_s = "b1", 1000.0
        self.events: list[Told] = []
        self.disk = b"{}"

    def say(self, quantity: str, value: Value, quality: Quality = Quality.GOOD) -> None:
        """Feeds the rule as RuleRunner does."""
        now = Moment(NOON + self.mono_s, self.mono_s, self.boot, True)
        step = supply.step(self.meter, self.state, now, Reading("feeder", quantity, value, self.mono_s, quality))
        self.disk = msgspec.json.encode(supply.persisted(step.state))
        self.events += map(promised, step.events)
        self.state = step.state

    def live(self, seconds: float, *voltages_v: float) -> None:
        """Each voltage in the order of its phase."""
        for _ in range(int(seconds / 10)):
            self.mono_s += 10.0
            for quantity, voltage_v in zip(self.meter.phases, voltages_v, strict=True):
                self.say(quantity, voltage_v)

    def restart(self) -> None:
        self.boot = self.boot + "+"
        self.state = msgspec.json.decode(self.disk, type=SupplyState)

    def told(self) -> list[tuple[str, str | None, bool]]:
        return [(event.type, event.data["phase"], event.data["active"]) for event in self.events]


def test_a_sound_voltage_is_told_as_nothing() -> None:
    box = Box()
    for voltage_v in (230.0, 207.0, 253.0, 230.0):
        box.live(600, voltage_v)
    assert box.events == []


@pytest.mark.parametrize(
    ("voltage_v", "kind"), [(253.1, HIGH), (400.0, HIGH), (206.9, LOW), (11.6, LOW), (11.4, LOSS), (0.0, LOSS)]
)
def test_beyond_its_limit_it_is_told_when_it_begins_and_when_it_ends(voltage_v: float, kind: str) -> None:
    box = Box()
    box.live(60, 230.0)
    box.live(60, voltage_v)
    assert box.told() == []
    box.live(600, voltage_v)
    box.live(600, 230.0)
    assert box.told() == [(kind, None, True), (kind, None, False)]
    begun, ended = box.events
    assert (begun.priority, begun.subject) == (Priority.ALARM, "feeder")
    assert begun.data["detail"].startswith(f"{voltage_v:.1f} V: ")
    assert {key: begun.data[key] for key in ("voltage_v", "nominal_v")} == {"voltage_v": voltage_v, "nominal_v": 230.0}
    assert (ended.data["detail"], ended.data["voltage_v"]) == ("", 230.0)


def test_a_dip_shorter_than_alarm_after_is_not_told() -> None:
    box = Box()
    for _ in range(20):
        box.live(60, 150.0)
        box.live(60, 230.0)
    assert box.events == []


@pytest.mark.parametrize(("voltage_v", "edge_v"), [(254.0, 249.0), (206.0, 211.0), (11.0, 16.0)])
def test_at_the_edge_of_its_limit_an_alarm_goes_on(voltage_v: float, edge_v: float) -> None:
    box = Box()
    box.live(100, voltage_v)
    kind = box.told()[0][0]
    for _ in range(60):
        box.live(100, edge_v)
        box.live(100, voltage_v)
    assert [active for told, _, active in box.told() if told == kind] == [True]


def test_each_phase_has_its_own() -> None:
    box = Box(THREE)
    box.live(120, 230.0, 195.0, 0.0)
    assert box.told() == [(LOW, "l2", True), (LOSS, "l3", True)]
    assert supply.active(box.state) == [f"{LOSS} supply_voltage_l3_v", f"{LOW} supply_voltage_l2_v"]
    box.live(120, 230.0, 230.0, 0.0)
    assert box.told()[2:] == [(LOW, "l2", False)]
    assert supply.shown(box.state, box.state.seen) == {
        "supply_voltage_l1_v": 230.0,
        "supply_voltage_l2_v": 230.0,
        "supply_voltage_l3_v": 0.0,
        "alarms": [f"{LOSS} supply_voltage_l3_v"],
    }


def test_a_voltage_that_counts_no_more_is_not_shown_as_present() -> None:
    box = Box()
    box.live(60, 230.0)
    assert supply.shown(box.state, ["supply_voltage_v"]) == {"supply_voltage_v": 230.0, "alarms": []}
    assert supply.shown(box.state, ()) == {"supply_voltage_v": None, "alarms": []}


def test_a_phase_that_is_gone_is_not_too_low_and_one_that_was_stays_so() -> None:
    box = Box()
    box.live(100, 180.0)
    box.live(100, 0.0)
    assert box.told() == [(LOW, None, True), (LOSS, None, True)]
    box.live(100, 180.0)
    assert box.told()[2:] == [(LOSS, None, False)]
    box.live(100, 230.0)
    assert box.told()[3:] == [(LOW, None, False)]


def test_a_restart_repeats_nothing_and_the_end_is_told_after_it() -> None:
    box = Box()
    box.live(100, 190.0)
    box.restart()
    box.live(100, 190.0)
    assert box.told() == [(LOW, None, True)]
    box.live(100, 230.0)
    assert box.told() == [(LOW, None, True), (LOW, None, False)]


def test_what_no_reading_speaks_for_has_not_lasted() -> None:
    for silence in ("reachable", "nothing"):
        box = Box()
        box.live(50, 190.0)
        if silence == "reachable":
            box.say("reachable", False)
        else:
            box.mono_s += 3600.0
        box.live(60, 190.0)
        assert box.events == [], silence
        box.live(20, 190.0)
        assert box.told() == [(LOW, None, True)]


@pytest.mark.parametrize(
    ("quantity", "value", "quality"),
    [
        ("supply_voltage_v", 100.0, Quality.SUSPECT),
        ("supply_voltage_v", -1.0, Quality.GOOD),
        ("supply_voltage_v", float("nan"), Quality.GOOD),
        ("supply_voltage_v", False, Quality.GOOD),
        ("active_power_w", 100.0, Quality.GOOD),
        ("supply_voltage_l1_v", 100.0, Quality.GOOD),
    ],
)
def test_what_is_no_voltage_of_it_decides_nothing(quantity: str, value: Value, quality: Quality) -> None:
    box = Box()
    for _ in range(30):
        box.mono_s += 10.0
        box.say(quantity, value, quality)
    assert box.events == []


@given(st.lists(st.tuples(st.sampled_from([0.0, 8.0, 14.0, 180.0, 209.0, 230.0, 250.0, 260.0]), st.integers(1, 200))))
def test_an_alarm_never_flaps(course: list[tuple[float, int]]) -> None:
    box = Box()
    for voltage_v, reads in course:
        box.live(10.0 * reads, voltage_v)
    for kind in (HIGH, LOW, LOSS):
        told = [event for event in box.events if event.type == kind]
        assert [event.data["active"] for event in told] == [at % 2 == 0 for at in range(len(told))]
        begun_s = [event.at.mono_s for event in told if event.data["active"]]
        assert all(later - earlier >= REPEAT_S for earlier, later in pairwise(begun_s))


def options(name: str, **others: float) -> MeterOptions:
    return MeterOptions(line="rs485", unit=1, profile=name, **others)  # type: ignore[arg-type]


def test_the_shipped_meters_are_judged_by_their_profiles() -> None:
    one, three = (
        supply.meter_config("m", options(name), profile.load(name)) for name in ("eastron-sdm230", "eastron-sdm630")
    )
    assert one.phases == {"supply_voltage_v": Phase(None, 230.0, 60.0)}
    assert [phase.name for phase in three.phases.values()] == ["l1", "l2", "l3"]
    assert (
        supply.meter_config("m", options("schneider-iem3000"), profile.load("schneider-iem3000")).phases == three.phases
    )


def test_a_nominal_voltage_of_the_configuration_goes_before_that_of_the_profile() -> None:
    solar = profile.load("epever-ls-b")
    assert supply.meter_config("m", options("epever-ls-b"), solar).phases == {}
    found = supply.meter_config("m", options("epever-ls-b", nominal_voltage_v=24.0, period_s=Seconds(60)), solar)
    assert found.phases == {"supply_voltage_v": Phase(None, 24.0, 180.0)}


def test_what_is_declared_of_a_meter_begins_and_ends() -> None:
    overload = Fault("overload", "meter.total_power_too_high", "active_power_w", above=17000.0, ends=16000.0)
    box = Box(MeterConfig("feeder", ONE.phases, 60.0, (overload,)))
    for power_w in (12000.0, 18000.0, 16500.0, 15000.0):
        for _ in range(12):
            box.live(10, 231.0)
            box.say("active_power_w", power_w)
    told = [(event.type, event.data["active"], event.data["fault"], event.data["value"]) for event in box.events]
    assert told == [
        ("meter.total_power_too_high", True, "overload", 18000.0),
        ("meter.total_power_too_high", False, "overload", 15000.0),
    ]
    assert supply.active(box.state) == []


def test_a_doubtful_value_is_no_fault() -> None:
    low = Fault("low", "meter.power_factor_too_low", "power_factor", below=0.8)
    box = Box(MeterConfig("feeder", {}, 0.0, (low,)))
    for value, quality in ((0.1, Quality.SUSPECT), (float("nan"), Quality.GOOD), ("?", Quality.GOOD)):
        for _ in range(3):
            box.mono_s += 10.0
            box.say("power_factor", value, quality)
    assert box.events == []
