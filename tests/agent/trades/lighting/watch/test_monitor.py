"""One lamp that fails in every way that is watched for, second by second, over nights and restarts."""

from collections import Counter as Count
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, structs
from stored import Told, promised

from agent.alarm import REPEAT_S
from agent.clock import Moment
from agent.events import Priority
from agent.trades.lighting.control.setpoint import Writes
from agent.trades.lighting.plan.sun import Place
from agent.trades.lighting.watch import monitor
from agent.trades.lighting.watch.energy import EnergyCounter
from agent.trades.lighting.watch.limits import CHECKPOINT_DARK_S, CHECKPOINT_LIT_S
from agent.trades.lighting.watch.monitor import LampConfig, MonitorState
from drivers.base import Quality, Reading, Value
from drivers.profile import Fault

PLACE = Place(48.8566, 2.3522, "Europe/Paris")
EVENING = datetime(2026, 12, 21, 18, 0, tzinfo=UTC).timestamp()
WATCHED = LampConfig("lamp-1", PLACE, wattage_w=60.0, warm_up_s=30.0, alarm_after_s=60.0)
ALARM_KINDS = {
    "lamp.failure", "lamp.dimming_failure", "lamp.power_too_high", "lamp.power_too_low", "lamp.cycling_failure",
    "lamp.unexpected_on", "lamp.relay_failure", "lamp.control_gear_comm_failure",
}  # fmt: skip


class Faults(Struct, frozen=True):
    """What is wrong with a lamp.

    Args:
        dead: it draws half a watt, whatever its level.
        stuck_percent: it stays at that level.
        contact: its switch reads off and lets the power through.
        draws: times the power that is right.
        gearless: its gateway answers for it, without a level.
        says: flags of its status.
    """

    dead: bool = False
    stuck_percent: float | None = None
    contact: bool = False
    draws: float = 1.0
    gearless: bool = False
    says: dict[str, bool] = {}


class Box:
    """A lamp of 60 W that is read each second, and its monitor."""

    def __init__(self, lamp: LampConfig = WATCHED, *, meter: bool = True, unix_s: float = EVENING) -> None:
        self.lamp, self.meter = lamp, meter
        self.state = MonitorState()
        self.boot, self.mono_s, self.offset_s, self.trusted = "b1", 1000.0, unix_s - 1000.0, True
        self.commanded: float | None = None
        self.faults, self.came_of = Faults(), Writes()
        self.silent = False
        self.events: list[Told] = []
        self.disk = b"{}"
        self.writes = 0

    def now(self) -> Moment:
        return Moment(self.offset_s + self.mono_s, self.mono_s, self.boot, self.trusted)

    def feed(self, reading: Reading | None) -> None:
        """Feeds the rule as RuleRunner does."""
        step = monitor.step(self.lamp, self.state, self.now(), reading, self.commanded, writes=self.came_of)
        keep = monitor.persisted(step.state)
        if step.events or keep != monitor.persisted(self.state):
            self.disk = msgspec.json.encode(keep)
            self.writes += 1
        self.events += map(promised, step.events)
        self.state = step.state

    def say(self, quantity: str, value: Value, quality: Quality = Quality.GOOD) -> None:
        self.feed(Reading("lamp-1", quantity, value, self.mono_s, quality))

    @property
    def level_percent(self) -> float:
        stuck = self.faults.stuck_percent
        return (self.commanded or 0.0) if stuck is None else stuck

    @property
    def power_w(self) -> float:
        if self.faults.contact:
            return 60.0
        return 0.5 if self.faults.dead or not self.level_percent else 0.6 * self.level_percent * self.faults.draws

    def poll(self) -> None:
        for name, value in self.faults.says.items():
            self.say(name, value)
        if not self.faults.gearless:
            self.say("level_percent", self.level_percent)
        if self.meter:
            self.say("active_power_w", self.power_w)

    def live(self, seconds: float, every_s: float = 1.0) -> None:
        for _ in range(int(seconds / every_s)):
            self.mono_s += every_s
            if self.silent:
                self.feed(None)
            else:
                self.poll()

    def killed(self, off_s: float = 5.0) -> None:
        """The daemon alone: the box goes on."""
        self.mono_s += off_s
        self.state = msgspec.json.decode(self.disk, type=MonitorState)

    def restart(self, off_s: float = 5.0, *, trusted: bool = True) -> None:
        self.mono_s += off_s
        self.offset_s += self.mono_s - 5.0
        self.boot, self.mono_s, self.trusted, self.commanded = self.boot + "+", 5.0, trusted, None
        self.state = msgspec.json.decode(self.disk, type=MonitorState)

    def told(self) -> list[tuple[str, bool]]:
        return [(event.type, event.data["active"]) for event in self.events if event.type in ALARM_KINDS]

    def nights(self) -> list[dict[str, object]]:
        return [event.data for event in self.events if event.type == "lamp.energy"]


