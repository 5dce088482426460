"""What is made of the kernel's answers about the clock."""

import pytest

from agent.kernel_clock import KernelClock, judged, kernel_clock, source, was_set_by_ntp

OK, INSERTS_LEAP_SECOND, TIME_ERROR, FAILED = 0, 1, 5, -1


@pytest.mark.parametrize(
    ("state", "max_error_us", "told"),
    [
        (OK, 2_500, KernelClock(True, 0.0025)),
        (INSERTS_LEAP_SECOND, 0, KernelClock(True, 0.0)),
        (OK, 15_999_999, KernelClock(True, 15.999999)),
        (OK, 16_000_000, KernelClock(True, None)),
        (TIME_ERROR, 2_500, KernelClock(False, None)),
        (FAILED, 0, KernelClock(False, None)),
    ],
)
def test_a_bound_is_one_only_while_the_clock_is_kept(state: int, max_error_us: int, told: KernelClock) -> None:
    assert judged(state, max_error_us) == told


def test_the_box_answers() -> None:
    now = kernel_clock()
    assert now.max_error_s is None or (now.synchronised and 0 <= now.max_error_s < 16)
    assert was_set_by_ntp() in (True, False)


@pytest.mark.parametrize(
    ("configured", "trusted", "by_ntp", "keeps"),
    [
        ("ntp", False, False, "none"),
        ("rtc", False, True, "none"),
        ("ntp", True, True, "ntp"),
        ("ntp", True, False, "ntp"),
        ("rtc", True, False, "rtc"),
        ("rtc", True, True, "ntp"),
    ],
)
def test_what_keeps_the_clock(configured: str, trusted: bool, by_ntp: bool, keeps: str) -> None:
    assert source(configured, trusted, by_ntp) == keeps  # type: ignore[arg-type]
