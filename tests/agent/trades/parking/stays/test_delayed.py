"""Words of a sensor that had waited at a broker: dated by when they were received, and never younger than they are."""

from dataclasses import dataclass, field

import msgspec
import pytest
from stored import Told, promised

from agent.clock import Moment
from agent.regulation import order_of
from agent.trades.parking.options import BayOptions
from agent.trades.parking.sensors.source import CATCH_UP_S, source_of
from agent.trades.parking.stays.bay import step
from agent.trades.parking.stays.state import Bay, BayState, initial, persisted
from drivers.base import Reading, Reporting
from drivers.options import Seconds

DAY_S = 86400.0
OPTIONS = BayOptions(sensor="s1", limit_s=Seconds(1800), grace_s=Seconds(600))
SOURCE = source_of("s1", OPTIONS, Reporting(DAY_S, "occupied"))
BAY = Bay("b1", (SOURCE,), order_of(OPTIONS, {}, "Europe/Paris", "fr"), OPTIONS.disagree_s)


@dataclass
class Street:
    """One bay with a sensor that decides itself; `now_s` is true time, the rule is asked whenever it is due."""

    state: BayState = field(default_factory=initial)
    events: list[Told] = field(default_factory=list)
    now_s: float = 1000.0
    booted_s: float = 0.0
    boot: int = 1
    trusted: bool = True
    due_s: float | None = None

    def __post_init__(self) -> None:
        self.ask()

    def at(self, true_s: float) -> Moment:
        mono_s = true_s - self.booted_s
        return Moment(1.8e9 + true_s if self.trusted else mono_s, mono_s, f"boot-{self.boot}", self.trusted)

    def ask(self, reading: Reading | None = None, at_s: float | None = None) -> None:
        answer = step(BAY, self.state, self.at(self.now_s if at_s is None else at_s), reading)
        self.state, self.due_s = answer.state, answer.wake_at_s
        self.events += map(promised, answer.events)

    def hear(self, occupied: bool, at_s: float | None = None) -> "Street":
        """Now, or what was received at that time: then the rule is asked, as it is due at once."""
        at_s = self.now_s if at_s is None else at_s
        self.ask(Reading("s1", "occupied", occupied, at_s - self.booted_s, delay_s=self.now_s - at_s), at_s)
        return self.asked()

    def asked(self) -> "Street":
        if self.due_s is not None and self.due_s + self.booted_s <= self.now_s:
            self.ask()
        return self

    def wait(self, until_s: float) -> "Street":
        while self.due_s is not None and self.due_s + self.booted_s < until_s:
            self.now_s = max(self.now_s, self.due_s + self.booted_s) + 0.001
            self.ask()
        self.now_s = until_s
        return self

    def restart(self, until_s: float, how: str = "kill") -> "Street":
        self.state = msgspec.json.decode(msgspec.json.encode(persisted(self.state)), type=BayState)
        self.now_s = until_s
        if how != "kill":
            self.boot, self.booted_s, self.trusted = self.boot + 1, until_s - 8.0, how == "reboot"
        self.ask()
        return self

    def told(self) -> list[str]:
        return [event.type.removeprefix("bay.") for event in self.events]


HOW = pytest.mark.parametrize("how", ["kill", "reboot"])


@HOW
def test_promise_a_stay_is_a_stay_what_came_and_went_while_nobody_listened(how: str) -> None:
    street = Street().hear(False).wait(2000.0).restart(20_000.0, how)
    for occupied, at_s in ((True, 8000.0), (False, 10_400.0), (True, 19_500.0)):
        street.hear(occupied, at_s)
    assert street.told() == ["known", "occupied", "freed", "occupied"]
    assert street.events[2].data["duration_s"] == 2400.0
    assert [event.at.unix_s for event in street.events[1:]] == [1.8e9 + at_s for at_s in (8000, 10_400, 19_500)]


@HOW
def test_who_has_left_meanwhile_is_not_accused_and_who_stands_there_is_in_time(how: str) -> None:
    street = Street().hear(False).wait(2000.0).restart(20_000.0, how)
    street.hear(True, 8000.0)
    street.now_s += CATCH_UP_S - 1
    street.asked().hear(False, 12_000.0).hear(True, 18_000.0).wait(20_000.0 + 2 * CATCH_UP_S)
    assert street.told()[-2:] == ["occupied", "overstay_presumed"]
    assert street.events[-1].data["counted_s"] >= 1800.0
    assert street.events[-1].at.unix_s >= 1.8e9 + 20_000.0 + CATCH_UP_S


def test_a_silence_is_not_told_while_younger_words_are_on_their_way() -> None:
    street = Street().hear(False).wait(2000.0).restart(10 * DAY_S)
    street.hear(True, 2 * DAY_S).hear(False, 5 * DAY_S).hear(True, 9 * DAY_S)
    assert street.told() == ["known", "occupied", "freed", "occupied"]


@HOW
def test_what_is_older_than_what_is_known_changes_nothing(how: str) -> None:
    street = Street().hear(True).wait(2000.0).hear(False).wait(6000.0).restart(7000.0, how)
    street.hear(True, 1500.0)
    assert street.told() == ["occupied", "freed"]
    street.hear(False, 5500.0).hear(True, 6500.0)
    assert street.told() == ["occupied", "freed", "occupied"]
    assert street.state.stay is not None
    assert street.at(6500.0).elapsed_since(street.state.stay.entered) == 0


def test_without_a_clock_what_waited_is_told_by_its_distances() -> None:
    street = Street().hear(False).wait(2000.0).restart(20_000.0, "reboot, clock not set")
    street.hear(True, 8000.0).hear(False, 10_400.0)
    assert street.events[-1].data["duration_s"] == 2400.0
    assert street.events[-1].data["duration_exact"] is True
    assert not street.events[-1].at.trusted


def test_nobody_is_accused_while_what_waited_is_still_dealt_with() -> None:
    """However long that takes, and whosever frames they are: that this one has left may be among them."""
    street = Street().hear(False)
    street.now_s = 9000.0
    street.hear(True, 2000.0)
    for _ in range(10):
        street.wait(street.now_s + 20.0)
        street.ask(Reading("s1", "reachable", True, street.now_s - 1.0, delay_s=1.0), street.now_s - 1.0)
    assert "overstay_presumed" not in street.told()
    street.hear(False, 3000.0).wait(20_000.0)
    assert "overstay_presumed" not in street.told()
    street = Street().hear(False)
    street.now_s = 9000.0
    street.hear(True, 2000.0).wait(9000.0 + 2 * CATCH_UP_S)
    assert "overstay_presumed" in street.told(), "nothing of it waits any more"


def test_what_waited_while_the_network_was_cut_counts_although_that_is_back_now() -> None:
    street = Street().hear(False).hear(True)
    street.now_s = 1100.0
    street.ask(Reading("s1", "reachable", False, 1100.0))
    street.now_s = 5000.0
    street.ask(Reading("s1", "reachable", True, 5000.0))
    street.hear(False, 2000.0)
    assert street.told()[-1] == "freed"
    assert street.events[-1].data["duration_s"] == pytest.approx(1000.0)
