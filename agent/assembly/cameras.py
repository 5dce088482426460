"""Builds cameras, their zones, and what keeps them to the law."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from agent.assembly.context import BuildContext, Components
from agent.clock import Moment
from agent.events import Event
from agent.rule import RuleRunner, Step
from agent.trades import kerb
from agent.trades.kerb.tables import KerbTables
from drivers.base import Reading
from drivers.camera.driver import CameraDriver

MODE_LINE = "the kerb camera works in %s mode: %s"

log = logging.getLogger(__name__)


async def cameras(context: BuildContext, components: Components) -> None:
    for name, options in context.config.of(KerbTables).camera.items():
        mine = {zone: shape for zone, shape in context.config.of(KerbTables).zone.items() if shape.camera == name}
        components.drivers.append(CameraDriver(name, options, mine, Path(context.config.pole.models_dir)))
    for name, place in context.config.of(KerbTables).zone.items():
        components.zones[name] = runner = await _zone(context, name, place, components)
        for source in (name, place.camera):
            components.listeners[source].append(runner.on_reading)
    for name, place in context.config.of(KerbTables).zone.items():
        for other in place.beside:
            _hears_of_neighbours(components, name, other)
    if context.config.of(KerbTables).camera:
        components.others.append(await _mode(context))


async def _zone(
    context: BuildContext, name: str, place: kerb.ZoneOptions, components: Components
) -> RuleRunner[kerb.ZoneState]:
    zone = kerb.zone_of(name, place, context.config.of(KerbTables).kerb, context.config.pole.timezone)

    def step(state: kerb.ZoneState, now: Moment, reading: Reading | None) -> Step[kerb.ZoneState]:
        return kerb.step(zone, state, now, reading, _beside(components, place.beside))

    state = await context.state(f"zone/{name}", kerb.ZoneState)
    return RuleRunner(f"zone/{name}", state, step, context.commit, context.clock, persisted=kerb.stored)


async def _mode(context: BuildContext) -> RuleRunner[kerb.ModeState]:
    """The legal mode of the cameras."""
    pole = context.config.pole

    logged = kerb.mode(context.config.of(KerbTables).kerb, context.clock.now(), pole.timezone)
    log.info(MODE_LINE, logged.mode, logged.reason)

    def step(state: kerb.ModeState, now: Moment, _: Reading | None) -> Step[kerb.ModeState]:
        return kerb.step_mode(pole.id, context.config.of(KerbTables).kerb, pole.timezone, state, now)

    async def commit(events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        nonlocal logged
        await context.commit(events, states)
        for event in events:
            before, logged = logged, kerb.Mode(event.data["mode"], event.data["reason"])
            if logged != before:
                log.warning(MODE_LINE, logged.mode, logged.reason)

    return RuleRunner("kerb", await context.state("kerb", kerb.ModeState), step, commit, context.clock)


def _beside(components: Components, names: Sequence[str]) -> kerb.AdjacentVehicle | None:
    """The vehicle that has stood longest in one of these bays and zones; None: as far as is known there is none."""
    bays = [components.bays[name].runner.state for name in names if name in components.bays]
    seen = [
        one.entered for name in names if name in components.zones for one in components.zones[name].state.runtime.open
    ]
    sensed = [bay.stay.entered for bay in bays if bay.occupied and not bay.silent and bay.stay]
    if not sensed and not seen:
        return None
    return kerb.AdjacentVehicle(min((*sensed, *seen), key=lambda each: each.unix_s), "both" if sensed else "camera")


def _hears_of_neighbours(components: Components, zone: str, other: str) -> None:
    """The zone is asked again whenever something was told of a bay or zone beside it, which hears it first."""
    devices = components.bays[other].bay.sources if other in components.bays else ()
    for device in [each for source in devices for each in source.told_by] or [other]:
        components.listeners[device].append(components.zones[zone].on_time)