def burning(level_percent: float = 100.0, **watched: object) -> Box:
    box = Box(structs.replace(WATCHED, **watched))
    box.commanded = level_percent
    box.live(120)
    return box


def test_a_sound_lamp_is_no_alarm_at_any_level() -> None:
    box = Box()
    for level in (0.0, 100.0, 50.0, 5.0, 1.0, 100.0, 0.0):
        box.commanded = level
        box.live(600)
    assert box.told() == []


CASES: dict[str, tuple[float, Faults, set[str]]] = {
    "dead": (100.0, Faults(dead=True), {"lamp.failure", "lamp.power_too_low"}),
    "dead while dimmed": (10.0, Faults(dead=True), {"lamp.failure", "lamp.power_too_low"}),
    "half of its modules": (100.0, Faults(draws=0.6), {"lamp.power_too_low"}),
    "half of it at 30 %": (30.0, Faults(draws=0.5), {"lamp.power_too_low"}),
    "double at 40 %": (40.0, Faults(draws=1.7), {"lamp.power_too_high"}),
    "a lamp too large": (100.0, Faults(draws=1.4), {"lamp.power_too_high"}),
    "stuck at full": (50.0, Faults(stuck_percent=100.0), {"lamp.dimming_failure"}),
    "does not light": (50.0, Faults(stuck_percent=0.0), {"lamp.dimming_failure"}),
    "does not light for 3 %": (3.0, Faults(stuck_percent=0.0), {"lamp.dimming_failure"}),
    "burns by day": (0.0, Faults(stuck_percent=80.0), {"lamp.unexpected_on"}),
    "its gear burns by day": (0.0, Faults(says={"lamp_power_on": True}), {"lamp.unexpected_on"}),
    "contact stuck": (0.0, Faults(contact=True), {"lamp.unexpected_on", "lamp.relay_failure"}),
    "says that it failed": (100.0, Faults(says={"lamp_failure": True}), {"lamp.failure"}),
    "says that its relay failed": (100.0, Faults(says={"relay_failure": True}), {"lamp.relay_failure"}),
    "says that its gear failed": (100.0, Faults(says={"ballast_failure": True}), {"lamp.control_gear_comm_failure"}),
}


@pytest.mark.parametrize(("level", "faults", "kinds"), CASES.values(), ids=list(CASES))
def test_each_fault_is_told_once_when_it_begins_and_once_when_it_ends(
    level: float, faults: Faults, kinds: set[str]
) -> None:
    box = burning(level, switched=True)
    box.faults = faults
    box.live(3600)
    assert sorted(box.told()) == sorted((kind, True) for kind in kinds)
    assert set(monitor.active(box.state)) == kinds
    box.faults = Faults(says=dict.fromkeys(faults.says, False))
    box.live(3600)
    assert sorted(box.told()) == sorted((kind, active) for kind in kinds for active in (True, False))
    assert monitor.active(box.state) == []
    alarms = [event for event in box.events if event.type in kinds]
    assert {(event.priority, event.subject) for event in alarms} == {(Priority.ALARM, "lamp-1")}
    assert all(event.data["detail"] for event in alarms if event.data["active"])


MEASURED = ((0.0, 0.5), (10.0, 9.0), (50.0, 26.0), (100.0, 60.0))


@pytest.mark.parametrize("level", [10.0, 20.0, 30.0, 50.0, 75.0, 100.0])
def test_by_a_measured_curve_half_of_a_lamp_is_seen_at_every_level(level: float) -> None:
    watched = structs.replace(WATCHED, power_curve=MEASURED)
    for share, told in ((1.0, []), (0.5, [("lamp.power_too_low", True)]), (1.5, [("lamp.power_too_high", True)])):
        box, power_w = Box(watched, meter=False), (watched.expected_w(level) or 0.0) * share
        box.commanded = level
        for _ in range(40):
            box.live(10, every_s=10)
            box.say("active_power_w", power_w)
        assert [each for each in box.told() if each[0].startswith("lamp.power")] == told


