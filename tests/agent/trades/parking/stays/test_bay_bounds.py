"""A bay at the bounds of what it waits for: to the second, with sources that say one thing at a time."""

from dataclasses import dataclass, field

import pytest
from msgspec import structs
from stored import Told, promised

from agent.clock import Moment
from agent.regulation import order_of
from agent.trades.parking.options import BayOptions
from agent.trades.parking.sensors.source import Source, source_of, zone_of
from agent.trades.parking.stays.bay import step
from agent.trades.parking.stays.state import Bay, BayState, initial
from drivers.base import Reading, Reporting, Stay, Value

DAY_S = 86400.0
OPTIONS = BayOptions(sensor="s1")
OWN = source_of("s1", OPTIONS, Reporting(DAY_S, "occupied", speaks_at_changes=True))
OTHER = structs.replace(OWN, name="s2", told_by=frozenset({"s2"}))
ZONE = zone_of("z", "cam")
SILENCE_S = 2.5 * DAY_S


@dataclass
class Street:
    """A bay; each word is said at a second of the one boot there is."""

    sources: tuple[Source, ...] = (OWN,)
    disagree_s: float = 600.0
    state: BayState = field(default_factory=initial)
    events: list[Told] = field(default_factory=list)
    due_s: float | None = None

    def at(self, at_s: float, value: Value | None = None, quantity: str = "occupied", device: str = "s1") -> "Street":
        reading = None if value is None else Reading(device, quantity, value, at_s)
        bay = Bay("b1", self.sources, order_of(OPTIONS, {}, "Europe/Paris", "fr"), self.disagree_s)
        answer = step(bay, self.state, moment(at_s), reading)
        self.state, self.due_s = answer.state, answer.wake_at_s
        self.events = [*self.events, *map(promised, answer.events)]
        return self

    def sees(self, at_s: float, key: str, left_s: float | None = None) -> "Street":
        """Feeds the bay a reading of its camera."""
        entered_s = at_s if left_s is None else left_s - 10.0
        return self.at(at_s, Stay(key, entered_s, left_s, "car", 0.9), "stay", "z")

    def told(self) -> list[str]:
        return [event.type.removeprefix("bay.") for event in self.events]

    @property
    def continuity(self) -> str | None:
        return self.state.stay and self.state.stay.continuity


def moment(at_s: float) -> Moment:
    return Moment(1.8e9 + at_s, at_s, "boot", True)


@pytest.mark.parametrize(("again_s", "confirmed_s"), [(599.9, 0.0), (600.0, 600.0), (601.0, 601.0)])
def test_what_does_not_change_is_confirmed_every_ten_minutes(again_s: float, confirmed_s: float) -> None:
    street = Street().at(0.0, True).at(again_s, True)
    assert street.state.confirmed == moment(confirmed_s)
    assert street.state.stay is not None and street.state.stay.counted_to == moment(confirmed_s)


def test_who_tells_changes_need_not_say_again_that_a_vehicle_stands_there() -> None:
    street = Street().at(0.0, True).at(700.0, True).at(DAY_S, True)
    assert street.continuity == "certain"
    assert street.state.stay is not None and street.state.stay.benefit_of_doubt_s == 0.0


@pytest.mark.parametrize(("pause_s", "continuity"), [(9.9, "certain"), (10.0, "presumed")])
def test_who_measures_must_have_seen_it_within_the_time_that_a_swap_takes(pause_s: float, continuity: str) -> None:
    """It does not fall silent for half a minute."""
    street = Street((source_of("s1", OPTIONS, Reporting(1.0, "distance")),))
    for second in range(10):
        street.at(float(second), 600, "distance_mm")
    assert street.continuity == "certain"
    assert street.at(9.0 + pause_s, 600, "distance_mm").continuity == continuity
    assert street.told() == ["occupied"]


def test_a_word_that_says_no_state_confirms_none() -> None:
    street = Street().at(0.0, True).at(700.0, True, "reachable").at(701.0, False, "reachable")
    assert street.state.confirmed == moment(0.0)


