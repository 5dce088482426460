"""Builds cameras, their zones, and what keeps them to the law."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from agent.clock import Moment
from agent.config.schema import Config
from agent.rule import RuleRunner, Step
from agent.trades.build import BuildContext, Components, StandingVehicles, WatchedPlace
from agent.trades.kerb import legal_mode
from agent.trades.kerb import zone as zone_rule
from agent.trades.kerb.legal_mode import ModeState
from agent.trades.kerb.overstay import AdjacentVehicle, zone_of
from agent.trades.kerb.part import KerbPart
from agent.trades.kerb.tables import KerbTables
from agent.trades.kerb.zone import ZoneState
from drivers.base import Reading
from drivers.camera.driver import CameraDriver
from drivers.translation import N_

MODE = "kerb"
"""The part that tells the legal mode."""

MODE_LINE = N_("the kerb camera works in %s mode: %s")

log = logging.getLogger(__name__)


def places(config: Config) -> Mapping[str, WatchedPlace]:
    """Zones, for whoever takes one as a source of vehicles: in alert mode alone a single one may be told."""
    tables = config.of(KerbTables)

    def lawful(now: Moment) -> bool:
        return legal_mode.mode(tables.kerb, now, config.pole.timezone).mode == "alert"

    return {name: WatchedPlace(zone.camera, lawful) for name, zone in tables.zone.items()}


async def build(context: BuildContext) -> None:
    tables = context.config.of(KerbTables)
    part = context.built.part(KerbPart)
    for name in tables.camera:
        await context.isolation.part(f"camera/{name}").build(partial(_camera, context, tables, name))
    for name in tables.zone:
        await context.isolation.part(f"zone/{name}").build(partial(_zone, context, tables, part, name))
    for name in part.zones:
        for other in tables.zone[name].beside:
            _hears_of_neighbours(context, part.zones[name], other)
    if tables.camera:
        await context.isolation.part(MODE).build(partial(_mode, context, tables))


async def _camera(context: BuildContext, tables: KerbTables, name: str) -> None:
    mine = {zone: shape for zone, shape in tables.zone.items() if shape.camera == name}
    models = Path(context.config.pole.models_dir)
    context.built.drivers.append(CameraDriver(name, tables.camera[name], mine, models))


async def _zone(context: BuildContext, tables: KerbTables, part: KerbPart, name: str) -> None:
    options, built = tables.zone[name], context.built
    pole = context.config.pole
    zone = zone_of(name, options, tables.kerb, pole.timezone, pole.jurisdiction, rules=tables.rule)

    def step(state: ZoneState, now: Moment, reading: Reading | None) -> Step[ZoneState]:
        return zone_rule.step(zone, state, now, reading, _beside(built, options.beside))

    part.zones[name] = runner = await context.rule(f"zone/{name}", ZoneState, step, persisted=zone_rule.stored)
    built.runners.append(runner)
    built.standing[name] = StandingVehicles((name,), False, partial(_standing, context, runner))
    for source in (name, options.camera):
        built.listeners[source].append(context.listener(runner.key, runner.on_reading))


def _hears_of_neighbours(context: BuildContext, runner: RuleRunner[ZoneState], other: str) -> None:
    """The zone is asked again whenever something was told of a bay or zone beside it, which hears it first."""
    if other in context.built.standing:
        for device in context.built.standing[other].told_by:
            context.built.listeners[device].append(context.listener(runner.key, runner.on_time))


async def _mode(context: BuildContext, tables: KerbTables) -> None:
    """The legal mode of the cameras."""
    pole = context.config.pole

    logged = legal_mode.mode(tables.kerb, context.clock.now(), pole.timezone)
    log.info(MODE_LINE, logged.mode, logged.reason)

    def step(state: ModeState, now: Moment, _: Reading | None) -> Step[ModeState]:
        return legal_mode.step_mode(pole.id, tables.kerb, pole.timezone, state, now)

    def committed(_: ModeState, state: ModeState) -> None:
        nonlocal logged
        if state.told is not None and state.told != logged:
            logged = state.told
            log.warning(MODE_LINE, logged.mode, logged.reason)

    context.built.runners.append(await context.rule(MODE, ModeState, step, committed=committed))


def _standing(context: BuildContext, runner: RuleRunner[ZoneState]) -> Sequence[Moment]:
    """A zone whose rule was set aside tells nothing: what is known of it may be over."""
    trusted = context.isolation.part(runner.key).trusted
    return [one.entered for one in runner.state.runtime.open] if trusted else ()


def _beside(built: Components, names: Sequence[str]) -> AdjacentVehicle | None:
    """The vehicle that has stood longest in one of these bays and zones; None: as far as is known there is none."""
    places = [built.standing[name] for name in names if name in built.standing]
    there = [(place, place.entered()) for place in places]
    entered = [moment for _, moments in there for moment in moments]
    if not entered:
        return None
    sensed = any(place.sensed and moments for place, moments in there)
    return AdjacentVehicle(min(entered, key=lambda each: each.unix_s), "both" if sensed else "camera")