def test_a_gear_that_loses_some_watts_when_it_is_dimmed_is_no_fault() -> None:
    for level in (1.0, 5.0, 10.0, 20.0, 30.0, 50.0, 80.0, 100.0):
        for loss_w in (0.0, 4.0):
            box = Box(meter=False)
            box.commanded = level
            for _ in range(40):
                box.live(10, every_s=10)
                box.say("active_power_w", loss_w + (60.0 - loss_w) * level / 100)
            assert box.told() == []


def test_a_fault_must_last_for_alarm_after() -> None:
    box = burning()
    box.faults = Faults(draws=0.6)
    box.live(59)
    box.faults = Faults()
    box.live(5)
    box.faults = Faults(draws=0.6)
    box.live(59)
    assert box.told() == []
    box.live(2)
    assert box.told() == [("lamp.power_too_low", True)]


def test_one_reading_is_never_enough_however_long_it_stands() -> None:
    box = burning()
    box.say("active_power_w", 0.0)
    box.meter = False
    box.live(200)
    assert box.told() == []


def test_a_lamp_that_warms_up_is_not_judged() -> None:
    box = Box(structs.replace(WATCHED, warm_up_s=600.0))
    box.live(60)
    box.commanded, box.faults = 100.0, Faults(draws=0.5)
    box.live(590)
    box.faults = Faults()
    box.live(600)
    assert box.told() == []


def test_a_lamp_that_struck_again_warms_up_again() -> None:
    box = burning(warm_up_s=60.0, alarm_after_s=20.0)
    for box.faults, seconds in ((Faults(dead=True), 10), (Faults(draws=0.6), 55), (Faults(), 300)):
        box.live(seconds)
    assert box.told() == []


def test_a_lamp_that_follows_a_ramp_slowly_is_not_judged_on_the_way() -> None:
    box = burning(alarm_after_s=5.0)
    for box.commanded in range(90, 0, -10):
        box.faults = Faults(stuck_percent=box.commanded + 10.0)
        box.live(20)
    box.faults = Faults()
    box.live(600)
    assert box.told() == []


def test_a_meter_that_is_seconds_late_makes_no_switching_of_a_change_of_level() -> None:
    box = burning(5.0)
    box.commanded = 100.0
    for power_w in (3.0, 3.0, 3.0, 30.0, 60.0, 60.0):
        box.mono_s += 1
        box.say("level_percent", 100.0)
        box.say("active_power_w", power_w)
    box.live(60)
    assert monitor.switch_on_count(box.state) == 0


def test_a_meter_that_is_read_seldom_ends_no_alarm_before_it_was_read() -> None:
    box = burning(0.0, switched=True, alarm_after_s=20.0)
    box.faults, box.meter = Faults(contact=True), False
    for box.commanded in (0.0, 100.0, 0.0):
        for _ in range(20):
            box.live(60)
            box.say("active_power_w", 60.0)
    assert sorted(box.told()) == [("lamp.relay_failure", True), ("lamp.unexpected_on", True)]


def test_a_meter_that_is_no_longer_read_does_not_hold_an_alarm() -> None:
    box = burning(0.0)
    box.faults = Faults(stuck_percent=100.0)
    box.live(300)
    box.faults, box.meter = Faults(), False
    box.live(600)
    assert box.told() == [("lamp.unexpected_on", True), ("lamp.unexpected_on", False)]


def test_without_a_wattage_no_power_is_judged() -> None:
    box = burning(wattage_w=None)
    for faults in (Faults(dead=True), Faults(draws=3.0)):
        box.faults = faults
        box.live(1800)
    box.commanded, box.faults = 0.0, Faults(contact=True)
    box.live(1800)
    assert box.told() == []


def test_what_the_driver_doubts_and_what_is_no_number_decide_nothing() -> None:
    box = burning()
    for _ in range(280):
        box.mono_s += 1
        box.say("active_power_w", 0.0, Quality.SUSPECT)
        box.say("active_power_w", float("nan"))
        box.say("active_power_w", True)
        box.say("lamp_failure", True, Quality.SUSPECT)
        box.say("lamp_failure", 1)
        box.say("level_percent", float("inf"))
    assert box.told() == []


