"""A restart while a state is in the making: what a slow sensor has said counts on."""

from dataclasses import dataclass, field

import msgspec
import pytest
from stored import Told, promised

from agent.clock import Moment
from agent.regulation import RuleOptions, order_of
from agent.trades.parking.options import BayOptions
from agent.trades.parking.sensors.source import source_of
from agent.trades.parking.stays.bay import step
from agent.trades.parking.stays.state import Bay, BayState, initial, persisted
from drivers.base import Reading, Reporting
from drivers.options import Seconds

CAR_MM, ROAD_MM = 600, 2500
PERIOD_S = 60.0


def bay(period_s: float) -> Bay:
    options = BayOptions(sensor="s1")
    source = source_of("s1", options, Reporting(period_s, "distance"))
    return Bay("b1", (source,), order_of(options, {}, "Europe/Paris", "fr"), 600.0)


@dataclass
class Pole:
    """One bay; T and F are readings of a vehicle and of the road, a period apart."""

    period_s: float = PERIOD_S
    state: BayState = field(default_factory=initial)
    events: list[Told] = field(default_factory=list)
    commits: int = 0
    true_s: float = 0.0
    boot: int = 1
    began_s: float = 0.0
    trusted: bool = True

    def read(self, letters: str) -> "Pole":
        for letter in letters:
            self.true_s += self.period_s
            mono_s = self.true_s - self.began_s
            now = Moment(1.8e9 + self.true_s if self.trusted else mono_s, mono_s, f"boot-{self.boot}", self.trusted)
            reading = Reading("s1", "distance_mm", {"T": CAR_MM, "F": ROAD_MM}[letter], mono_s)
            answer = step(bay(self.period_s), self.state, now, reading)
            self.commits += persisted(answer.state) != persisted(self.state)
            self.state, self.events = answer.state, [*self.events, *map(promised, answer.events)]
        return self

    def restart(self, how: str) -> "Pole":
        """Restarts the pole, which then has what was stored and no more."""
        self.state = msgspec.json.decode(msgspec.json.encode(persisted(self.state)), type=BayState)
        if how != "kill":
            self.boot, self.began_s, self.trusted = self.boot + 1, self.true_s, how == "reboot"
        return self

    def told(self, kind: str) -> list[Told]:
        return [event for event in self.events if event.type == f"bay.{kind}"]


HOW = pytest.mark.parametrize("how", ["kill", "reboot", "reboot, clock not set"])


@HOW
def test_promise_a_stay_is_a_stay_a_departure_in_the_making_is_not_lost(how: str) -> None:
    """Five readings between two vehicles, and a restart amid them."""
    pole = Pole().read("FFFFF" + 20 * "T" + "FFF").restart(how).read("FF" + 10 * "T")
    (first, second), (freed,) = pole.told("occupied"), pole.told("freed")
    assert freed.data["stay"] == first.data["stay"] != second.data["stay"]
    assert freed.data["duration_s"] == 20 * PERIOD_S
    assert freed.data["continuity"] == "presumed"
    assert freed.at == first.at.shifted_to(first.at.mono_s + 20 * PERIOD_S)


@HOW
def test_promise_a_stay_is_a_stay_an_entry_in_the_making_is_not_lost(how: str) -> None:
    pole = Pole().read("FFFFFTT").restart(how).read("TTT")
    (occupied,) = pole.told("occupied")
    assert (occupied.at.boot, occupied.at.mono_s) == ("boot-1", 6 * PERIOD_S)
    assert pole.state.stay is not None
    assert pole.state.stay.continuity == "presumed"


@HOW
def test_after_a_restart_readings_of_the_stay_before_do_not_date_the_next(how: str) -> None:
    pole = Pole().read("FFFFF" + 20 * "T" + "FFFF").restart(how)
    here = (f"boot-{pole.boot}", pole.true_s - pole.began_s + PERIOD_S)
    _, second = pole.read("TTTT").told("occupied")
    assert (second.at.boot, second.at.mono_s) == here


def test_votes_reach_over_a_silence_that_is_no_longer_than_they_are() -> None:
    """Two readings were lost, among five that say the vehicle has left."""
    pole = Pole().read("FFFFF" + 20 * "T" + "FFF")
    pole.true_s += 2 * PERIOD_S
    (freed,) = pole.read("F").told("freed")
    assert freed.data["duration_s"] == 20 * PERIOD_S
    assert freed.data["continuity"] == "presumed"


