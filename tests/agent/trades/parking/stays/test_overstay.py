"""Overstays: who is asked when, and what one wrong reading or an unseen change of vehicles must not do."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from msgspec import structs
from stored import Told, promised

from agent.calendars import WindowOptions
from agent.clock import Moment
from agent.regulation import RuleOptions, TemporaryOrder, order_of
from agent.trades.parking.options import BayOptions
from agent.trades.parking.sensors.source import source_of
from agent.trades.parking.stays.bay import step
from agent.trades.parking.stays.state import Bay, BayState, initial
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
            state, events = answer.state, [*events, *map(promised, answer.events)]
    assert sum(event.type.startswith("bay.overstay") for event in events) == overstays


@dataclass
class Slow:
    """A bay with one sensor that measures once a minute; the letters are its readings: T a vehicle, F the road."""

    bay: Bay = MEASURES
    period_s: float = 60.0
    state: BayState = field(default_factory=initial)
    events: list[Told] = field(default_factory=list)
    mono_s: float = 0.0

    def read(self, letters: str) -> "Slow":
        for letter in letters:
            self.mono_s += self.period_s
            now = Moment(1.8e9 + self.mono_s, self.mono_s, "boot", True)
            reading = Reading("s1", "distance_mm", {"T": CAR_MM, "F": ROAD_MM}[letter], self.mono_s)
            answer = step(self.bay, self.state, now, reading)
            self.state, self.events = answer.state, [*self.events, *map(promised, answer.events)]
        return self

    def told(self, kind: str) -> list[Told]:
        return [event for event in self.events if event.type in {f"bay.{kind}", f"bay.{kind}_presumed"}]


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
        ("FFFFF" + 11 * "T" + "FT", 0),
        ("FFFFF" + 11 * "T" + "FTT", 1),
    ],
    ids=[
        "the first and the last of them may be wrong",
        "two readings say that it came, two that it still stands there",
        "a wrong one after the departure",
        "the next one has come",
        "a wrong one within",
        "two wrong ones before it came",
        "one against it is the last but one",
        "and two have seen it since",
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


@pytest.mark.parametrize(
    ("period_s", "continuity"), [(1.0, "certain"), (1.9, "certain"), (2.0, "presumed"), (4.0, "presumed")]
)
def test_readings_against_a_stay_that_leave_no_time_for_another_vehicle_are_none(
    period_s: float, continuity: str
) -> None:
    """Two of them, and one that agrees on either side proves nothing alone: five times the period passes from the last
    but one that saw it before to the second that sees it again."""
    street = Slow(bay(Reporting(period_s, "distance")), period_s)
    street.read("FFFFFFF" + int(300 / period_s) * "T" + "FF" + int(700 / period_s) * "T")
    assert {event.data["continuity"] for event in street.told("overstay")} == {continuity}


@pytest.mark.parametrize(
    ("period_s", "within", "continuity"),
    [
        (4.0, "TT", "certain"),
        (3.3, "TFT", "certain"),
        (3.4, "TFT", "presumed"),
        (5.0, "TFT", "presumed"),
        (9.9, "TT", "certain"),
        (10.0, "TT", "presumed"),
        (60.0, "TT", "presumed"),
    ],
)
def test_a_stay_is_certain_only_where_no_vehicle_could_take_the_place_of_another_between_two_readings(
    period_s: float, within: str, continuity: str
) -> None:
    street = Slow(bay(Reporting(period_s, "distance")), period_s)
    street.read("FFFFFFF" + 12 * "T" + within + int(700 / period_s) * "T" + "FFFFFFF")
    assert {event.data["continuity"] for event in street.told("overstay")} == {continuity}
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
        events += map(promised, answer.events)
    (overstay,) = [event for event in events if event.type.startswith("bay.overstay")]
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
    events = list(map(promised, answer.events))
    for minute in range(1, 180):
        now = evening.shifted_to(60.0 * minute)
        now = now if minute < 50 else structs.replace(now, unix_s=now.unix_s + set_s)
        answer = step(here, answer.state, now, None)
        events += map(promised, answer.events)
    assert sum(event.type.startswith("bay.overstay") for event in events) == overstays


NOON = datetime(2027, 3, 17, 12, tzinfo=UTC).timestamp()


@dataclass
class Tells:
    """A bay whose sensor tells changes, and whose words may be a minute late; asked when it is due."""

    rules: dict[str, RuleOptions]
    state: BayState = field(default_factory=initial)
    events: list[Told] = field(default_factory=list)
    due_s: float | None = None
    set_s: float = 0.0
    trusted: bool = True

    def at(self, at_s: float, value: bool | None = None, delay_s: float = 0.0) -> "Tells":
        source = source_of("s1", BayOptions(sensor="s1"), Reporting(86400.0, "occupied"))
        order = order_of(BayOptions(sensor="s1", rule="r"), self.rules, "Europe/Paris", "fr")
        reading = None if value is None else Reading("s1", "occupied", value, at_s, delay_s=delay_s)
        now = Moment(NOON + self.set_s + at_s, at_s, "boot", self.trusted)
        answer = step(Bay("b1", (source,), order, 600.0), self.state, now, reading)
        self.state, self.due_s = answer.state, answer.wake_at_s
        self.events = [*self.events, *map(promised, answer.events)]
        return self

    def told(self) -> list[tuple[str, str | None, float]]:
        """Stage, order and time of each overstay."""
        overstays = [event for event in self.events if event.type.startswith("bay.overstay")]
        return [(event.data["stage"], event.data["order"], event.at.mono_s) for event in overstays]


def plain(limit_s: float | None = LIMIT_S, grace_s: float = 300.0, *orders: TemporaryOrder) -> dict[str, RuleOptions]:
    limit = None if limit_s is None else Seconds(limit_s)
    return {"r": RuleOptions(category="general", limit_s=limit, grace_s=Seconds(grace_s), orders=orders)}


def test_who_tells_changes_is_asked_exactly_when_limit_and_grace_are_reached_for_certain() -> None:
    """Each a minute later, for the word that it has gone may be on its way for so long."""
    bay = Tells(plain()).at(0.0, True)
    assert bay.due_s == LIMIT_S
    assert bay.at(LIMIT_S).due_s == LIMIT_S + 60.0 and not bay.told()
    assert not bay.at(LIMIT_S + 59.9).told()
    assert bay.at(LIMIT_S + 60.0).told() == [("limit", None, LIMIT_S + 60.0)]
    assert bay.due_s == LIMIT_S + 60.0 + 300.0
    assert len(bay.at(LIMIT_S + 359.9).told()) == 1
    assert bay.at(LIMIT_S + 360.0).told()[1:] == [("grace", None, LIMIT_S + 360.0)]
    assert bay.due_s == 2.5 * 86400.0, "only its silence"


def test_both_stages_are_told_at_once_where_nobody_looked_between_them() -> None:
    bay = Tells(plain()).at(0.0, True).at(LIMIT_S + 360.0)
    assert [stage for stage, *_ in bay.told()] == ["limit", "grace"]


def test_without_a_grace_or_a_limit_nothing_more_is_waited_for() -> None:
    once = Tells(plain(grace_s=0.0)).at(0.0, True).at(LIMIT_S + 60.0)
    assert (len(once.told()), once.due_s) == (1, 2.5 * 86400.0)
    never = Tells(plain(None)).at(0.0, True)
    assert never.due_s == 2.5 * 86400.0 and not never.at(10 * LIMIT_S).told()


def test_a_grace_of_a_second_is_one() -> None:
    bay = Tells(plain(grace_s=1.0)).at(0.0, True).at(LIMIT_S + 59.5)
    assert bay.due_s == LIMIT_S + 60.0, "in half a second"
    assert bay.at(LIMIT_S + 60.0).due_s == LIMIT_S + 61.0
    assert [stage for stage, *_ in bay.at(LIMIT_S + 61.0).told()] == ["limit", "grace"]


def test_where_standing_is_forbidden_the_second_reading_that_is_enough_tells_it() -> None:
    options = BayOptions(sensor="s1", votes=2, votes_of=3, limit_s=Seconds(0))
    source = source_of("s1", options, Reporting(60.0, "distance"))
    forbidden = Bay("b1", (source,), order_of(options, {}, "Europe/Paris", "fr"), 600.0)
    street = Slow(forbidden).read("FFFT")
    assert not street.told("overstay")
    assert len(street.read("T").told("overstay")) == 1


def test_where_standing_is_forbidden_it_is_told_once_it_is_certain_that_somebody_stands_there() -> None:
    bay = Tells(plain(0.0, 0.0)).at(0.0, True)
    assert [stage for stage, *_ in bay.told()] == ["limit"]


def test_younger_words_on_their_way_are_waited_for() -> None:
    """A word that has waited for ten minutes is followed by others for a minute."""
    bay = Tells(plain()).at(LIMIT_S + 600.0, True, delay_s=LIMIT_S + 600.0)
    assert bay.due_s is not None
    behind_until_s = bay.due_s
    assert behind_until_s == LIMIT_S + 600.0 + LIMIT_S + 600.0 + 60.0
    assert not bay.at(behind_until_s - 0.1).told()
    assert len(bay.at(behind_until_s).told()) == 2


def test_a_word_that_is_outrun_by_what_is_known_still_tells_what_time_it_is() -> None:
    """It was received at 100 s and comes at 700 s; at 650 s the vehicle was seen."""
    bay = Tells(plain(grace_s=0.0)).at(0.0, True).at(650.0, True)
    assert not bay.told()
    assert bay.at(100.0, True, delay_s=600.0).told() == [("limit", None, 700.0)]


def works(begin: str, end: str, rule: str | None = "short") -> TemporaryOrder:
    return TemporaryOrder(name="works", rule=rule, begin=f"2027-03-17 {begin}", end=f"2027-03-17 {end}")


def test_a_stay_is_asked_again_when_another_order_may_hold() -> None:
    """It is 13:00 in Paris; the works begin at 14:00, seen a minute late."""
    rules = plain(None, 0.0, works("14:00", "15:00")) | {
        "short": RuleOptions(category="no_parking", limit_s=Seconds(120))
    }
    bay = Tells(rules).at(0.0, True)
    assert bay.due_s == 3660.0
    bay.at(3660.0)
    assert bay.due_s == 3660.0 + 120.0
    assert bay.at(3780.0).told() == [("limit", "works", 3780.0)]
    assert bay.due_s == 7260.0, "the works end"


@pytest.mark.parametrize(("trusted", "limit_s"), [(True, 120.0), (False, LIMIT_S)])
def test_an_entry_is_told_with_the_limit_that_holds_then_as_far_as_the_clock_tells(
    trusted: bool, limit_s: float
) -> None:
    rules = plain(LIMIT_S, 0.0, works("12:00", "15:00")) | {
        "short": RuleOptions(category="no_parking", limit_s=Seconds(120))
    }
    (occupied,) = Tells(rules, trusted=trusted).at(0.0, True).events
    assert occupied.data["limit_s"] == limit_s


@pytest.mark.parametrize(("period_s", "continuity"), [(9.9, "certain"), (10.0, "presumed")])
def test_a_stay_of_who_measures_that_rarely_is_presumed_from_its_entry_on(period_s: float, continuity: str) -> None:
    stay = Slow(bay(Reporting(period_s, "distance")), period_s).read("FFFFFFFTTTT").state.stay
    assert stay is not None and stay.continuity == continuity


def test_the_stages_of_two_orders_are_told_apart() -> None:
    rules = plain(LIMIT_S, 0.0, works("14:00", "15:00")) | {
        "short": RuleOptions(category="no_parking", limit_s=Seconds(120), grace_s=Seconds(60))
    }
    bay = Tells(rules).at(0.0, True).at(660.0).at(3780.0).at(3840.0)
    assert bay.told() == [("limit", None, 660.0), ("limit", "works", 3780.0), ("grace", "works", 3840.0)]
    assert bay.state.stay is not None and bay.state.stay.presumed_farthest == "grace"


@pytest.mark.parametrize(("set_s", "told"), [(60.0, 1), (-60.0, 1), (60.5, 0), (-60.5, 0)])
def test_a_clock_that_was_set_by_more_than_a_minute_meanwhile_accuses_nobody_by_the_clock(
    set_s: float, told: int
) -> None:
    rules = plain(LIMIT_S, 0.0, works("22:00", "23:00", None))
    bay = Tells(rules).at(0.0, True)
    bay.set_s = set_s
    bay.at(660.0 + 61.0).at(2000.0)
    assert len(bay.told()) == told
    assert told or bay.due_s == 2060.0, "it is looked again in a minute"


def test_without_a_clock_an_order_with_hours_is_looked_at_each_minute_and_one_without_needs_none() -> None:
    hours = Tells(plain(LIMIT_S, 0.0, works("22:00", "23:00", None)), trusted=False).at(0.0, True)
    assert hours.due_s == 60.0
    assert not hours.at(2000.0).told() and hours.due_s == 2060.0
    timeless = Tells(plain(LIMIT_S, 0.0), trusted=False).at(0.0, True)
    assert timeless.due_s == LIMIT_S
    assert len(timeless.at(660.0).told()) == 1


def test_an_exempt_vehicle_is_neither_told_nor_waited_for() -> None:
    rules = {"r": structs.replace(plain()["r"], exempt_tags=("AB1",))}
    bay = Tells(rules).at(0.0, True)
    stay = bay.state.stay
    assert stay is not None
    bay.state = structs.replace(bay.state, stay=structs.replace(stay, exempt_by=frozenset({"r"})))
    bay.at(LIMIT_S + 60.0)
    assert (bay.told(), bay.due_s) == ([], 2.5 * 86400.0)


def test_a_bay_that_is_free_or_silent_is_not_asked_for_its_stay() -> None:
    free = Tells(plain()).at(0.0, False)
    assert free.due_s == 2.5 * 86400.0
    silent = Tells(plain(10 * 86400.0)).at(0.0, True).at(2.5 * 86400.0)
    assert silent.state.silent
    assert silent.due_s is None
    assert not silent.at(11 * 86400.0).told()


@pytest.mark.parametrize(("readings", "told"), [("TTTTTTTTTTTT", 0), ("TTTTTTTTTTTTT", 1)])
def test_of_who_measures_the_last_reading_but_one_counts_from_the_second_on(readings: str, told: int) -> None:
    """Thirteen readings a minute apart have eleven minutes between them, less one at each end: the limit is ten."""
    assert len(Slow().read("FFFFF" + readings).told("overstay")) == told


def test_one_reading_is_enough_where_a_single_one_decides() -> None:
    options = BayOptions(sensor="s1", votes=1, votes_of=1, limit_s=Seconds(LIMIT_S), dwell_s=Seconds(0))
    source = source_of("s1", options, Reporting(60.0, "distance"))
    one = Bay("b1", (source,), order_of(options, {}, "Europe/Paris", "fr"), 600.0)
    assert len(Slow(one).read("F" + "T" * 10).told("overstay")) == 0
    assert len(Slow(one).read("F" + "T" * 11).told("overstay")) == 1


def test_time_that_is_not_proven_does_not_count_by_the_hours_of_an_order_either() -> None:
    """The second of two readings proves that somebody stands there."""
    hours = (WindowOptions(begin="00:00", end="23:59"),)
    rules = {"r": RuleOptions(category="blue_zone", limit_s=Seconds(LIMIT_S), windows=hours)}
    order = order_of(BayOptions(sensor="s1", rule="r"), rules, "Europe/Paris", "fr")
    bay_of_hours = structs.replace(MEASURES, order=order)
    assert len(Slow(bay_of_hours).read("FFFFF" + "T" * 12).told("overstay")) == 0
    (overstay,) = Slow(bay_of_hours).read("FFFFF" + "T" * 13).told("overstay")
    assert overstay.data["counted_s"] == LIMIT_S
    assert overstay.data["standing_s"] == LIMIT_S + 60.0


def voting(needed: int, of: int) -> Bay:
    """A bay whose state changes with so many of the last so many readings, a minute apart."""
    options = BayOptions(sensor="s1", votes=needed, votes_of=of, limit_s=Seconds(LIMIT_S))
    source = source_of("s1", options, Reporting(60.0, "distance"))
    return Bay("b1", (source,), order_of(options, {}, "Europe/Paris", "fr"), 600.0)


@pytest.mark.parametrize(
    ("readings", "entered", "benefit_of_doubt_s"),
    [
        ("T" * 8, 10, 60.0),
        ("TTFF" + "T" * 5, 12, 120.0),
        ("TTFF" + "T" * 6, 12, 420.0),
    ],
    ids=["the road before it came", "two places as likely", "with readings against it from the middle of them on"],
)
def test_readings_in_a_row_speak_against_a_stay_from_its_entry_on(
    readings: str, entered: int, benefit_of_doubt_s: float
) -> None:
    """The entry is counted in readings from the begin on."""
    stay = Slow(voting(7, 10)).read("F" * 10 + readings).state.stay
    assert stay is not None
    assert stay.entered.mono_s == 60.0 * (entered + 1)
    assert stay.benefit_of_doubt_s == benefit_of_doubt_s


@pytest.mark.parametrize(("period_s", "doubted"), [(1.9, False), (2.0, True)])
def test_two_readings_against_a_stay_leave_nothing_of_it_proven_where_they_leave_time_for_another_vehicle(
    period_s: float, doubted: bool
) -> None:
    """Five periods pass from the last but one before them that saw it to the second after them that does."""
    stay = Slow(bay(Reporting(period_s, "distance")), period_s).read("F" * 7 + "T" * 60 + "FFT").state.stay
    assert stay is not None
    assert stay.benefit_of_doubt_s == pytest.approx(62 * period_s if doubted else period_s)
