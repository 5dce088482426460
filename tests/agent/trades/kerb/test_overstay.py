"""What of a stay counts: hours, exempt classes, a vehicle beside, the words of a local order."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec import structs

from agent.calendars import WindowOptions
from agent.clock import Moment
from agent.events import Event
from agent.trades.kerb import (
    AdjacentVehicle,
    Authorisation,
    KerbOptions,
    Zone,
    ZoneOptions,
    ZoneState,
    initial,
    step,
    zone_of,
)
from agent.trades.kerb.event_types import KerbSuspected
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
"""In Paris."""

START_S = 1000.0


def zone(**options: Any) -> Zone:
    given = {"camera": "cam", "polygon": SQUARE, "category": "double_parking", "limit_s": Seconds(60)} | options
    return zone_of("z1", ZoneOptions(**given), KerbOptions(mode="alert", authorisation=PAPER), "Europe/Paris")


class Street:
    """One zone that is asked when it wants to be, and what it tells; the clock starts at ten to seven."""

    def __init__(self, of: Zone) -> None:
        self.zone = of
        self.state: ZoneState = initial()
        self.now_s = START_S
        self.beside: AdjacentVehicle | None = None
        self.told: list[Event] = []
        self.due_s: float | None = None

    def moment_at(self, mono_s: float) -> Moment:
        return Moment(FRIDAY_0650 + mono_s - START_S, mono_s, "b1", True)

    def step(self, reading: Reading | None = None) -> None:
        answer = step(self.zone, self.state, self.moment_at(self.now_s), reading, self.beside)
        self.state, self.due_s = answer.state, answer.wake_at_s
        self.told += [event for event in answer.events if event.type == "kerb.suspected"]

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

    def see(self, vehicle: str = "car", left: bool = False, since_s: float = START_S) -> None:
        stay = Stay("k1", since_s, self.now_s if left else None, vehicle, 0.8)
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
