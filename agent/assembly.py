"""Builds what hangs on the pole from its configuration: drivers, the rules that hear them, the lamps they drive."""

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct, structs

from agent import kerb, parking, supply, telemetry
from agent.access import network
from agent.clock import Clock, Moment
from agent.config.schema import Config
from agent.events import BAY_FREED, BAY_OCCUPIED, Event
from agent.lighting import LampControl, LampState, Place, monitor, plan_of
from agent.parking import figures as figures_of
from agent.parking import sensor_health
from agent.parking.figures import Keeper
from agent.rule import Commit, RuleRunner, Step
from agent.store import Store
from drivers import profile, registry
from drivers.base import Driver, Reading, Reporting
from drivers.camera.driver import Camera
from drivers.lamp import Lamp
from drivers.line import LineOptions, TcpLine
from drivers.meter import Meter
from drivers.modbus import Master
from drivers.parking.modbus import ModbusSensor

HOURS = "operating_hours_h"
"""The quantity in which a controller tells how long its lamp has burned."""

MODE_LINE = "the kerb camera works in %s mode: %s"

log = logging.getLogger(__name__)

FIGURES_SHARE = 0.25
"""Of the store's room, at most for the days of bays; a store that they filled would take no events."""

S = TypeVar("S", bound=Struct)

Listener = Callable[[Reading], Awaitable[None]]


class Placed(NamedTuple):
    """A bay, and what runs its rule."""

    bay: parking.Bay
    runner: RuleRunner[parking.BayState]


@dataclass
class Parts:
    """What was built.

    Args:
        drivers: everything that reports.
        figures: of the bays; None: there are none.
        listeners: name of a device or a zone -> who hears its readings.
    """

    drivers: list[Driver] = field(default_factory=list)
    sensors: dict[str, RuleRunner[parking.SensorState]] = field(default_factory=dict)
    bays: dict[str, Placed] = field(default_factory=dict)
    figures: Keeper | None = None
    zones: dict[str, RuleRunner[kerb.ZoneState]] = field(default_factory=dict)
    lamps: dict[str, LampControl] = field(default_factory=dict)
    monitors: dict[str, RuleRunner[monitor.MonitorState]] = field(default_factory=dict)
    meters: dict[str, RuleRunner[supply.SupplyState]] = field(default_factory=dict)
    others: list[RuleRunner[Any]] = field(default_factory=list)
    listeners: defaultdict[str, list[Listener]] = field(default_factory=lambda: defaultdict(list))

    @property
    def runners(self) -> list[RuleRunner[Any]]:
        bays = {name: each.runner for name, each in self.bays.items()}
        named = (self.sensors, bays, self.zones, self.monitors, self.meters)
        return [*(runner for runners in named for runner in runners.values()), *self.others]


def line_options(config: Config, name: str) -> LineOptions:
    """A line with as many requests at one time as the profiles of its devices allow, where it does not say itself."""
    options = config.line[name]
    if not isinstance(options, TcpLine) or options.framing == "rtu" or options.in_flight is not None:
        return options
    own_dir = Path(config.pole.profiles_dir)
    profiles = [each.profile for each in config.lamp.values() if each.line == name]
    profiles += [each.profile for each in config.meter.values() if each.line == name]
    modbus = (each for each in config.sensor.values() if isinstance(each, ModbusSensor))
    profiles += [each.profile for each in modbus if each.line == name]
    allowed = [profile.load(each, own_dir).tables.in_flight or 1 for each in profiles]
    return structs.replace(options, in_flight=min(allowed, default=1))