@pytest.mark.parametrize(("at_s", "silent"), [(SILENCE_S - 0.1, False), (SILENCE_S, True)])
def test_a_sensor_is_silent_when_its_time_is_over_and_that_is_told_once(at_s: float, silent: bool) -> None:
    street = Street().at(0.0, True)
    assert street.due_s == SILENCE_S
    street.at(at_s)
    assert street.state.silent is silent
    assert street.told() == (["occupied", "unknown"] if silent else ["occupied"])
    assert street.continuity == ("presumed" if silent else "certain")
    street.at(at_s + 1.0)
    assert street.told().count("unknown") == 1
    assert street.events[-1].data["silent_s"] == at_s if silent else True


def test_a_sensor_that_never_spoke_is_silent_that_long_after_the_start() -> None:
    street = Street().at(100.0)
    assert street.due_s == 100.0 + SILENCE_S
    street.at(100.0 + SILENCE_S)
    assert street.told() == ["unknown"]
    assert street.events[0].data == {"last_state": None, "silent_s": SILENCE_S, "stay": None}
    assert street.due_s is None


def test_of_several_sensors_the_last_that_falls_silent_counts_and_a_camera_that_sees_does_for_ever() -> None:
    street = Street((OWN, OTHER)).at(0.0, True).at(1000.0, True, device="s2")
    assert street.due_s == 1000.0 + SILENCE_S
    assert not street.at(SILENCE_S + 999.0).state.silent
    assert street.at(SILENCE_S + 1000.0).state.silent
    seen = Street((OWN, ZONE)).at(0.0, True).sees(10.0, "a")
    assert seen.due_s is None
    assert not seen.at(10 * DAY_S).state.silent
    blind = Street((OWN, ZONE)).at(0.0, True).sees(10.0, "a").at(20.0, False, "reachable", "cam")
    assert blind.due_s == SILENCE_S


def test_a_camera_alone_that_has_not_spoken_is_not_called_silent() -> None:
    street = Street((ZONE,)).at(0.0).at(10 * DAY_S)
    assert (street.told(), street.due_s) == ([], None)


def test_the_same_state_after_a_silence_is_told_and_confirmed() -> None:
    street = Street().at(0.0, True).at(SILENCE_S).at(SILENCE_S + 100.0, True)
    assert street.told() == ["occupied", "unknown", "known"]
    assert street.events[-1].data["state"] == "occupied"
    assert not street.state.silent and street.state.confirmed == moment(SILENCE_S + 100.0)
    free = Street().at(0.0, False).at(SILENCE_S).at(SILENCE_S + 100.0, False)
    assert [event.data.get("state") for event in free.events] == ["free", None, "free"]


def test_another_state_after_a_silence_is_no_longer_silent() -> None:
    street = Street().at(0.0, True).at(SILENCE_S).at(SILENCE_S + 100.0, False)
    assert street.told() == ["occupied", "unknown", "freed"]
    assert not street.state.silent and street.state.stay is None


@pytest.mark.parametrize(("differ_s", "told"), [(599.9, False), (600.0, True)])
def test_sources_that_contradict_each_other_for_ten_minutes_are_told_and_so_is_that_they_agree_again(
    differ_s: float, told: bool
) -> None:
    street = Street((OWN, OTHER)).at(0.0, True).at(50.0, False, device="s2")
    assert street.due_s == 650.0
    street.at(50.0 + differ_s)
    assert ("disagreement" in street.told()) is told
    if told:
        assert street.events[-1].data == {
            "active": True,
            "sources": {"s1": "occupied", "s2": "free"},
            "decided_by": "s1",
        }
        street.at(1000.0, True, device="s2")
        assert street.due_s == 1600.0
        street.at(1599.9)
        assert street.told().count("disagreement") == 1
        street.at(1600.0)
        assert street.events[-1].data["active"] is False
        assert not street.state.disagreeing and street.state.runtime.differ is None


