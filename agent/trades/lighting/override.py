"""Overrides: a level that somebody ordered, for a time."""

from msgspec import Struct

from agent.clock import Moment
from drivers.base import Command
from drivers.translation import _


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


def ordered(command: Command, held: Override | None, now: Moment) -> Override | None:
    """What a command leaves in force: none after "release"; delivered again it does not hold longer.

    Raises ValueError for an override without a level.
    """
    if command.action == "release":
        return None
    if command.value is None:
        raise ValueError(_("{device}: an override needs a level").format(device=command.device))
    again = held is not None and held.command_id == command.id
    hold_s = None if command.hold_s is None else float(command.hold_s)
    return Override(command.id, float(command.value), held.given if held and again else now, hold_s)


def remaining_s(override: Override, now: Moment) -> float | None:
    """Seconds that a held override still has, 0 when it has expired; None where no clock can tell (Moment.since)."""
    if override.hold_s is None:
        return float("inf")
    held_s = now.elapsed_since(override.given)
    return None if held_s is None else max(0.0, override.hold_s - max(0.0, held_s))


def ended(override: Override, now: Moment) -> bool:
    """Whether it is over for good: its time has passed, or no clock will ever tell how long it was held."""
    left_s = remaining_s(override, now)
    return left_s == 0.0 or (left_s is None and now.trusted)
