"""What is told of devices: whether they answer, what they measure, what came of an order."""

from typing import Any

from msgspec import UNSET, UnsetType

from agent.events import (
    CAMERA_DEGRADED,
    CAMERA_TAMPERED,
    COMMAND_OUTCOME,
    DEVICE_DOWN,
    DEVICE_UP,
    TELEMETRY_READING,
    Data,
    Priority,
)
from agent.events.registry import Seconds, Value, event_type
from drivers.base import Status


@event_type(CAMERA_TAMPERED, CAMERA_DEGRADED, priority=Priority.ALARM)
class CameraCondition(Data, frozen=True):
    """A camera is blocked, was moved or sees badly, or no longer.

    Args:
        condition: which trouble it is.
        active: true when it begins, false when it ends.
        detail: words for a technician.
    """

    condition: str
    active: bool
    detail: str


@event_type(DEVICE_DOWN, priority=Priority.ALARM)
class DeviceDown(Data, frozen=True):
    """A device does not answer.

    Args:
        reason: words for a technician.
    """

    reason: str


@event_type(DEVICE_UP, priority=Priority.ALARM)
class DeviceUp(Data, frozen=True):
    """A device answers again.

    Args:
        down_s: null: no clock tells.
    """

    down_s: Seconds | None


@event_type(TELEMETRY_READING, priority=Priority.TELEMETRY, expires_s=900)
class TelemetryReading(Data, frozen=True):
    """A measurement has changed beyond its dead band, or its heartbeat (15 min) is due.

    Args:
        quantity: what was measured, with its unit.
        detail: words for a technician, where the value alone does not tell.
    """

    quantity: str
    value: Value
    detail: str | UnsetType = UNSET


@event_type(COMMAND_OUTCOME, priority=Priority.ALARM, answers=True)
class CommandOutcome(Data, frozen=True):
    """A command was carried out, or why not.

    Args:
        command_id: as the sender chose it; null: none could be read.
        reason: words; empty when it was done.
        observed: read back from the device; null: nothing was.
        data: what an action of the pole itself answers.
        uplink: name of the uplink by which the command came, to which alone this goes; empty: of [uplink] itself;
            absent: it was given at the pole.
    """

    command_id: str | None
    status: Status
    reason: str
    observed: float | None
    data: dict[str, Any] | UnsetType = UNSET
    uplink: str | UnsetType = UNSET
