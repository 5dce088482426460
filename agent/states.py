"""The retained state of each device: what a subscriber that comes late finds at the broker."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal

from msgspec import Struct

from agent import telemetry
from agent.assembly import Components
from agent.clock import Moment, rfc3339
from agent.config.schema import Config
from agent.events.registry import Percent, Time
from agent.isolation import Isolation
from agent.regulation import Category, Continuity, rule_of
from agent.regulation.legal_mode import LegalMode
from agent.supervise import Supervisor
from agent.trades import kerb
from agent.trades.lighting import monitor

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
    category: Category
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

    category: Category
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
    return {*config.bay, *config.lamp, *config.zone, *config.camera, *config.sensor, *config.meter, *config.lorawan}


def retained_history(before: Names, present: set[str]) -> Names:
    """What has to be known at the next start; very old names are forgotten."""
    old = [name for name in before.names if name not in present]
    return Names((*old[-REMEMBERED:], *sorted(present)))


def states(
    config: Config, now: Moment, components: Components, supervisors: Sequence[Supervisor], isolation: Isolation
) -> Mapping[str, Struct | None]:
    """The present state of each device, by name; None: it cannot be told, by a defect."""
    reach = {one.name: _reach(one) for one in supervisors}
    made: dict[str, Callable[[], Struct | None]] = {}
    for name in (*config.sensor, *config.meter, *config.lorawan):
        made[name] = partial(_device, reach, name)
    made |= {name: partial(_bay, config, components, isolation, name) for name in config.bay}
    made |= {name: partial(_lamp, components, reach, name) for name in config.lamp}
    made |= {name: partial(_camera, components, isolation, reach, name) for name in config.camera}
    made |= {name: partial(_zone, config, now, reach, name) for name in config.zone}
    return {name: isolation.part(f"state/{name}").ask(make) for name, make in made.items()}


def _reach(supervisor: Supervisor) -> Reach:
    if supervisor.down_because is not None:
        return "down"
    return "waiting" if supervisor.last_reading is None else "up"


def _device(reach: Mapping[str, Reach], name: str) -> Device | None:
    return Device(reach[name]) if name in reach else None


def _bay(config: Config, components: Components, isolation: Isolation, name: str) -> Bay:
    options = config.bay[name]
    category = rule_of(options, config.rule).category
    if name not in components.bays or not isolation.part(f"bay/{name}").trusted:
        return Bay("unknown", category)
    state = components.bays[name].runner.state
    word: Literal["occupied", "free", "unknown"] = "occupied" if state.occupied else "free"
    if state.silent or state.occupied is None:
        word = "unknown"
    stay = state.stay
    if stay is None:
        return Bay(word, category)
    entered = rfc3339(stay.entered.unix_s) if stay.entered.trusted else None
    return Bay(word, category, stay.key, entered, stay.continuity, stay.stage or None)


def _lamp(components: Components, reach: Mapping[str, Reach], name: str) -> Lamp | None:
    """None: it, or what watches it, could not be built."""
    if name not in components.lamps or name not in components.monitors:
        return None
    told, alarms = components.lamps[name].state, tuple(monitor.active(components.monitors[name].state))
    return Lamp(reach[name], told.level_percent, told.commanded_percent, told.reason or None, alarms)


def _camera(components: Components, isolation: Isolation, reach: Mapping[str, Reach], name: str) -> Camera | None:
    """None: nothing hears of its condition."""
    runner = next((one for one in components.others if one.key == f"device/{name}"), None)
    if runner is None or not isolation.part(runner.key).trusted:
        return None
    assert isinstance(runner.state, telemetry.DeviceState)
    return Camera(reach[name], runner.state.condition)


def _zone(config: Config, now: Moment, reach: Mapping[str, Reach], name: str) -> Zone:
    zone = config.zone[name]
    mode = kerb.mode(config.kerb, now, config.pole.timezone).mode
    return Zone(rule_of(zone, config.rule).category, mode, reach.get(zone.camera) == "up")
