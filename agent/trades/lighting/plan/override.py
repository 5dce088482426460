"""Overrides: a level that somebody ordered, for a time."""

import math

from msgspec import Struct

from agent.clock import Moment
from agent.trades.lighting.plan.lamp_plan import LampColours
from drivers.base import MAX_HOLD_S, Command
from drivers.translation import _

DEFAULT_KEY = "default_colour_temperature_k"
"""The key of a lamp without which its colour temperature is let alone."""

_WITH_LEVEL = frozenset({"override", "level"})


class WrongOrder(Exception):
    """What a lamp does not take, in words for the sender."""


class Override(Struct, frozen=True):
    """An order that replaces the program; the last one replaces the former (TALQ 2.7.1, override command).

    Args:
        command_id: of the command that gave it.
        given: when.
        hold_s: how long it holds; None: until released.
        start_s: unix seconds from which it holds; None: since it was given.
        colour_temperature_k: of the light; None: as the lamp's.
    """

    command_id: str
    level_percent: float
    given: Moment
    hold_s: float | None
    start_s: float | None = None
    colour_temperature_k: float | None = None

    def waits(self, now: Moment) -> bool:
        """Whether it has not begun, as far as a clock that is set knows."""
        return self.start_s is not None and not (now.trusted and now.unix_s >= self.start_s)


def ordered(
    command: Command, held: Override | None, now: Moment, colours: LampColours | None = None
) -> Override | None:
    """What a command leaves in force: none after "release"; delivered again it does not hold longer.

    Its level, its colour temperature and its hold are checked. Raises WrongOrder.
    """
    hold_s = _checked_hold_s(command.hold_s)
    if command.action == "release":
        if command.start is not None:
            raise WrongOrder(_("release takes no start: it is carried out at once"))
        return None
    if command.action not in _WITH_LEVEL:
        what = _('a lamp knows "override", "level" and "release", not "{action}"')
        raise WrongOrder(what.format(action=command.action))
    level_percent = _checked_percent(command.value)
    again = held is not None and held.command_id == command.id
    start_s = _checked_start_s(command, now)
    colour_k = _checked_k(command.colour_temperature_k, colours)
    return Override(command.id, level_percent, held.given if held and again else now, hold_s, start_s, colour_k)


def _checked_start_s(command: Command, now: Moment) -> float | None:
    """Returns when it begins, unix seconds; None: at once, for that has passed. Raises WrongOrder."""
    if command.start is None or (now.trusted and command.start <= now.utc):
        return None
    start_s = command.start.timestamp()
    if start_s - now.unix_s > MAX_HOLD_S:
        what = _("an override begins within {most_d:g} d; for later, change the program")
        raise WrongOrder(what.format(most_d=MAX_HOLD_S / 86400))
    return start_s


def _checked_percent(value: float | None) -> float:
    """Raises WrongOrder."""
    if value is None or not 0 <= value <= 100:
        told = _("left out") if value is None else f"{value:g}"
        raise WrongOrder(_("a level is 0 to 100 %, not {value}").format(value=told))
    return float(value)


def _checked_k(wanted_k: float | None, colours: LampColours | None) -> float | None:
    """Raises WrongOrder."""
    if wanted_k is None:
        return None
    if colours is None:
        raise WrongOrder(_("the lamp has no colour temperature to be set: {key} is not given").format(key=DEFAULT_KEY))
    if wanted_k not in colours:
        what = _("the colour temperature of the lamp goes from {lowest:g} to {highest:g} K, not to {wanted:g} K")
        raise WrongOrder(what.format(lowest=colours.lowest_k, highest=colours.highest_k, wanted=wanted_k))
    return float(wanted_k)


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
    """Seconds that an override still has, begun or not, 0 when it has expired; None where no clock can tell."""
    if override.hold_s is None:
        return float("inf")
    if override.start_s is not None:
        return max(0.0, override.start_s + override.hold_s - now.unix_s) if now.trusted else None
    held_s = now.elapsed_since(override.given)
    return None if held_s is None else max(0.0, override.hold_s - max(0.0, held_s))


def ended(override: Override, now: Moment) -> bool:
    """Whether it is over for good: its time has passed, or no clock will ever tell how long it was held."""
    left_s = remaining_s(override, now)
    return left_s == 0.0 or (left_s is None and now.trusted)
