"""Transaction numbers do not follow one another, and what was asked of late is known."""

import itertools

from drivers.line.transactions import GIVEN_UP, HIGHEST, RECENT, Transactions


def test_numbers_are_drawn_from_all_but_0_and_do_not_follow_one_another() -> None:
    transactions = Transactions()
    drawn = [transactions.next(()) for _ in range(2000)]
    assert all(1 <= number <= HIGHEST for number in drawn)
    steps = [later - earlier for earlier, later in itertools.pairwise(drawn)]
    assert max(steps.count(step) for step in set(steps)) < 20
    assert max(drawn) > HIGHEST // 2


def test_the_lowest_and_the_highest_are_drawn_as_well() -> None:
    drawn = iter([0, HIGHEST - 1])
    transactions = Transactions(lambda most: next(drawn))
    assert [transactions.next(()), transactions.next(())] == [1, HIGHEST]


def test_none_that_waits_and_none_of_late_is_drawn_again() -> None:
    drawn = iter([4, 4, 5, 6])
    transactions = Transactions(lambda most: next(drawn))
    assert [transactions.next({6}), transactions.next({6})] == [5, 7]


def test_what_was_drawn_long_ago_is_forgotten() -> None:
    numbers = itertools.count()
    transactions = Transactions(lambda most: next(numbers))
    for _ in range(RECENT + 1):
        transactions.next(())
    assert not transactions.is_recent(1)
    assert transactions.is_recent(2) and transactions.is_recent(RECENT + 1)


def test_a_late_answer_is_known_once_and_not_after_sixteen_others() -> None:
    transactions = Transactions()
    for number in range(GIVEN_UP + 1):
        transactions.give_up(number, 7, float(number))
    assert transactions.late(0) is None
    assert transactions.late(1) == (7, 1.0)
    assert transactions.late(1) is None
