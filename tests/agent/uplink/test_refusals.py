"""What the broker refuses waits by itself or with all of its type, and is no more in memory than it has to be."""

from stored import said, stored

from agent.clock import Moment
from agent.events import Event
from agent.store import Stored
from agent.uplink.quarantine import Quarantine
from agent.uplink.refusals import MOST_ALONE, Refusals, RefusedTypes
from drivers.mqtt.errors import PacketTooLarge, PublishRefused


def row(seq: int) -> Stored:
    return stored(Event(type="bay.freed", subject="b1", at=Moment(0, 0, "b", True), data=said()), seq)


def test_beyond_many_that_are_too_large_all_of_their_type_wait() -> None:
    types: RefusedTypes = {}
    refusals = Refusals(types, Quarantine())
    for seq in range(MOST_ALONE):
        refusals.add(row(seq), PacketTooLarge("t", "95"))
    assert not types and refusals.may_pass(row(MOST_ALONE))
    refusals.add(row(MOST_ALONE), PacketTooLarge("t", "95"))
    assert list(types) == ["bay.freed"] and not refusals.may_pass(row(MOST_ALONE + 1))


def test_a_refusal_holds_nothing_of_the_message() -> None:
    """The frames of its traceback do."""
    types: RefusedTypes = {}
    refusals = Refusals(types, Quarantine())
    for seq, kind in enumerate((PacketTooLarge, PublishRefused)):
        try:
            raise kind("t", "no")
        except PublishRefused as refusal:
            refusals.add(row(seq), refusal)
    held = [refusals.first, types["bay.freed"][1]]
    assert [None if one is None else one.__traceback__ for one in held] == [None, None]
