"""What is retained of devices, and which of them are remembered to be taken away."""

from msgspec import structs

from agent.states import REMEMBERED, Names, retained_history
from agent.trades.kerb.retained import Zone


def test_a_device_that_is_gone_is_remembered_at_the_next_start() -> None:
    first = retained_history(Names(), {"b1", "lamp-1"})
    assert set(first.names) == {"b1", "lamp-1"}
    second = retained_history(first, {"lamp-1", "lamp-2"})
    assert set(second.names) == {"b1", "lamp-1", "lamp-2"}
    assert retained_history(second, {"lamp-1", "lamp-2"}) == second, "nothing is written where nothing changed"


def test_the_memory_of_names_is_bounded() -> None:
    known = Names()
    for n in range(3 * REMEMBERED):
        known = retained_history(known, {f"lamp-{n}"})
    assert len(known.names) <= REMEMBERED + 1
    assert known.names[-1] == f"lamp-{3 * REMEMBERED - 1}"


def test_promise_privacy_no_state_tells_who_stands_in_a_zone() -> None:
    assert {field.name for field in structs.fields(Zone)} == {"category", "mode", "watched"}
