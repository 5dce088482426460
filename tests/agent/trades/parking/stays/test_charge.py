"""What is held against a vehicle: nobody is accused for the time of another one, and who stands too long is told."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import msgspec
import pytest
from msgspec import structs
from stored import Told, promised

from agent.calendars import WindowOptions
from agent.clock import Moment
from agent.regulation import RuleOptions, order_of
from agent.trades.parking.options import BayOptions
from agent.trades.parking.sensors.source import source_of, zone_of
from agent.trades.parking.stays.bay import step
from agent.trades.parking.stays.charge import inherent_ground, proves
from agent.trades.parking.stays.state import Bay, BayState, initial, persisted
from drivers import registry
from drivers.base import NOBODY_KNOWS_S, Field, Quality, Reading, Reporting, Stay, Value
from drivers.gpio import GpioSensor
from drivers.modbus_sensor import ModbusSensor
from drivers.options import Seconds
from drivers.registry import SensorOptions
from drivers.serial.sensor import SerialSensor

CAR_MM, ROAD_MM, BETWEEN_MM, SNOW_MM = 600, 2500, 1350, 180
LIMIT_S = 600.0
OPTIONS = BayOptions(sensor="s1", limit_s=Seconds(LIMIT_S))
FAST, EACH_3_S, SLOW = (Reporting(period_s, "distance") for period_s in (1.0, 3.0, 60.0))
DISC = Reporting(86400.0, "occupied", tells_within_s=30.0, speaks_at_changes=True)
CONTACT = Reporting(4.0, "occupied", tells_within_s=0.05)


@dataclass
class Street:
    """One bay and its sensor; the clock, the supply and the sensor are the test's."""

    reporting: Reporting = FAST
    options: BayOptions = OPTIONS
    quickest_swap_s: float = 10.0
    tells_presumed: bool = True
    seen_by: str = "one"
    state: BayState = field(default_factory=initial)
    events: list[Told] = field(default_factory=list)
    true_s: float = 0.0
    boot: int = 1
    began_s: float = -100.0
    ahead_s: float = 0.0
    trusted: bool = True
    due_s: float | None = None
    rules: dict[str, RuleOptions] = field(default_factory=dict)

    @property
    def bay(self) -> Bay:
        source = source_of("s1", self.options, self.reporting)
        order = order_of(self.options, self.rules, "Europe/Paris", "fr")
        return Bay("b1", (source,), order, 600.0, self.quickest_swap_s, self.tells_presumed, self.seen_by)

    @property
    def now(self) -> Moment:
        mono_s = self.true_s - self.began_s
        unix_s = 1.8e9 + self.true_s + self.ahead_s if self.trusted else mono_s
        return Moment(unix_s, mono_s, f"boot-{self.boot}", self.trusted)

    def step(self, reading: Reading | None = None) -> None:
        answer = step(self.bay, self.state, self.now, reading)
        self.state, self.due_s = answer.state, answer.wake_at_s
        self.events += map(promised, answer.events)

    def wait(self, seconds: float) -> "Street":
        end_s = self.true_s + seconds
        while self.due_s is not None and self.due_s + self.began_s <= end_s:
            self.true_s = max(self.true_s, self.due_s + self.began_s) + 0.001  # a moment late, as a loop is
            self.step()
        self.true_s = max(self.true_s, end_s)
        return self

    def say(self, value: Value, quantity: str | None = None, quality: Quality = Quality.GOOD) -> "Street":
        usual = "distance_mm" if self.reporting.decides == "distance" else "occupied"
        self.step(Reading("s1", quantity or usual, value, self.now.mono_s, quality))
        return self

    def see(self, value: Value, seconds: float) -> "Street":
        """Readings of a sensor that is asked."""
        for _ in range(int(seconds / self.reporting.period_s)):
            self.wait(self.reporting.period_s).say(value)
        return self

    def restart(self, off_s: float, how: str = "kill") -> "Street":
        """Restarts the pole, which then has what was stored and no more."""
        self.state = msgspec.json.decode(msgspec.json.encode(persisted(self.state)), type=BayState)
        self.true_s += off_s
        if how != "kill":
            self.boot, self.began_s, self.trusted = self.boot + 1, self.true_s - 9.0, how == "reboot"
        self.step()
        return self

    def told(self, kind: str = "overstay") -> list[Told]:
        return [event for event in self.events if event.type == f"bay.{kind}"]


