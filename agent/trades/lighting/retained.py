"""The retained state of a lamp."""

from msgspec import Struct

from agent.events.registry import Percent
from agent.trades.build import Reach
from agent.trades.lighting.control import LampState


class Lamp(Struct, frozen=True, tag_field="kind", tag="lamp"):
    """A lamp, as the last `lamp.level` told it.

    Args:
        level_percent: read back; null: not known.
        commanded_percent: as ordered; null: nothing was told yet.
        reason: what decides it; null: likewise.
        alarms: types of the alarms that are on.
    """

    device: Reach
    level_percent: Percent | None
    commanded_percent: Percent | None
    reason: str | None
    alarms: tuple[str, ...]


def retained(told: LampState, alarms: tuple[str, ...], reach: Reach) -> Lamp:
    return Lamp(reach, told.level_percent, told.commanded_percent, told.reason or None, alarms)
