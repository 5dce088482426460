"""Which answers came later than answers usually do."""

import pytest

from drivers.line.pace import FOLLOWED_TIMES, Pace


def used_to(took_s: float) -> Pace:
    pace = Pace()
    for _ in range(20):
        pace.held_s(1, 7, took_s)
    return pace


@pytest.mark.parametrize(
    ("usual_s", "took_s", "slow"),
    [(0.02, 0.05, False), (0.02, 0.051, True), (0.1, 0.199, False), (0.1, 0.201, True), (0.001, 0.04, False)],
)
def test_an_answer_that_took_far_longer_than_usual_is_followed_by_a_pause(
    usual_s: float, took_s: float, slow: bool
) -> None:
    assert used_to(usual_s).held_s(1, 7, took_s) == (FOLLOWED_TIMES * took_s if slow else 0.0)


def test_what_is_usual_is_known_of_each_unit_and_length() -> None:
    pace = used_to(0.02)
    assert pace.held_s(1, 250, 0.3) > 0, "nothing tells yet that this is usual"
    assert pace.held_s(1, 250, 0.3) == 0
    assert pace.held_s(2, 7, 0.01) == 0
    assert pace.held_s(1, 7, 0.3) > 0


def test_slow_answers_become_usual_only_slowly() -> None:
    pace = used_to(0.02)
    assert all(pace.held_s(1, 7, 0.1) > 0 for _ in range(20))
    assert used_to(0.1).held_s(1, 7, 0.02) == 0