def parked(seconds: float = 500.0, reporting: Reporting = FAST) -> Street:
    car = CAR_MM if reporting.decides == "distance" else True
    road = ROAD_MM if reporting.decides == "distance" else False
    return Street(reporting).see(road, 20).see(car, seconds)


OUTAGES = {
    "cable": lambda street: street.wait(10.0),
    "long outage": lambda street: street.wait(2000.0),
    "no echo": lambda street: [street.wait(1.0).say(65533, quality=Quality.SUSPECT) for _ in range(12)],
    "between": lambda street: street.see(BETWEEN_MM, 15.0),
    "snow": lambda street: street.see(SNOW_MM, 15.0),
    "kill": lambda street: street.restart(1.0),
    "reboot": lambda street: street.restart(60.0, "reboot"),
    "reboot, clock not set": lambda street: street.restart(60.0, "1970"),
    "road": lambda street: street.see(ROAD_MM, 3.0).wait(6.0),
}


@pytest.mark.parametrize("outage", list(OUTAGES.values()), ids=list(OUTAGES))
def test_who_comes_in_an_outage_is_not_accused_with_the_time_of_the_one_before(outage: object) -> None:
    street = parked()
    assert callable(outage)
    outage(street)
    street.see(CAR_MM, LIMIT_S - 20.0)
    assert not street.told()
    street.see(CAR_MM, 40.0)
    (overstay,) = street.told()
    assert overstay.data["charge_s"] == pytest.approx(LIMIT_S, abs=1.0)
    assert overstay.data["continuity"] == "presumed"
    assert len(street.told("occupied")) == 1, "the stay goes on"


@pytest.mark.parametrize("letters", ["FTFF", "FFTF", "TFFT", "FTF"])
def test_wrong_readings_hide_no_vehicle_that_has_left(letters: str) -> None:
    street = parked(reporting=EACH_3_S)
    for letter in letters:
        street.see(CAR_MM if letter == "T" else ROAD_MM, 3)
    street.see(CAR_MM, LIMIT_S - 20.0)
    assert not street.told()
    assert street.state.stay is not None and street.state.stay.doubts[-1].kind == "contradicted"


@pytest.mark.parametrize("outage", list(OUTAGES.values()), ids=list(OUTAGES))
def test_who_comes_after_one_that_was_told_is_told_as_well(outage: object) -> None:
    street = parked(LIMIT_S + 100.0)
    assert len(street.told()) == 1
    assert callable(outage)
    outage(street)
    street.see(CAR_MM, LIMIT_S + 100.0)
    first, second = street.told()
    assert first.data["stay"] == second.data["stay"]
    assert [each.data["told_before"] for each in (first, second)] == [False, True], "a stay can be counted once"
    assert street.see(ROAD_MM, 30.0).told("freed")[0].data["overstayed"]


def test_a_stage_that_an_earlier_charge_did_not_reach_was_not_told_before() -> None:
    options = structs.replace(OPTIONS, grace_s=Seconds(300.0))
    street = Street(options=options).see(ROAD_MM, 20).see(CAR_MM, LIMIT_S + 100.0).wait(60.0)
    street.see(CAR_MM, LIMIT_S + 400.0)
    told = [(each.data["stage"], each.data["told_before"]) for each in street.told()]
    assert told == [("limit", False), ("limit", True), ("grace", False)]


@pytest.mark.parametrize("outage_s", [1.0, 5.0, 9.0])
def test_an_outage_in_which_no_vehicle_can_take_the_place_of_another_is_no_doubt(outage_s: float) -> None:
    street = parked().wait(outage_s - 1.0).see(CAR_MM, LIMIT_S - 480.0)
    (overstay,) = street.told()
    assert (overstay.data["continuity"], overstay.data["longest_gap_s"]) == ("certain", outage_s)
    assert not street.told("overstay_presumed")


