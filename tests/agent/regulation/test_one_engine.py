"""The same vehicle under the same rule: a sensor in a bay and a camera over a zone report the same breaches."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from stored import Told, promised

from agent.calendars import WindowOptions
from agent.clock import Moment
from agent.regulation import Outside, RuleOptions, TemporaryOrder, order_of
from agent.trades.kerb import zone as zone_rule
from agent.trades.kerb.options import Authorisation, KerbOptions, ZoneOptions
from agent.trades.kerb.overstay import zone_of
from agent.trades.kerb.zone import ZoneState
from agent.trades.parking.options import BayOptions
from agent.trades.parking.sensors.source import source_of
from agent.trades.parking.stays import bay as bay_rule
from agent.trades.parking.stays.state import Bay, BayState, initial
from drivers.base import Reading, Reporting, Stay
from drivers.options import Seconds

PARIS = "Europe/Paris"
FRIDAY = datetime(2027, 3, 26, 7, tzinfo=UTC)
"""08:00 in Paris, two days before the clocks go forward."""

PAPER = Authorisation(
    legal_basis="Article 1 of a law to come",
    reference="Order 2026-17",
    dpia_reference="DPIA 4",
    controller="Commune of Exemple",
    valid_until=date(2027, 12, 31),
)
MARKET = TemporaryOrder(name="market", rule="none", windows=(WindowOptions(days=("sat",), begin="05:00", end="14:00"),))
WORKS = TemporaryOrder(name="works", begin="2027-03-26 15:00", end="2027-03-27 11:00")
ORDERS = st.sampled_from([(), (MARKET,), (WORKS,), (MARKET, WORKS), (WORKS, MARKET)])
OUTSIDE = st.sampled_from([None, "restart", "pause", "run"])

WAIT = st.tuples(st.just("wait"), st.sampled_from([60, 600, 1800, 5400, 4 * 3600, 12 * 3600, 30 * 3600]))
SET = st.tuples(st.just("set"), st.sampled_from([-3600, -30, 30, 3600]))
TIMES = st.lists(st.one_of(WAIT, WAIT, WAIT, SET), min_size=3, max_size=30)

COUNTED = ("stage", "counted_s", "standing_s", "limit_s", "grace_s")
CALLED = ("category", "article", "class", "rule", "order", "exempt")


def rules(outside: Outside | None, orders: tuple[TemporaryOrder, ...]) -> Mapping[str, RuleOptions]:
    hours = (WindowOptions(days=("mon", "fri", "sat"), begin="09:00", end="19:00"), WindowOptions(days=("holiday",)))
    main = RuleOptions(
        category="loading",
        limit_s=Seconds(5400),
        grace_s=Seconds(600),
        windows=hours if outside else (),
        outside=outside or "restart",
        holidays="fr",
        exempt=("doctors",),
        orders=orders,
    )
    return {"main": main, "none": RuleOptions(category="no_parking", limit_s=Seconds(0), grace_s=Seconds(900))}


@dataclass
class Place:
    """A piece of kerb that a sensor and a camera see; one vehicle comes and stays."""

    rules: Mapping[str, RuleOptions]
    trusted: bool = True
    mono_s: float = 1000.0
    ahead_s: float = 0.0
    bay_state: BayState = field(default_factory=initial)
    zone_state: ZoneState = field(default_factory=zone_rule.initial)
    by_sensor: list[Told] = field(default_factory=list)
    by_camera: list[Told] = field(default_factory=list)

    def __post_init__(self) -> None:
        options = BayOptions(sensor="s1", rule="main", dwell_s=Seconds(0), silence_s=Seconds(1e9))
        order = order_of(options, self.rules, PARIS, "fr")
        self.bay = Bay(
            "b1", (source_of("s1", options, Reporting(1.0, "occupied")),), order, 600.0, quickest_swap_s=math.inf
        )
        shape = ZoneOptions(camera="cam", polygon=((0, 0), (9, 0), (9, 9)), rule="main")
        alert = KerbOptions(mode="alert", authorisation=PAPER)
        self.zone = zone_of("z1", shape, alert, PARIS, "fr", rules=self.rules)
        self._see(Reading("z1", "stay", Stay("k1", self.mono_s, None, "car", 0.8), self.mono_s))

    def now(self) -> Moment:
        right = Moment(FRIDAY.timestamp() + self.mono_s - 1000.0 + self.ahead_s, self.mono_s, "boot", True)
        return right if self.trusted else structs.replace(right, unix_s=self.mono_s, trusted=False)

    def play(self, times: Sequence[tuple[str, int]]) -> "Place":
        for what, seconds in times:
            if what == "set":
                self.ahead_s += seconds
            else:
                self.mono_s += seconds
            self._see(Reading("z1", "still_standing", "k1", self.mono_s))
        return self

    def _see(self, by_camera: Reading) -> None:
        now = self.now()
        bay = bay_rule.step(self.bay, self.bay_state, now, Reading("s1", "occupied", True, self.mono_s))
        zone = zone_rule.step(self.zone, self.zone_state, now, by_camera)
        self.bay_state, self.zone_state = bay.state, zone.state
        self.by_sensor += [promised(event) for event in bay.events if event.type == "bay.overstay"]
        self.by_camera += [promised(event) for event in zone.events if event.type == "kerb.suspected"]


def said(events: Sequence[Told], keys: Sequence[str] = COUNTED + CALLED) -> list[dict[str, Any]]:
    """A bay tells of a new charge again, after its clock was set: what is told first counts."""
    first = {tuple(event.data[key] for key in ("stage", "rule", "order")): event for event in reversed(events)}
    return [{key: event.data[key] for key in keys} for event in events if event in first.values()]


@settings(max_examples=150)
@given(OUTSIDE, ORDERS, TIMES)
def test_promise_the_same_stay_under_the_same_rule_is_the_same_breach_in_a_bay_and_in_a_zone(
    outside: Outside | None, orders: tuple[TemporaryOrder, ...], times: Sequence[tuple[str, int]]
) -> None:
    place = Place(rules(outside, orders)).play(times)
    assert said(place.by_sensor) == said(place.by_camera)


@settings(max_examples=100)
@given(OUTSIDE, ORDERS, TIMES, TIMES)
def test_promise_works_with_no_clock_both_report_the_same_once_it_is_set(
    outside: Outside | None,
    orders: tuple[TemporaryOrder, ...],
    before: Sequence[tuple[str, int]],
    after: Sequence[tuple[str, int]],
) -> None:
    """A camera says nothing of a single vehicle before, a sensor what holds at all times."""
    place = Place(rules(outside, orders), trusted=False).play(before)
    assert place.by_camera == []
    assert place.by_sensor == [] or (outside, orders) == (None, ())
    place.trusted = True
    place.play([("wait", 60), *after])
    assert said(place.by_sensor, ("stage", "rule", "order")) == said(place.by_camera, ("stage", "rule", "order"))


def test_such_a_vehicle_is_reported_at_all() -> None:
    """It is reported by the hours of Friday, then by the market of Saturday, each once."""
    place = Place(rules("restart", (MARKET,))).play([("wait", 600)] * 200)
    told = [(event.data["order"], event.data["stage"], event.data["counted_s"]) for event in place.by_camera]
    assert told == [
        (None, "limit", 5400.0),
        (None, "grace", 6000.0),
        ("market", "limit", 0.0),
        ("market", "grace", 1200.0),
    ]
