"""A condition that comes and goes with a vehicle is told no finer than counts are."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.ipc import Condition
from drivers.camera.told_condition import ToldCondition

PERIOD_S, LOOK_S = 900, 5


class Day:
    """A camera that tells every 5 s how it is, and what is told of that, with the seconds at which it changed."""

    def __init__(self, *, alert: bool = False, begins_s: int = 0) -> None:
        self.now_s, self.alert = begins_s, alert
        self.condition = ToldCondition(lambda: None if self.alert else self.now_s // PERIOD_S)
        self.changes: list[tuple[int, str]] = []

    def is_so(self, word: Condition, for_s: int, detail: str = "") -> None:
        for _ in range(0, for_s, LOOK_S):
            if self.condition.hear(word, detail):
                self.changes.append((self.now_s, self.condition.word))
            self.now_s += LOOK_S


def test_in_alert_mode_each_change_is_told_at_once() -> None:
    day = Day(alert=True)
    day.is_so("ok", 60)
    day.is_so("blocked", 60)
    day.is_so("dark", 60)
    day.is_so("ok", 60)
    assert day.changes == [(60, "blocked"), (120, "dark"), (180, "ok")]


def test_promise_privacy_a_lorry_before_the_lens_is_told_by_whole_periods_alone() -> None:
    day = Day()
    day.is_so("ok", 1000)
    day.is_so("blocked", 600)
    day.is_so("ok", 2000)
    assert day.changes == [], "it had left before a whole period was over"
    day.is_so("blocked", 5 * PERIOD_S)
    day.is_so("ok", 3 * PERIOD_S)
    assert [(at_s % PERIOD_S, word) for at_s, word in day.changes] == [(0, "blocked"), (0, "ok")]


def test_promise_privacy_a_period_in_whose_midst_counts_alone_began_to_be_told_is_no_whole_one() -> None:
    day = Day(alert=True, begins_s=300)
    day.is_so("ok", 60)
    day.alert = False
    day.is_so("blocked", PERIOD_S)
    assert day.changes == []
    day.is_so("blocked", 2 * PERIOD_S)
    assert day.changes == [(2 * PERIOD_S, "blocked")]


def test_that_no_picture_comes_is_told_at_once_with_its_words_and_so_is_that_one_comes_again() -> None:
    day = Day()
    day.is_so("ok", 60)
    day.is_so("no_picture", 60, "401 Unauthorized")
    assert day.condition.detail == "401 Unauthorized"
    day.is_so("blurred", 60)
    assert day.changes == [(60, "no_picture"), (120, "ok")]
    assert day.condition.detail == ""


def test_one_that_holds_is_told_at_once_when_single_vehicles_may_be() -> None:
    day = Day()
    day.is_so("moved", 60)
    day.alert = True
    day.is_so("moved", 60)
    assert day.changes == [(60, "moved")]


words = st.sampled_from(["ok", "dark", "blocked", "blurred", "moved", "frozen", "no_picture"])


@given(st.lists(st.tuples(words, st.integers(1, 700))))
def test_promise_privacy_nothing_but_the_lack_of_pictures_changes_within_a_period(
    acted: list[tuple[Condition, int]],
) -> None:
    day = Day()
    for word, looks in acted:
        day.is_so(word, looks * LOOK_S)
    for before, after in pairwise([(0, "ok"), *day.changes]):
        assert after[0] % PERIOD_S == 0 or "no_picture" in {before[1], after[1]}
