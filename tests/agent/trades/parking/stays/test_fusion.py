"""Several sources of one bay: who decides, what is told when they contradict each other, whose evidence it is."""

from dataclasses import dataclass, field

import msgspec
import pytest
from msgspec import structs
from stored import Told, promised

from agent.calendars import WindowOptions
from agent.clock import Moment
from agent.regulation import RuleOptions, TemporaryOrder, order_of
from agent.trades.parking.options import BayOptions
from agent.trades.parking.sensors.source import source_of, zone_of
from agent.trades.parking.stays.bay import step
from agent.trades.parking.stays.state import Bay, BayState, persisted, sensed_state, status_view
from drivers.base import Reading, Reporting, Stay, Value
from drivers.options import Seconds

LOOP = Reporting(4.0, "occupied")
OPTIONS = BayOptions(
    sensor="loop", also=("zone",), limit_s=Seconds(3600), grace_s=Seconds(600), disagree_s=Seconds(600)
)
HOURS = RuleOptions(category="general", limit_s=Seconds(3600), windows=(WindowOptions(),))
TAGGED = RuleOptions(category="disabled", limit_s=Seconds(600), exempt_tags=("1F345678",))


@dataclass
class Street:
    """A loop in the ground and a camera that see the same bay."""

    options: BayOptions = OPTIONS
    state: BayState = field(default_factory=BayState)
    events: list[Told] = field(default_factory=list)
    mono_s: float = 0.0
    boot: str = "boot-1"
    trusted: bool = True
    due_s: float | None = None
    rules: dict[str, RuleOptions] = field(default_factory=lambda: {"tagged": TAGGED, "hours": HOURS})

    @property
    def bay(self) -> Bay:
        order = order_of(self.options, self.rules, "Europe/Paris", "fr")
        sources = (source_of("loop", self.options, LOOP), zone_of("zone", "cam"))
        return Bay("bay-1", sources, order, self.options.disagree_s)

    @property
    def now(self) -> Moment:
        return Moment(1.8e9 + self.mono_s, self.mono_s, self.boot, self.trusted)

    def step(self, reading: Reading | None = None) -> None:
        answer = step(self.bay, self.state, self.now, reading)
        self.state, self.due_s = answer.state, answer.wake_at_s
        self.events += map(promised, answer.events)

    def loop(self, occupied: bool, seconds: int, *, every_s: int = 4) -> None:
        for _ in range(seconds // every_s):
            self.wait(every_s)
            self.step(Reading("loop", "occupied", occupied, self.mono_s))

    def wait(self, seconds: float) -> None:
        end_s = self.mono_s + seconds
        while self.due_s is not None and self.due_s <= end_s:
            self.mono_s = max(self.mono_s, self.due_s)
            before = self.due_s
            self.step()
            assert self.due_s is None or self.due_s > before
        self.mono_s = end_s

    def see(self, key: str, *, left: bool = False) -> None:
        left_s = self.mono_s - 1.0 if left else None
        seen = Stay(key, self.mono_s - 2.0, left_s, "car", 0.9)
        self.step(Reading("zone", "stay", seen, self.mono_s))

    def camera(self, quantity: str, value: Value) -> None:
        self.step(Reading("cam", quantity, value, self.mono_s))

    def told(self) -> list[str]:
        return [event.type.removeprefix("bay.") for event in self.events]


def test_the_first_source_decides_and_the_other_is_evidence() -> None:
    street = Street()
    street.loop(False, 60)
    street.wait(2)
    street.see("a")
    assert street.told() == ["known"]
    street.loop(True, 3700)
    assert street.told() == ["known", "occupied", "overstay"]
    assert street.events[-1].data["evidence"] == "both"


def test_sources_that_contradict_each_other_are_told_once_and_when_they_agree_again() -> None:
    street = Street()
    street.loop(False, 60)
    street.see("a")
    street.loop(False, 700)
    assert street.told() == ["known", "disagreement"]
    assert street.events[-1].data == {
        "active": True,
        "sources": {"loop": "free", "zone": "occupied"},
        "decided_by": "loop",
    }
    street.see("a", left=True)
    street.loop(False, 700)
    assert street.told() == ["known", "disagreement", "disagreement"]
    assert street.events[-1].data["active"] is False


def test_a_short_contradiction_is_not_told() -> None:
    street = Street()
    street.loop(False, 60)
    for key in "abcde":
        street.see(key)
        street.loop(False, 300)
        street.see(key, left=True)
        street.loop(False, 300)
    assert street.told() == ["known"]


def test_the_next_source_takes_over_from_one_that_is_silent_and_what_changes_is_doubted() -> None:
    street = Street()
    street.loop(False, 60)
    street.see("a")
    street.loop(True, 60)
    street.wait(100)
    assert street.told() == ["known", "occupied"], "the camera still sees it: nothing is unknown"
    street.see("a", left=True)
    assert street.told() == ["known", "occupied", "freed"]
    assert street.events[-1].data["continuity"] == "presumed"
    assert [event.data["evidence"] for event in street.events] == ["bay_sensor", "bay_sensor", "camera"]
    assert sensed_state(street.bay, street.state, street.now) is None, "no figure is kept of what a camera alone sees"
    assert status_view(street.bay, street.state, street.now)["sources"] == {"zone": "free"}


def test_a_source_that_comes_back_is_not_believed_for_what_it_said_before_its_silence() -> None:
    street = Street()
    street.loop(False, 60)
    street.see("a")
    street.loop(True, 60)
    street.wait(100)
    street.see("a", left=True)
    street.loop(False, 60)
    assert street.told() == ["known", "occupied", "freed"]


def test_with_both_silent_the_state_is_unknown_and_the_stay_goes_on() -> None:
    street = Street()
    street.loop(False, 60)
    street.see("a")
    street.loop(True, 60)
    street.camera("condition", "blocked")
    street.wait(100)
    assert street.told() == ["known", "occupied", "unknown"]
    street.camera("condition", "ok")
    street.loop(True, 60)
    assert street.told() == ["known", "occupied", "unknown", "known"]


def test_a_restart_makes_no_contradiction() -> None:
    street = Street()
    street.loop(False, 60)
    street.see("a")
    street.loop(True, 60)
    street.state = msgspec.json.decode(msgspec.json.encode(persisted(street.state)), type=BayState)
    street.boot, street.mono_s, street.due_s = "boot-2", 0.0, None
    street.step()
    street.loop(True, 1200)
    assert street.told() == ["known", "occupied"]


@pytest.mark.parametrize(("tag", "overstays"), [("1F345678", 0), ("00000000", 1)])
def test_a_vehicle_that_the_order_exempts_is_not_accused_and_its_tag_kept_nowhere(tag: str, overstays: int) -> None:
    street = Street(BayOptions(sensor="loop", rule="tagged"))
    street.loop(False, 60)
    street.loop(True, 30)
    street.step(Reading("loop", "vehicle_tag", tag, street.mono_s))
    street.loop(True, 900)
    assert street.told().count("overstay") == overstays
    assert tag.encode() not in msgspec.json.encode([street.state, street.events])


def test_nobody_is_accused_while_the_network_of_a_sensor_that_tells_changes_is_cut() -> None:
    street = Street(BayOptions(sensor="loop", limit_s=Seconds(600), grace_s=Seconds(60), silence_s=Seconds(86400)))
    street.loop(False, 60)
    street.loop(True, 60)
    street.step(Reading("loop", "reachable", False, street.mono_s))
    assert sensed_state(street.bay, street.state, street.now) is None
    street.wait(3600)
    street.step(Reading("loop", "reachable", True, street.mono_s))
    assert sensed_state(street.bay, street.state, street.now) == "occupied"
    street.wait(600)
    assert street.told() == ["known", "occupied"], "what it said last may be over"
    street.loop(True, 10)
    overstays = [event.data["continuity"] for event in street.events if event.type.startswith("bay.overstay")]
    assert overstays == ["presumed", "presumed"]


def test_a_cut_in_which_no_vehicle_can_take_the_place_of_another_leaves_no_doubt() -> None:
    street = Street(BayOptions(sensor="loop", limit_s=Seconds(600)))
    street.loop(False, 60)
    street.loop(True, 60)
    street.step(Reading("loop", "reachable", False, street.mono_s))
    street.step(Reading("loop", "reachable", True, street.mono_s))
    street.loop(True, 600)
    street.loop(False, 60)
    assert [event.data.get("continuity") for event in street.events[2:]] == ["certain", "certain"]


@pytest.mark.parametrize(("device", "continuity"), [("loop", "presumed"), ("other", "certain")])
def test_what_was_lost_of_the_words_of_the_deciding_sensor_leaves_a_doubt(device: str, continuity: str) -> None:
    street = Street(BayOptions(sensor="loop"))
    street.loop(False, 60)
    street.loop(True, 60)
    street.step(Reading(device, "frames_lost", 1, street.mono_s))
    street.loop(True, 60)
    street.loop(False, 60)
    assert street.told() == ["known", "occupied", "freed"]
    assert street.events[-1].data["continuity"] == continuity


def test_another_source_decides_while_the_first_is_cut_off() -> None:
    street = Street(structs.replace(OPTIONS, silence_s=Seconds(86400)))
    street.loop(True, 60)
    street.see("a")
    street.step(Reading("loop", "reachable", False, street.mono_s))
    street.wait(60)
    street.see("a", left=True)
    assert street.told() == ["occupied", "freed"]
    street.step(Reading("loop", "reachable", True, street.mono_s))
    street.wait(60)
    assert street.told() == ["occupied", "freed"], "it knows nothing newer"


@pytest.mark.parametrize(("before_s", "overstays"), [(0, 0), (60, 0), (600, 1)])
def test_a_tag_that_is_heard_while_its_vehicle_arrives_exempts_the_stay_that_begins_then(
    before_s: int, overstays: int
) -> None:
    street = Street(BayOptions(sensor="loop", rule="tagged"))
    street.loop(False, 60)
    street.wait(10)
    street.step(Reading("loop", "vehicle_tag", "1f345678", street.mono_s))
    street.loop(False, before_s)
    street.loop(True, 900)
    assert street.told().count("overstay") == overstays
    street.loop(False, 30)
    street.loop(True, 900)
    assert street.told().count("overstay") == overstays + 1, "the next vehicle has no tag"


def test_a_tag_exempts_from_the_rule_that_names_it_alone() -> None:
    market = TemporaryOrder(name="market", rule="market", begin="2027-01-15 09:05")  # while the vehicle stands there
    rules = {"tagged": structs.replace(TAGGED, orders=(market,)), "market": structs.replace(TAGGED, exempt_tags=())}
    street = Street(BayOptions(sensor="loop", rule="tagged"), rules=rules)
    street.loop(False, 60)
    street.step(Reading("loop", "vehicle_tag", "1F345678", street.mono_s))
    street.loop(True, 1800)
    assert [event.data["rule"] for event in street.events if event.type.startswith("bay.overstay")] == ["market"]


@pytest.mark.parametrize(("rule", "overstays"), [(None, 1), ("hours", 0)])
def test_promise_works_with_no_clock_hours_need_one_and_a_limit_does_not(rule: str | None, overstays: int) -> None:
    street = Street(structs.replace(OPTIONS, rule=rule, grace_s=Seconds(0)), trusted=False)
    street.loop(False, 60)
    street.loop(True, 3700)
    assert street.told().count("overstay") == overstays
    street.trusted = True
    street.loop(True, 20)
    assert street.told().count("overstay") == 1, "once the clock is set, the whole stay counts"