def test_a_silence_after_the_restart_makes_them_old() -> None:
    pole = Pole().read("FFFFFTTT").restart("kill")
    pole.true_s += 3600.0
    assert not pole.read("T").told("occupied")
    (occupied,) = pole.read("TTT").told("occupied")
    assert occupied.at.mono_s == 9 * PERIOD_S + 3600.0


def test_a_single_reading_counts_on_too() -> None:
    """Four of five, and a fifth that was wrong, with a restart after the first."""
    pole = Pole().read("FFFFF" + 20 * "T" + "F").restart("kill").read("FFF" + 10 * "T")
    assert len(pole.told("freed")) == 1


@pytest.mark.parametrize("how", ["kill", "reboot"])
@pytest.mark.parametrize("letters", ["TFTTT", "TTFFT", "TFFTTFT", "FTTFTTT", "TTFTFTF"])
def test_a_restart_between_two_readings_changes_nothing(letters: str, how: str) -> None:
    street = "FFFFF" + letters + 9 * "F" + letters + 9 * "T"
    whole = [(event.type, event.at.unix_s) for event in Pole().read(street).events]
    for at in range(5, len(street)):
        broken = Pole().read(street[:at]).restart(how).read(street[at:]).events
        assert [event.type for event in broken] == [kind for kind, _ in whole]
        # Whether readings were lost before the first one that a restart has not kept nobody knows.
        assert [event.at.unix_s for event in broken] == pytest.approx([at_s for _, at_s in whole], abs=PERIOD_S)


def test_a_wrong_reading_costs_as_many_commits_as_it_is_among_the_votes_and_of_a_fast_sensor_none() -> None:
    assert Pole().read("FFFFFTFFFFFFF").commits == Pole().read("FFFFF").commits + 6
    assert Pole(period_s=1.0).read(10 * "F").commits == Pole(period_s=1.0).read(10 * "F" + "TTTF").commits


WRITTEN = (
    '{"occupied":true,"confirmed":{"unix_s":1800001080.0,"mono_s":1080.0,"boot":"boot-1","trusted":true},"stay":{"key":'
    '"b1.boot-1.300000","entered":{"unix_s":1800000300.0,"mono_s":300.0,"boot":"boot-1","trusted":true},"gap_s":60.0,'
    '"counted_to":{"unix_s":1800001080.0,"mono_s":1080.0,"boot":"boot-1","trusted":true},"counted_s":780.0,"seen_from":'
    '{"unix_s":1800000300.0,"mono_s":300.0,"boot":"boot-1","trusted":true},"unproven_s":60.0,"stepped_s":0.0,'
    '"continuity":"presumed","told":{"blue":"limit"},"exempt_by":[]},"silent":false,"disagreeing":false,"empty":{},'
    '"making":{},"watch":{"began":null,"heard":{},"lead":null,"differ":null,"tagged":null}}'
)
"""The state of a bay in which a vehicle stands beyond its limit, as an earlier version has written it."""


def test_a_stay_that_an_earlier_version_has_written_goes_on_and_is_told_of_no_stage_twice() -> None:
    state = msgspec.json.decode(WRITTEN, type=BayState)
    options = BayOptions(sensor="s1", rule="blue")
    rules = {"blue": RuleOptions(category="blue_zone", limit_s=Seconds(600), grace_s=Seconds(300))}
    source = source_of("s1", options, Reporting(PERIOD_S, "distance"))
    here = Bay("b1", (source,), order_of(options, rules, "Europe/Paris", "fr"), 600.0)
    told = []
    for number in range(19, 30):
        now = Moment(1.8e9 + 60.0 * number, 60.0 * number, "boot-1", True)
        answer = step(here, state, now, Reading("s1", "distance_mm", CAR_MM, now.mono_s))
        state = answer.state
        told += [event.data for event in map(promised, answer.events) if event.type.startswith("bay.overstay")]
    assert [(each["stay"], each["stage"], each["rule"]) for each in told] == [("b1.boot-1.300000", "grace", "blue")]
