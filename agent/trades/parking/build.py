"""Builds parking sensors, bays and the recorder of their occupancy."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from agent.bus import Presence
from agent.clock import Moment
from agent.events import Event
from agent.rule import RuleRunner
from agent.trades import parking
from agent.trades.build import BuildContext, Listener, StandingVehicles, Task, WatchedPlace
from agent.trades.parking import sensor_health, statistics
from agent.trades.parking.part import BayInstance, ParkingPart
from agent.trades.parking.statistics import OccupancyRecorder
from agent.trades.parking.tables import ParkingTables
from drivers import registry
from drivers.base import Reading, Reporting

STATISTICS_SHARE = 0.25
"""Of the store's room, at most for the days of bays; a store that they filled would take no events."""


async def build(context: BuildContext) -> ParkingPart:
    tables = context.config.of(ParkingTables)
    part = ParkingPart(tables)
    await _sensors(context, tables, part)
    if tables.bay:
        part.occupancy = await _occupancy(context, tables)
        context.built.tasks.append(Task("figures", part.occupancy.run))
    for name, options in tables.bay.items():
        await _build_bay(context, tables, part, (name, options))
    context.built.answers["bays"] = part.day
    return part


async def _sensors(context: BuildContext, tables: ParkingTables, part: ParkingPart) -> None:
    sensor_context = registry.SensorContext(Path(context.config.pole.profiles_dir), context.masters, context.networks)
    for name, options in tables.sensor.items():
        context.built.drivers.append(registry.sensor(name, options, sensor_context))
        watched = sensor_health.Sensor(
            name, tables.sensor_health, registry.reporting(options, sensor_context.profiles_dir)
        )
        part.sensors[name] = runner = await _health(context, watched)
        context.built.runners.append(runner)
        context.built.listeners[name].append(runner.on_reading)


async def _health(context: BuildContext, watched: sensor_health.Sensor) -> RuleRunner[parking.SensorState]:
    key = f"sensor/{watched.name}"
    state = await context.state(key, parking.SensorState)
    step = partial(sensor_health.step, watched)
    persisted, quantities = sensor_health.stored, sensor_health.QUANTITIES
    return RuleRunner(key, state, step, context.commit, context.clock, persisted=persisted, quantities=quantities)


async def _build_bay(
    context: BuildContext, tables: ParkingTables, part: ParkingPart, table: tuple[str, parking.BayOptions]
) -> None:
    name, bay = table[0], _bay(context, tables, *table)
    key = f"bay/{name}"
    runner = RuleRunner(
        key,
        await context.state(key, parking.BayState),
        partial(parking.step, bay),
        partial(_commit_bay, context, part, name),
        context.clock,
        persisted=parking.stored,
        quantities=parking.QUANTITIES,
    )
    part.bays[name] = BayInstance(bay, runner)
    context.built.runners.append(runner)
    devices = tuple(device for source in bay.sources for device in source.told_by)
    context.built.standing[name] = StandingVehicles(devices, True, partial(_standing, runner))
    for source in bay.sources:
        hear: Listener = runner.on_reading
        if source.kind == "camera":
            hear = partial(_where_it_counts, context, context.places[source.name], hear)
        for device in source.told_by:
            context.built.listeners[device] += [hear, partial(_hear_bay, context, part, name)]


def _bay(context: BuildContext, tables: ParkingTables, name: str, options: parking.BayOptions) -> parking.Bay:
    sources = [_source(context, tables, each, options) for each in (options.sensor, *options.also)]
    order = parking.order_of(options, tables.rule, context.config.pole.timezone, tables.parking.jurisdiction)
    return parking.Bay(name, tuple(sources), order, options.disagree_s)


def _source(context: BuildContext, tables: ParkingTables, name: str, bay: parking.BayOptions) -> parking.Source:
    if name in context.places:
        return parking.zone_of(name, context.places[name].device)
    return parking.source_of(name, bay, _reporting(context, tables, name))


def _reporting(context: BuildContext, tables: ParkingTables, sensor: str) -> Reporting:
    return registry.reporting(tables.sensor[sensor], Path(context.config.pole.profiles_dir))


async def _where_it_counts(context: BuildContext, place: WatchedPlace, hear: Listener, reading: Reading) -> None:
    """What a camera sees of a single place counts only while its alert mode is lawful, in a bay as in a zone."""
    lawful = place.counts(context.clock.now())
    await hear(reading if lawful else Reading(reading.device, "reachable", False, reading.at_s))


async def _occupancy(context: BuildContext, tables: ParkingTables) -> OccupancyRecorder:
    pole, options = context.config.pole, tables.parking
    of_bay = {name: bay.group for name, bay in tables.bay.items()}
    recorder = OccupancyRecorder(
        statistics.Place(pole.site, pole.id, pole.timezone, of_bay),
        period_s=options.statistics_period_s,
        keep_days=options.keep_days,
        max_bytes=int(context.config.store.max_mb * 1_000_000 * STATISTICS_SHARE),
        commit=context.commit,
        rows=context.store,
        clock=context.clock,
    )
    await recorder.open()
    return recorder


def _standing(runner: RuleRunner[parking.BayState]) -> Sequence[Moment]:
    state = runner.state
    return (state.stay.entered,) if state.occupied and not state.silent and state.stay else ()


async def _hear_bay(context: BuildContext, part: ParkingPart, name: str, reading: Reading) -> None:
    """Runs after the bay's rule: with the first reading of a sensor since the start the bay's state is known again."""
    if part.occupancy is None or part.occupancy.is_known(name):
        return
    bay, runner = part.bays[name]
    at = context.clock.moment_at(reading.at_s)
    if (state := parking.sensed_state(bay, runner.state, at)) is not None:
        await part.occupancy.note_state(name, state, at)


async def _commit_bay(
    context: BuildContext,
    part: ParkingPart,
    bay: str,
    events: Sequence[Event],
    states: Mapping[str, Struct | None],
) -> None:
    """Commit with the log of its day, and tell the pole that a vehicle came or went."""
    runner = part.bays[bay].runner
    before, after = runner.state, states.get(runner.key)
    commit = part.occupancy.commit_bay if part.occupancy else context.commit
    await commit(events, states)
    if isinstance(after, parking.BayState) and _vehicle(after) != _vehicle(before):
        context.bus.tell(Presence(bay, context.clock.now().mono_s))


def _vehicle(state: parking.BayState) -> str | None:
    """The stay that is known of; None: none."""
    return state.stay.key if state.stay else None
