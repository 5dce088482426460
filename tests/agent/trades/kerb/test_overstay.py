"""What of a stay counts: hours, exempt classes, a vehicle beside, the words of a local order, a rule of the town."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec import structs
from stored import Told, promised

from agent.calendars import WindowOptions
from agent.clock import Moment
from agent.regulation import RuleOptions, TemporaryOrder
from agent.trades.kerb.event_types import KerbSuspected
from agent.trades.kerb.options import Authorisation, KerbOptions, ZoneOptions
from agent.trades.kerb.overstay import AdjacentVehicle, Zone, zone_of
from agent.trades.kerb.statistics import NO_STAYS
from agent.trades.kerb.zone import ZoneState, initial, step
from drivers.base import Reading, Stay
from drivers.options import Seconds

SQUARE = ((0, 0), (100, 0), (100, 100), (0, 100))
PAPER = Authorisation(
    legal_basis="Article 1 of a law to come",
    reference="Order 2026-17",
    dpia_reference="DPIA 4",
    controller="Commune of Exemple",
    valid_until=date(2027, 12, 31),
)
WORKDAYS = WindowOptions(days=("mon", "tue", "wed", "thu", "fri"), begin="07:00", end="19:00")
FRIDAY_0650 = datetime(2027, 1, 15, 5, 50, tzinfo=UTC).timestamp()
"""Unix seconds of that moment in Paris."""

START_S = 1000.0


ALERT = KerbOptions(mode="alert", authorisation=PAPER)


def zone(**options: Any) -> Zone:
    given = {"camera": "cam", "polygon": SQUARE, "category": "double_parking", "limit_s": Seconds(60)} | options
    return zone_of("z1", ZoneOptions(**given), ALERT, "Europe/Paris", "fr")


def under(adjacent: tuple[str, ...] = (), **rule: Any) -> Zone:
    """A zone that names a rule, beside one that a temporary order may put in its place."""
    given = {"category": "loading", "limit_s": Seconds(60)} | rule
    rules = {"r": RuleOptions(**given), "fair": RuleOptions(category="no_parking", limit_s=Seconds(0))}
    options = ZoneOptions(camera="cam", polygon=SQUARE, rule="r", beside=adjacent)
    return zone_of("z1", options, ALERT, "Europe/Paris", "fr", rules=rules)


class Street:
    """One zone that is asked when it wants to be, and what it tells; the clock starts at ten to seven."""

    def __init__(self, of: Zone) -> None:
        self.zone = of
        self.state: ZoneState = initial()
        self.now_s = START_S
        self.beside: AdjacentVehicle | None = None
        self.told: list[Told] = []
        self.due_s: float | None = None
        self.ahead_s = 0.0

    def moment_at(self, mono_s: float) -> Moment:
        return Moment(FRIDAY_0650 + mono_s - START_S + self.ahead_s, mono_s, "b1", True)

    def step(self, reading: Reading | None = None) -> None:
        answer = step(self.zone, self.state, self.moment_at(self.now_s), reading, self.beside)
        self.state, self.due_s = answer.state, answer.wake_at_s
        self.told += [event for event in map(promised, answer.events) if event.type == "kerb.suspected"]

    def look(self) -> None:
        """What the camera tells from time to time: what stands there still does."""
        for key in [one.key for one in self.state.runtime.open]:
            self.step(Reading("z1", "still_standing", key, self.now_s))
        self.step()

    def wait(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        while self.due_s is not None and self.due_s <= end_s:
            self.now_s = max(self.now_s, self.due_s)
            self.look()
        self.now_s = end_s

    def see(
        self, vehicle: str = "car", left: bool = False, since_s: float = START_S, charged_s: float | None = None
    ) -> None:
        stay = Stay("k1", since_s, self.now_s if left else None, vehicle, 0.8, charged_s)
        self.step(Reading("z1", "stay", stay, self.now_s))

    def occupied(self, since_s: float | None, evidence: Any = "both") -> None:
        self.beside = None if since_s is None else AdjacentVehicle(self.moment_at(since_s), evidence)
        self.step()

    @property
    def told_at(self) -> list[float]:
        """Seconds since the start."""
        return [round(event.at.mono_s - START_S, 3) for event in self.told]


def test_a_stay_counts_from_the_beginning_of_the_hours_that_it_reaches_into() -> None:
    street = Street(zone(windows=(WORKDAYS,)))
    street.see()
    street.wait(3600)
    assert street.told_at == [600 + 60]
    assert (street.told[0].data["standing_s"], street.told[0].data["counted_s"]) == (660.0, 60.0)
    assert set(street.told[0].data) == set(KerbSuspected.__struct_encode_fields__)


def test_outside_the_hours_nobody_is_suspected_and_the_next_hours_begin_anew() -> None:
    street = Street(zone(windows=(WORKDAYS,)))
    street.wait(12.5 * 3600)  # 19:20 on Friday
    street.see(since_s=street.now_s)
    street.wait(3 * 86400)  # to Monday, 19:20
    street.see(left=True)
    day_s = 86400
    assert street.told_at == [600 + 3 * day_s + 60]


def test_a_vehicle_that_stands_for_days_is_told_once_in_each_of_the_hours() -> None:
    street = Street(zone(windows=(WORKDAYS,), grace_s=Seconds(30)))
    street.see()
    street.wait(4 * 86400)
    assert [event.data["stage"] for event in street.told] == ["limit", "grace"] * 2
    assert street.told_at[2] - street.told_at[0] == 3 * 86400


def test_days_that_touch_are_one_window() -> None:
    street = Street(zone(windows=(WindowOptions(days=("fri", "sat", "sun")),)))
    street.see()
    street.wait(4 * 86400)
    assert street.told_at == [60]


def test_a_limit_beyond_two_midnights_is_reached_in_hours_that_touch() -> None:
    street = Street(zone(windows=(WindowOptions(),), limit_s=Seconds(42 * 3600)))
    street.see()
    street.wait(2 * 86400)
    assert street.told_at == [42 * 3600]


def test_hours_that_touch_are_not_the_next_ones_though_nobody_has_seen_them_begin() -> None:
    street = Street(zone(windows=(WindowOptions(),)))
    street.see()
    street.wait(100)
    street.step(Reading("cam", "reachable", False, street.now_s))
    street.now_s += 3 * 86400
    street.see()
    street.wait(100)
    assert street.told_at == [60]


def test_a_holiday_is_no_weekday() -> None:
    street = Street(zone(windows=(WORKDAYS,), holiday_dates=(date(2027, 1, 15),)))
    street.see()
    street.wait(86400)
    assert street.told == []


def test_a_stay_that_ended_is_judged_by_the_hours_of_its_end() -> None:
    street = Street(zone(windows=(WORKDAYS,)))
    street.see(left=True, since_s=START_S - 500)  # whole before seven
    assert street.told == []


@pytest.mark.parametrize(("vehicle", "told"), [("bus", 0), ("car", 1)])
def test_an_exempt_class_is_neither_suspected_nor_counted(vehicle: str, told: int) -> None:
    street = Street(zone(category="bus_lane", exempt_classes=("bus",)))
    street.see(vehicle)
    street.wait(100)
    street.see(vehicle, left=True)
    assert len(street.told) == told
    assert street.state.period is not None
    assert sum(street.state.period.dwell) == told


def test_double_parking_counts_while_a_vehicle_stands_beside() -> None:
    street = Street(zone(beside=("bay-1",)))
    street.see()
    street.wait(500)
    assert street.told == []
    street.occupied(street.now_s)
    street.wait(500)
    assert street.told_at == [560]
    assert street.told[0].data["evidence"] == "both"
    assert street.told[0].data["article"] == "R417-10"


def test_a_neighbour_that_leaves_in_time_or_is_not_known_of_makes_no_double_parking() -> None:
    street = Street(zone(beside=("bay-1",)))
    street.occupied(START_S - 5000)
    street.see()
    street.wait(50)
    street.occupied(None)
    street.wait(500)
    assert street.told == []


def test_a_neighbour_of_before_a_reboot_has_been_there_all_the_time() -> None:
    street = Street(zone(beside=("bay-1",)))
    unknown = Moment(0.0, 5.0, "an earlier boot", trusted=False)
    street.beside = AdjacentVehicle(unknown, "both")
    street.see()
    street.wait(500)
    assert street.told_at == [60]


def test_a_neighbour_seen_by_the_camera_is_evidence_of_the_camera_alone() -> None:
    street = Street(zone(beside=("row",)))
    street.occupied(START_S, "camera")
    street.see()
    street.wait(100)
    assert street.told[0].data["evidence"] == "camera"


def test_where_nothing_is_beside_every_stay_counts() -> None:
    street = Street(zone())
    street.see()
    street.wait(100)
    assert (street.told_at, street.told[0].data["evidence"]) == ([60], "camera")


def test_a_local_order_goes_before_the_table_of_the_jurisdiction() -> None:
    of = zone(category="fire_access", article="Order 2026-3, article 2", fine_class=4)
    street = Street(of)
    street.see()
    street.wait(100)
    assert (street.told[0].data["article"], street.told[0].data["class"]) == ("Order 2026-3, article 2", 4)


def test_hours_change_nothing_about_statistics_mode() -> None:
    silent = zone(windows=(WORKDAYS,))
    street = Street(structs.replace(silent, kerb=KerbOptions()))
    street.see()
    street.wait(86400)
    assert street.told == []


# A clock that is set


@pytest.mark.parametrize("of", [zone(windows=(WORKDAYS,)), under(windows=(WORKDAYS,))], ids=["own hours", "a rule"])
@pytest.mark.parametrize(("set_s", "told"), [(0.0, [660]), (30.0, [630]), (3600.0, [660]), (-3600.0, [4260])])
def test_promise_works_with_no_clock_after_one_was_set_by_an_hour_what_holds_by_either_time_is_told(
    of: Zone, set_s: float, told: list[float]
) -> None:
    """Set back to before the hours, it is told once they hold by that time too."""
    street = Street(of)
    street.see()
    street.wait(300)
    street.ahead_s = set_s
    street.wait(4 * 3600)
    assert street.told_at == told


def test_a_clock_that_is_set_and_then_back_to_what_it_was_tells_once() -> None:
    street = Street(zone(windows=(WORKDAYS,)))
    street.see()
    for ahead_s in (3600.0, 0.0):
        street.ahead_s = ahead_s
        street.wait(1000)
    (event,) = street.told
    assert event.data["standing_s"] == 660.0


def test_a_limit_that_holds_at_all_times_needs_no_right_clock_but_counts_anew_when_it_is_set() -> None:
    street = Street(zone())
    street.see()
    street.wait(30)
    street.ahead_s = -7200.0
    street.wait(500)
    assert street.told_at == [120]


# Under a rule of the town


def test_under_a_rule_it_says_which_and_whom_no_camera_can_tell() -> None:
    street = Street(under(grace_s=Seconds(30), exempt=("doctors",), article="Order 2026-3", fine_class=2))
    street.see()
    street.wait(500)
    assert [event.data["stage"] for event in street.told] == ["limit", "grace"]
    assert street.told_at == [60, 90]
    said = street.told[0].data
    assert (said["category"], said["limit_s"], said["grace_s"]) == ("loading", 60.0, 30.0)
    assert (said["rule"], said["order"], said["exempt"]) == ("r", None, ["doctors"])
    assert (said["article"], said["class"]) == ("Order 2026-3", 2)
    assert set(said) == set(KerbSuspected.__struct_encode_fields__)


def test_under_a_rule_a_vehicle_that_stands_for_days_is_told_once_as_in_a_bay() -> None:
    street = Street(under(windows=(WORKDAYS,)))
    street.see()
    street.wait(4 * 86400)
    assert street.told_at == [600 + 60]


@pytest.mark.parametrize(
    ("outside", "told_at", "counted_s"), [("restart", 660.0, 60.0), ("pause", 660.0, 60.0), ("run", 600.0, 600.0)]
)
def test_a_stay_that_reaches_into_the_hours_of_a_rule_is_told_within_them(
    outside: Any, told_at: float, counted_s: float
) -> None:
    street = Street(under(windows=(WORKDAYS,), outside=outside))
    street.see()
    street.wait(3600)
    assert street.told_at == [told_at]
    assert street.told[0].data["counted_s"] == counted_s


def test_a_holiday_of_the_rule_is_no_weekday() -> None:
    street = Street(under(windows=(WORKDAYS,), holiday_dates=(date(2027, 1, 15),)))
    street.see()
    street.wait(86400)
    assert street.told == []


def test_a_temporary_order_takes_the_place_of_the_rule_and_counts_from_its_begin() -> None:
    fair = TemporaryOrder(name="fair", rule="fair", begin="2027-01-15 07:00", end="2027-01-15 12:00")
    street = Street(under(limit_s=Seconds(86400), orders=(fair,)))
    street.see()
    street.wait(3600)
    assert street.told_at == [600]
    said = street.told[0].data
    assert (said["category"], said["rule"], said["order"]) == ("no_parking", "fair", "fair")
    assert (said["article"], said["counted_s"], said["standing_s"]) == ("R417-6", 0.0, 600.0)


def test_a_temporary_order_without_a_rule_lifts_it() -> None:
    works = TemporaryOrder(name="works", begin="2027-01-15 06:00", end="2027-01-15 08:00")
    street = Street(under(orders=(works,)))
    street.see()
    street.wait(7200)
    assert street.told_at == [70 * 60 + 60], "from eight on"


def test_a_rule_without_a_limit_suspects_nobody() -> None:
    street = Street(under(limit_s=None))
    street.see()
    street.wait(86400)
    assert street.told == []


@pytest.mark.parametrize(("vehicle", "told"), [("bus", 0), ("car", 1)])
def test_a_class_that_a_rule_exempts_is_neither_suspected_nor_counted(vehicle: str, told: int) -> None:
    street = Street(under(exempt_classes=("bus",)))
    street.see(vehicle)
    street.wait(100)
    street.see(vehicle, left=True)
    assert len(street.told) == told
    assert street.state.period is not None
    assert sum(street.state.period.dwell) == told


def test_double_parking_under_a_rule_counts_while_a_vehicle_stands_beside() -> None:
    street = Street(under(("bay-1",), category="double_parking", windows=(WORKDAYS,)))
    street.see()
    street.wait(1000)
    street.occupied(street.now_s)
    street.wait(500)
    assert street.told_at == [1060]
    assert (street.told[0].data["counted_s"], street.told[0].data["evidence"]) == (60.0, "both")


def test_what_a_camera_has_not_seen_while_it_was_down_is_told_once_it_sees_it_and_never_twice() -> None:
    street = Street(under(grace_s=Seconds(600)))
    street.see()
    street.wait(40)
    street.step(Reading("cam", "reachable", False, street.now_s))
    street.wait(100)
    assert street.told == []
    for _ in range(2):
        street.see()
        street.wait(40)
        street.step(Reading("z1", "still_standing", "k1", street.now_s))
        street.step(Reading("cam", "reachable", False, street.now_s))
        street.wait(9)
    street.see()
    street.wait(30)
    assert [event.data["stage"] for event in street.told] == ["limit"]


def test_out_of_sight_for_as_long_as_a_swap_takes_the_charge_begins_anew() -> None:
    street = Street(zone(category="no_stopping", limit_s=Seconds(60)))
    street.see()
    street.wait(40)
    street.see(charged_s=street.now_s)
    street.wait(40)
    street.step(Reading("z1", "still_standing", "k1", street.now_s))
    assert street.told == []
    street.wait(30)
    street.step(Reading("z1", "still_standing", "k1", street.now_s))
    assert len(street.told) == 1


def test_a_stay_of_no_length_is_not_counted() -> None:
    street = Street(zone(category="no_stopping", limit_s=Seconds(60)))
    street.see(left=True, since_s=street.now_s)
    assert street.state.period.dwell == NO_STAYS
