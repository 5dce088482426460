"""How long the line waits, and for whom it no longer does."""

import pytest

from drivers.line.timeouts import DEAD_AFTER, DISTRUSTED_ANSWERS, STRANGER_S, WHOLE_EVERY, AdaptiveTimeouts

TIMEOUT_S = 0.5


def test_an_unknown_unit_gets_the_whole_time() -> None:
    assert AdaptiveTimeouts(TIMEOUT_S).limit_s(1) == TIMEOUT_S


def test_a_unit_that_missed_gets_a_short_time_until_it_answers() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.answered(1, 0.03, 1.0)
    timeouts.missed(1, silent=True)
    assert timeouts.limit_s(1) == 3 * 0.03
    timeouts.answered(1, 0.03, 1.0)
    assert timeouts.limit_s(1) == TIMEOUT_S


def test_a_suspect_gets_the_whole_time_ever_more_rarely() -> None:
    timeouts = AdaptiveTimeouts(3.0)
    limits = []
    for _ in range(2 * WHOLE_EVERY):
        timeouts.missed(1, silent=True)
        limits.append(timeouts.limit_s(1))
    assert [at for at, limit in enumerate(limits, 1) if limit == 3.0] == [4, 64, 128]
    assert set(limits) == {3.0, STRANGER_S}


def test_a_command_gets_the_whole_time_though_the_unit_missed() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.answered(1, 0.03, 1.0)
    timeouts.missed(1, silent=True)
    assert timeouts.limit_s(1, command_s=2.0) == TIMEOUT_S
    timeouts.answered(1, 0.4, 2.4)
    assert timeouts.limit_s(1, command_s=2.5) == TIMEOUT_S


def test_commands_to_a_dead_unit_take_a_twentieth_of_the_line_at_most() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    limits = []
    for at_s in range(100):
        limits.append(timeouts.limit_s(1, command_s=float(at_s)))
        timeouts.missed(1, silent=True)
    assert [at_s for at_s, limit_s in enumerate(limits) if limit_s == TIMEOUT_S] == [
        0,
        4,
        10,
        20,
        30,
        40,
        50,
        60,
        64,
        70,
        80,
        90,
    ]


def test_an_answer_that_came_too_late_on_tcp_teaches_how_slow_its_unit_is() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.missed(1, silent=True)
    timeouts.late(1, 0.1)
    assert timeouts.limit_s(1) == pytest.approx(0.3)


def test_the_units_are_known_apart() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.missed(1, silent=True)
    assert timeouts.limit_s(2) == TIMEOUT_S
    assert timeouts.hold_off_left_s(2, 0.0) <= 0


def test_the_line_drains_for_a_late_unit_and_no_longer_for_a_dead_one() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    drains = []
    for _ in range(DEAD_AFTER + 2):
        timeouts.missed(1, silent=True)
        drains.append(timeouts.drain_s(1))
    assert drains == [2 * TIMEOUT_S] * DEAD_AFTER + [0.0, 0.0]


def test_a_late_answer_makes_the_line_wait_longer_and_the_unit_alive() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    for _ in range(DEAD_AFTER + 1):
        timeouts.missed(1, silent=True)
    timeouts.hold_off(1, asked_s=100.0)
    timeouts.late_answer(1, heard_s=102.0)
    assert timeouts.worst_late_s == 1.5 * 2.0
    assert timeouts.drain_s(1) == 3.0
    assert timeouts.hold_off_left_s(1, now_s=102.0) == 3.0


def test_a_unit_that_speaks_unasked_after_hours_does_not_stop_the_line_for_hours() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.hold_off(1, asked_s=0.0)
    timeouts.late_answer(1, heard_s=7200.0)
    assert timeouts.worst_late_s == 6 * TIMEOUT_S


def test_bytes_of_a_unit_that_owes_nothing_teach_nothing() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.answered(1, 0.01, 1.0)
    timeouts.late_answer(1, heard_s=50.0)
    assert timeouts.worst_late_s == 2 * TIMEOUT_S
    assert timeouts.hold_off_left_s(1, now_s=50.0) <= 0


def test_a_unit_that_sends_an_answer_again_is_left_alone_for_that_long() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.answered(1, 0.01, now_s=10.0)
    assert timeouts.hold_off_left_s(1, now_s=10.0) <= 0
    timeouts.late_answer(1, heard_s=10.2)
    timeouts.answered(1, 0.01, now_s=20.0)
    assert timeouts.hold_off_left_s(1, now_s=20.0) == 2 * TIMEOUT_S
    assert timeouts.hold_off_left_s(2, now_s=20.0) <= 0
    for n in range(DISTRUSTED_ANSWERS):
        timeouts.answered(1, 0.01, now_s=30.0 + n)
    assert timeouts.hold_off_left_s(1, now_s=200.0) <= 0, "it has not done so again"


def test_a_unit_whose_value_changed_between_two_answers_is_left_alone_once() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.answered(1, 0.01, now_s=10.0)
    timeouts.mark_ambiguous(1, heard_s=10.0)
    assert timeouts.hold_off_left_s(1, now_s=10.0) == 4 * TIMEOUT_S
    timeouts.answered(1, 0.01, now_s=20.0)
    assert timeouts.hold_off_left_s(1, now_s=20.0) <= 0


def test_the_unit_that_owes_an_answer_is_held_for_twice_the_worst_late_reply() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.hold_off(1, asked_s=10.0)
    assert timeouts.hold_off_left_s(1, now_s=10.0) == 4 * TIMEOUT_S
