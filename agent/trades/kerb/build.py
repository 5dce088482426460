"""Builds cameras, their zones, and what keeps them to the law."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from agent.clock import Moment
from agent.config.schema import Config
from agent.events import Event
from agent.rule import RuleRunner, Step
from agent.trades import kerb
from agent.trades.build import BuildContext, Components, StandingVehicles, WatchedPlace
from agent.trades.kerb.part import KerbPart
from agent.trades.kerb.tables import KerbTables
from drivers.base import Reading
from drivers.camera.driver import CameraDriver

MODE_LINE = "the kerb camera works in %s mode: %s"

log = logging.getLogger(__name__)


def places(config: Config) -> Mapping[str, WatchedPlace]:
    """Zones, for whoever takes one as a source of vehicles: in alert mode alone a single one may be told."""
    tables = config.of(KerbTables)

    def lawful(now: Moment) -> bool:
        return kerb.mode(tables.kerb, now, config.pole.timezone).mode == "alert"

    return {name: WatchedPlace(zone.camera, lawful) for name, zone in tables.zone.items()}


async def build(context: BuildContext) -> KerbPart:
    tables, built = context.config.of(KerbTables), context.built
    part = KerbPart(tables, context.config.pole.timezone)
    for name, options in tables.camera.items():
        mine = {zone: shape for zone, shape in tables.zone.items() if shape.camera == name}
        built.drivers.append(CameraDriver(name, options, mine, Path(context.config.pole.models_dir)))
    for name, place in tables.zone.items():
        part.zones[name] = runner = await _zone(context, tables, name)
        built.runners.append(runner)
        built.standing[name] = StandingVehicles((name,), False, partial(_standing, runner))
        for source in (name, place.camera):
            built.listeners[source].append(runner.on_reading)
    for name, place in tables.zone.items():
        for other in place.beside:
            for device in built.standing[other].told_by:
                # The zone is asked again whenever something was told of what lies beside it, which hears it first.
                built.listeners[device].append(part.zones[name].on_time)
    if tables.camera:
        built.runners.append(await _mode(context, tables))
    return part


async def _zone(context: BuildContext, tables: KerbTables, name: str) -> RuleRunner[kerb.ZoneState]:
    options = tables.zone[name]
    zone = kerb.zone_of(name, options, tables.kerb, context.config.pole.timezone)

    def step(state: kerb.ZoneState, now: Moment, reading: Reading | None) -> Step[kerb.ZoneState]:
        return kerb.step(zone, state, now, reading, _beside(context.built, options.beside))

    state = await context.state(f"zone/{name}", kerb.ZoneState)
    return RuleRunner(f"zone/{name}", state, step, context.commit, context.clock, persisted=kerb.stored)


async def _mode(context: BuildContext, tables: KerbTables) -> RuleRunner[kerb.ModeState]:
    """The legal mode of the cameras."""
    pole = context.config.pole

    logged = kerb.mode(tables.kerb, context.clock.now(), pole.timezone)
    log.info(MODE_LINE, logged.mode, logged.reason)

    def step(state: kerb.ModeState, now: Moment, _: Reading | None) -> Step[kerb.ModeState]:
        return kerb.step_mode(pole.id, tables.kerb, pole.timezone, state, now)

    async def commit(events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        nonlocal logged
        await context.commit(events, states)
        for event in events:
            before, logged = logged, kerb.Mode(event.data["mode"], event.data["reason"])
            if logged != before:
                log.warning(MODE_LINE, logged.mode, logged.reason)

    return RuleRunner("kerb", await context.state("kerb", kerb.ModeState), step, commit, context.clock)


def _standing(runner: RuleRunner[kerb.ZoneState]) -> Sequence[Moment]:
    return [one.entered for one in runner.state.runtime.open]


def _beside(built: Components, names: Sequence[str]) -> kerb.AdjacentVehicle | None:
    """The vehicle that has stood longest in one of these bays and zones; None: as far as is known there is none."""
    there = [(built.standing[name], built.standing[name].entered()) for name in names]
    entered = [moment for _, moments in there for moment in moments]
    if not entered:
        return None
    sensed = any(place.sensed and moments for place, moments in there)
    return kerb.AdjacentVehicle(min(entered, key=lambda each: each.unix_s), "both" if sensed else "camera")
