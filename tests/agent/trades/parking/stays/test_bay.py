"""Bays: readings, silences, restarts and wrong clocks -> stays that are what happened."""

import itertools
from dataclasses import dataclass, field, replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored import Told, promised

from agent.clock import Moment
from agent.events import Priority
from agent.regulation import order_of
from agent.trades.parking.options import BayOptions
from agent.trades.parking.sensors.source import source_of
from agent.trades.parking.stays.bay import step
from agent.trades.parking.stays.state import Bay, BayState, corrected, initial, persisted
from drivers.base import Quality, Reading, Reporting, Value
from drivers.options import Seconds

CAR_MM, ROAD_MM, BETWEEN_MM = 600, 2500, 1350
NOON = 1_800_000_000.0
OPTIONS = BayOptions(
    sensor="s1",
    limit_s=Seconds(600),
    grace_s=Seconds(300),
    dwell_s=Seconds(5),
    silence_s=Seconds(30),
)


MEASURES = Reporting(1.0, "distance")


def bay(options: BayOptions, reporting: Reporting = MEASURES) -> Bay:
    source = source_of(options.sensor, options, reporting)
    return Bay("bay-1", (source,), order_of(options, {}, "Europe/Paris", "fr"), options.disagree_s)


@dataclass
class Street:
    """One bay, with a clock that the test moves and a power supply that it cuts."""

    options: BayOptions = OPTIONS
    reporting: Reporting = MEASURES
    state: BayState = field(default_factory=initial)
    events: list[Told] = field(default_factory=list)
    boot: int = 1
    mono_s: float = 100.0
    unix_s: float = NOON
    trusted: bool = True
    due_s: float | None = None
    durable: list[bytes] = field(default_factory=list)

    def now(self) -> Moment:
        return Moment(self.unix_s, self.mono_s, f"boot-{self.boot}", self.trusted)

    def step(self, reading: Reading | None = None) -> None:
        step_ = step(bay(self.options, self.reporting), self.state, self.now(), reading)
        self.state, self.due_s = step_.state, step_.wake_at_s
        self.events += map(promised, step_.events)
        written = msgspec.json.encode(persisted(self.state))
        if not self.durable or written != self.durable[-1]:
            self.durable.append(written)

    def pass_time(self, seconds: float) -> None:
        """Ask the rule whenever it is due, as the runner does."""
        end_s = self.mono_s + seconds
        while self.due_s is not None and self.due_s <= end_s:
            self._move_to(max(self.mono_s, self.due_s))
            before = self.due_s
            self.step()
            assert self.due_s is None or self.due_s > before
        self._move_to(end_s)

    def _move_to(self, mono_s: float) -> None:
        self.unix_s += mono_s - self.mono_s
        self.mono_s = mono_s

    def read(self, value: Value, quality: Quality = Quality.GOOD, quantity: str = "distance_mm") -> None:
        self.step(Reading("s1", quantity, value, self.mono_s, quality))

    def see(self, value: Value, seconds: int, quality: Quality = Quality.GOOD) -> None:
        for _ in range(seconds):
            self.pass_time(1.0)
            self.read(value, quality)

    def restart(self, off_s: float = 10.0, *, reboot: bool = True, trusted: bool | None = None) -> None:
        """Restarts the pole, which then has what was stored and no more."""
        self.state = msgspec.json.decode(msgspec.json.encode(persisted(self.state)), type=BayState)
        self.unix_s += off_s
        self.mono_s = 7.0 if reboot else self.mono_s + off_s
        self.boot += int(reboot)
        self.trusted = self.trusted if trusted is None else trusted
        self.due_s = None
        self.step()

    def told(self) -> list[str]:
        return [event.type.removeprefix("bay.") for event in self.events]

    def last(self) -> dict[str, object]:
        return self.events[-1].data


def parked(seconds: int = 60, **changes: object) -> Street:
    street = replace(Street(), **changes)  # type: ignore[arg-type]
    street.see(ROAD_MM, 10)
    street.see(CAR_MM, seconds)
    return street


