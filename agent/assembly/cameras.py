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
from drivers.base import Reading
from drivers.camera.driver import CameraDriver

MODE_LINE = "the kerb camera works in %s mode: %s"

log = logging.getLogger(__name__)


async def cameras(means: BuildContext, parts: Components) -> None:
    for name, options in means.config.camera.items():
        mine = {zone: shape for zone, shape in means.config.zone.items() if shape.camera == name}
        parts.drivers.append(CameraDriver(name, options, mine, Path(means.config.pole.models_dir)))
    for name, place in means.config.zone.items():
        parts.zones[name] = runner = await _zone(means, name, place, parts)
        for source in (name, place.camera):
            parts.listeners[source].append(runner.on_reading)
    for name, place in means.config.zone.items():
        for other in place.beside:
            _hears_of_neighbours(parts, name, other)
    if means.config.camera:
        parts.others.append(await _mode(means))


async def _zone(
    means: BuildContext, name: str, place: kerb.ZoneOptions, parts: Components
) -> RuleRunner[kerb.ZoneState]:
    zone = kerb.zone_of(name, place, means.config.kerb, means.config.pole.timezone)

    def step(state: kerb.ZoneState, now: Moment, reading: Reading | None) -> Step[kerb.ZoneState]:
        return kerb.step(zone, state, now, reading, _beside(parts, place.beside))

    state = await means.state(f"zone/{name}", kerb.ZoneState)
    return RuleRunner(f"zone/{name}", state, step, means.commit, means.clock, stored=kerb.stored)


async def _mode(means: BuildContext) -> RuleRunner[kerb.ModeState]:
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

    return RuleRunner("kerb", await means.state("kerb", kerb.ModeState), step, commit, means.clock)


def _beside(parts: Components, names: Sequence[str]) -> kerb.AdjacentVehicle | None:
    """The vehicle that has stood longest in one of these bays and zones; None: as far as is known there is none."""
    bays = [parts.bays[name].runner.state for name in names if name in parts.bays]
    seen = [one.entered for name in names if name in parts.zones for one in parts.zones[name].state.watch.open]
    sensed = [bay.stay.entered for bay in bays if bay.occupied and not bay.silent and bay.stay]
    if not sensed and not seen:
        return None
    return kerb.AdjacentVehicle(min((*sensed, *seen), key=lambda each: each.unix_s), "both" if sensed else "camera")


def _hears_of_neighbours(parts: Components, zone: str, other: str) -> None:
    """The zone is asked again whenever something was told of a bay or zone beside it, which hears it first."""
    devices = parts.bays[other].bay.sources if other in parts.bays else ()
    for device in [each for source in devices for each in source.told_by] or [other]:
        parts.listeners[device].append(parts.zones[zone].on_time)
