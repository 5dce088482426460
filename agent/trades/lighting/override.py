"""Overrides: a level that somebody ordered, for a time."""

import math

from msgspec import Struct

from agent.clock import Moment
from drivers.base import MAX_HOLD_S, Command
from drivers.translation import _

_WITH_LEVEL = frozenset({"override", "level"})


class WrongOrder(Exception):
    """What a lamp does not take, in words for the sender."""


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

    Its level and its hold are checked. Raises WrongOrder.
    """
    hold_s = _checked_hold_s(command.hold_s)
    if command.action == "release":
        return None
    if command.action not in _WITH_LEVEL:
        what = _('a lamp knows "override", "level" and "release", not "{action}"')
        raise WrongOrder(what.format(action=command.action))
    level_percent = _checked_percent(command.value)
    again = held is not None and held.command_id == command.id
    return Override(command.id, level_percent, held.given if held and again else now, hold_s)


def _checked_percent(value: float | None) -> float:
    """Raises WrongOrder."""
    if value is None or not 0 <= value <= 100:
        told = _("left out") if value is None else f"{value:g}"
        raise WrongOrder(_("a level is 0 to 100 %, not {value}").format(value=told))
    return float(value)


def _checked_hold_s(hold_s: float | None) -> float | None:
    """Returns how long an override holds, s; None: until it is released. Raises WrongOrder."""
    if hold_s is None:
        return None
    if not (hold_s > 0 and math.isfinite(hold_s)):
        what = _("an override holds for some seconds or until released, not for {hold_s:g} s")
        raise WrongOrder(what.format(hold_s=hold_s))
    if hold_s > MAX_HOLD_S:
        what = _("an override holds for {most_d:g} d at most; for longer, change the program")
        raise WrongOrder(what.format(most_d=MAX_HOLD_S / 86400))
    return float(hold_s)


def remaining_s(override: Override, now: Moment) -> float | None:
    """Seconds that a held override still has, 0 when it has expired; None where no clock can tell."""
    if override.hold_s is None:
        return float("inf")
    held_s = now.elapsed_since(override.given)
    return None if held_s is None else max(0.0, override.hold_s - max(0.0, held_s))


def ended(override: Override, now: Moment) -> bool:
    """Whether it is over for good: its time has passed, or no clock will ever tell how long it was held."""
    left_s = remaining_s(override, now)
    return left_s == 0.0 or (left_s is None and now.trusted)
