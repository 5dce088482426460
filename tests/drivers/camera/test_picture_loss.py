"""What counts is for how long nothing was seen, not how many packets were lost."""

import pytest

from drivers.camera.picture_loss import BEGINS, WINDOW_S, LostTime, PictureLoss


def lost_s(*pictures: tuple[float, int]) -> float:
    """Returns the time that is lost; `pictures`: when each came, and how many others were damaged by then."""
    time = LostTime()
    for at_s, damaged in pictures:
        time.add_picture(at_s, damaged)
    return time.lost_s


def test_a_gap_in_which_nothing_was_lost_is_the_cameras_own() -> None:
    assert lost_s((0, 0), (1, 0), (2, 0), (9, 0)) == 0


def test_a_gap_in_which_pictures_were_lost_counts_less_what_usually_lies_between_two() -> None:
    assert lost_s((0, 0), (1, 0), (2, 0), (4, 1), (5, 1), (8, 9)) == pytest.approx(1 + 2)


def test_pictures_between_key_frames_that_are_lost_cost_nothing() -> None:
    """Pictures are not missed that would not have been decoded."""
    assert lost_s((0, 0), (1, 0), *((at, 10 * at) for at in range(2, 30))) == 0


def told(share: float, *, after: tuple[float, ...] = ()) -> list[bool]:
    """Returns each second of three minutes whether it is a trouble; that share is lost, then these."""
    loss, lost, found = PictureLoss(), 0.0, []
    for second in range(180):
        loss.step(float(second), lost)
        lost += share if second < 90 or not after else after[0]
        found.append(loss.is_trouble)
    return found


def test_a_camera_that_loses_a_quarter_is_told_within_half_a_minute() -> None:
    found = told(0.25)
    assert not found[15]
    assert all(found[30:])


def test_one_that_loses_little_is_not() -> None:
    assert not any(told(BEGINS * 0.9))


def test_it_is_over_a_minute_after_the_last_loss_and_not_before_most_of_it() -> None:
    found = told(0.5, after=(0.0,))
    assert all(found[30:140])
    assert not any(found[90 + int(WINDOW_S) + 5 :])
