"""Builds cameras, their zones, and what keeps them to the law."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from agent.assembly.context import BuildContext, Components
from agent.clock import Moment
from agent.events import Event
from agent.rule import Step
from agent.trades import kerb
from drivers.base import Reading
from drivers.camera.driver import CameraDriver

MODE = "kerb"
"""The part that tells the legal mode."""

MODE_LINE = "the kerb camera works in %s mode: %s"

log = logging.getLogger(__name__)


async def cameras(means: BuildContext, parts: Components) -> None:
    for name in means.config.camera:
        await means.isolation.part(f"camera/{name}").build(partial(_camera, means, parts, name))
    for name in means.config.zone:
        await means.isolation.part(f"zone/{name}").build(partial(_zone, means, parts, name))
    for name in parts.zones:
        for other in means.config.zone[name].beside:
            _hears_of_neighbours(means, parts, name, other)
    if means.config.camera:
        await means.isolation.part(MODE).build(partial(_mode, means, parts))


async def _camera(means: BuildContext, parts: Components, name: str) -> None:
    mine = {zone: shape for zone, shape in means.config.zone.items() if shape.camera == name}
    models = Path(means.config.pole.models_dir)
    parts.drivers.append(CameraDriver(name, means.config.camera[name], mine, models))


async def _zone(means: BuildContext, parts: Components, name: str) -> None:
    place = means.config.zone[name]
    zone = kerb.zone_of(name, place, means.config.kerb, means.config.pole.timezone, means.config.rule)

    def step(state: kerb.ZoneState, now: Moment, reading: Reading | None) -> Step[kerb.ZoneState]:
        return kerb.step(zone, state, now, reading, _beside(means, parts, place.beside))

    parts.zones[name] = runner = await means.rule(f"zone/{name}", kerb.ZoneState, step, stored=kerb.stored)
    for source in (name, place.camera):
        parts.listeners[source].append(means.listener(runner.key, runner.on_reading))


async def _mode(means: BuildContext, parts: Components) -> None:
    """The legal mode of the cameras."""
    pole = means.config.pole

    logged = kerb.mode(means.config.kerb, means.clock.now(), pole.timezone)
    log.info(MODE_LINE, logged.mode, logged.reason)

    def step(state: kerb.ModeState, now: Moment, _: Reading | None) -> Step[kerb.ModeState]:
        return kerb.step_mode(pole.id, means.config.kerb, pole.timezone, state, now)

    async def commit(events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        nonlocal logged
        await means.commit(events, states)
        for event in events:
            before, logged = logged, kerb.Mode(event.data["mode"], event.data["reason"])
            if logged != before:
                log.warning(MODE_LINE, logged.mode, logged.reason)

    parts.others.append(await means.rule(MODE, kerb.ModeState, step, commit))


def _beside(means: BuildContext, parts: Components, names: Sequence[str]) -> kerb.AdjacentVehicle | None:
    """The vehicle that has stood longest in one of these bays and zones; None: as far as is known there is none.

    A bay whose rule was set aside tells nothing: what is known of it may be over.
    """
    bays = [parts.bays[name].runner for name in names if name in parts.bays]
    states = [runner.state for runner in bays if means.isolation.part(runner.key).trusted]
    zones = [parts.zones[name] for name in names if name in parts.zones]
    watches = [runner.state.watch for runner in zones if means.isolation.part(runner.key).trusted]
    seen = [one.entered for watch in watches for one in watch.open]
    sensed = [bay.stay.entered for bay in states if bay.occupied and not bay.silent and bay.stay]
    if not sensed and not seen:
        return None
    return kerb.AdjacentVehicle(min((*sensed, *seen), key=lambda each: each.unix_s), "both" if sensed else "camera")


def _hears_of_neighbours(means: BuildContext, parts: Components, zone: str, other: str) -> None:
    """The zone is asked again whenever something was told of a bay or zone beside it, which hears it first."""
    devices = parts.bays[other].bay.sources if other in parts.bays else ()
    runner = parts.zones[zone]
    for device in [each for source in devices for each in source.told_by] or [other]:
        parts.listeners[device].append(means.listener(runner.key, runner.on_time))