def test_a_car_comes_and_goes() -> None:
    street = parked(60)
    street.see(ROAD_MM, 10)
    assert street.told() == ["known", "occupied", "freed"]
    _, came, went = street.events
    assert came.at.mono_s == 111.0
    assert went.at.mono_s == 171.0
    assert went.data["duration_s"] == 60.0
    assert went.data["duration_exact"] is True
    assert went.data["uncertainty_s"] == 2.0
    assert went.data["continuity"] == "certain"
    assert went.data["entered_at"] == "2027-01-15T08:00:11.000Z"
    assert went.data["stay"] == came.data["stay"]


def test_a_new_state_counts_only_when_it_has_held() -> None:
    street = parked(60)
    street.see(ROAD_MM, 4)
    street.see(CAR_MM, 3)
    street.see(ROAD_MM, 5)
    street.see(CAR_MM, 10)
    assert street.told() == ["known", "occupied"]


def test_values_between_the_thresholds_change_nothing() -> None:
    street = parked(60)
    street.see(BETWEEN_MM, 60)
    assert street.told() == ["known", "occupied"]
    street.see(ROAD_MM, 10)
    street.see(BETWEEN_MM, 60)
    assert street.told() == ["known", "occupied", "freed"]


def test_a_bay_that_only_ever_read_between_the_thresholds_is_not_guessed() -> None:
    street = Street()
    street.see(BETWEEN_MM, 60)
    assert street.told() == []
    assert street.state.occupied is None


@pytest.mark.parametrize(
    ("value", "quality", "quantity"),
    [
        (ROAD_MM, Quality.SUSPECT, "distance_mm"),
        (0, Quality.GOOD, "distance_mm"),
        (65535, Quality.GOOD, "distance_mm"),
        (float("nan"), Quality.GOOD, "distance_mm"),
        (True, Quality.GOOD, "distance_mm"),
        ("far", Quality.GOOD, "distance_mm"),
        (ROAD_MM, Quality.GOOD, "temperature_c"),
    ],
)
def test_suspect_values_and_values_that_no_sensor_measures_decide_nothing(
    value: Value, quality: Quality, quantity: str
) -> None:
    street = parked(60)
    for _ in range(20):
        street.pass_time(1.0)
        street.read(value, quality, quantity)
    assert street.told() == ["known", "occupied"]


def test_a_sensor_that_decides_itself() -> None:
    street = Street(reporting=Reporting(1.0, "occupied"))
    for value in [False] * 10 + [True] * 10 + [False] * 10:
        street.pass_time(1.0)
        street.read(value, quantity="occupied")
    assert street.told() == ["known", "occupied", "freed"]


def test_overstay_at_the_limit_and_again_after_the_grace() -> None:
    street = parked(1000)
    overstays = [event for event in street.events if event.type == "bay.overstay"]
    assert [event.data["stage"] for event in overstays] == ["limit", "grace"]
    assert [event.data["standing_s"] for event in overstays] == [601.0, 901.0], "from the second reading on"
    assert {event.data["wording"] for event in overstays} == {"suspected"}
    assert {event.priority for event in overstays} == {Priority.ALARM}
    street.see(ROAD_MM, 10)
    assert street.last()["overstayed"] is True


def test_overstay_without_grace_is_told_once_and_without_limit_never() -> None:
    once = parked(1000, options=msgspec.structs.replace(OPTIONS, grace_s=Seconds(0)))
    never = parked(1000, options=msgspec.structs.replace(OPTIONS, limit_s=None))
    assert once.told().count("overstay") == 1
    assert never.told().count("overstay") == 0


def test_nobody_is_accused_by_a_silent_sensor_or_one_that_sees_the_car_leave() -> None:
    silent = parked(500)
    silent.pass_time(300.0)
    assert silent.told() == ["known", "occupied", "unknown"]
    silent.see(CAR_MM, 2)
    assert silent.told()[-2:] == ["known", "overstay_presumed"]
    assert silent.last()["continuity"] == "presumed"
    leaving = parked(598)
    leaving.see(ROAD_MM, 10)
    assert leaving.told() == ["known", "occupied", "freed"]