def test_the_town_says_how_quick_a_swap_can_be() -> None:
    street = Street(quickest_swap_s=30.0).see(ROAD_MM, 20).see(CAR_MM, 300).wait(20.0).see(CAR_MM, 300)
    assert [event.data["continuity"] for event in street.told()] == ["certain"]


@pytest.mark.parametrize("ahead_s", [2.0, -3600.0])
def test_a_clock_that_is_set_begins_the_charge_anew(ahead_s: float) -> None:
    street = parked()
    street.ahead_s = ahead_s
    street.see(CAR_MM, 590)
    assert not street.told()
    (doubt,) = street.state.stay.doubts if street.state.stay else ()
    assert doubt.kind == "clock_step"


def with_hours(begin: str) -> Street:
    """The run begins at nine in the morning, local time."""
    hours = WindowOptions(begin=begin, end="23:00")
    rule = RuleOptions(category="general", limit_s=Seconds(LIMIT_S), windows=(hours,))
    return Street(options=BayOptions(sensor="s1", rule="day"), rules={"day": rule})


def test_where_an_order_has_hours_a_clock_that_was_set_accuses_by_neither_time_alone() -> None:
    """The clock is set forward wrongly, into the hours."""
    street = with_hours("10:00").see(ROAD_MM, 20).see(CAR_MM, 100)
    street.ahead_s = 2 * 3600.0
    assert not street.see(CAR_MM, 700).told(), "it is nine in the morning, as far as anybody knows"


def test_where_an_order_holds_by_either_clock_who_stands_too_long_is_told() -> None:
    street = with_hours("06:00").see(ROAD_MM, 20).see(CAR_MM, 100)
    street.ahead_s = 1800.0
    (overstay,) = street.see(CAR_MM, 700).told()
    assert overstay.data["charge_s"] == pytest.approx(LIMIT_S, abs=1.0)


def test_a_clock_that_is_set_for_the_first_time_is_no_doubt() -> None:
    street = Street(trusted=False).see(ROAD_MM, 20).see(CAR_MM, 300)
    street.trusted = True
    (overstay,) = street.see(CAR_MM, 310).told()
    assert (overstay.data["continuity"], overstay.data["charge_since"]) == ("certain", "2027-01-15T08:00:22.000Z")


def test_another_sensor_in_the_place_of_the_one_before_is_told_as_that() -> None:
    street = parked()
    street.seen_by = "another"
    street.restart(1.0)
    assert [each.kind for each in street.state.stay.doubts] == ["sensor_replaced"] if street.state.stay else False


def announced(street: Street, occupied: bool, lasted_s: float | None = None, error_s: float | None = None) -> Street:
    """A frame that is sent at changes alone."""
    if error_s is not None:
        street.say(error_s, "previous_state_duration_error_s")
    if lasted_s is not None:
        street.say(lasted_s, "previous_state_duration_s")
    return street.say(True, "state_changed").say(occupied)


@pytest.mark.parametrize("lost", [0, 1])
def test_two_words_of_an_arrival_in_a_row_prove_a_departure_between_them(lost: int) -> None:
    street = announced(Street(DISC, quickest_swap_s=30.0), False).wait(20.0)
    announced(street, True).wait(500.0)
    if lost:
        street.say(lost, "frames_lost")
    announced(street, True).wait(500.0).say(True)
    assert not street.told() and not street.told("overstay_presumed")
    (freed,), (first, second) = street.told("freed"), street.told("occupied")
    assert freed.data["stay"] == first.data["stay"] != second.data["stay"]
    assert (freed.data["duration_s"], freed.data["uncertainty_s"]) == (250.0, 250.0 + 60.0 + 60.0)
    (overstay,) = street.wait(200.0).say(True).told()
    assert (overstay.data["stay"], overstay.data["charge_s"]) == (second.data["stay"], 670.0)