def test_a_lamp_found_dead_by_its_power_is_not_well_because_its_gear_says_so() -> None:
    box = burning()
    box.faults = Faults(dead=True, says={"lamp_failure": False})
    box.live(600)
    box.commanded = 0.0
    box.live(8 * 3600, every_s=10)
    assert "lamp.failure" in monitor.active(box.state)
    box.commanded, box.faults = 100.0, Faults(says={"lamp_failure": False})
    box.live(600)
    assert monitor.active(box.state) == []


def test_a_lamp_that_burns_by_day_is_told_once_not_every_day() -> None:
    box = burning(0.0)
    box.faults = Faults(stuck_percent=100.0)
    for _ in range(3):
        for box.commanded in (0.0, 100.0):
            box.live(12 * 3600, every_s=30)
    assert Count(box.told()) == {("lamp.unexpected_on", True): 1}


def test_a_lamp_that_goes_out_by_itself_is_cycling_until_an_hour_of_steady_light() -> None:
    box = burning()
    for _ in range(4):
        box.faults = Faults(stuck_percent=0.0)
        box.live(40)
        box.faults = Faults()
        box.live(300)
    assert box.told() == [("lamp.cycling_failure", True)]
    box.live(3000)
    assert "lamp.cycling_failure" in monitor.active(box.state)
    box.live(1200)
    assert box.told()[-1] == ("lamp.cycling_failure", False)


def test_a_restart_does_not_end_an_alarm_that_needs_an_hour_of_light() -> None:
    box = burning()
    for box.faults in (Faults(stuck_percent=0.0), Faults()) * 4:
        box.live(40)
    box.restart()
    box.commanded = 100.0
    box.live(3000)
    assert monitor.active(box.state) == ["lamp.cycling_failure"]


def test_a_discharge_lamp_that_strikes_again_and_again_is_cycling_by_its_power() -> None:
    box = burning()
    for _ in range(4):
        box.faults = Faults(dead=True)
        box.live(40)
        box.faults = Faults()
        box.live(300)
    assert ("lamp.cycling_failure", True) in box.told()


def test_a_lamp_that_is_switched_by_order_is_not_cycling() -> None:
    box = burning()
    for box.commanded in (0.0, 100.0, 5.0, 80.0, 0.0, 100.0) * 10:
        box.live(90)
    assert box.told() == []


def test_a_controller_that_answers_without_a_level_has_lost_its_gear() -> None:
    box = burning()
    box.faults = Faults(gearless=True)
    box.live(290)
    assert box.told() == []
    box.live(120)
    assert box.told() == [("lamp.control_gear_comm_failure", True)]
    box.faults = Faults()
    box.live(120)
    assert box.told()[-1] == ("lamp.control_gear_comm_failure", False)


def test_a_lamp_that_is_out_of_reach_keeps_its_alarms_and_gets_no_new_ones() -> None:
    box = burning()
    box.faults = Faults(draws=0.6)
    box.live(300)
    box.say("reachable", False)
    box.silent, box.faults = True, Faults()
    box.live(7200)
    assert box.told() == [("lamp.power_too_low", True)]
    box.silent = False
    box.live(200)
    assert box.told() == [("lamp.power_too_low", True), ("lamp.power_too_low", False)]


def test_alarms_survive_a_restart_without_being_told_twice() -> None:
    box = burning()
    box.faults = Faults(dead=True)
    box.live(300)
    before = box.told()
    for off_s in (5.0, 4 * 3600.0):
        box.restart(off_s)
        box.commanded = 100.0
        box.live(1800)
    assert box.told() == before
    box.restart(5.0, trusted=False)
    box.commanded, box.faults = 100.0, Faults()
    box.live(300)
    assert [alarm for alarm in box.told() if not alarm[1]] == [("lamp.failure", False), ("lamp.power_too_low", False)]


