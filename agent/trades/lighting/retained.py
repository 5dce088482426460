"""The retained state of a lamp."""

from msgspec import UNSET, Struct, UnsetType

from agent.events.registry import Percent
from agent.supervise import Reach
from agent.trades.build import DeviceView
from agent.trades.lighting.control.lamp_state import LampState
from drivers.level import COLOUR, LEVEL


class Lamp(Struct, frozen=True, tag_field="kind", tag="lamp"):
    """A lamp, as the last `lamp.level` told it.

    Args:
        stale: what it told last does not count any more: it is down, or its level was not known for some time.
        level_percent: read back; null: not known.
        commanded_percent: as ordered; null: nothing was told yet.
        reason: what decides it; null: likewise.
        alarms: types of the alarms that are on.
        colour_temperature_k: of a lamp that is told one, as read back; null: not known, or it is off.
        commanded_colour_temperature_k: likewise, as ordered.
    """

    device: Reach
    stale: bool
    level_percent: Percent | None
    commanded_percent: Percent | None
    reason: str | None
    alarms: tuple[str, ...]
    colour_temperature_k: float | UnsetType | None = UNSET
    commanded_colour_temperature_k: float | UnsetType | None = UNSET


def retained(told: LampState, alarms: tuple[str, ...], device: DeviceView, *, has_colour: bool = False) -> Lamp:
    knows_level = LEVEL in device.fresh
    colour_k = told.colour_k if COLOUR in device.fresh else None
    return Lamp(
        device.reach,
        stale=device.is_stale or (told.level_percent is not None and not knows_level),
        level_percent=told.level_percent if knows_level else None,
        commanded_percent=told.commanded_percent,
        reason=told.reason or None,
        alarms=alarms,
        colour_temperature_k=colour_k if has_colour else UNSET,
        commanded_colour_temperature_k=told.commanded_colour_k if has_colour else UNSET,
    )
