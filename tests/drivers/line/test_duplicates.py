"""Which answers are looked at twice."""

from drivers.line.duplicates import REMEMBERED, DuplicateFilter, PastAnswer

WINDOW_S = 2.0


def test_the_same_answer_to_another_request_may_be_a_copy() -> None:
    duplicates = DuplicateFilter()
    duplicates.remember(3, PastAnswer(b"answer", b"ask 1", 10.0))
    assert duplicates.is_possible_duplicate(3, PastAnswer(b"answer", b"ask 2", 11.0), WINDOW_S)


def test_one_that_nobody_waited_for_may_come_once_more() -> None:
    duplicates = DuplicateFilter()
    duplicates.remember(3, PastAnswer(b"answer", b"", 10.0))
    assert duplicates.is_possible_duplicate(3, PastAnswer(b"answer", b"ask 2", 11.0), WINDOW_S)


def test_a_register_that_does_not_change_is_no_copy() -> None:
    duplicates = DuplicateFilter()
    duplicates.remember(3, PastAnswer(b"answer", b"ask 1", 10.0))
    assert not duplicates.is_possible_duplicate(3, PastAnswer(b"answer", b"ask 1", 10.1), WINDOW_S)


def test_neither_another_unit_nor_another_answer_nor_an_old_one_makes_a_copy() -> None:
    duplicates = DuplicateFilter()
    duplicates.remember(3, PastAnswer(b"answer", b"ask 1", 10.0))
    assert not duplicates.is_possible_duplicate(4, PastAnswer(b"answer", b"ask 2", 10.1), WINDOW_S)
    assert not duplicates.is_possible_duplicate(3, PastAnswer(b"other", b"ask 2", 10.1), WINDOW_S)
    assert not duplicates.is_possible_duplicate(3, PastAnswer(b"answer", b"ask 2", 12.1), WINDOW_S)


def test_not_only_the_last_answer_is_remembered() -> None:
    duplicates = DuplicateFilter()
    for n in range(REMEMBERED):
        duplicates.remember(3, PastAnswer(b"%d" % n, b"ask %d" % n, 10.0))
    assert duplicates.is_possible_duplicate(3, PastAnswer(b"0", b"ask", 10.1), WINDOW_S)
