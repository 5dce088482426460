"""How long the line waits, and for whom it no longer does."""

import pytest

from drivers.line.timeouts import AdaptiveTimeouts, Unit

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
    timeouts.answered(1, 0.1, 0.0)
    limits = []
    for _ in range(128):
        timeouts.missed(1, silent=True)
        limits.append(timeouts.limit_s(1))
    assert [at for at, limit in enumerate(limits, 1) if limit == 3.0] == [4, 64, 128]
    assert sorted(set(limits)) == pytest.approx([0.3, 3.0])


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
    whole = [at_s for at_s, limit_s in enumerate(limits) if limit_s == TIMEOUT_S]
    assert whole == sorted([*range(0, 100, 10), 64])


def test_one_miss_is_forgiven_where_the_unit_was_heard_for_somebody_waits_for_what_comes_of_a_command() -> None:
    limits = {}
    for heard in (True, False):
        timeouts = AdaptiveTimeouts(TIMEOUT_S)
        if heard:
            timeouts.answered(1, 0.03, 0.0)
        for at_s in (1.0, 2.0, 3.0):
            limits[heard, at_s] = timeouts.limit_s(1, command_s=at_s) == TIMEOUT_S
            timeouts.missed(1, silent=True)
    assert [limits[True, at_s] for at_s in (1.0, 2.0, 3.0)] == [True, True, False]
    assert [limits[False, at_s] for at_s in (1.0, 2.0, 3.0)] == [True, False, False]


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
    timeouts.answered(1, 0.03, 1.0)
    drains = []
    for _ in range(5):
        timeouts.missed(1, silent=True)
        drains.append(timeouts.drain_s(1))
    assert drains == [2 * TIMEOUT_S] * 3 + [0.0, 0.0]


def test_for_a_unit_that_was_never_heard_the_line_does_not_wait_until_a_late_answer_of_it_is_heard() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.missed(1, silent=True)
    timeouts.hold_off(1, asked_s=100.0)
    assert timeouts.drain_s(1) == 0.0
    timeouts.late_answer(1, heard_s=100.0 + 2 * TIMEOUT_S)
    timeouts.missed(1, silent=True)
    assert timeouts.drain_s(1) >= 2 * TIMEOUT_S


def test_a_late_answer_makes_the_line_wait_longer_and_the_unit_alive() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    for _ in range(4):
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
    for n in range(64):
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


def missed(timeouts: AdaptiveTimeouts, times: int, silent: bool = True) -> None:
    for _ in range(times):
        timeouts.missed(1, silent=silent)


def test_the_units_begin_with_nothing_known() -> None:
    assert AdaptiveTimeouts(TIMEOUT_S).unit(7) == Unit(
        misses=0,
        silences=0,
        slowest_s=0.0,
        asked_s=None,
        answered_s=None,
        whole_s=float("-inf"),
        distrust_left=0,
        held_until_s=0.0,
    )


@pytest.mark.parametrize(
    ("timeout_s", "limit_s"),
    [(0.4, 0.1), (1.0, 0.25), (2.0, 0.25), (0.12, 0.05)],
    ids=["quarter", "same", "most", "least"],
)
def test_a_stranger_that_missed_gets_a_quarter_of_the_time_and_no_more_than_a_quarter_of_a_second(
    timeout_s: float, limit_s: float
) -> None:
    timeouts = AdaptiveTimeouts(timeout_s)
    missed(timeouts, 1)
    assert timeouts.limit_s(1) == pytest.approx(limit_s)


@pytest.mark.parametrize(
    ("slowest_s", "limit_s"), [(0.001, 0.05), (0.02, 0.06), (0.1, 0.3), (0.2, TIMEOUT_S)], ids=["least", "", "", "most"]
)
def test_a_unit_that_missed_gets_three_times_what_its_slowest_answer_took_within_bounds(
    slowest_s: float, limit_s: float
) -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.answered(1, slowest_s, 1.0)
    missed(timeouts, 1)
    assert timeouts.limit_s(1) == pytest.approx(limit_s)


def test_the_slowest_answer_fades_by_a_hundredth_with_each_quicker_one() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    for took_s, slowest_s in ((0.1, 0.1), (0.05, 0.099), (0.0981, 0.0981), (0.12, 0.12)):
        timeouts.answered(1, took_s, 1.0)
        assert timeouts.unit(1).slowest_s == pytest.approx(slowest_s)


@pytest.mark.parametrize(("at_s", "limit_s"), [(9.9, 0.125), (10.0, TIMEOUT_S), (10.1, TIMEOUT_S)])
def test_a_command_to_a_silent_unit_gets_the_whole_time_again_after_twenty_time_outs(
    at_s: float, limit_s: float
) -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    missed(timeouts, 1)
    assert timeouts.limit_s(1, command_s=0.0) == TIMEOUT_S
    missed(timeouts, 1)
    assert timeouts.limit_s(1, command_s=at_s) == limit_s


def test_a_command_at_the_first_moment_of_the_clock_gets_the_whole_time() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    missed(timeouts, 1)
    assert timeouts.limit_s(1, command_s=0.0) == TIMEOUT_S


def test_a_unit_that_answers_wrong_is_not_silent_and_one_that_answers_is_neither() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    missed(timeouts, 3)
    missed(timeouts, 1, silent=False)
    assert (timeouts.unit(1).misses, timeouts.unit(1).silences) == (4, 0)
    missed(timeouts, 2)
    assert timeouts.unit(1).silences == 2
    timeouts.hold_off(1, 5.0)
    timeouts.answered(1, 0.01, 6.0)
    assert timeouts.unit(1) == Unit(slowest_s=0.01, answered_s=6.0)


