"""Whether the brokers were reached by what came from afar."""

import pytest

from agent.lifecycle.pole import Reach, Reached, again

BEFORE: Reached = {"": Reach(3, True), "lighting": Reach(5, False)}


@pytest.mark.parametrize(
    ("now", "is_reached"),
    [
        ({"": Reach(4, True), "lighting": Reach(5, False)}, True),
        ({"": Reach(3, True), "lighting": Reach(5, False)}, False),
        ({"": Reach(4, False), "lighting": Reach(6, True)}, False),
        ({"": Reach(3, True), "lighting": Reach(6, True)}, False),
        ({"city": Reach(1, True)}, True),
        ({"city": Reach(0, False)}, False),
        ({}, False),
    ],
)
def test_who_was_there_must_be_there_again(now: Reached, is_reached: bool) -> None:
    assert again(BEFORE, now) is is_reached


def test_where_none_was_there_any_will_do() -> None:
    before: Reached = {"": Reach(0, False), "lighting": Reach(0, False)}
    assert again(before, {"": Reach(0, False), "lighting": Reach(1, True)})