def windows(box: Box) -> Iterator[int]:
    """How often the same was told within an hour of each telling."""
    alarms = [event for event in box.events if event.type in ALARM_KINDS]
    for one in alarms:
        same = [other for other in alarms if (other.type, other.data["active"]) == (one.type, one.data["active"])]
        yield sum(1 for other in same if 0 <= other.at.unix_s - one.at.unix_s < REPEAT_S)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.floats(0.0, 90.0), st.sampled_from([0.0, 50.0, 100.0]), st.integers(1, 20)),
        min_size=50,
        max_size=150,
    )
)
def test_no_noise_tells_an_alarm_more_than_once_an_hour(noise: list[tuple[float, float, int]]) -> None:
    """Nor twice in a row as begun, or as ended."""
    box = Box(structs.replace(WATCHED, warm_up_s=0.0, alarm_after_s=20.0))
    for power_w, level, times in noise:
        box.commanded = level
        for _ in range(times):
            box.mono_s += 10
            box.say("level_percent", level if power_w < 60 else 100.0 - level)
            box.say("active_power_w", power_w)
            box.say("lamp_failure", power_w < 20)
    assert set(windows(box)) <= {1}
    for kind in ALARM_KINDS:
        turns = [active for told, active in box.told() if told == kind]
        assert turns == [number % 2 == 0 for number in range(len(turns))]