def test_promise_a_stay_is_a_stay_silence_does_not_end_it() -> None:
    street = parked(60)
    street.pass_time(7200.0)
    assert street.told() == ["known", "occupied", "unknown"]
    assert street.last()["last_state"] == "occupied"
    street.see(CAR_MM, 10)
    assert street.told() == ["known", "occupied", "unknown", "known", "overstay_presumed", "overstay_presumed"]
    street.see(ROAD_MM, 10)
    assert street.last()["duration_s"] == 60.0 + 7200.0 + 10.0
    assert street.last()["continuity"] == "presumed"


def test_a_car_that_left_in_the_silence_is_told_with_its_doubt() -> None:
    street = parked(60)
    street.pass_time(120.0)
    street.see(ROAD_MM, 10)
    assert street.told() == ["known", "occupied", "unknown", "freed"]
    assert street.last()["uncertainty_s"] == 122.0


def test_two_readings_with_a_silence_between_them_do_not_make_a_state() -> None:
    street = parked(60)
    street.see(ROAD_MM, 1)
    street.pass_time(40.0)
    street.read(ROAD_MM)
    assert street.told() == ["known", "occupied", "unknown"]
    street.see(ROAD_MM, 5)
    assert street.events[-1].at.mono_s == 211.0


def test_a_state_that_was_stored_whole_is_not_taken_for_one_of_this_boot() -> None:
    street = parked(500)
    street.boot, street.mono_s = 2, 200.0
    street.unix_s += 3600.0
    street.step()
    assert street.told() == ["known", "occupied"]
    street.see(CAR_MM, 2)
    assert street.last()["continuity"] == "presumed"


def test_a_sensor_that_never_spoke_is_told_once() -> None:
    street = Street()
    street.step()
    street.pass_time(3600.0)
    assert street.told() == ["unknown"]
    assert street.last()["last_state"] is None
    street.restart()
    street.pass_time(3600.0)
    assert street.told() == ["unknown"]


def test_promise_a_stay_is_a_stay_a_restart_neither_ends_nor_begins_one() -> None:
    street = parked(60)
    street.restart(off_s=3 * 86400.0)
    street.see(CAR_MM, 3)
    assert street.told() == ["known", "occupied", "overstay_presumed", "overstay_presumed"]
    street.see(ROAD_MM, 10)
    assert street.last()["duration_s"] == 60.0 + 3 * 86400.0 + 3.0
    assert street.last()["duration_exact"] is True
    assert street.last()["continuity"] == "presumed"


def test_promise_a_stay_is_a_stay_seven_days_are_one() -> None:
    street = parked(60)
    for _ in range(7):
        street.restart(off_s=86400.0)
        street.see(CAR_MM, 30)
    street.see(ROAD_MM, 10)
    assert street.told().count("occupied") == street.told().count("freed") == 1
    assert street.last()["duration_s"] == 60.0 + 7 * 86400.0 + 7 * 30.0


def test_promise_a_stay_is_a_stay_a_quick_restart_in_one_boot_keeps_its_length() -> None:
    street = parked(60)
    street.restart(off_s=2.0, reboot=False)
    street.see(CAR_MM, 10)
    street.see(ROAD_MM, 10)
    assert (street.last()["duration_s"], street.last()["duration_exact"]) == (72.0, True)


def test_promise_works_with_no_clock_stays_are_measured_without_it() -> None:
    street = parked(60, trusted=False, unix_s=60.0)
    street.see(ROAD_MM, 10)
    assert (street.last()["duration_s"], street.last()["entered_at"]) == (60.0, None)


def test_promise_works_with_no_clock_a_restart_without_it_keeps_what_is_certain() -> None:
    street = parked(1300, trusted=False, unix_s=60.0, options=msgspec.structs.replace(OPTIONS, limit_s=None))
    street.restart(off_s=5000.0)
    street.see(CAR_MM, 700)
    street.see(ROAD_MM, 10)
    assert street.last()["duration_exact"] is False
    seconds = street.last()["duration_s"]
    assert isinstance(seconds, float) and 1300 <= seconds <= 2000.0
    assert street.told().count("occupied") == street.told().count("freed") == 1


