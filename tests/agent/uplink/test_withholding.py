"""What may not leave the pole stays in the store, and goes once it may."""

from msgspec import Raw

from agent.clock import Moment
from agent.events import Priority
from agent.store import Stored
from agent.uplink.withholding import Withholding

ROW = Stored(1, "a", "t.told", "z", Moment(1.0, 1.0, "b", True), Priority.EVENT, Raw(b"{}"))


def test_it_stops_what_is_forbidden_and_says_once_when_that_may_go() -> None:
    forbidden = {"t.told"}
    gate = Withholding(lambda row: row.type in forbidden)
    assert not gate.lets_go(), "nothing was stopped"
    assert gate.stops(ROW) and not gate.lets_go()
    forbidden.clear()
    assert [gate.lets_go(), gate.lets_go(), gate.stops(ROW)] == [True, False, False]
