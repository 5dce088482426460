"""The retained state of each device: what a subscriber that comes late finds at the broker."""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from agent import telemetry
from agent.assembly import Components
from agent.clock import Moment
from agent.config.schema import Config
from agent.events.registry import Percent, Time
from agent.regulation.legal_mode import LegalMode
from agent.supervise import Supervisor
from agent.trades import kerb
from agent.trades.kerb.tables import KerbTables
from agent.trades.lighting import monitor
from agent.trades.lighting.tables import LightingTables
from agent.trades.metering.tables import MeteringTables
from agent.trades.parking import BayCategory, Continuity
from agent.trades.parking.tables import ParkingTables
from agent.uplink.cloudevents import rfc3339

KEY = "retained"
REMEMBERED = 256

Reach = Literal["up", "down", "waiting"]
"""Whether a device answers; "waiting": it has not yet said anything."""


class Bay(Struct, frozen=True, tag_field="kind", tag="bay"):
    """A bay.

    Args:
        state: "unknown": its sensor is silent, or has not spoken yet.
        stay: identity of the stay; null: none.
        entered_at: null: no stay, or the clock was not set.
        overstay: "limit" or "grace" once that was told.
    """

    state: Literal["occupied", "free", "unknown"]
    category: BayCategory
    stay: str | None = None
    entered_at: Time | None = None
    continuity: Continuity | None = None
    overstay: Literal["limit", "grace"] | None = None


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


class Zone(Struct, frozen=True, tag_field="kind", tag="zone"):
    """A zone: never how many stand in it.

    Args:
        watched: whether its camera works.
    """

    category: kerb.ZoneCategory
    mode: LegalMode
    watched: bool


class Camera(Struct, frozen=True, tag_field="kind", tag="camera"):
    """A camera.

    Args:
        condition: null: it sees well, as far as is known.
    """

    device: Reach
    condition: str | None


class Device(Struct, frozen=True, tag_field="kind", tag="device"):
    """A sensor, a meter or a LoRaWAN network."""

    device: Reach


class State(Struct, frozen=True):
    """The retained state of one device.

    Args:
        time: since when the pole knows it to be so.
        timetrusted: whether the pole's clock was set.
        state: by its kind.
    """

    time: Time
    timetrusted: bool
    state: Bay | Lamp | Zone | Camera | Device


class Names(Struct, frozen=True):
    """Every device whose state was ever retained, the newest last."""

    names: tuple[str, ...] = ()


def subjects(config: Config) -> set[str]:
    """Of everything that has a state."""
    return {
        *config.of(ParkingTables).bay,
        *config.of(LightingTables).lamp,
        *config.of(KerbTables).zone,
        *config.of(KerbTables).camera,
        *config.of(ParkingTables).sensor,
        *config.of(MeteringTables).meter,
        *config.lorawan,
    }


def retained_history(before: Names, present: set[str]) -> Names:
    """What has to be known at the next start; very old names are forgotten."""
    old = [name for name in before.names if name not in present]
    return Names((*old[-REMEMBERED:], *sorted(present)))


def states(
    config: Config, now: Moment, components: Components, supervisors: Sequence[Supervisor]
) -> Mapping[str, Struct]:
    """The present state of each device, by name."""
    reach = {one.name: _reach(one) for one in supervisors}
    mode = kerb.mode(config.of(KerbTables).kerb, now, config.pole.timezone).mode
    plain = (*config.of(ParkingTables).sensor, *config.of(MeteringTables).meter, *config.lorawan)
    found: dict[str, Struct] = {name: Device(reach[name]) for name in plain if name in reach}
    found |= {name: _bay(config, components, name) for name in config.of(ParkingTables).bay}
    found |= {name: _lamp(components, name, reach[name]) for name in config.of(LightingTables).lamp}
    found |= {name: _camera(components, name, reach[name]) for name in config.of(KerbTables).camera}
    for name, zone in config.of(KerbTables).zone.items():
        found[name] = Zone(zone.category, mode, reach[zone.camera] == "up")
    return found


def _reach(supervisor: Supervisor) -> Reach:
    if supervisor.down_because is not None:
        return "down"
    return "waiting" if supervisor.last_reading is None else "up"


def _bay(config: Config, components: Components, name: str) -> Bay:
    options, state = config.of(ParkingTables).bay[name], components.bays[name].runner.state
    category = config.of(ParkingTables).rule[options.rule].category if options.rule else options.category
    word: Literal["occupied", "free", "unknown"] = "occupied" if state.occupied else "free"
    if state.silent or state.occupied is None:
        word = "unknown"
    stay = state.stay
    if stay is None:
        return Bay(word, category)
    entered = rfc3339(stay.entered) if stay.entered.trusted else None
    return Bay(word, category, stay.key, entered, stay.continuity, stay.stage or None)


def _lamp(components: Components, name: str, reach: Reach) -> Lamp:
    told, alarms = components.lamps[name].state, tuple(monitor.active(components.monitors[name].state))
    return Lamp(reach, told.level_percent, told.commanded_percent, told.reason or None, alarms)


def _camera(components: Components, name: str, reach: Reach) -> Camera:
    runner = next(one for one in components.others if one.key == f"device/{name}")
    assert isinstance(runner.state, telemetry.DeviceState)
    return Camera(reach, runner.state.condition)
