"""Overstays: who is asked when, and what one wrong reading or an unseen change of vehicles must not do."""

import math
from dataclasses import dataclass, field

from agent.clock import Moment
from agent.events import Event
from agent.parking import Bay, BayOptions, BayState, RuleOptions, TemporaryOrder, initial, order_of, source_of, step
from drivers.base import Reading, Reporting
from drivers.options import Seconds

CAR_MM, ROAD_MM = 600, 2500
LIMIT_S = 600.0


def bay(reporting: Reporting) -> Bay:
    options = BayOptions(sensor="s1", limit_s=Seconds(LIMIT_S))
    return Bay("b1", (source_of("s1", options, reporting),), order_of(options, {}, "Europe/Paris", "fr"), 600.0)


MEASURES = bay(Reporting(60.0, "distance"))


def test_who_tells_changes_is_asked_at_the_limit_and_who_measures_is_judged_with_its_next_reading() -> None:
    tells = bay(Reporting(86400.0, "occupied"))
    at = Moment(1.8e9, 0.0, "boot", True)
    told = step(tells, initial(), at, Reading("s1", "occupied", True, 0.0))
    assert told.due_s == LIMIT_S
    state, due_s = initial(), None
    for number in range(6):
        answer = step(MEASURES, state, at.at(60.0 * number), Reading("s1", "distance_mm", CAR_MM, 60.0 * number))
        state, due_s = answer.state, answer.due_s
    assert state.stay is not None
    assert due_s == 300.0 + 2.5 * 60.0, "only its silence"


def test_the_shortest_limit_is_that_of_any_terms() -> None:
    rules = {
        "long": RuleOptions(
            category="general", limit_s=Seconds(7200), orders=(TemporaryOrder(name="fair", rule="fair"),)
        ),
        "fair": RuleOptions(category="no_parking", limit_s=Seconds(0)),
        "free": RuleOptions(category="general"),
    }
    shortest = {
        name: order_of(BayOptions(sensor="s1", rule=name), rules, "Europe/Paris", "fr").shortest_limit_s
        for name in rules
    }
    assert shortest == {"long": 0.0, "fair": 0.0, "free": math.inf}


@dataclass
class Slow:
    """A bay with one sensor that measures once a minute; the letters are its readings: T a vehicle, F the road, a
    space none."""

    state: BayState = field(default_factory=initial)
    events: list[Event] = field(default_factory=list)
    mono_s: float = 0.0

    def read(self, letters: str) -> "Slow":
        for letter in letters:
            self.mono_s += 60.0
            mm = {"T": CAR_MM, "F": ROAD_MM}.get(letter)
            if mm is not None:
                now = Moment(1.8e9 + self.mono_s, self.mono_s, "boot", True)
                answer = step(MEASURES, self.state, now, Reading("s1", "distance_mm", mm, self.mono_s))
                self.state, self.events = answer.state, [*self.events, *answer.events]
        return self

    def told(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.type == f"bay.{kind}"]


def test_one_wrong_reading_after_the_departure_does_not_lengthen_the_stay() -> None:
    """It comes when what is known is confirmed in the store, ten minutes after the last time."""
    (freed,) = Slow().read("FFFFF" + 12 * "T" + "FFTFF").told("freed")
    assert freed.data["duration_s"] == 720.0
    assert freed.data["duration_exact"] is True