def test_promise_works_with_no_clock_a_clock_that_is_set_later_dates_the_stay() -> None:
    street = parked(60, trusted=False, unix_s=60.0)
    street.unix_s, street.trusted = NOON + 1000.0, True
    street.see(CAR_MM, 1)
    entered = street.state.stay and street.state.stay.entered
    assert entered == Moment(NOON + 1000.0 - 59.0, 111.0, "boot-1", True)
    street.restart(off_s=500.0)
    street.see(ROAD_MM, 10)
    assert (street.last()["duration_s"], street.last()["duration_exact"]) == (561.0, True)


def test_promise_works_with_no_clock_a_clock_that_steps_back_shortens_no_stay() -> None:
    street = parked(1300)
    street.restart(off_s=-100_000.0)
    street.see(CAR_MM, 10)
    street.see(ROAD_MM, 10)
    seconds = street.last()["duration_s"]
    assert street.last()["duration_exact"] is False
    assert isinstance(seconds, float) and 1200 <= seconds <= 1310


@pytest.mark.parametrize("step_s", [3600.0, -3600.0])
def test_promise_works_with_no_clock_a_clock_that_is_set_by_an_hour_lengthens_no_stay(step_s: float) -> None:
    """Nobody knows whether it was right before or after: with a reboot, only what is certain is told."""
    street = parked(5000)
    street.unix_s += step_s
    street.see(CAR_MM, 1300)
    street.restart(off_s=500.0)
    street.see(CAR_MM, 10)
    street.see(ROAD_MM, 10)
    assert street.last()["duration_exact"] is False
    seconds = street.last()["duration_s"]
    assert isinstance(seconds, float) and 5700 <= seconds <= 6811


def test_correcting_changes_only_moments_of_this_boot_that_were_not_trusted() -> None:
    street = parked(60, trusted=False, unix_s=60.0)
    other = Moment(NOON, 5.0, "boot-9", True)
    assert corrected(street.state, other) == street.state
    assert corrected(street.state, street.now()) == street.state


def test_a_state_that_does_not_change_is_written_seldom() -> None:
    street = parked(3600, options=msgspec.structs.replace(OPTIONS, limit_s=None))
    assert len(street.durable) <= 3 + 3600 / 600


phases = st.lists(
    st.tuples(
        st.sampled_from(
            [CAR_MM, ROAD_MM, BETWEEN_MM, 0, "suspect", "silence", "restart", "restart untrusted", "reset"]
        ),
        st.integers(1, 60),
    ),
    max_size=25,
)


def play(street: Street, acted: list[tuple[object, int]]) -> None:
    for act, seconds in acted:
        if act == "silence":
            street.pass_time(float(seconds))
        elif act == "restart":
            street.restart(float(seconds))
        elif act == "restart untrusted":
            street.restart(float(seconds), trusted=False)
        elif act == "reset":
            street.unix_s, street.trusted = street.unix_s + seconds * 1e5, True
        elif act == "suspect":
            street.see(ROAD_MM, seconds, Quality.SUSPECT)
        else:
            assert isinstance(act, int)
            street.see(act, seconds)


@given(phases)
def test_promise_a_stay_is_a_stay_occupied_and_freed_alternate_whatever_happens(
    acted: list[tuple[object, int]],
) -> None:
    street = Street()
    play(street, acted)
    turns = [event for event in street.events if event.type in {"bay.occupied", "bay.freed"}]
    assert [event.type for event in turns] == [("bay.occupied", "bay.freed")[n % 2] for n in range(len(turns))]
    for came, went in zip(turns[::2], turns[1::2], strict=False):
        assert came.data["stay"] == went.data["stay"]
        assert went.data["duration_s"] >= 0
    assert len({event.data["stay"] for event in turns[::2]}) == len(turns[::2])
    stages = [(e.data["stay"], e.data["stage"]) for e in street.events if e.type == "bay.overstay"]
    assert len(set(stages)) == len(stages)


@given(phases)
def test_unknown_is_told_once_until_the_state_is_known_again(acted: list[tuple[object, int]]) -> None:
    street = Street()
    play(street, acted)
    source_state = [kind for kind in street.told() if not kind.startswith("overstay")]
    for one, other in itertools.pairwise(source_state):
        assert not (one == other == "unknown")