def test_an_answer_that_is_late_on_tcp_is_no_shorter_than_the_slowest_before() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.late(1, 0.4)
    timeouts.late(1, 0.1)
    assert timeouts.unit(1).slowest_s == 0.4


def test_a_unit_whose_answer_is_awaited_owes_it_until_it_has_come() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.answered(1, 0.01, 10.0)
    timeouts.hold_off(1, asked_s=11.0)
    assert (timeouts.unit(1).asked_s, timeouts.unit(1).answered_s) == (11.0, None)
    timeouts.late_answer(1, heard_s=11.7)
    assert timeouts.unit(1).distrust_left == 0, "it is late, not repeated"
    assert timeouts.unit(1).slowest_s == pytest.approx(0.7)
    assert timeouts.hold_off_left_s(1, 11.0) == pytest.approx(4 * TIMEOUT_S), "longer than from the late answer on"


@pytest.mark.parametrize(("late_s", "held_s"), [(0.9, 2.0), (1.1, 2.1), (2.0, 5.0), (3.0, 6.0)])
def test_after_a_late_answer_the_unit_is_held_for_the_worst_late_reply_from_it_on(late_s: float, held_s: float) -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.hold_off(1, asked_s=10.0)
    timeouts.late_answer(1, heard_s=10.0 + late_s)
    assert timeouts.hold_off_left_s(1, 10.0) == pytest.approx(max(held_s, late_s + timeouts.worst_late_s))


@pytest.mark.parametrize(("late_s", "worst_s"), [(0.5, 1.0), (0.7, 1.05), (1.0, 1.5), (2.0, 3.0), (2.5, 3.0)])
def test_the_worst_late_reply_is_one_and_a_half_times_the_latest_up_to_six_time_outs(
    late_s: float, worst_s: float
) -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.hold_off(1, asked_s=10.0)
    timeouts.late_answer(1, heard_s=10.0 + late_s)
    assert timeouts.worst_late_s == pytest.approx(worst_s)
    timeouts.hold_off(2, asked_s=20.0)
    timeouts.late_answer(2, heard_s=20.1)
    assert timeouts.worst_late_s == pytest.approx(worst_s), "the latest of all units counts"
    assert timeouts.unit(2).slowest_s == pytest.approx(0.1)


@pytest.mark.parametrize(("after_s", "distrust_left"), [(2.0, 64), (2.01, 0)])
def test_what_comes_within_four_time_outs_of_an_answer_is_that_answer_again(after_s: float, distrust_left: int) -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.answered(1, 0.01, now_s=10.0)
    timeouts.late_answer(1, heard_s=10.0 + after_s)
    assert timeouts.unit(1).distrust_left == distrust_left
    assert timeouts.hold_off_left_s(1, 10.0 + after_s) == (4 * TIMEOUT_S if distrust_left else -10.0 - after_s)


def test_a_unit_that_was_never_heard_repeats_nothing() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.late_answer(1, heard_s=1.0)
    assert timeouts.unit(1) == Unit()


def test_a_unit_that_repeated_itself_is_watched_for_as_many_answers_and_no_more() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.repeated(1, heard_s=1.0)
    held = []
    for n in range(66):
        timeouts.answered(1, 0.01, now_s=10.0 * n)
        held.append(timeouts.hold_off_left_s(1, now_s=10.0 * n) == 2 * TIMEOUT_S)
    assert held == [True] * 64 + [False] * 2
    assert timeouts.unit(1).distrust_left == 0


def test_a_unit_is_held_for_twice_the_worst_late_reply_however_long_that_is() -> None:
    timeouts = AdaptiveTimeouts(0.25)
    missed(timeouts, 4)
    timeouts.hold_off(1, asked_s=10.0)
    assert timeouts.unit(1).held_until_s == 11.0
    timeouts.mark_ambiguous(1, heard_s=20.0)
    assert timeouts.unit(1).held_until_s == 21.0
    timeouts.late_answer(1, heard_s=10.1)
    assert (timeouts.unit(1).silences, timeouts.unit(1).misses) == (0, 4)


def test_a_unit_that_is_looked_for_costs_the_line_no_more_than_it_may_take_to_begin() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    with timeouts.looking_for(9, 0.1):
        assert timeouts.limit_s(9) == 0.1
        timeouts.missed(9, silent=True)
        assert timeouts.drain_s(9) == TIMEOUT_S < timeouts.worst_late_s
    assert timeouts.drain_s(9) == 0.0, "it was never heard"
    with timeouts.looking_for(9, 0.1):
        assert (timeouts.limit_s(9), timeouts.drain_s(9)) == (0.1, TIMEOUT_S), "a second time too"


def test_a_unit_that_was_heard_keeps_its_own_time_outs_when_it_is_looked_for() -> None:
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    timeouts.answered(1, 0.03, 1.0)
    with timeouts.looking_for(1, 0.01):
        assert timeouts.limit_s(1) == TIMEOUT_S


def test_a_unit_that_was_never_heard_gets_the_whole_time_out_with_its_first_request_and_a_command_a_while_after() -> (
    None
):
    timeouts = AdaptiveTimeouts(TIMEOUT_S)
    limits = [timeouts.limit_s(1)]
    for _ in range(6):
        timeouts.hold_off(1, asked_s=0.0)
        timeouts.missed(1, silent=True)
        limits.append(timeouts.limit_s(1))
    assert limits == [TIMEOUT_S, *6 * [limits[1]]]
    assert limits[1] < TIMEOUT_S
    assert timeouts.limit_s(1, command_s=19.9 * TIMEOUT_S) == limits[1], "the line's other devices wait meanwhile"
    assert timeouts.limit_s(1, command_s=20.1 * TIMEOUT_S) == TIMEOUT_S
