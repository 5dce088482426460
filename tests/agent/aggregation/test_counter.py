"""What a counter gained: rolled over, set back, misread, silent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.aggregation.counter import Counted, CounterRule, Gain, count
from agent.clock import Moment

START = 1_800_000_000.0
RULE = CounterRule(most_per_s=0.01, step=0.1, wraps=1000.0)


def at(seconds: float, boot: str = "b1") -> Moment:
    return Moment(START + seconds, seconds, boot, True)


def read(*values: float, rule: CounterRule = RULE, every_s: float = 60.0) -> list[Gain]:
    counted, gains = Counted(), list[Gain]()
    for number, value in enumerate(values):
        counted, gain = count(rule, counted, value, at(every_s * number))
        gains += [gain] if gain else []
    return gains


def kinds(*values: float, rule: CounterRule = RULE) -> list[tuple[str, float]]:
    return [(gain.kind, round(gain.amount, 6)) for gain in read(*values, rule=rule)]


def test_the_first_reading_is_no_gain() -> None:
    assert read(500.0) == []


def test_what_it_grows_by_is_counted() -> None:
    assert kinds(500.0, 500.0, 500.3) == [("counted", 0.0), ("counted", 0.3)]


@pytest.mark.parametrize("wrong", [0.0, 12.0, 700.0, 65535.0])
def test_one_wrong_reading_books_nothing(wrong: float) -> None:
    assert kinds(500.0, 500.1, wrong, 500.3) == [("counted", 0.1), ("counted", 0.2)]


def test_two_wrong_readings_that_do_not_agree_book_nothing() -> None:
    assert kinds(500.0, 0.0, 700.0, 500.3) == [("counted", 0.3)]


def test_one_that_was_set_back_is_told_once_confirmed_and_what_it_shows_is_not_booked() -> None:
    assert kinds(500.0, 3.0, 3.2, 3.5) == [("reset", 0.0), ("counted", 0.3)]


def test_one_near_its_end_that_begins_anew_has_rolled_over() -> None:
    assert kinds(999.8, 0.1, 0.4) == [("rolled_over", 0.6)]
    assert kinds(999.8, 0.1, 0.4, rule=CounterRule(0.01, 0.1)) == [("reset", 0.0)]


def test_more_than_the_connection_carries_is_booked_as_a_jump_once_it_is_confirmed() -> None:
    assert kinds(500.0, 900.0, 900.2) == [("jump", 400.2)]


def test_after_a_restart_the_counter_tells_what_was_gained_meanwhile() -> None:
    counted, _ = count(RULE, Counted(), 500.0, at(0))
    _, gain = count(RULE, counted, 520.0, Moment(START + 7200, 5.0, "b2", True))
    assert gain is not None
    assert (gain.kind, gain.amount, gain.since) == ("counted", 20.0, at(0))


@given(st.lists(st.floats(0, 0.6), min_size=1, max_size=50), st.integers(0, 49))
def test_a_sound_counter_loses_nothing_whatever_single_reading_is_wrong(steps: list[float], broken: int) -> None:
    values = [100.0]
    for step in steps:
        values.append(values[-1] + step)
    shown = [0.0 if number == broken + 1 < len(values) - 1 else value for number, value in enumerate(values)]
    if len(values) > 1:
        assert sum(gain.amount for gain in read(*shown)) == pytest.approx(values[-1] - values[0])
