"""The event on which a broker hangs up is found, and no other is blamed for long."""

from stored import said, stored

from agent.clock import Moment
from agent.events import Event
from agent.store import Stored
from agent.uplink.quarantine import MOST, TIMES, Quarantine


def row(seq: int) -> Stored:
    return stored(Event(type="bay.freed", subject="b1", at=Moment(0, 0, "b", True), data=said()), seq)


def test_after_a_session_in_which_nothing_arrived_the_next_is_careful() -> None:
    quarantine = Quarantine()
    quarantine.lost([row(1), row(2)], sent=0, alone=False)
    assert quarantine.probing and not quarantine.quarantined
    quarantine.lost([row(1), row(2)], sent=5, alone=False)
    assert not quarantine.probing
    quarantine.lost([], sent=0, alone=False)
    assert not quarantine.probing, "with nothing on its way there is nobody to suspect"


def test_one_that_was_alone_again_and_again_is_set_aside() -> None:
    quarantine = Quarantine()
    for _ in range(TIMES):
        assert not quarantine.quarantined
        quarantine.lost([row(7)], sent=3, alone=True)
    assert list(quarantine.quarantined) == [7]
    assert "bay.freed of b1" in quarantine.quarantined[7]
    assert not quarantine.release_due(), "not so soon"


def test_one_that_arrives_is_cleared_of_suspicion() -> None:
    quarantine = Quarantine()
    for _ in range(TIMES - 1):
        quarantine.lost([row(7)], sent=0, alone=True)
    quarantine.arrived(row(7))
    quarantine.lost([row(7)], sent=0, alone=True)
    assert not quarantine.quarantined


def test_of_too_many_that_are_suspected_the_oldest_is_begun_anew_with() -> None:
    """Events that never arrive, since the store drops them, are suspected for ever."""
    quarantine = Quarantine()
    for _ in range(TIMES - 1):
        quarantine.lost([row(1)], sent=0, alone=True)
    for seq in range(2, MOST + 3):
        quarantine.lost([row(seq)], sent=0, alone=True)
    quarantine.lost([row(1)], sent=0, alone=True)
    assert not quarantine.quarantined
    for _ in range(TIMES - 1):
        quarantine.lost([row(MOST + 2)], sent=0, alone=True)
    assert list(quarantine.quarantined) == [MOST + 2]


def test_of_too_many_in_quarantine_the_oldest_leaves_it() -> None:
    quarantine = Quarantine()
    for seq in range(MOST + 1):
        for _ in range(TIMES):
            quarantine.lost([row(seq)], sent=0, alone=True)
    assert list(quarantine.quarantined) == list(range(1, MOST + 1))
