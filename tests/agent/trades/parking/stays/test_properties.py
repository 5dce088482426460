"""The rule of a bay under anything: sources that contradict, fall silent and are wrong, restarts, clocks, orders.

What must hold is counted here by the true time, which the rule never sees, and second by second where an order has
hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stored import Told, promised

from agent.calendars import WindowOptions
from agent.clock import Moment
from agent.regulation import Outside, RuleOptions, order_of
from agent.trades.parking.options import BayOptions
from agent.trades.parking.sensors.source import source_of
from agent.trades.parking.stays.bay import step
from agent.trades.parking.stays.state import Bay, BayState, initial, persisted
from drivers.base import Quality, Reading, Reporting
from drivers.options import Seconds

PARIS = ZoneInfo("Europe/Paris")
FRIDAY_S = datetime(2027, 3, 26, 8, 30, tzinfo=UTC).timestamp()
"""Two days before the clocks go forward."""

LIMIT_S, GRACE_S = 5400.0, 600.0
OPENS_H, CLOSES_H = 9, 19
GRID_S = 15.0
SLOW, FAST, OWN = Reporting(60.0, "distance"), Reporting(1.0, "distance"), Reporting(86400.0, "occupied")
SEEN_BY = st.sampled_from([(SLOW,), (FAST,), (OWN,), (SLOW, OWN), (OWN, FAST)])

READ = st.tuples(
    st.just("read"),
    st.sampled_from([0, 0, 1]),
    st.sampled_from(["car", "car", "car", "road", "road", "between", "echo"]),
    st.sampled_from([1, 2, 5, 8, 12]),
)
WAIT = st.tuples(st.just("wait"), st.sampled_from([20.0, 200.0, 3000.0, 3600.0, 9 * 3600.0, 30 * 3600.0]))
KILL = st.tuples(st.just("kill"), st.sampled_from([2.0, 400.0]))
REBOOT = st.tuples(st.just("reboot"), st.sampled_from([40.0, 7200.0, 60 * 3600.0]), st.booleans())
SET = st.tuples(st.just("set"))
BACK = st.tuples(st.just("back"))
MOSTLY_READ = (*[READ] * 8, WAIT, WAIT, KILL, REBOOT, SET)
DAYS = st.lists(st.one_of(*MOSTLY_READ), min_size=20, max_size=60)
DAYS_WITH_STEPS = st.lists(st.one_of(*MOSTLY_READ, BACK), min_size=20, max_size=60)


@dataclass
class Street:
    """A bay, and the true time beside what the pole believes."""

    bay: Bay
    seen_by: Sequence[Reporting]
    state: BayState = field(default_factory=initial)
    events: list[Told] = field(default_factory=list)
    true_s: float = 0.0
    began_s: dict[str, float] = field(default_factory=lambda: {"boot-0": -50.0})
    boot: str = "boot-0"
    trusted: bool = True
    behind_s: float = 0.0
    due_s: float | None = None

    def now(self) -> Moment:
        mono_s = self.true_s - self.began_s[self.boot]
        unix_s = FRIDAY_S + self.true_s - self.behind_s if self.trusted else mono_s
        return Moment(unix_s, mono_s, self.boot, self.trusted)

    def step(self, reading: Reading | None = None) -> None:
        answer = step(self.bay, self.state, self.now(), reading)
        keep = persisted(answer.state)
        assert msgspec.json.decode(msgspec.json.encode(keep), type=BayState) == keep, "what is stored comes back"
        self.state, self.due_s = answer.state, answer.wake_at_s
        self.events += map(promised, answer.events)

    def wait(self, seconds: float) -> None:
        """Ask the rule when it is due, a moment late, as a loop does."""
        end_s, asked = self.true_s + seconds, 0
        while self.due_s is not None and (at_s := self.began_s[self.boot] + self.due_s) <= end_s:
            self.true_s = max(self.true_s, at_s) + 0.001
            self.step()
            asked += 1
            assert asked < 50 + seconds / 60, "it asks to be asked again and again"
        self.true_s = max(self.true_s, end_s)

    def read(self, source: int, what: str, times: int) -> None:
        number = source % len(self.seen_by)
        reporting = self.seen_by[number]
        for _ in range(times):
            self.wait(min(reporting.period_s, 60.0))
            self.step(self._reading(f"s{number}", reporting, what))

    def _reading(self, name: str, reporting: Reporting, what: str) -> Reading:
        at_s = self.now().mono_s
        if reporting.decides == "occupied":
            return Reading(name, "occupied", what != "road", at_s)
        mm = {"car": 600, "road": 2500, "between": 1350, "echo": 65533}[what]
        return Reading(name, "distance_mm", mm, at_s, Quality.SUSPECT if what == "echo" else Quality.GOOD)

    def restart(self, off_s: float, *, reboot: bool, trusted: bool = True) -> None:
        """Restarts the pole, which then has what was stored and no more."""
        self.state = msgspec.json.decode(msgspec.json.encode(persisted(self.state)), type=BayState)
        self.true_s += off_s
        if reboot:
            self.boot = f"boot-{len(self.began_s)}"
            self.began_s[self.boot] = self.true_s - 9.0
            self.trusted = trusted
        self.step()

    def play(self, days: Sequence[Any]) -> "Street":
        for kind, *how in days:
            match kind:
                case "read":
                    self.read(*how)
                case "wait":
                    self.wait(*how)
                case "kill":
                    self.restart(how[0], reboot=False)
                case "reboot":
                    self.restart(how[0], reboot=True, trusted=how[1])
                case "set":
                    self.trusted = True
                case "back":
                    self.behind_s += 1800.0
        return self

    def when(self, at: Moment) -> float:
        """The true time of a moment."""
        return self.began_s[at.boot] + at.mono_s

    def told(self, *kinds: str) -> list[Told]:
        return [event for event in self.events if event.type.removeprefix("bay.") in kinds]


def street(seen_by: Sequence[Reporting], rule: RuleOptions) -> Street:
    also = tuple(f"s{number}" for number in range(1, len(seen_by)))
    options = BayOptions(sensor="s0", also=also, rule="r")
    sources = tuple(source_of(f"s{number}", options, each) for number, each in enumerate(seen_by))
    return Street(Bay("b1", sources, order_of(options, {"r": rule}, "Europe/Paris", "fr"), 600.0), seen_by)


def rule(outside: Outside | None) -> RuleOptions:
    """Builds a rule with hours; `outside` None: one that holds always."""
    hours = WindowOptions(begin=f"{OPENS_H:02}:00", end=f"{CLOSES_H}:00")
    return RuleOptions(
        category="blue_zone",
        limit_s=Seconds(LIMIT_S),
        grace_s=Seconds(GRACE_S),
        windows=(hours,) if outside else (),
        outside=outside or "restart",
    )


def is_open(true_s: float) -> bool:
    return OPENS_H <= datetime.fromtimestamp(FRIDAY_S + true_s, PARIS).hour < CLOSES_H


def counted_s(outside: Outside | None, begin_s: float, end_s: float) -> float:
    """What of a stay an order counts, no less than that, step by step."""
    if outside is None or outside == "run":
        return end_s - begin_s
    total_s = 0.0
    at_s = begin_s
    while at_s < end_s:
        passes_s = min(GRID_S, end_s - at_s)
        if is_open(at_s) or is_open(at_s + passes_s):
            total_s += passes_s
        elif outside == "restart":
            total_s = 0.0
        at_s += passes_s
    return total_s + 2 * GRID_S


def check_order_of_events(here: Street) -> None:
    """Each stay begins once and ends once, before the next; what is told of it is told while it lasts, once."""
    standing: str | None = None
    begun: set[str] = set()
    accused: list[str] = []
    for event in here.told("occupied", "freed", "overstay"):
        key = event.data["stay"]
        if event.type == "bay.occupied":
            assert standing is None
            assert key not in begun
            standing, accused = key, []
            begun.add(key)
            continue
        assert key == standing
        if event.type == "bay.overstay":
            accused.append(event.data["stage"])
            assert accused in (["limit"], ["limit", "grace"])
        else:
            assert event.data["overstayed"] == bool(accused)
            standing = None


def check_lengths(here: Street) -> None:
    begun = {event.data["stay"]: here.when(event.at) for event in here.told("occupied")}
    for event in here.told("freed"):
        stood_s = here.when(event.at) - begun[event.data["stay"]]
        assert stood_s >= 0.0
        assert 0.0 <= event.data["duration_s"] <= stood_s + 0.01, "longer than it was"
        if event.data["duration_exact"]:
            assert event.data["duration_s"] == pytest.approx(stood_s, abs=0.01)


def check_overstays(here: Street, outside: Outside | None) -> None:
    begun = {event.data["stay"]: here.when(event.at) for event in here.told("occupied")}
    for event in here.told("overstay"):
        least_s = LIMIT_S + (GRACE_S if event.data["stage"] == "grace" else 0.0)
        at_s = here.when(event.at)
        assert counted_s(outside, begun[event.data["stay"]], at_s) >= least_s
        assert outside is None or is_open(at_s) or is_open(at_s - 130.0), "nobody is accused outside the hours"
        assert outside is None or event.at.trusted


@settings(max_examples=80)
@given(SEEN_BY, st.sampled_from([None, "restart", "pause", "run"]), DAYS)
def test_promise_a_stay_is_a_stay_under_anything(
    seen_by: Sequence[Reporting], outside: Outside | None, days: Sequence[Any]
) -> None:
    here = street(seen_by, rule(outside)).play(days)
    check_order_of_events(here)
    check_lengths(here)
    check_overstays(here, outside)


@settings(max_examples=80)
@given(SEEN_BY, DAYS_WITH_STEPS)
def test_promise_works_with_no_clock_one_that_steps_back_accuses_nobody(
    seen_by: Sequence[Reporting], days: Sequence[Any]
) -> None:
    """A clock that is trusted and wrong may tell a stay shorter than it was, and never longer."""
    here = street(seen_by, rule(None)).play(days)
    check_order_of_events(here)
    check_overstays(here, None)
    begun = {event.data["stay"]: here.when(event.at) for event in here.told("occupied")}
    for event in here.told("freed"):
        assert event.data["duration_s"] <= here.when(event.at) - begun[event.data["stay"]] + 0.01


@settings(max_examples=60)
@given(st.lists(st.integers(5, 30), min_size=1, max_size=6), st.data())
def test_a_wrong_reading_now_and_then_changes_nothing_that_is_told(lengths: Sequence[int], data: st.DataObject) -> None:
    """One of five readings in a row may be wrong: there are as many stays, each within two readings of where it was."""
    truth = [occupied for number, length in enumerate(lengths) for occupied in [number % 2 == 0] * length]
    wrong = {n for n in range(data.draw(st.integers(5, 9)), len(truth), 6) if 3 < n < len(truth) - 4}
    runs = []
    for flips in (frozenset[int](), wrong):
        here = street((SLOW,), rule(None))
        here.read(0, "road", 6)
        for number, occupied in enumerate(truth):
            here.read(0, "car" if occupied != (number in flips) else "road", 1)
        here.read(0, "road", 6)
        runs.append([here.when(event.at) for event in here.told("occupied", "freed")])
    right, noisy = runs
    assert len(right) == len(noisy) == 2 * ((len(lengths) + 1) // 2)
    assert all(abs(one - other) <= 120.0 for one, other in zip(right, noisy, strict=True))