@dataclass(frozen=True)
class Builder:
    """Builds the parts; each rule goes on from its state in the store.

    Args:
        masters: Modbus master of each line.
        evening: the clock that lamps follow.
    """

    config: Config
    store: Store
    commit: Commit
    clock: Clock
    evening: Clock
    masters: Mapping[str, Master]

    async def build(self) -> Parts:
        parts = Parts()
        for build in (self._sensors, self._bays, self._lamps, self._meters, self._cameras, self._telemetry):
            await build(parts)
        return parts

    async def _sensors(self, parts: Parts) -> None:
        networks = {name: network(name, options, self.clock.now) for name, options in self.config.lorawan.items()}
        parts.drivers += networks.values()
        around = registry.Around(Path(self.config.pole.profiles_dir), self.masters, networks)
        for name, options in self.config.sensor.items():
            parts.drivers.append(registry.sensor(name, options, around))
            parts.sensors[name] = await self._health(name, registry.reporting(options, around.profiles_dir))
            parts.listeners[name].append(parts.sensors[name].on_reading)

    async def _health(self, name: str, reporting: Reporting) -> RuleRunner[parking.SensorState]:
        watched = sensor_health.Sensor(name, self.config.sensor_health, reporting)
        key = f"sensor/{name}"
        state = await self._state(key, parking.SensorState)
        step = partial(sensor_health.step, watched)
        return RuleRunner(key, state, step, self.commit, self.clock, stored=sensor_health.stored)

    async def _bays(self, parts: Parts) -> None:
        if self.config.bay:
            parts.figures = await self._figures()
        for name, options in self.config.bay.items():
            bay = self._bay(name, options)
            key = f"bay/{name}"
            state = await self._state(key, parking.BayState)
            commit = partial(self._commit_bay, parts, name)
            step = partial(parking.step, bay)
            runner = RuleRunner(key, state, step, commit, self.clock, stored=parking.stored)
            parts.bays[name] = Placed(bay, runner)
            for source in bay.sources:
                hear = runner.on_reading if source.kind == "bay_sensor" else partial(self._in_alert, runner.on_reading)
                for device in source.told_by:
                    parts.listeners[device] += [hear, partial(self._hear_bay, parts, name)]

    def _bay(self, name: str, options: parking.BayOptions) -> parking.Bay:
        config = self.config
        sources = [self._source(each, options) for each in (options.sensor, *options.also)]
        order = parking.order_of(options, config.rule, config.pole.timezone, config.parking.jurisdiction)
        return parking.Bay(name, tuple(sources), order, options.disagree_s)

    def _source(self, name: str, bay: parking.BayOptions) -> parking.Source:
        if name in self.config.zone:
            return parking.zone_of(name, self.config.zone[name].camera)
        own_dir = Path(self.config.pole.profiles_dir)
        return parking.source_of(name, bay, registry.reporting(self.config.sensor[name], own_dir))

    async def _in_alert(self, hear: Listener, reading: Reading) -> None:
        """What a camera sees of a single place counts only while its alert mode is lawful, in a bay as in a zone."""
        lawful = kerb.mode(self.config.kerb, self.clock.now(), self.config.pole.timezone).mode == "alert"
        await hear(reading if lawful else Reading(reading.device, "reachable", False, reading.at_s))

    async def _figures(self) -> Keeper:
        pole, options = self.config.pole, self.config.parking
        of_bay = {name: bay.group for name, bay in self.config.bay.items()}
        figures = Keeper(
            figures_of.Place(pole.site, pole.id, pole.timezone, of_bay),
            period_s=options.statistics_period_s,
            keep_days=options.keep_days,
            max_bytes=int(self.config.store.max_mb * 1_000_000 * FIGURES_SHARE),
            commit=self.commit,
            rows=self.store,
            clock=self.clock,
        )
        await figures.open()
        return figures

    async def _hear_bay(self, parts: Parts, name: str, reading: Reading) -> None:
        """After its rule: with the first word of a sensor since the start the bay's state is known again."""
        if parts.figures is None or parts.figures.has_heard(name):
            return
        bay, runner = parts.bays[name]
        at = self.clock.at(reading.at_s)
        if (state := parking.seen(bay, runner.state, at)) is not None:
            await parts.figures.heard(name, state, at)

    async def _commit_bay(
        self, parts: Parts, bay: str, events: Sequence[Event], states: Mapping[str, Struct | None]
    ) -> None:
        """Commit with the log of its day, and let the lamps know that a vehicle came or went."""
        commit = parts.figures.commit_bay if parts.figures else self.commit
        await commit(events, states)
        if any(event.type in (BAY_OCCUPIED, BAY_FREED) for event in events):
            for lamp in parts.lamps.values():
                lamp.notice(bay, self.clock.now().mono_s)

    async def _lamps(self, parts: Parts) -> None:
        pole = self.config.pole
        place = Place(pole.latitude, pole.longitude, pole.timezone)
        for name, options in self.config.lamp.items():
            own_dir = Path(pole.profiles_dir)
            found = profile.load(options.profile, own_dir)
            lamp = Lamp(name, options, found, self.masters[options.line])
            follows = plan_of(name, options, place, self.config.program, self.config.calendar)
            control = LampControl(
                name,
                follows,
                actuator=lamp,
                commit=self.commit,
                clock=self.clock,
                state=await self._state(f"lamp/{name}", LampState),
                evening=self.evening,
                # Its own counter, where it has one, is heard as a reading.
                burning_h=None if HOURS in found.tables.register else partial(_burned_h, parts, name),
            )
            parts.drivers.append(lamp)
            parts.lamps[name] = control
            watched = monitor.watched(name, options, found, place)
            parts.monitors[name] = await self._monitor(watched, control)
            parts.listeners[name] += [control.on_reading, parts.monitors[name].on_reading]
            for source in follows.sources | {name}:
                parts.listeners[source].append(control.on_sensor)

    async def _monitor(self, lamp: monitor.Watched, control: LampControl) -> RuleRunner[monitor.MonitorState]:
        """What watches the lamp that `control` drives."""

        def step(state: monitor.MonitorState, now: Moment, reading: Reading | None) -> Step[monitor.MonitorState]:
            return monitor.step(lamp, state, now, reading, control.commanded_percent)

        key = f"monitor/{lamp.name}"
        state = await self._state(key, monitor.MonitorState)
        return RuleRunner(key, state, step, self.commit, self.clock, stored=monitor.stored, at_end=monitor.settled)

    async def _meters(self, parts: Parts) -> None:
        own_dir = Path(self.config.pole.profiles_dir)
        for name, options in self.config.meter.items():
            found = profile.load(options.profile, own_dir)
            parts.drivers.append(Meter(name, options, found, self.masters[options.line]))
            step, key = partial(supply.step, supply.metered(name, options, found)), f"meter/{name}"
            state = await self._state(key, supply.SupplyState)
            parts.meters[name] = RuleRunner(key, state, step, self.commit, self.clock, stored=supply.stored)
            parts.listeners[name].append(parts.meters[name].on_reading)

    async def _cameras(self, parts: Parts) -> None:
        for name, options in self.config.camera.items():
            mine = {zone: shape for zone, shape in self.config.zone.items() if shape.camera == name}
            parts.drivers.append(Camera(name, options, mine, Path(self.config.pole.models_dir)))
        for name, place in self.config.zone.items():
            parts.zones[name] = runner = await self._zone(name, place, parts)
            for source in (name, place.camera):
                parts.listeners[source].append(runner.on_reading)
        for name, place in self.config.zone.items():
            for other in place.beside:
                _hears_of_neighbours(parts, name, other)
        if self.config.camera:
            parts.others.append(await self._mode())

    async def _zone(self, name: str, place: kerb.ZoneOptions, parts: Parts) -> RuleRunner[kerb.ZoneState]:
        zone = kerb.zone_of(name, place, self.config.kerb, self.config.pole.timezone)

        def step(state: kerb.ZoneState, now: Moment, reading: Reading | None) -> Step[kerb.ZoneState]:
            return kerb.step(zone, state, now, reading, _beside(parts, place.beside))

        state = await self._state(f"zone/{name}", kerb.ZoneState)
        return RuleRunner(f"zone/{name}", state, step, self.commit, self.clock, stored=kerb.stored)

    async def _mode(self) -> RuleRunner[kerb.ModeState]:
        """The legal mode of the cameras."""
        pole = self.config.pole

        logged = kerb.mode(self.config.kerb, self.clock.now(), pole.timezone)
        log.info(MODE_LINE, logged.mode, logged.reason)

        def step(state: kerb.ModeState, now: Moment, _: Reading | None) -> Step[kerb.ModeState]:
            return kerb.step_mode(pole.id, self.config.kerb, pole.timezone, state, now)

        async def commit(events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
            nonlocal logged
            await self.commit(events, states)
            for event in events:
                before, logged = logged, kerb.Mode(event.data["mode"], event.data["reason"])
                if logged != before:
                    log.warning(MODE_LINE, logged.mode, logged.reason)

        return RuleRunner("kerb", await self._state("kerb", kerb.ModeState), step, commit, self.clock)

    async def _telemetry(self, parts: Parts) -> None:
        for driver in parts.drivers:
            step = partial(telemetry.step, driver.name)
            key = f"device/{driver.name}"
            state = await self._state(key, telemetry.DeviceState)
            runner = RuleRunner(key, state, step, self.commit, self.clock, stored=telemetry.stored)
            parts.others.append(runner)
            parts.listeners[driver.name].append(runner.on_reading)

    async def _state(self, key: str, kind: type[S]) -> S:
        """As stored; the initial one where nothing is stored."""
        return await self.store.load(key, kind) or kind()


def _beside(parts: Parts, names: Sequence[str]) -> kerb.Beside | None:
    """The vehicle that has stood longest in one of these bays and zones; None: as far as is known there is none."""
    bays = [parts.bays[name].runner.state for name in names if name in parts.bays]
    seen = [one.entered for name in names if name in parts.zones for one in parts.zones[name].state.watch.open]
    sensed = [bay.stay.entered for bay in bays if bay.occupied and not bay.silent and bay.stay]
    if not sensed and not seen:
        return None
    return kerb.Beside(min((*sensed, *seen), key=lambda each: each.unix_s), "both" if sensed else "camera")


def _hears_of_neighbours(parts: Parts, zone: str, other: str) -> None:
    """The zone is asked again whenever something was told of a bay or zone beside it, which hears it first."""
    devices = parts.bays[other].bay.sources if other in parts.bays else ()
    for device in [each for source in devices for each in source.told_by] or [other]:
        parts.listeners[device].append(parts.zones[zone].on_time)


def _burned_h(parts: Parts, lamp: str) -> float:
    """As the agent has seen it burn."""
    return monitor.operating_hours(parts.monitors[lamp].state)
