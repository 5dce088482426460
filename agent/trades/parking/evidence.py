"""What stands beside a claim, so that whoever contests it can weigh it: the clock, the sensor (pure)."""

from collections.abc import Callable

from msgspec import Struct

from agent.trades.parking.event_types import ClockSource


class Evidence(Struct, frozen=True):
    """
    Args:
        clock_source: what the wall clock was set by.
        clock_error_s: how wrong it is at most, by the kernel's own estimate; None: nobody knows.
        sensor_conditions: what is the matter with the sensors of the bay, in the words of their events.
    """

    clock_source: ClockSource = "none"
    clock_error_s: float | None = None
    sensor_conditions: tuple[str, ...] = ()


Beside = Callable[[], Evidence]
"""Asked when something is claimed, and not before: a clock is not asked with every reading."""