def test_how_long_the_bay_was_free_dates_a_departure_that_was_not_heard() -> None:
    street = announced(announced(Street(DISC), False).wait(20.0), True).wait(3600.0)
    announced(street, True, 600.0, 0.0)
    (freed,) = street.told("freed")
    assert freed.data["duration_s"] == 3600.0 - 600.0 - 30.0
    assert freed.data["uncertainty_s"] == 30.0 + 60.0 + 60.0


def test_who_was_there_for_a_shorter_time_than_the_stay_by_the_word_of_its_sensor_came_later() -> None:
    street = announced(announced(Street(DISC, quickest_swap_s=30.0), False).wait(20.0), True).wait(500.0).say(True)
    announced(street.wait(60.0), False, 120.0, 0.0)
    (freed,) = street.told("freed")
    assert (freed.data["continuity"], freed.data["charge_s"]) == ("presumed", 120.0 + 60.0 + 60.0)


def test_the_first_word_after_a_restart_splits_no_stay() -> None:
    """A frame that comes again after a kill is no arrival."""
    street = announced(announced(Street(DISC), False).wait(20.0), True).wait(100.0).restart(5.0)
    announced(street, True)
    assert len(street.told("occupied")) == 1 and not street.told("freed")


@pytest.mark.parametrize("kind", ["frames_lost", "sensor_started"])
def test_what_a_sensor_that_speaks_at_changes_has_lost_begins_its_charge_anew(kind: str) -> None:
    street = Street(DISC, quickest_swap_s=30.0).say(False).wait(20.0).say(True).wait(LIMIT_S - 100.0)
    street.say(2 if kind == "frames_lost" else "watchdog", kind).say(True).wait(200.0).say(True)
    assert not street.told()
    street.wait(450.0).say(True)
    (overstay,) = street.told()
    assert overstay.data["charge_s"] == 200.0 + 450.0 - 30.0
    assert street.state.stay is not None and street.state.stay.doubts[-1].lost == (2 if kind == "frames_lost" else 0)


def test_that_a_vehicle_has_left_may_be_lost_on_its_way_and_then_nobody_is_accused_but_by_the_next_word() -> None:
    street = Street(DISC, quickest_swap_s=30.0).say(False).wait(20.0).say(True).wait(5 * LIMIT_S)
    assert not street.told()
    (presumed,) = street.told("overstay_presumed")
    assert presumed.data["grounds"] == ["not_borne_out"]
    (overstay,) = street.say(True).told()
    assert overstay.data["charge_s"] == 5 * LIMIT_S - 30.0


def test_a_sensor_that_takes_longer_to_speak_than_a_swap_accuses_nobody() -> None:
    street = Street(DISC).say(False).wait(20.0).say(True).wait(5 * LIMIT_S).say(True)
    assert not street.told()
    (presumed,) = street.told("overstay_presumed")
    assert (presumed.data["grounds"], presumed.data["charge_s"]) == (["tells_late"], 0.0)
    assert presumed.data["wording"] == "presumed"
    assert not {"article", "class"} & presumed.data.keys(), "what is presumed names no offence"


def test_a_sensor_that_looks_more_rarely_than_a_swap_takes_only_presumes() -> None:
    street = parked(LIMIT_S + 180.0, SLOW)
    (presumed,) = street.told("overstay_presumed")
    assert (presumed.data["grounds"], street.told()) == (["looks_seldom"], [])


def test_who_wants_no_hints_gets_none() -> None:
    street = Street(SLOW, tells_presumed=False).see(ROAD_MM, 300).see(CAR_MM, 5 * LIMIT_S)
    assert not street.told() and not street.told("overstay_presumed")


def test_a_hint_is_followed_by_the_proof_and_the_proof_by_no_hint() -> None:
    street = parked().wait(60.0).see(CAR_MM, 60.0)
    assert [event.data["grounds"] for event in street.told("overstay_presumed")] == [["outage"]]
    street.see(CAR_MM, LIMIT_S)
    assert [event.data["stage"] for event in street.told()] == ["limit"]
    assert len(street.told("overstay_presumed")) == 1