@given(
    st.lists(st.tuples(st.booleans(), st.integers(13, 40)), min_size=1, max_size=8),
    st.sets(st.integers(0, 200), max_size=6),
    st.booleans(),
)
def test_promise_a_stay_is_a_stay_restarts_at_any_point_change_no_stay(
    runs: list[tuple[bool, int]], cuts: set[int], reboot: bool
) -> None:
    """The same street undisturbed and with the power cut at any second: the same stays, entries within the dwell."""
    seconds = [car for car, length in runs for _ in range(length)]
    spaced = {cut for cut in cuts if not any(cut - 13 < other < cut for other in cuts)}

    def stays(cut_at: set[int]) -> list[tuple[str, float]]:
        street = Street()
        for number, car in enumerate(seconds):
            if number in cut_at:
                street.restart(off_s=0.0, reboot=reboot)
            street.see(CAR_MM if car else ROAD_MM, 1)
        turns = [event for event in street.events if event.type in {"bay.occupied", "bay.freed"}]
        return [(event.type, event.at.unix_s) for event in turns]

    undisturbed, cut = stays(set()), stays(spaced)
    assert [kind for kind, _ in cut] == [kind for kind, _ in undisturbed]
    for (_, at), (_, wanted) in zip(cut, undisturbed, strict=True):
        assert 0 <= at - wanted <= OPTIONS.dwell_s


TELLS = Reporting(86400.0, "occupied")
LATE_S = 60.0


def told_by_a_disc(*passing_s: float) -> Street:
    """A bay with a sensor that speaks when something changes, so long after one another: free, occupied, free ..."""
    street = Street(BayOptions(sensor="s1"), TELLS)
    for number, pause_s in enumerate((0.0, *passing_s)):
        street.pass_time(pause_s)
        street.read(number % 2 == 1, quantity="occupied")
    return street


@pytest.mark.parametrize("free_s", [2.0, 600.0, 80_000.0])
@pytest.mark.parametrize("stood_s", [5.0, 15_600.0])
def test_a_sensor_that_tells_changes_is_as_late_as_it_is_whenever_it_spoke_before(
    free_s: float, stood_s: float
) -> None:
    street = told_by_a_disc(free_s, stood_s)
    came, went = street.events[-2:]
    assert (came.data["uncertainty_s"], went.data["uncertainty_s"]) == (LATE_S, 2 * LATE_S)
    assert (went.data["duration_s"], went.data["continuity"]) == (stood_s, "presumed")


@pytest.mark.parametrize(("quantity", "value"), [("frames_lost", 1), ("sensor_started", "watchdog")])
def test_where_something_it_told_was_lost_a_change_may_have_come_ever_since_it_spoke(
    quantity: str, value: Value
) -> None:
    street = told_by_a_disc(600.0)
    street.pass_time(7200.0)
    street.read(value, quantity=quantity)
    street.read(False, quantity="occupied")
    assert street.last()["uncertainty_s"] == LATE_S + 7200.0


def test_a_sensor_that_could_not_be_reached_may_have_told_a_change_to_nobody() -> None:
    street = told_by_a_disc(600.0)
    street.pass_time(3600.0)
    street.read(False, quantity="reachable")
    street.pass_time(3600.0)
    street.read(True, quantity="reachable")
    street.read(False, quantity="occupied")
    assert street.last()["uncertainty_s"] == LATE_S + 7200.0


def test_what_was_lost_before_its_last_reading_dates_no_later_change() -> None:
    street = told_by_a_disc(600.0)
    street.read(3, quantity="frames_lost")
    street.read(True, quantity="occupied")
    street.pass_time(7200.0)
    street.read(False, quantity="occupied")
    assert street.last()["uncertainty_s"] == 2 * LATE_S


def test_after_a_restart_a_change_may_have_come_ever_since_the_state_was_confirmed() -> None:
    street = told_by_a_disc(600.0)
    street.restart(7200.0)
    street.read(False, quantity="occupied")
    assert street.last()["uncertainty_s"] == LATE_S + 7200.0
