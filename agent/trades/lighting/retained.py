"""The retained state of a lamp."""

from msgspec import Struct

from agent.events.registry import Percent
from agent.supervise import Reach
from agent.trades.build import DeviceView
from agent.trades.lighting.control import LampState
from drivers.lamp import LEVEL


class Lamp(Struct, frozen=True, tag_field="kind", tag="lamp"):
    """A lamp, as the last `lamp.level` told it.

    Args:
        stale: what it told last does not count any more: it is down, or its level was not known for some time.
        level_percent: read back; null: not known.
        commanded_percent: as ordered; null: nothing was told yet.
        reason: what decides it; null: likewise.
        alarms: types of the alarms that are on.
    """

    device: Reach
    stale: bool
    level_percent: Percent | None
    commanded_percent: Percent | None
    reason: str | None
    alarms: tuple[str, ...]


def retained(told: LampState, alarms: tuple[str, ...], device: DeviceView) -> Lamp:
    knows_level = LEVEL in device.fresh
    return Lamp(
        device.reach,
        stale=device.is_stale or (told.level_percent is not None and not knows_level),
        level_percent=told.level_percent if knows_level else None,
        commanded_percent=told.commanded_percent,
        reason=told.reason or None,
        alarms=alarms,
    )