@pytest.mark.parametrize("reporting", [FAST, CONTACT, Reporting(4.0, "distance")])
def test_a_stay_and_its_charge_are_told_when_it_ends(reporting: Reporting) -> None:
    street = parked(300.0, reporting).wait(100.0)
    car, road = (CAR_MM, ROAD_MM) if reporting.decides == "distance" else (True, False)
    street.see(car, 200.0).see(road, 30.0)
    (freed,) = street.told("freed")
    assert freed.data["duration_s"] == pytest.approx(600.0, abs=8.0)
    assert freed.data["charge_s"] == pytest.approx(300.0, abs=15.0), "the longest without a doubt"


def test_a_restart_forgets_no_charge_of_before() -> None:
    street = parked(2000.0).restart(5.0).see(ROAD_MM, 30.0)
    assert street.told("freed")[0].data["charge_s"] >= 1200.0


@pytest.mark.parametrize(
    ("reporting", "quickest_swap_s", "ground"),
    [
        (FAST, 10.0, None),
        (CONTACT, 10.0, None),
        (Reporting(9.9, "distance"), 10.0, None),
        (Reporting(10.0, "distance"), 10.0, "looks_seldom"),
        (Reporting(4.0, "occupied", tells_within_s=10.5), 10.0, "tells_late"),
        (Reporting(4.0, "occupied", tells_within_s=NOBODY_KNOWS_S), 600.0, "tells_late"),
        (Reporting(4.0, "occupied", tells_within_s=5.9), 10.0, None),
        (Reporting(4.0, "occupied", tells_within_s=6.0), 10.0, "looks_seldom"),
        (DISC, 29.9, "tells_late"),
        (DISC, 30.0, None),
    ],
)
def test_who_can_prove_a_stay(reporting: Reporting, quickest_swap_s: float, ground: str | None) -> None:
    source = source_of("s1", OPTIONS, reporting)
    assert inherent_ground(source, quickest_swap_s) == ground
    assert proves(source, quickest_swap_s) is (ground is None)


@pytest.mark.parametrize(
    "options",
    [
        SerialSensor(port="/dev/null"),
        ModbusSensor(line="rs485", unit=11, profile="dfrobot-sen0310"),
        GpioSensor(chip="/dev/gpiochip0", offset=4),
    ],
    ids=["serial", "modbus", "gpio"],
)
def test_who_has_a_wire_is_read_by_default_so_often_that_its_stays_can_be_proven(options: SensorOptions) -> None:
    found = registry.reporting(options, Path("/nowhere"))
    assert found is not None and found.period_s <= 4.0
    assert proves(source_of("s1", OPTIONS, found), quickest_swap_s=10.0)


@pytest.mark.parametrize(("gap_s", "accused"), [(4.0, 1), (5.0, 0)])
def test_of_one_that_decides_itself_a_swap_shows_less_long_than_it_takes(gap_s: float, accused: int) -> None:
    """It shows that a vehicle has left after 5 s; the next one comes 5 s later."""
    street = Street(Reporting(1.0, "occupied", tells_within_s=5.0)).see(False, 20).see(True, 500.0)
    street.wait(gap_s - 1.0).see(True, LIMIT_S - 480.0)
    assert len(street.told()) == accused


def test_of_two_vehicles_in_the_sight_of_a_camera_the_second_does_not_answer_for_the_first() -> None:
    street = Street()
    source, order = zone_of("z", "cam"), order_of(OPTIONS, {}, "Europe/Paris", "fr")
    bay, state, told = Bay("b1", (source,), order, 600.0), street.state, []

    def tell(at_s: float, quantity: str, value: Value) -> None:
        nonlocal state
        now = Moment(1.8e9 + at_s, at_s, "boot", True)
        answer = step(bay, state, now, Reading("z", quantity, value, at_s))
        state = answer.state
        told.extend(map(promised, answer.events))

    tell(0.0, "stay", Stay("a", 0.0, None, "car", 0.9))
    for number in range(1, 100):
        tell(5.0 * number, "still_standing", "a")
    tell(496.0, "stay", Stay("b", 495.0, None, "car", 0.9))
    tell(497.0, "stay", Stay("a", 0.0, 497.0, "car", 0.9))
    for number in range(100, 218):
        tell(5.0 * number, "still_standing", "b")
    assert "bay.overstay" not in [event.type for event in told]
    for number in range(218, 222):
        tell(5.0 * number, "still_standing", "b")
    assert [event.type for event in told].count("bay.overstay") == 1


