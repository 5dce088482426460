"""What readings cover, against sets of seconds."""

from random import Random

import pytest

from agent.aggregation.coverage import MOST_PIECES, Covered, claim, since


def seconds(pieces: tuple[tuple[float, float], ...]) -> set[int]:
    return {second for begin, end in pieces for second in range(round(begin), round(end))}


@pytest.mark.parametrize("seed", range(20))
def test_each_second_is_claimed_once_in_whatever_order(seed: int) -> None:
    random, covered, known = Random(seed), Covered(), set[int]()
    for _ in range(300):
        at_s, stands_s = random.randrange(1000, 5000), random.choice([1, 4, 9])
        covered, pieces = claim(covered, at_s, stands_s)
        mine = seconds(pieces)
        assert mine == set(range(at_s - stands_s, at_s)) - known
        known |= mine
        assert seconds(covered.pieces) == known
        assert list(covered.pieces) == sorted(covered.pieces)


def test_a_small_hole_is_closed_from_both_sides() -> None:
    covered, _ = claim(Covered(), 100, 10)
    covered, _ = claim(covered, 121, 10)
    covered, pieces = claim(covered, 110.5, 10)
    assert pieces == ((100, 111),)
    assert covered.pieces == ((90, 121),)


def test_what_is_forgotten_takes_no_more() -> None:
    covered = since(claim(Covered(), 100, 50)[0], 80)
    assert covered == Covered(((80, 100),), 80)
    assert claim(covered, 75, 50) == (covered, ())


def test_the_number_of_pieces_is_bounded() -> None:
    covered = Covered()
    for at in range(2 * MOST_PIECES):
        covered, _ = claim(covered, 100.0 * (at + 1), 10)
    assert len(covered.pieces) == MOST_PIECES
    assert covered.known_from_s == 100.0 * MOST_PIECES
