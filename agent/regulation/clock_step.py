"""A wall clock that is set while a vehicle stands there (pure)."""

from agent.clock import Moment

CLOCK_WRONG_S = 60.0
"""A clock that was set by more while a vehicle stands there was wrong before or is so now."""

CLOCK_STEP_S = 1.0
"""Two clocks that agree within this are both right."""


def clock_step_s(before: Moment, now: Moment) -> float:
    """Returns by how much a trusted wall clock was set forward between two moments of one boot; less than 0: back."""
    if before.boot != now.boot or not (before.trusted and now.trusted):
        return 0.0
    step_s = (now.unix_s - before.unix_s) - (now.mono_s - before.mono_s)
    return step_s if abs(step_s) > CLOCK_STEP_S else 0.0


def tells_time(now: Moment, step_s: float) -> bool:
    """Whether hours can be judged by the wall clock: it is set, and still the one of the entry.

    Args:
        step_s: by how much it was set since then.
    """
    return now.trusted and abs(step_s) <= CLOCK_WRONG_S