@dataclass
class Life:
    """Vehicles one after the other: when each comes and goes."""

    seed: int
    spans: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        chance, at_s = Random(f"life/{self.seed}"), 60.0
        for _ in range(12):
            at_s += chance.choice([10.0, 11.0, 15.0, 60.0, 300.0])
            stays_s = chance.uniform(60.0, LIMIT_S - 1.0) if chance.random() < 0.75 else chance.uniform(900.0, 2400.0)
            self.spans.append((at_s, at_s + stays_s))
            at_s += stays_s

    def stood_s(self, at_s: float) -> float | None:
        """Returns for how long the vehicle has stood that stands there; None: none does."""
        return next((at_s - begin_s for begin_s, end_s in self.spans if begin_s <= at_s < end_s), None)

    @property
    def end_s(self) -> float:
        return self.spans[-1][1] + 60.0


def faults(chance: Random, end_s: float) -> Iterator[tuple[float, str, float]]:
    at_s = 0.0
    while (at_s := at_s + chance.uniform(100.0, 900.0)) < end_s:
        kind = chance.choice(["wait", "kill", "reboot", "1970", "echo", "step", "between"])
        yield at_s, kind, chance.choice([2.0, 9.0, 11.0, 40.0, 400.0, 1500.0])


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("period_s", [1.0, 4.0])
def test_promise_nobody_innocent_is_accused_whatever_fails(seed: int, period_s: float) -> None:
    """Vehicles that change within ten seconds, in outages of every kind; and who stands too long unseen by none is
    told."""
    life, chance, street = Life(seed), Random(f"faults/{seed}"), Street(Reporting(period_s, "distance"))
    due = list(faults(chance, life.end_s))
    doubts: list[float] = []
    while street.true_s < life.end_s:
        if due and street.true_s >= due[0][0]:
            _, kind, lasts_s = due.pop(0)
            doubts += [street.true_s, street.true_s + lasts_s]
            if kind in {"kill", "reboot", "1970"}:
                street.restart(lasts_s, kind)
            elif kind == "step":
                street.ahead_s += chance.choice([-3600.0, 5.0, 3600.0])
            elif kind == "wait":
                street.wait(lasts_s)
            else:
                for _ in range(int(lasts_s / period_s)):
                    street.wait(period_s).say(65533 if kind == "echo" else BETWEEN_MM)
            due = [each for each in due if each[0] > street.true_s]
        stands = life.stood_s(street.wait(period_s).true_s) is not None
        wrong = chance.random() < 0.005
        before = len(street.told())
        street.say(CAR_MM + chance.randint(0, 20) if stands != wrong else ROAD_MM)
        for _ in street.told()[before:]:
            stood_s = life.stood_s(street.true_s - 2 * period_s)
            assert stood_s is not None and stood_s >= LIMIT_S - 3 * period_s, f"accused at {street.true_s} s"
    told_s = [event.at.unix_s for event in street.told()]
    assert len(told_s) == len(street.told())
    for begin_s, end_s in life.spans:
        quiet = not any(begin_s - 60.0 <= at_s <= begin_s + LIMIT_S + 60.0 for at_s in doubts)
        if quiet and end_s - begin_s > LIMIT_S + 60.0 and street.ahead_s == 0.0 and street.trusted:
            assert any(begin_s + LIMIT_S <= at_s - 1.8e9 <= begin_s + LIMIT_S + 60.0 for at_s in told_s)


