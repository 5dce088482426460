"""What stands beside a claim, so that whoever contests it can weigh it: the clock, the sensor (pure)."""

from collections.abc import Callable

from msgspec import Struct

from agent.trades.parking.event_types import ClockKeeperName, ClockSource


class Evidence(Struct, frozen=True):
    """
    Args:
        clock_source: what the wall clock was set by.
        clock_error_s: how wrong it is at most, by the estimate of who keeps it; None: nobody knows.
        clock_kept_by: None: nobody who is known here.
        clock_reference, clock_updated_s: by whom it was set last, and when, unix seconds; None: not known.
        clock_authenticated: whether that time is authenticated (NTS); None: not known.
        sensor_conditions: what is the matter with the sensors of the bay, in the words of their events.
    """

    clock_source: ClockSource = "none"
    clock_error_s: float | None = None
    sensor_conditions: tuple[str, ...] = ()
    clock_kept_by: ClockKeeperName | None = None
    clock_reference: str | None = None
    clock_updated_s: float | None = None
    clock_authenticated: bool | None = None


Beside = Callable[[], Evidence]
"""Asked when something is claimed, and not before: a clock is not asked with every reading."""
