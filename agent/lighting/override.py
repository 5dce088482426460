"""Overrides: a level that somebody ordered, for a time."""

from msgspec import Struct

from agent.clock import Moment


class Override(Struct, frozen=True):
    """An order that replaces the program; the last one replaces the former (TALQ 2.7.1, override command).

    Args:
        command_id: of the command that gave it.
        given: when.
        hold_s: how long it holds; None: until released.
    """

    command_id: str
    level_percent: float
    given: Moment
    hold_s: float | None


def remaining_s(override: Override, now: Moment) -> float | None:
    """Seconds that a held override still has, 0 when it has expired; None where no clock can tell (Moment.since)."""
    if override.hold_s is None:
        return float("inf")
    held_s = now.since(override.given)
    return None if held_s is None else max(0.0, override.hold_s - max(0.0, held_s))


def ended(override: Override, now: Moment) -> bool:
    """Whether it is over for good: its time has passed, or no clock will ever tell how long it was held."""
    left_s = remaining_s(override, now)
    return left_s == 0.0 or (left_s is None and now.trusted)