@pytest.mark.parametrize("seed", range(12))
def test_promise_nobody_innocent_is_accused_whatever_frame_is_lost(seed: int) -> None:
    """A sensor on batteries that tells changes and speaks each five minutes; its town holds swaps to take 30 s."""
    life, chance = Life(seed), Random(f"frames/{seed}")
    street, lost, says = Street(DISC, quickest_swap_s=30.0), 0, False
    turns = sorted(
        [
            (at_s + chance.uniform(0.0, 29.0), at_s, up)
            for span in life.spans
            for at_s, up in zip(span, (True, False), strict=True)
        ]
        + [(300.0 * number, 0.0, None) for number in range(int(life.end_s / 300.0))]
    )
    for tells_s, _at_s, up in turns:
        says = (life.stood_s(tells_s) is not None) if up is None else up
        street.wait(max(0.0, tells_s - street.true_s))
        if chance.random() < 0.15:
            lost += 1
            continue
        if lost:
            street.say(lost, "frames_lost")
        lost, before = 0, len(street.told())
        street.say(says)
        for _ in street.told()[before:]:
            stood_s = life.stood_s(street.true_s - 30.0)
            assert stood_s is not None and stood_s >= LIMIT_S - 60.0, f"accused at {street.true_s} s"


LOOKS_S = 8.0


def field_street() -> Street:
    options = structs.replace(OPTIONS, decide_by="field", empty_field=(0, 0, 0), field_change=100)
    return Street(Reporting(LOOKS_S, "occupied"), options)


def hear_field(street: Street, begin: float, end: float, seconds: float) -> None:
    """A field that goes from one strength to another."""
    steps = int(seconds / LOOKS_S)
    for number in range(steps):
        x = round(begin + (end - begin) * number / steps)
        street.wait(LOOKS_S).say(Field(x, 0, 0), "magnetic_field")


def test_a_field_that_has_drifted_between_its_thresholds_proves_nothing_and_is_unknown_in_the_end() -> None:
    street = field_street()
    hear_field(street, 0, 0, 60.0)
    hear_field(street, 400, 400, 300.0)
    hear_field(street, 70, 70, 1200.0)
    assert not street.told()
    assert [event.data["last_state"] for event in street.told("unknown")] == ["occupied"]
    hear_field(street, 10, 10, 60.0)
    (freed,) = street.told("freed")
    assert freed.data["uncertainty_s"] >= 1200.0
    assert freed.data["charge_s"] <= 300.0


@pytest.mark.parametrize("hours", [1.0, 4.0])
def test_a_field_that_drifts_over_a_cold_night_under_a_vehicle_ends_in_unknown_and_is_dated(hours: float) -> None:
    """The cold is not followed under a vehicle: of the bay that it has left it lies between the thresholds."""
    street = field_street()
    hear_field(street, 0, 0, 60.0)
    hear_field(street, 400, 470, hours * 3600.0)
    gone_s, rightly = street.true_s, len(street.told())
    hear_field(street, 70, 70, 3600.0)
    assert len(street.told()) == rightly == 1
    (unknown,) = street.told("unknown")
    assert unknown.data["last_state"] == "occupied"
    assert 590.0 <= unknown.at.unix_s - 1.8e9 - gone_s <= 660.0, "ten minutes after the last clear word"
    hear_field(street, 10, 10, 60.0)
    (freed,) = street.told("freed")
    assert freed.data["uncertainty_s"] >= 3500.0, "it may have left ever since that word"
    assert freed.data["charge_s"] <= hours * 3600.0


@pytest.mark.parametrize(("hours", "cold", "unknown"), [(1.0, 95, ["free"]), (4.0, 60, [])])
def test_the_cold_of_a_night_alone_is_no_vehicle(hours: float, cold: float, unknown: list[str]) -> None:
    """An empty bay is followed as it cools. If that is too fast, nobody knows, and nobody has come."""
    street = field_street()
    hear_field(street, 0, 0, 60.0)
    hear_field(street, 0, cold, hours * 3600.0)
    hear_field(street, cold, cold, 1200.0)
    assert not street.told("occupied")
    assert [each.data["last_state"] for each in street.told("unknown")] == unknown


def test_snow_on_a_sensor_is_no_vehicle() -> None:
    street = Street().see(ROAD_MM, 20).see(SNOW_MM, 5 * LIMIT_S)
    assert [event.type for event in street.events] == ["bay.known", "bay.unknown"]
