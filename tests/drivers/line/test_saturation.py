"""A line at its limit: when it is one, and how early an answer is handed over there."""

import pytest

from drivers.line.saturation import BUSY_S, ROW, SHORTEST_LEAD_S, Saturation

GAP_S = 0.00175


def after(count: int, took_s: float) -> Saturation:
    """A line on which so many requests in a row were ready so long after the answer before."""
    saturation = Saturation(GAP_S)
    for at in range(count):
        saturation.hand_over(float(at))
        saturation.ask(at + took_s, float(at))
    return saturation


def test_a_round_of_polls_is_not_the_limit_and_a_row_without_end_is() -> None:
    assert after(ROW - 1, 0.0003).lead_s == 0.0
    assert after(ROW, 0.0003).is_reached


@pytest.mark.parametrize(("took_s", "is_reached"), [(0.5 * BUSY_S, True), (1.5 * BUSY_S, False)])
def test_a_request_that_comes_later_was_not_waiting(took_s: float, is_reached: bool) -> None:
    assert after(ROW, took_s).is_reached is is_reached


def test_one_pause_ends_the_row() -> None:
    saturation = after(ROW, 0.0003)
    saturation.hand_over(100.0)
    saturation.ask(101.0, 100.0)
    assert not saturation.is_reached


def test_what_went_out_after_no_answer_ends_the_row() -> None:
    saturation = after(ROW, 0.0003)
    saturation.ask(100.0, 100.0)
    assert not saturation.is_reached


def test_the_lead_follows_what_the_next_request_takes() -> None:
    assert after(200, 0.0002).lead_s == pytest.approx(0.0003, rel=0.1)
    assert after(200, 0.0005).lead_s == pytest.approx(0.00075, rel=0.1)


def test_the_lead_is_never_more_than_half_the_silence_nor_too_short_to_wake_in() -> None:
    assert after(200, 0.0015).lead_s == GAP_S / 2
    assert after(1000, 0.0).lead_s == pytest.approx(SHORTEST_LEAD_S)
