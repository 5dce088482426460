"""What goes upstream: the event, and the vocabulary of its types."""

from enum import IntEnum
from uuid import uuid4

from msgspec import Struct, field

from agent.clock import Moment


class Priority(IntEnum):
    """What goes first when the store is full (lowest first), and what is sent first after an outage (highest first)."""

    TELEMETRY = 0
    EVENT = 1
    ALARM = 2


BAY_OCCUPIED = "bay.occupied"
BAY_FREED = "bay.freed"
BAY_OVERSTAY = "bay.overstay"
BAY_UNKNOWN = "bay.unknown"
BAY_KNOWN = "bay.known"
BAY_DISAGREEMENT = "bay.disagreement"
BAY_STATISTICS = "bay.statistics"
SENSOR_BATTERY_LOW = "sensor.battery_low"
SENSOR_TILTED = "sensor.tilted"
SENSOR_FAULT = "sensor.fault"
SENSOR_STUCK = "sensor.stuck"
SENSOR_FLAPPING = "sensor.flapping"
LAMP_LEVEL = "lamp.level"
LAMP_FAILURE = "lamp.failure"
LAMP_DIMMING_FAILURE = "lamp.dimming_failure"
LAMP_POWER_TOO_HIGH = "lamp.power_too_high"
LAMP_POWER_TOO_LOW = "lamp.power_too_low"
LAMP_CYCLING_FAILURE = "lamp.cycling_failure"
LAMP_UNEXPECTED_ON = "lamp.unexpected_on"
LAMP_RELAY_FAILURE = "lamp.relay_failure"
LAMP_CONTROL_GEAR_COMM_FAILURE = "lamp.control_gear_comm_failure"
LAMP_ENERGY = "lamp.energy"
METER_SUPPLY_VOLTAGE_TOO_HIGH = "meter.supply_voltage_too_high"
METER_SUPPLY_VOLTAGE_TOO_LOW = "meter.supply_voltage_too_low"
METER_SUPPLY_LOSS = "meter.supply_loss"
KERB_SUSPECTED = "kerb.suspected"
KERB_STATISTICS = "kerb.statistics"
KERB_MODE = "kerb.mode"
CAMERA_TAMPERED = "camera.tampered"
CAMERA_DEGRADED = "camera.degraded"
DEVICE_DOWN = "line.device_down"
DEVICE_UP = "line.device_up"
TELEMETRY_READING = "telemetry.reading"
COMMAND_OUTCOME = "command.outcome"
POLE_BIRTH = "pole.birth"
POLE_STATUS = "pole.status"
PART_FAILED = "pole.part_failed"
PART_RESTORED = "pole.part_restored"
POLE_DOCUMENT = "pole.document"
STORE_GAP = "store.gap"
CERTIFICATE_EXPIRES = "uplink.certificate_expires"


def new_id() -> str:
    return uuid4().hex


class Data(Struct, frozen=True, kw_only=True):
    """Base of what an event of one type says, JSON-able, units in the keys.

    A field with the default UNSET is a key that may be absent.
    """


class Event(Struct, frozen=True, kw_only=True):
    """Something the city should know. Made by `registry.event`, which knows type and priority of what is said.

    Args:
        type: short and stable, one of the names above.
        subject: what it is about: a bay, a lamp, a zone, a line, or the pole's id.
        at: when it happened.
        id: unique for ever; the consumer de-duplicates on it.
    """

    type: str
    subject: str
    at: Moment
    data: Data
    priority: Priority = Priority.EVENT
    id: str = field(default_factory=new_id)
