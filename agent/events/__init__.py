"""What goes upstream: the event, and the names of the types that every pole has; a trade names its own."""

from enum import IntEnum
from uuid import uuid4

from msgspec import Struct, field

from agent.clock import Moment


class Priority(IntEnum):
    """What goes first when the store is full (lowest first), and what is sent first after an outage (highest first)."""

    TELEMETRY = 0
    EVENT = 1
    ALARM = 2


CAMERA_TAMPERED = "camera.tampered"
CAMERA_DEGRADED = "camera.degraded"
DEVICE_DOWN = "line.device_down"
DEVICE_UP = "line.device_up"
TELEMETRY_READING = "telemetry.reading"
COMMAND_OUTCOME = "command.outcome"
POLE_BIRTH = "pole.birth"
POLE_STATUS = "pole.status"
POLE_CONFIGURATION = "pole.configuration"
PART_FAILED = "pole.part_failed"
PART_RESTORED = "pole.part_restored"
POLE_CLOCK_SET = "pole.clock_set"
POLE_DOCUMENT = "pole.document"
POLE_RETIRED = "pole.retired"
SECURITY_EVENT = "security.event"
STORE_ERASED = "store.erased"
STORE_GAP = "store.gap"
STORE_MEMORY_ONLY = "store.memory_only"
STORE_ON_DISK = "store.on_disk"
STORE_SKIPPED = "store.skipped"
CERTIFICATE_EXPIRES = "uplink.certificate_expires"
UPLINK_BUDGET = "uplink.budget"


def new_id() -> str:
    return uuid4().hex


class Data(Struct, frozen=True, kw_only=True):
    """Base of what an event of one type says, JSON-able, units in the keys.

    A field with the default UNSET is a key that may be absent.
    """


class Event(Struct, frozen=True, kw_only=True):
    """Something the city should know. Made by `registry.event`, which knows type and priority of what is said.

    Args:
        type: short and stable, as it is registered.
        subject: what it is about: a bay, a lamp, a zone, a line, or the pole's id.
        at: when it happened.
        id: unique for ever; the consumer de-duplicates on it.
        uplink: name of the only uplink that gets it, whatever else that gets; None: each that gets events of its type.
    """

    type: str
    subject: str
    at: Moment
    data: Data
    priority: Priority = Priority.EVENT
    id: str = field(default_factory=new_id)
    uplink: str | None = None