def test_noise_at_the_edge_of_the_tolerance_is_told_once() -> None:
    box = burning()
    for number in range(4 * 3600):
        box.faults = Faults(draws=0.79 + 0.02 * (number // 90 % 2))
        box.live(1)
    assert box.told() == [("lamp.power_too_low", True)]


def test_what_begins_again_within_the_hour_is_told_after_it_if_it_lasts() -> None:
    box = burning()
    for faults, seconds in ((Faults(draws=0.6), 300), (Faults(), 300), (Faults(draws=0.6), 7200)):
        box.faults = faults
        box.live(seconds)
    assert [active for _, active in box.told()] == [True, False, True]
    first, _, again = (event.at.unix_s for event in box.events if event.type == "lamp.power_too_low")
    assert REPEAT_S <= again - first < REPEAT_S + 2


def rebooting(box: Box, times: int, every_s: float) -> None:
    """The controller starts anew so often; it is at the level of the pole again after a second."""
    for _ in range(times):
        for up_s in (0.0, 1.0, every_s - 2):
            box.live(max(1.0, up_s))
            box.say("uptime_s", up_s)


def test_a_controller_that_starts_anew_is_told_once_with_a_count_until_an_hour_is_calm() -> None:
    box = burning()
    box.say("uptime_s", 120.0)
    rebooting(box, 50, 300.0)
    losses = [event for event in box.events if event.type == "lamp.supply_loss"]
    assert [(event.data["active"], event.data["count"]) for event in losses] == [(True, 1)]
    assert monitor.shown(box.state, ())["supply_loss_count"] == 50
    box.restart()
    box.commanded = 100.0
    box.live(3700)
    (begun, ended) = (event for event in box.events if event.type == "lamp.supply_loss")
    assert "anew" in begun.data["detail"]
    assert (ended.data["active"], ended.data["count"]) == (False, 50)
    assert box.told() == []


def test_a_lamp_that_forgets_its_level_is_told_as_such_and_not_as_flapping() -> None:
    box = burning(40.0)
    for _ in range(20):
        box.faults = Faults(stuck_percent=100.0)
        box.live(1)
        box.faults = Faults()
        box.live(120)
    losses = [event.data for event in box.events if event.type == "lamp.supply_loss"]
    assert [(each["active"], each["count"]) for each in losses] == [(True, 1)]
    assert box.state.supply.count == 20
    assert box.told() == []


def test_a_controller_that_starts_in_darkness_is_counted_and_is_no_lamp_that_goes_out() -> None:
    box = burning(40.0)
    for _ in range(20):
        box.faults = Faults(stuck_percent=0.0)
        box.live(1)
        box.faults, box.came_of = Faults(), Writes(0, box.came_of.taken + 1, 0)
        box.live(120)
    losses = [event.data for event in box.events if event.type == "lamp.supply_loss"]
    assert [(each["active"], each["count"]) for each in losses] == [(True, 1)]
    assert box.state.supply.count == 20
    assert box.told() == []


def test_a_contact_that_opens_for_a_moment_has_forgotten_nothing() -> None:
    box = burning(100.0, forgets=False)
    box.faults = Faults(stuck_percent=0.0)
    box.live(1)
    box.faults, box.came_of = Faults(), Writes(0, 1, 0)
    box.live(120)
    assert box.state.supply.count == 0


def test_a_night_is_told_in_the_morning_with_what_it_used() -> None:
    box = Box(unix_s=datetime(2026, 12, 21, 9, 0, 1, tzinfo=UTC).timestamp())
    for hours, box.commanded in ((7.0, 0.0), (6.0, 100.0), (6.0, 50.0), (5.2, 0.0)):
        box.live(hours * 3600, every_s=20)
    (night,) = box.nights()
    assert night["night"] == "2026-12-21"
    assert night["source"] == "measured"
    assert night["energy_kwh"] == pytest.approx(6 * 0.06 + 6 * 0.03 + 12 * 0.0005, rel=0.02)
    assert night["burning_hours"] == pytest.approx(12.0, abs=0.05)
    assert night["switch_ons"] == 1
    assert night["saving_percent"] == pytest.approx(100 * (1 - 0.546 / (0.06 * 15.78)), abs=1.5)
    assert night["operating_hours"] == night["burning_hours"]


def test_an_energy_counter_counts_what_the_agent_did_not_see() -> None:
    box = Box(structs.replace(WATCHED, counter=EnergyCounter(10.0, 0.001)))
    box.commanded = 100.0
    box.live(60)
    box.say("active_energy_kwh", 9.5)
    box.live(3700, every_s=20)
    box.restart(1800.0)
    box.commanded = 100.0
    box.live(60)
    box.say("active_energy_kwh", 9.6)
    box.live(8 * 3600, every_s=20)
    box.say("active_energy_kwh", 0.1)
    box.live(8 * 3600, every_s=20)
    (night,) = box.nights()
    assert (night["source"], night["energy_kwh"]) == ("measured", pytest.approx(0.6))
    assert night["saving_percent"] is None, "the night before the start was not seen"


def test_an_estimate_says_that_it_is_one() -> None:
    box = Box(unix_s=datetime(2026, 12, 21, 9, 0, 1, tzinfo=UTC).timestamp(), meter=False)
    for hours, box.commanded in ((7.0, 0.0), (10.0, 50.0), (7.2, 0.0)):
        box.live(hours * 3600, every_s=20)
    (night,) = box.nights()
    expected_kwh = 10 * 0.03025 + 14.2 * 0.0005
    assert (night["source"], night["energy_kwh"]) == ("estimated", pytest.approx(expected_kwh, rel=0.01))
    silent = Box(structs.replace(WATCHED, wattage_w=None), meter=False)
    silent.commanded = 100.0
    silent.live(16 * 3600, every_s=60)
    (night,) = silent.nights()
    assert (night["source"], night["energy_kwh"], night["saving_percent"]) == (None, None, None)
    assert night["burning_hours"] == pytest.approx(15.0, abs=0.05)


@pytest.mark.parametrize("kills", [1, 5, 20])
def test_burning_hours_are_right_however_often_the_daemon_is_killed(kills: int) -> None:
    box = Box(unix_s=datetime(2026, 12, 21, 9, 0, 1, tzinfo=UTC).timestamp())
    for hours, box.commanded in ((7.0, 0.0), (6.0, 100.0), (6.0, 50.0), (5.2, 0.0)):
        for _ in range(kills):
            box.live(hours * 3600 / kills - 40, every_s=20)
            box.killed(40.0)
    (night,) = box.nights()
    assert night["burning_hours"] == pytest.approx(12.0, abs=0.05)


def test_a_box_that_was_without_power_counts_no_light_meanwhile() -> None:
    box = burning()
    box.live(1200)
    counted_s = box.state.counters.burning_s
    box.restart(300.0)
    box.commanded = 100.0
    box.live(60)
    assert box.state.counters.burning_s <= counted_s + 60


def test_nothing_is_told_of_a_night_in_which_nothing_was_seen() -> None:
    box = Box()
    box.silent = True
    box.live(3 * 86400, every_s=600)
    assert box.events == []


def test_time_that_nobody_saw_is_not_counted() -> None:
    box = burning()
    assert box.state.counters.switch_ons == 0, "it burned when it was first seen"
    box.silent = True
    box.live(4 * 3600)
    assert box.state.counters.burning_s == pytest.approx(120 + 300, abs=5)
    box.silent = False
    box.live(60)
    counted_s = box.state.counters.burning_s
    assert counted_s == pytest.approx(120 + 300 + 60, abs=10)
    box.say("reachable", False)
    box.silent = True
    box.live(200)
    assert box.state.counters.burning_s == pytest.approx(counted_s, abs=2)


def test_counts_survive_a_restart_and_the_device_s_own_go_before_them() -> None:
    box = Box(meter=False)
    for box.commanded in (0.0, 100.0) * 3:
        box.live(3600, every_s=10)
    box.restart()
    assert monitor.operating_hours(box.state) == pytest.approx(3.0, abs=CHECKPOINT_LIT_S / 3600 + 0.01)
    assert monitor.switch_on_count(box.state) == 3
    box.say("operating_hours_h", 12000.5)
    box.say("switch_on_count", 4711)
    assert (monitor.operating_hours(box.state), monitor.switch_on_count(box.state)) == (12000.5, 4711)
    assert monitor.shown(box.state, ())["operating_hours"] == 12000.5


def test_promise_sd_cards_wear_a_lamp_is_written_seldom() -> None:
    box = Box()
    for box.commanded in (0.0, 100.0):
        before = box.writes
        box.live(6 * 3600, every_s=2)
        pause_s = CHECKPOINT_LIT_S if box.commanded else CHECKPOINT_DARK_S
        assert 3 <= box.writes - before <= 6 * 3600 / pause_s + 2


def test_promise_works_with_no_clock_a_night_begun_without_one_is_told_by_the_one_that_is_set() -> None:
    box = Box(unix_s=60.0)
    box.trusted = False
    box.commanded = 100.0
    box.live(3 * 3600, every_s=20)
    box.trusted, box.offset_s = True, EVENING + 3 * 3600 - box.mono_s
    box.live(14 * 3600, every_s=20)
    (night,) = box.nights()
    assert night["night"] == "2026-12-21"
    assert night["burning_hours"] == pytest.approx(15.0, abs=0.1)


def test_promise_works_with_no_clock_a_night_that_nothing_dates_has_no_date() -> None:
    box = Box(unix_s=60.0)
    box.trusted = False
    box.commanded = 100.0
    box.live(3 * 3600, every_s=20)
    box.restart()
    box.offset_s = EVENING
    box.live(60)
    (night,) = box.nights()
    assert (night["night"], night["saving_percent"], night["unseen_s"]) == (None, None, None)
    assert night["energy_kwh"] > 0  # type: ignore[operator]


DECLARED = (
    Fault("open", "lamp.failure"),
    Fault("short", "lamp.failure"),
    Fault("too_hot", "lamp.high_temperature", "temperature_c", above=85.0, ends=80.0),
    Fault("dry", "lamp.leakage_detected", when=False),
)


def test_what_a_profile_declares_as_a_fault_begins_and_ends() -> None:
    box = burning(faults=DECLARED, alarm_after_s=20.0)
    sound: dict[str, Value] = {"open": False, "short": False, "dry": True, "temperature_c": 40.0}
    stages: tuple[dict[str, Value], ...] = (
        {"open": True},
        {"short": True, "open": True},
        {"short": True, "temperature_c": 90.0},
        {"dry": False},
        {},
    )
    for said in stages:
        for _ in range(6):
            box.live(10, every_s=10)
            for quantity, value in (sound | said).items():
                box.say(quantity, value)
    told = [(e.type, e.data["active"], e.data["fault"]) for e in box.events if "fault" in e.data]
    assert told == [
        ("lamp.failure", True, "open"),
        ("lamp.failure", True, "short"),
        ("lamp.failure", False, "open"),
        ("lamp.high_temperature", True, "too_hot"),
        ("lamp.failure", False, "short"),
        ("lamp.leakage_detected", True, "dry"),
        ("lamp.high_temperature", False, "too_hot"),
        ("lamp.leakage_detected", False, "dry"),
    ]
    hot = next(event for event in box.events if event.type == "lamp.high_temperature")
    assert (hot.data["value"], hot.data["limit"]) == (90.0, 85.0)
    assert monitor.active(box.state) == []


def test_a_power_that_is_not_read_any_more_is_not_shown() -> None:
    box = burning()
    assert monitor.shown(box.state, {"active_power_w"})["power_w"] == 60.0
    assert monitor.shown(box.state, ())["power_w"] is None
