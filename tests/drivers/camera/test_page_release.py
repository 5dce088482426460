import pytest

from drivers.camera.page_release import EVERY_S, PageRelease


@pytest.mark.parametrize(
    ("at_s", "made", "times"),
    [
        pytest.param(1.0, 1, 1, id="the start alone"),
        pytest.param(1.0, 2, 2, id="opened again"),
        pytest.param(EVERY_S - 1, 1, 1, id="not yet due"),
        pytest.param(EVERY_S, 1, 2, id="what seldom runs"),
    ],
)
def test_pages_are_given_back_at_the_start_after_each_opening_and_now_and_then(
    at_s: float, made: int, times: int
) -> None:
    released: list[None] = []
    pages = PageRelease(lambda: released.append(None))
    pages.step(0.0, 1)
    pages.step(at_s, made)
    assert len(released) == times


def test_an_opening_puts_off_the_next_time() -> None:
    released: list[None] = []
    pages = PageRelease(lambda: released.append(None))
    for at_s, made in ((0.0, 1), (EVERY_S / 2, 2), (EVERY_S, 2)):
        pages.step(at_s, made)
    assert len(released) == 2
