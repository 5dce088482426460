"""Overstays: who is asked when, and what one wrong reading or an unseen change of vehicles must not do."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from msgspec import structs

from agent.calendars import WindowOptions
from agent.clock import Moment
from agent.events import Event
from agent.trades.parking import (
    Bay,
    BayOptions,
    BayState,
    RuleOptions,
    TemporaryOrder,
    initial,
    order_of,
    source_of,
    step,
)
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
    assert told.wake_at_s == LIMIT_S
    state, due_s = initial(), None
    for number in range(6):
        answer = step(
            MEASURES, state, at.shifted_to(60.0 * number), Reading("s1", "distance_mm", CAR_MM, 60.0 * number)
        )
        state, due_s = answer.state, answer.wake_at_s
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


@pytest.mark.parametrize(("left_s", "overstays"), [(LIMIT_S + 50.0, 0), (LIMIT_S + 70.0, 1)])
def test_the_word_of_a_battery_powered_sensor_may_be_late(left_s: float, overstays: int) -> None:
    """The vehicle may have gone before its limit, and the frame that says so be on its way."""
    tells = bay(Reporting(86400.0, "occupied"))
    begin = Moment(1.8e9, 0.0, "boot", True)
    state, events = initial(), []
    for at_s, value in ((0.0, True), (LIMIT_S, None), (LIMIT_S + 60.0, None), (left_s, False)):
        if at_s <= left_s:
            reading = None if value is None else Reading("s1", "occupied", value, at_s)
            answer = step(tells, state, begin.shifted_to(at_s), reading)
            state, events = answer.state, [*events, *answer.events]
    assert [event.type for event in events].count("bay.overstay") == overstays


@dataclass
class Slow:
    """A bay with one sensor that measures once a minute; the letters are its readings: T a vehicle, F the road."""

    bay: Bay = MEASURES
    period_s: float = 60.0
    state: BayState = field(default_factory=initial)
    events: list[Event] = field(default_factory=list)
    mono_s: float = 0.0

    def read(self, letters: str) -> "Slow":
        for letter in letters:
            self.mono_s += self.period_s
            now = Moment(1.8e9 + self.mono_s, self.mono_s, "boot", True)
            reading = Reading("s1", "distance_mm", {"T": CAR_MM, "F": ROAD_MM}[letter], self.mono_s)
            answer = step(self.bay, self.state, now, reading)
            self.state, self.events = answer.state, [*self.events, *answer.events]
        return self

    def told(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.type == f"bay.{kind}"]


def test_one_wrong_reading_after_the_departure_does_not_lengthen_the_stay() -> None:
    """It comes when what is known is confirmed in the store, ten minutes after the last time."""
    (freed,) = Slow().read("FFFFF" + 12 * "T" + "FFTFF").told("freed")
    assert freed.data["duration_s"] == 720.0
    assert freed.data["duration_exact"] is True


@pytest.mark.parametrize(
    ("readings", "overstays"),
    [
        ("FFFFF" + 12 * "T" + "FFFFF", 0),
        ("FFFFF" + 13 * "T" + "FFFFF", 1),
        ("FFFFF" + 10 * "T" + "FFTFFF", 0),
        ("FFFFF" + 10 * "T" + "FFTT", 0),
        ("FFFFF" + 6 * "T" + "F" + 7 * "T", 1),
        ("FFFFF" + "TTF" + 11 * "T" + "FFFF", 0),
    ],
    ids=[
        "the first and the last of them may be wrong",
        "two readings say that it came, two that it still stands there",
        "a wrong one after the departure",
        "the next one has come",
        "a wrong one within",
        "two wrong ones before it came",
    ],
)
def test_one_reading_alone_accuses_nobody(readings: str, overstays: int) -> None:
    assert len(Slow().read(readings).told("overstay")) == overstays


def test_readings_in_a_row_against_a_stay_begin_its_time_anew() -> None:
    """Three readings do not end it, by its rule of four in five; but another vehicle may have come. It counts from the
    last reading that has two of them among the five that are looked at."""
    street = Slow().read("FFFFF" + 8 * "T" + "FFF" + 13 * "T")
    assert not street.told("overstay")
    (overstay,) = street.read("T").told("overstay")
    assert overstay.data["continuity"] == "presumed"
    assert overstay.data["counted_s"] == LIMIT_S
    (freed,) = street.read("FFFF").told("freed")
    assert freed.data["continuity"] == "presumed"
    assert freed.data["duration_s"] == 25 * 60.0


@pytest.mark.parametrize(("period_s", "continuity"), [(1.0, "certain"), (4.0, "certain"), (5.0, "presumed")])
def test_readings_against_a_stay_that_leave_no_time_for_another_vehicle_are_none(
    period_s: float, continuity: str
) -> None:
    """Two of them: three times the period passes from the reading that saw it before to the one that sees it again."""
    street = Slow(bay(Reporting(period_s, "distance")), period_s)
    street.read("FFFFFFF" + int(300 / period_s) * "T" + "FF" + int(700 / period_s) * "T")
    (overstay,) = street.told("overstay")
    assert overstay.data["continuity"] == continuity


@pytest.mark.parametrize(
    ("period_s", "within", "continuity"),
    [
        (4.0, "TT", "certain"),
        (7.0, "TFT", "certain"),
        (8.0, "TFT", "presumed"),
        (14.0, "TT", "certain"),
        (15.0, "TT", "presumed"),
        (60.0, "TT", "presumed"),
    ],
)
def test_a_stay_is_certain_only_where_no_vehicle_could_take_the_place_of_another_between_two_readings(
    period_s: float, within: str, continuity: str
) -> None:
    street = Slow(bay(Reporting(period_s, "distance")), period_s)
    street.read("FFFFFFF" + 12 * "T" + within + int(700 / period_s) * "T" + "FFFFFFF")
    assert [event.data["continuity"] for event in street.told("overstay")] == [continuity]
    assert [event.data["continuity"] for event in street.told("freed")] == [continuity]


def test_a_wrong_reading_amid_those_against_a_stay_proves_no_vehicle() -> None:
    assert not Slow().read("FFFFF" + 8 * "T" + "FFTF" + 11 * "T").told("overstay")


def test_promise_works_with_no_clock_who_stands_there_when_it_is_set_is_judged_with_no_further_reading() -> None:
    """The sensor tells changes, and says nothing more for a day; the order has hours."""
    hours = RuleOptions(
        category="blue_zone", limit_s=Seconds(LIMIT_S), windows=(WindowOptions(begin="00:00", end="23:59"),)
    )
    options = BayOptions(sensor="s1", rule="hours")
    source = source_of("s1", options, Reporting(86400.0, "occupied"))
    here = Bay("b1", (source,), order_of(options, {"hours": hours}, "Europe/Paris", "fr"), 600.0)
    events, at_s = [], 0.0
    answer = step(here, initial(), Moment(0.0, 0.0, "boot", False), Reading("s1", "occupied", True, 0.0))
    while answer.wake_at_s is not None and at_s < 2 * LIMIT_S:
        at_s = answer.wake_at_s + 0.001
        trusted = at_s > 300.0
        answer = step(here, answer.state, Moment(at_s + 1.8e9 * trusted, at_s, "boot", trusted), None)
        events += answer.events
    (overstay,) = [event for event in events if event.type == "bay.overstay"]
    assert overstay.at.mono_s == pytest.approx(LIMIT_S + 60.0, abs=1.0)


@pytest.mark.parametrize(("hour", "set_s", "overstays"), [(17, 0.0, 0), (17, -3600.0, 0), (16, 0.0, 1), (16, 30.0, 1)])
def test_promise_works_with_no_clock_one_that_was_set_by_an_hour_meanwhile_does_not_tell_what_holds(
    hour: int, set_s: float, overstays: int
) -> None:
    """The order ends before the limit is reached; by a clock that is set back it would hold for longer."""
    evening = Moment(datetime(2027, 3, 17, hour, 0, 1, tzinfo=UTC).timestamp(), 0.0, "boot", True)
    windows = (WindowOptions(days=("wed",), begin="09:00", end="19:00"),)
    rules = {"blue": RuleOptions(category="blue_zone", limit_s=Seconds(5400), windows=windows)}
    source = source_of("s1", BayOptions(sensor="s1"), Reporting(86400.0, "occupied"))
    order = order_of(BayOptions(sensor="s1", rule="blue"), rules, "Europe/Paris", "fr")
    here = Bay("b1", (source,), order, 600.0)
    answer = step(here, initial(), evening, Reading("s1", "occupied", True, 0.0))
    events = list(answer.events)
    for minute in range(1, 180):
        now = evening.shifted_to(60.0 * minute)
        now = now if minute < 50 else structs.replace(now, unix_s=now.unix_s + set_s)
        answer = step(here, answer.state, now, None)
        events += answer.events
    assert [event.type for event in events].count("bay.overstay") == overstays
