"""What the live table shows: the city's events, and the daemon's own answer to "status", put side by side.

The simulated street is a picture of one street with bays, lamps and a kerb, and a station one of its quantities: it
knows these trades, and simulates their devices by hand. A pole knows none of it.
"""

from collections import Counter, deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct, field

from agent.config.schema import Config
from agent.event_catalogue import EVENT_TYPES
from agent.events import TELEMETRY_READING, Data
from agent.regulation import rule_of
from agent.trades.kerb.event_types import KerbSuspected
from agent.trades.kerb.options import ZoneOptions
from agent.trades.kerb.tables import KerbTables
from agent.trades.lighting.event_types import LampLevel
from agent.trades.lighting.tables import LightingTables
from agent.trades.parking.event_types import (
    BayFreed,
    BayKnown,
    BayOccupied,
    BayOverstay,
    BayOverstayPresumed,
    BayUnknown,
)
from agent.trades.parking.options import BayOptions
from agent.trades.parking.tables import ParkingTables
from agent.trades.sensing.event_types import SensingObservation, SensingThreshold
from agent.trades.sensing.tables import SensingTables

KEPT_EVENTS = 40


class Received(Struct, frozen=True):
    """The part of a CloudEvent that a reader looks at; its data as it came, for display."""

    type: str
    subject: str
    time: datetime
    data: dict[str, Any]


class BayRow(Struct):
    """One bay; `state` as its last event says, `since` that event's time, `by` which kind of sensor.

    `overstay` is the stage that was told last: "", "limit" or "grace"; `presumed` likewise, where it is not proven.
    """

    name: str
    sensor: str
    by: str
    category: str
    limit_s: float | None
    state: str = "waiting"
    since: datetime | None = None
    overstay: str = ""
    presumed: str = ""
    distance_mm: float | None = None


class LampRow(Struct):
    """One lamp; `level_percent` as read back, and why it is so."""

    name: str
    program: str
    level_percent: float | None = None
    reason: str = ""


class ZoneRow(Struct):
    """One zone; `standing_s` of the vehicle that stands there longest, `camera_state` as the daemon says it."""

    name: str
    camera: str
    category: str
    limit_s: float | None
    camera_state: str = "waiting"
    standing_s: float | None = None
    suspected: int = 0


class QuantityRow(Struct):
    """One quantity of a station.

    Args:
        now: last reading with its unit, as the daemon says it.
        told: last observation that has a value; None: none yet.
        beyond: names of thresholds that it is beyond.
    """

    station: str
    name: str
    device: str
    now: str = ""
    told: SensingObservation | None = None
    beyond: frozenset[str] = frozenset()


class Queue(Struct):
    """The daemon's outbox and its session."""

    connected: bool = False
    waiting: int = 0
    sent: int = 0


class View(Struct):
    """Everything on the screen.

    Args:
        events: the last ones received, newest first, without the readings that only tell a figure.
        counts: of all events received, by type.
        down: device -> why, of the devices that are down.
    """

    bays: dict[str, BayRow]
    lamps: dict[str, LampRow]
    zones: dict[str, ZoneRow]
    kerb_mode: str
    quantities: dict[tuple[str, str], QuantityRow] = field(default_factory=dict)
    queue: Queue = field(default_factory=Queue)
    events: deque[Received] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS))
    counts: Counter[str] = field(default_factory=Counter)
    down: dict[str, str] = field(default_factory=dict)


def begin(config: Config) -> View:
    """Returns the view before anything was received."""
    return View(
        {name: _bay_row(config, name, bay) for name, bay in config.of(ParkingTables).bay.items()},
        {name: LampRow(name, lamp.program or "") for name, lamp in config.of(LightingTables).lamp.items()},
        {name: _zone_row(config, name, zone) for name, zone in config.of(KerbTables).zone.items()},
        config.of(KerbTables).kerb.mode,
        {
            (name, quantity): QuantityRow(name, quantity, options.device)
            for name, station in config.of(SensingTables).station.items()
            for quantity, options in station.quantity.items()
        },
    )


def _bay_row(config: Config, name: str, bay: BayOptions) -> BayRow:
    rule = rule_of(bay, config.of(ParkingTables).rule)
    return BayRow(name, bay.sensor, _kind(config, bay.sensor), rule.category, rule.limit_s)


def _zone_row(config: Config, name: str, zone: ZoneOptions) -> ZoneRow:
    rule = rule_of(zone, config.of(KerbTables).rule)
    return ZoneRow(name, zone.camera, rule.category, rule.limit_s)


def _kind(config: Config, sensor: str) -> str:
    """Returns the kind of a sensor, as `kind` of its table has it; "": there is no such sensor."""
    return (
        str(type(config.of(ParkingTables).sensor[sensor]).__struct_config__.tag)
        if sensor in config.of(ParkingTables).sensor
        else ""
    )


def hear(view: View, payload: bytes) -> None:
    """Take one event as the broker delivered it. Raises msgspec.MsgspecError when it is none."""
    event = msgspec.json.decode(payload, type=Received)
    if event.type != TELEMETRY_READING:
        view.events.appendleft(event)
    view.counts[event.type] += 1
    data, subject = _data(event), event.subject
    match data:
        case LampLevel() if subject in view.lamps:
            view.lamps[subject].level_percent, view.lamps[subject].reason = data.level_percent, data.reason
        case KerbSuspected() if subject in view.zones:
            view.zones[subject].suspected += 1
        case SensingObservation() | SensingThreshold() if (subject, data.quantity) in view.quantities:
            _quantity(view.quantities[subject, data.quantity], data)
        case _ if subject in view.bays:
            _bay(view.bays[subject], data, event.time)


def _quantity(row: QuantityRow, data: SensingObservation | SensingThreshold) -> None:
    if isinstance(data, SensingThreshold):
        row.beyond = row.beyond | {data.threshold} if data.active else row.beyond - {data.threshold}
    elif data.value is not None:
        row.told = data


def _data(event: Received) -> Data | None:
    """What it says, as its type has it; None for a type that is none of the pole's."""
    if event.type not in EVENT_TYPES:
        return None
    data: Data = msgspec.convert(event.data, EVENT_TYPES[event.type].data)
    return data


def _bay(bay: BayRow, data: Data | None, time: datetime) -> None:
    """A bay that falls silent, or is heard again without a change, keeps its stay and its time."""
    match data:
        case BayOccupied():
            bay.state, bay.since, bay.overstay, bay.presumed = "occupied", time, "", ""
        case BayFreed():
            bay.state, bay.since, bay.overstay, bay.presumed = "free", time, "", ""
        case BayOverstay():
            bay.overstay = data.stage
        case BayOverstayPresumed():
            bay.presumed = data.stage
        case BayUnknown():
            bay.state = "unknown"
        case BayKnown():
            bay.state = data.state


def ask(view: View, status: Mapping[str, Any]) -> None:
    """Take the daemon's answer to "status"."""
    uplink, devices = status["uplink"], status["devices"]
    view.queue = Queue(uplink["connected"], status["store"]["events"], uplink["acknowledged"])
    view.kerb_mode = status["kerb"]["mode"]
    view.down = {name: device["reason"] for name, device in devices.items() if device["state"] == "down"}
    for bay in view.bays.values():
        bay.distance_mm = devices[bay.sensor].get("distance_mm")
    for row in view.quantities.values():
        row.now = status["stations"].get(row.station, {}).get(row.name, "")
    for zone in view.zones.values():
        zone.camera_state = devices[zone.camera]["state"]
        zone.standing_s = status["zones"][zone.name].get("standing_s")
