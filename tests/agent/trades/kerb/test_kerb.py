"""What the kerb rule says, and above all what it does not say."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored import Told, promised

from agent.clock import Moment
from agent.events import Priority
from agent.regulation import ZoneCategory, table
from agent.trades.kerb.legal_mode import ModeState, mode, step_mode
from agent.trades.kerb.options import Authorisation, KerbOptions, ZoneOptions
from agent.trades.kerb.overstay import Zone, zone_of
from agent.trades.kerb.statistics import suppress_small
from agent.trades.kerb.zone import ZoneState, initial, persisted, step
from drivers.base import Quality, Reading, Stay
from drivers.options import Seconds

PARIS = "Europe/Paris"
NOON = datetime(2027, 1, 15, 12, 0, 7, tzinfo=UTC).timestamp()
SQUARE = ((0, 0), (100, 0), (100, 100), (0, 100))
PAPER = Authorisation(
    legal_basis="Article 1 of a law to come",
    reference="Order 2026-17",
    dpia_reference="DPIA 4",
    controller="Commune of Exemple",
    valid_until=date(2027, 1, 31),
)
SECRETS = ("entered", "left", "key", "suspected_since", "score")


def zone(
    *, alert: bool = True, authorisation: Authorisation | None = PAPER, limit_s: float = 60.0, grace_s: float = 0.0
) -> Zone:
    kerb = KerbOptions(mode="alert" if alert else "statistics", authorisation=authorisation)
    options = ZoneOptions(
        camera="cam", polygon=SQUARE, category="bus_lane", limit_s=Seconds(limit_s), grace_s=Seconds(grace_s)
    )
    return zone_of("z1", options, kerb, PARIS, "fr")


@dataclass
class Kerb:
    """One zone, with a clock that the test moves. Its camera sees from the start, and after each restart."""

    zone: Zone = field(default_factory=zone)
    state: ZoneState = field(default_factory=initial)
    events: list[Told] = field(default_factory=list)
    boot: str = "b1"
    mono_s: float = 1000.0
    unix_s: float = NOON
    trusted: bool = True
    due_s: float | None = None

    def now(self) -> Moment:
        return Moment(self.unix_s, self.mono_s, self.boot, self.trusted)

    def step(self, reading: Reading | None = None) -> None:
        answer = step(self.zone, self.state, self.now(), reading, sees=True)
        self.state, self.due_s = answer.state, answer.wake_at_s
        self.events += map(promised, answer.events)

    def sees_again(self, word: str = "ok") -> None:
        self.step(Reading("cam", "sees", word == "ok", self.mono_s))

    def look(self) -> None:
        """What the camera tells from time to time: what stands there still does."""
        for key in [one.key for one in self.state.runtime.open]:
            self.step(Reading("z1", "still_standing", key, self.mono_s))
        self.step()

    def wait(self, seconds: float) -> None:
        end_s = self.mono_s + seconds
        while self.due_s is not None and self.due_s <= end_s:
            before = self.due_s
            self._move_to(max(self.mono_s, before))
            self.look()
            assert self.due_s is None or self.due_s > before
        self._move_to(end_s)

    def _move_to(self, mono_s: float) -> None:
        self.unix_s += mono_s - self.mono_s
        self.mono_s = mono_s

    def see(self, key: str, entered_s: float, left_s: float | None = None, quality: Quality = Quality.GOOD) -> None:
        self.step(Reading("z1", "stay", Stay(key, entered_s, left_s, "car", 0.8), self.mono_s, quality))

    def pass_by(self, number: int, dwell_s: float) -> None:
        """One whole stay."""
        entered_s = self.mono_s
        self.see(f"k{number}", entered_s)
        self.wait(dwell_s)
        self.see(f"k{number}", entered_s, self.mono_s)

    def restart(self, off_s: float, *, trusted: bool = True) -> None:
        self.state = msgspec.json.decode(msgspec.json.encode(persisted(self.state)), type=ZoneState)
        self.unix_s, self.mono_s, self.boot, self.trusted = self.unix_s + off_s, 5.0, self.boot + "+", trusted
        self.due_s = None
        self.step()

    def told(self, kind: str) -> list[Told]:
        return [event for event in self.events if event.type == kind]


def test_a_stay_past_the_limit_is_suspected_once_with_its_article_and_doubt() -> None:
    kerb = Kerb()
    kerb.see("k1", kerb.mono_s - 2.0)
    kerb.wait(500.0)
    (event,) = kerb.told("kerb.suspected")
    assert event.at.mono_s == 1058.0
    assert event.priority is Priority.ALARM
    assert event.data == {
        "zone": "z1",
        "category": "bus_lane",
        "law": "Code de la route",
        "statement": "suspected: stands longer than 1 min, which the order of the place allows; "
        "R417-11, Code de la route",
        "order_digest": event.data["order_digest"],
        "article": "R417-11",
        "class": 4,
        "wording": "suspected",
        "stage": "limit",
        "vehicle": "car",
        "suspected_since": "2027-01-15T12:00:05.000Z",
        "standing_s": 60.0,
        "charge_s": 60.0,
        "counted_s": 60.0,
        "limit_s": 60.0,
        "grace_s": 0.0,
        "rule": None,
        "order": None,
        "exempt": [],
        "evidence": "camera",
        "doubt": 0.2,
        "authorisation": "Order 2026-17",
        "simulated": False,
    }


def test_a_vehicle_counts_as_long_as_it_was_seen_and_not_until_its_leaving_is_known() -> None:
    kerb = Kerb()
    kerb.see("k1", kerb.mono_s)
    kerb.wait(55.0)
    kerb.look()
    for _ in range(10):
        kerb._move_to(kerb.mono_s + 1.0)
        kerb.step()
    assert not kerb.told("kerb.suspected"), "nobody has seen it for ten seconds"
    kerb.see("k1", 1000.0, 1058.0)
    assert not kerb.told("kerb.suspected"), "it left two seconds before its limit"


def test_after_the_grace_it_is_suspected_again() -> None:
    kerb = Kerb(zone(grace_s=30.0))
    kerb.see("k1", kerb.mono_s)
    kerb.wait(500.0)
    assert [event.data["stage"] for event in kerb.told("kerb.suspected")] == ["limit", "grace"]


def test_a_limit_of_zero_is_passed_at_once() -> None:
    kerb = Kerb(zone(limit_s=0.0))
    kerb.see("k1", kerb.mono_s)
    assert len(kerb.told("kerb.suspected")) == 1


def test_a_stay_that_ends_in_time_is_not_suspected() -> None:
    kerb = Kerb()
    kerb.pass_by(1, 59.0)
    kerb.wait(500.0)
    assert kerb.told("kerb.suspected") == []


def test_a_stay_of_which_only_the_end_is_reported_is_judged_by_its_length() -> None:
    kerb = Kerb()
    kerb.see("k1", kerb.mono_s - 100.0, kerb.mono_s)
    kerb.see("k2", kerb.mono_s - 50.0, kerb.mono_s)
    assert [event.data["standing_s"] for event in kerb.told("kerb.suspected")] == [100.0]


def test_a_simulated_authorisation_is_said_in_every_event() -> None:
    paper = msgspec.structs.replace(PAPER, simulated=True)
    kerb = Kerb(zone(authorisation=paper))
    kerb.see("k1", kerb.mono_s - 100.0)
    assert kerb.told("kerb.suspected")[0].data["simulated"] is True
    assert "simulated" in mode(kerb.zone.kerb, kerb.now(), PARIS).reason


def test_a_camera_that_is_down_accuses_nobody() -> None:
    kerb = Kerb()
    kerb.see("k1", kerb.mono_s)
    kerb.wait(30.0)
    kerb.step(Reading("cam", "reachable", False, kerb.mono_s))
    kerb.wait(500.0)
    assert kerb.told("kerb.suspected") == []
    kerb.sees_again()
    kerb.wait(3600.0)
    assert kerb.told("kerb.statistics")[0].data["interrupted"] is True


@pytest.mark.parametrize("word", ["moved", "frozen", "blocked", "no_picture"])
def test_who_stands_in_a_view_that_is_not_right_is_not_suspected_for_that_time(word: str) -> None:
    """Such pictures are not judged, so nobody is seen again, and the period says that it was not watched."""
    kerb = Kerb()
    kerb.see("k1", kerb.mono_s)
    kerb.wait(50.0)
    kerb.look()
    kerb.sees_again(word)
    for _ in range(60):
        kerb._move_to(kerb.mono_s + 10.0)
        kerb.step()
    assert kerb.told("kerb.suspected") == []
    kerb.sees_again()
    kerb.see("k1", 1000.0, 1049.0)
    kerb.wait(3600.0)
    assert kerb.told("kerb.suspected") == []
    first = kerb.told("kerb.statistics")[0].data
    assert first["interrupted"] is True
    assert first["watched_s"] == (first["period_s"] - 600.0) // 300.0 * 300.0


def test_a_stay_that_goes_on_when_the_camera_is_back_is_told_then_and_nothing_of_it_twice() -> None:
    kerb = Kerb(zone(grace_s=300.0))
    entered_s = kerb.mono_s
    kerb.see("k1", entered_s)
    kerb.wait(100.0)
    for _ in range(2):
        kerb.step(Reading("z1", "still_standing", "k1", kerb.mono_s))
        kerb.step(Reading("cam", "reachable", False, kerb.mono_s))
        kerb.wait(9.0)
        kerb.step(Reading("cam", "reachable", True, kerb.mono_s))
        kerb.see("k1", entered_s)
    assert [event.data["stage"] for event in kerb.told("kerb.suspected")] == ["limit"]
    kerb.wait(300.0)
    kerb.see("k1", entered_s, kerb.mono_s)
    assert [event.data["stage"] for event in kerb.told("kerb.suspected")] == ["limit", "grace"]


def test_who_stands_there_after_an_outage_of_the_camera_is_not_suspected_for_the_time_before_it() -> None:
    kerb = Kerb()
    entered_s = kerb.mono_s
    kerb.see("k1", entered_s)
    kerb.wait(50.0)
    kerb.step(Reading("z1", "still_standing", "k1", kerb.mono_s))
    kerb.step(Reading("cam", "reachable", False, kerb.mono_s))
    kerb.wait(10.0)
    kerb.step(Reading("cam", "reachable", True, kerb.mono_s))
    kerb.see("k1", entered_s)
    kerb.wait(59.0)
    kerb.step(Reading("z1", "still_standing", "k1", kerb.mono_s))
    assert not kerb.told("kerb.suspected")
    kerb.wait(2.0)
    kerb.step(Reading("z1", "still_standing", "k1", kerb.mono_s))
    (event,) = kerb.told("kerb.suspected")
    assert (event.data["charge_s"], event.data["standing_s"]) == (60.0, 120.0)


def test_a_restart_accuses_nobody_of_what_it_did_not_see() -> None:
    kerb = Kerb()
    kerb.see("k1", kerb.mono_s)
    kerb.restart(3600.0)
    kerb.wait(7200.0)
    assert kerb.told("kerb.suspected") == []


def test_suspect_readings_count_for_nothing() -> None:
    kerb = Kerb()
    kerb.see("k1", kerb.mono_s - 100.0, quality=Quality.SUSPECT)
    assert kerb.events == []


def test_every_category_has_its_row() -> None:
    assert set(get_args(ZoneCategory)) <= set(table("fr").category)
    assert table("fr").category["loading"].standing.article == "R417-10"


# The gate


@pytest.mark.parametrize(
    ("options", "trusted", "day", "expected", "words"),
    [
        (KerbOptions(), True, 15, "statistics", "configured"),
        (KerbOptions(authorisation=PAPER), True, 15, "statistics", "configured"),
        (KerbOptions(mode="alert"), True, 15, "statistics", "refused without"),
        (KerbOptions(mode="alert", authorisation=PAPER), True, 15, "alert", "Order 2026-17"),
        (KerbOptions(mode="alert", authorisation=PAPER), True, 31, "alert", "until 2027-01-31"),
        (KerbOptions(mode="alert", authorisation=PAPER), True, 32, "statistics", "ended on 2027-01-31"),
        (KerbOptions(mode="alert", authorisation=PAPER), False, 15, "statistics", "clock is not set"),
    ],
)
def test_promise_privacy_alert_mode_needs_an_authorisation_in_force(
    options: KerbOptions, trusted: bool, day: int, expected: str, words: str
) -> None:
    at = datetime(2026, 12, 31, 12, tzinfo=UTC) + timedelta(days=day)
    current = mode(options, Moment(at.timestamp(), 5.0, "b1", trusted), PARIS)
    assert current.mode == expected
    assert words in current.reason


def test_promise_privacy_the_authorisation_ends_at_local_midnight_by_itself_and_says_so() -> None:
    options = KerbOptions(mode="alert", authorisation=PAPER)
    last = datetime(2027, 1, 31, 22, 59, 30, tzinfo=UTC)
    at = Moment(last.timestamp(), 1000.0, "b1", True)
    first = step_mode("pole-1", options, PARIS, ModeState(), at)
    assert [promised(event).data["mode"] for event in first.events] == ["alert"]
    assert promised(first.events[0]).data["controller"] == "Commune of Exemple"
    assert first.wake_at_s == 1030.0
    second = step_mode("pole-1", options, PARIS, first.state, at.shifted_to(1030.0))
    assert [promised(event).data["mode"] for event in second.events] == ["statistics"]
    assert step_mode("pole-1", options, PARIS, second.state, at.shifted_to(1100.0)).events == ()


def test_the_mode_is_told_once_and_again_after_a_restart_only_if_it_changed() -> None:
    at = Moment(NOON, 1000.0, "b1", True)
    first = step_mode("pole-1", KerbOptions(), PARIS, ModeState(), at)
    loaded = msgspec.json.decode(msgspec.json.encode(first.state), type=ModeState)
    assert (len(first.events), first.wake_at_s) == (1, None)
    assert step_mode("pole-1", KerbOptions(), PARIS, loaded, at).events == ()


def test_promise_works_with_no_clock_alerts_begin_when_the_clock_is_set() -> None:
    kerb = Kerb(trusted=False, unix_s=60.0)
    kerb.see("k1", kerb.mono_s)
    kerb.wait(200.0)
    assert kerb.told("kerb.suspected") == []
    kerb.unix_s, kerb.trusted = NOON, True
    kerb.wait(60.0)
    (event,) = kerb.told("kerb.suspected")
    assert event.at.trusted
    assert str(event.data["suspected_since"]).startswith("2027-01-15T11:56:4")


# Statistics


@pytest.mark.parametrize(
    "hidden",
    [
        zone(alert=False),
        zone(authorisation=None),
        zone(authorisation=msgspec.structs.replace(PAPER, valid_until=date(2027, 1, 14))),
    ],
)
def test_promise_privacy_without_alert_mode_only_periods_are_told(hidden: Zone) -> None:
    kerb = Kerb(hidden)
    for number in range(40):
        kerb.pass_by(number, 90.0 + number)
    kerb.wait(3600.0)
    assert {event.type for event in kerb.events} == {"kerb.statistics"}
    for event in kerb.events:
        assert event.at.unix_s % 900.0 == pytest.approx(0.0, abs=1e-3)
        assert not set(event.data) & set(SECRETS)
        assert event.data["period_s"] >= 899.0


def test_counts_and_histogram_of_a_period() -> None:
    kerb = Kerb(zone(alert=False))
    for number in range(6):
        kerb.pass_by(number, 30.0)
    for number in range(6, 12):
        kerb.pass_by(number, 100.0)
    kerb.wait(2700.0)
    first = kerb.events[0]
    assert first.priority is Priority.TELEMETRY
    assert first.data["stays"] == 12
    assert first.data["dwell"][:3] == [
        {"below_s": 60.0, "stays": 6},
        {"below_s": 300.0, "stays": 6},
        {"below_s": 900.0, "stays": None},
    ]
    assert first.data["interrupted"] is False
    assert kerb.events[1].data["stays"] is None
    assert first.at.utc == datetime(2027, 1, 15, 12, 30, tzinfo=UTC)


def test_a_stay_is_counted_once() -> None:
    kerb = Kerb(zone(alert=False))
    for number in range(5):
        kerb.pass_by(number, 30.0)
        kerb.see(f"k{number}", kerb.mono_s - 30.0, kerb.mono_s)
    kerb.wait(1800.0)
    assert kerb.events[0].data["stays"] == 5


def test_neither_single_stays_nor_counts_of_a_period_that_is_not_over_are_ever_stored() -> None:
    """The file, read twice, would show one stay between."""
    kerb = Kerb(zone(alert=False))
    kerb.step()
    before = persisted(kerb.state)
    for number in range(5):
        kerb.pass_by(number, 30.0)
    kerb.see("still-there", kerb.mono_s)
    assert b"still-there" not in msgspec.json.encode(persisted(kerb.state))
    assert persisted(kerb.state) == before
    kerb.restart(60.0)
    kerb.wait(1800.0)
    assert (kerb.events[0].data["stays"], kerb.events[0].data["interrupted"]) == (None, True)


def test_the_state_that_an_earlier_version_has_written_goes_on() -> None:
    """The state is read as it stands in the store of a pole."""
    written = (
        '{"period":{"ends":{"unix_s":1800014407.0,"mono_s":1400.0,"boot":"b1","trusted":true},"length_s":900.0,'
        '"dwell":[0,7,0,0,0,0],"interrupted":false},"watch":{"running":false,"open":[],"ended":[],"away":[]}}'
    )
    state = msgspec.json.decode(written, type=ZoneState)
    assert msgspec.json.encode(state).decode() == written
    kerb = Kerb(zone(alert=False), state)
    kerb.step()
    kerb.wait(2400.0)
    assert (kerb.events[0].data["stays"], kerb.events[0].data["dwell"][1]["stays"]) == (7, 7)


def test_promise_works_with_no_clock_a_restart_makes_a_period_longer_never_finer() -> None:
    kerb = Kerb(zone(alert=False), trusted=False, unix_s=60.0)
    kerb.step()
    for number in range(5):
        kerb.pass_by(number, 30.0)
    kerb.restart(60.0, trusted=False)
    kerb.wait(890.0)
    assert kerb.events == []
    kerb.wait(1000.0)
    assert (kerb.events[0].data["stays"], kerb.events[0].data["interrupted"]) == (None, True)
    assert kerb.events[0].data["period_s"] == 900.0


def test_zones_that_share_ground_are_not_counted_twice() -> None:
    kerb = Kerb(msgspec.structs.replace(zone(alert=False), counted=False))
    for number in range(9):
        kerb.pass_by(number, 30.0)
    kerb.wait(1800.0)
    assert {event.data["stays"] for event in kerb.events} == {None}


def test_a_long_pause_tells_one_period_and_begins_another() -> None:
    kerb = Kerb(zone(alert=False))
    kerb.step()
    kerb.unix_s, kerb.mono_s = kerb.unix_s + 86_400.0, kerb.mono_s + 86_400.0
    kerb.step()
    assert len(kerb.events) == 1
    kerb.wait(1800.0)
    assert len(kerb.events) == 2


def count_five(kerb: Kerb) -> None:
    """Five stays of half a minute each."""
    for number in range(5):
        kerb.pass_by(number + int(kerb.mono_s), 30.0)


def test_a_period_says_for_how_long_of_it_the_zone_was_watched() -> None:
    kerb = Kerb(zone(alert=False))
    count_five(kerb)
    kerb.step(Reading("cam", "sees", False, kerb.mono_s))
    kerb.wait(120.0)
    kerb.sees_again()
    kerb.wait(2700.0)
    told = kerb.events[0].data
    assert (told["period_s"], told["watched_s"], told["interrupted"]) == (1793.0, 1500.0, True)
    assert kerb.events[1].data["watched_s"] == kerb.events[1].data["period_s"] == 900.0


def test_promise_privacy_how_long_a_lorry_stood_before_the_lens_is_told_in_steps_of_five_minutes_at_most() -> None:
    def told(hidden_s: float) -> object:
        kerb = Kerb(zone(alert=False))
        kerb.step()
        kerb.sees_again("blocked")
        kerb.wait(hidden_s)
        kerb.sees_again()
        kerb.wait(5400.0)
        return [event.data for event in kerb.events]

    assert told(310.0) == told(330.0) == told(580.0)


@pytest.mark.parametrize("cut", ["restart", "down", "moved"])
def test_promise_privacy_a_cut_makes_a_period_longer_and_no_count_is_of_a_part_of_it(cut: str) -> None:
    """Whoever may restart the pole, or cover its camera, could choose what is counted by the minute."""
    kerb = Kerb(zone(alert=False))
    kerb.step()
    kerb.wait(1793.0)
    kerb.step()
    before = len(kerb.events)
    kerb.wait(600.0)
    if cut == "restart":
        kerb.restart(5.0)
    elif cut == "down":
        kerb.step(Reading("cam", "reachable", False, kerb.mono_s))
        kerb.wait(200.0)
        kerb.sees_again()
    else:
        kerb.sees_again("moved")
        kerb.wait(200.0)
        kerb.sees_again()
    count_five(kerb)
    kerb.wait(3600.0)
    first = kerb.events[before].data
    assert (first["period_s"], first["stays"], first["interrupted"]) == (1800.0, 5, True)
    assert 900.0 <= first["watched_s"] < 1800.0
    assert kerb.events[before + 1].data["period_s"] == 900.0


def test_a_camera_that_never_sees_tells_no_count() -> None:
    kerb = Kerb(zone(alert=False))
    kerb.step()
    kerb.sees_again("no_picture")
    kerb.wait(86_400.0)
    assert kerb.events == []


@given(st.lists(st.integers(0, 40), min_size=6, max_size=6), st.integers(2, 12))
def test_promise_privacy_no_small_count_can_be_worked_out(counts: list[int], minimum: int) -> None:
    total, told = suppress_small(counts, minimum)
    if sum(counts) < minimum:
        assert total is None and set(told) == {None}
        return
    assert total == sum(counts)
    assert all(count is None or count >= minimum for count in told)
    missing = total - sum(count for count in told if count is not None)
    assert missing == 0 or missing >= minimum
    hidden = [count for count, shown in zip(counts, told, strict=True) if shown is None]
    assert sum(hidden) == missing


@given(
    st.lists(st.tuples(st.sampled_from(["stay", "wait", "restart", "untrusted", "down", "ok"]), st.integers(1, 400))),
)
def test_promise_privacy_statistics_are_never_finer_than_the_period(acted: list[tuple[str, int]]) -> None:
    kerb = Kerb(zone(alert=False))
    for number, (act, seconds) in enumerate(acted):
        if act == "stay":
            kerb.pass_by(number, float(seconds))
        elif act == "wait":
            kerb.wait(float(seconds))
        elif act == "down":
            kerb.step(Reading("cam", "reachable", False, kerb.mono_s))
        elif act == "ok":
            kerb.sees_again()
        else:
            kerb.restart(float(seconds), trusted=act == "restart")
    assert {event.type for event in kerb.events} <= {"kerb.statistics"}
    assert all(event.data["period_s"] >= 899.0 for event in kerb.events)
    assert all(event.data["watched_s"] >= 898.0 for event in kerb.events)
    times = [event.at.unix_s for event in kerb.events]
    assert all(after - before >= 898.0 for before, after in pairwise(times))
