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


async def cameras(context: BuildContext, components: Components) -> None:
    for name in context.config.camera:
        await context.isolation.part(f"camera/{name}").build(partial(_camera, context, components, name))
    for name in context.config.zone:
        await context.isolation.part(f"zone/{name}").build(partial(_zone, context, components, name))
    for name in components.zones:
        for other in context.config.zone[name].beside:
            _hears_of_neighbours(context, components, name, other)
    if context.config.camera:
        await context.isolation.part(MODE).build(partial(_mode, context, components))


async def _camera(context: BuildContext, components: Components, name: str) -> None:
    mine = {zone: shape for zone, shape in context.config.zone.items() if shape.camera == name}
    models = Path(context.config.pole.models_dir)
    components.drivers.append(CameraDriver(name, context.config.camera[name], mine, models))


async def _zone(context: BuildContext, components: Components, name: str) -> None:
    place = context.config.zone[name]
    zone = kerb.zone_of(name, place, context.config.kerb, context.config.pole.timezone, context.config.rule)

    def step(state: kerb.ZoneState, now: Moment, reading: Reading | None) -> Step[kerb.ZoneState]:
        return kerb.step(zone, state, now, reading, _beside(context, components, place.beside))

    components.zones[name] = runner = await context.rule(f"zone/{name}", kerb.ZoneState, step, stored=kerb.stored)
    for source in (name, place.camera):
        components.listeners[source].append(context.listener(runner.key, runner.on_reading))


async def _mode(context: BuildContext, components: Components) -> None:
    """The legal mode of the cameras."""
    pole = context.config.pole

    logged = kerb.mode(context.config.kerb, context.clock.now(), pole.timezone)
    log.info(MODE_LINE, logged.mode, logged.reason)

    def step(state: kerb.ModeState, now: Moment, _: Reading | None) -> Step[kerb.ModeState]:
        return kerb.step_mode(pole.id, context.config.kerb, pole.timezone, state, now)

    async def commit(events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        nonlocal logged
        await context.commit(events, states)
        for event in events:
            before, logged = logged, kerb.Mode(event.data["mode"], event.data["reason"])
            if logged != before:
                log.warning(MODE_LINE, logged.mode, logged.reason)

    components.others.append(await context.rule(MODE, kerb.ModeState, step, commit))


def _beside(context: BuildContext, components: Components, names: Sequence[str]) -> kerb.AdjacentVehicle | None:
    """The vehicle that has stood longest in one of these bays and zones; None: as far as is known there is none.

    A bay whose rule was set aside tells nothing: what is known of it may be over.
    """
    bays = [components.bays[name].runner for name in names if name in components.bays]
    states = [runner.state for runner in bays if context.isolation.part(runner.key).trusted]
    zones = [components.zones[name] for name in names if name in components.zones]
    watches = [runner.state.runtime for runner in zones if context.isolation.part(runner.key).trusted]
    seen = [one.entered for watch in watches for one in watch.open]
    sensed = [bay.stay.entered for bay in states if bay.occupied and not bay.silent and bay.stay]
    if not sensed and not seen:
        return None
    return kerb.AdjacentVehicle(min((*sensed, *seen), key=lambda each: each.unix_s), "both" if sensed else "camera")


def _hears_of_neighbours(context: BuildContext, components: Components, zone: str, other: str) -> None:
    """The zone is asked again whenever something was told of a bay or zone beside it, which hears it first."""
    devices = components.bays[other].bay.sources if other in components.bays else ()
    runner = components.zones[zone]
    for device in [each for source in devices for each in source.told_by] or [other]:
        components.listeners[device].append(context.listener(runner.key, runner.on_time))