@pytest.mark.parametrize(("disagree_s", "at_once"), [(0.0, True), (0.5, False)])
def test_a_contradiction_is_told_at_once_where_that_is_wanted(disagree_s: float, at_once: bool) -> None:
    street = Street((OWN, OTHER), disagree_s).at(0.0, True).at(50.0, False, device="s2")
    assert ("disagreement" in street.told()) is at_once
    assert "disagreement" in street.at(50.5).told()


def test_one_that_speaks_alone_after_a_contradiction_does_not_agree() -> None:
    street = Street((OWN, OTHER)).at(0.0, True).at(0.0, False, device="s2").at(600.0)
    assert street.state.disagreeing
    street.at(700.0, False, "reachable", device="s2").at(1400.0)
    assert street.told().count("disagreement") == 1 and street.state.disagreeing


def test_a_camera_that_has_not_spoken_hides_no_sensor_behind_it() -> None:
    assert Street((ZONE, OWN)).at(0.0).due_s == SILENCE_S


def test_who_agrees_again_in_time_has_not_contradicted() -> None:
    street = Street((OWN, OTHER)).at(0.0, True).at(50.0, False, device="s2").at(300.0, True, device="s2")
    assert street.state.runtime.differ is None
    street.at(400.0, False, device="s2").at(999.0)
    assert "disagreement" not in street.told()
    assert "disagreement" in street.at(1000.0).told()


def test_one_source_alone_contradicts_nobody() -> None:
    street = Street().at(0.0, True).at(700.0)
    assert "disagreement" not in street.told() and street.state.runtime.differ is None


@pytest.mark.parametrize(("entered_s", "continuity"), [(100.0, "certain"), (99.0, "presumed")])
def test_a_stay_that_began_before_the_agent_listened_may_be_another_one(entered_s: float, continuity: str) -> None:
    """The camera of the bay has seen it for longer."""
    street = Street((ZONE,)).at(100.0)
    street.at(130.0, Stay("a", entered_s, None, "car", 0.9), "stay", "z")
    assert street.told() == ["occupied"]
    assert street.continuity == continuity


def test_a_stay_that_another_source_begins_or_ends_is_dated_to_that_moment_and_doubted() -> None:
    street = Street((OWN, ZONE)).at(0.0, False).sees(10.0, "a").at(100.0, False, "reachable")
    assert street.told() == ["known", "occupied"]
    assert street.events[-1].at == moment(100.0)
    assert street.events[-1].data["uncertainty_s"] == 100.0
    assert street.state.runtime.lead == "z"
    back = street.at(200.0, True, "reachable").at(210.0, False)
    assert back.told() == ["known", "occupied", "freed"]
    assert back.events[-1].data["evidence"] == "both"  # a camera has told when it came


def test_the_one_that_decides_is_evidence_of_its_kind() -> None:
    camera = Street((ZONE,)).at(0.0).sees(10.0, "a").sees(30.0, "a", left_s=25.0)
    assert [event.data["evidence"] for event in camera.events] == ["camera", "camera"]
    assert camera.events[-1].at == moment(25.0)


def test_what_a_source_says_when_nothing_was_known_is_told_as_known_when_it_is_free() -> None:
    assert Street().at(0.0, False).told() == ["known"]
    assert Street().at(0.0, True).told() == ["occupied"]
    assert Street().at(0.0).told() == []


def test_a_bay_waits_for_the_first_thing_that_may_change_it() -> None:
    dwelling = structs.replace(OWN, dwell_s=5.0)
    street = Street((dwelling,)).at(0.0, False).at(5.0)
    assert street.told() == ["known"]
    assert street.at(100.0, True).due_s == 105.0
    assert street.at(104.9).told() == ["known"]
    assert street.at(105.0).told() == ["known", "occupied"]
    assert street.due_s == 100.0 + SILENCE_S
