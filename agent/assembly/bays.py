"""Builds parking sensors, bays and the recorder of their occupancy."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from agent.access import network
from agent.assembly.context import BayInstance, BuildContext, Components, Listener
from agent.events import BAY_FREED, BAY_OCCUPIED, Event
from agent.rule import RuleRunner
from agent.trades import kerb, parking
from agent.trades.kerb.tables import KerbTables
from agent.trades.parking import sensor_health, statistics
from agent.trades.parking.statistics import OccupancyRecorder
from agent.trades.parking.tables import ParkingTables
from drivers import registry
from drivers.base import Reading, Reporting

STATISTICS_SHARE = 0.25
"""Of the store's room, at most for the days of bays; a store that they filled would take no events."""


async def sensors(context: BuildContext, components: Components) -> None:
    pole = (context.config.pole.site, context.config.pole.id)
    networks = {
        name: network(name, options, context.clock.now, pole) for name, options in context.config.lorawan.items()
    }
    components.drivers += networks.values()
    sensor_context = registry.SensorContext(Path(context.config.pole.profiles_dir), context.masters, networks)
    for name, options in context.config.of(ParkingTables).sensor.items():
        components.drivers.append(registry.sensor(name, options, sensor_context))
        components.sensors[name] = await _health(
            context, name, registry.reporting(options, sensor_context.profiles_dir)
        )
        components.listeners[name].append(components.sensors[name].on_reading)


async def _health(context: BuildContext, name: str, reporting: Reporting) -> RuleRunner[parking.SensorState]:
    watched = sensor_health.Sensor(name, context.config.of(ParkingTables).sensor_health, reporting)
    key = f"sensor/{name}"
    state = await context.state(key, parking.SensorState)
    step = partial(sensor_health.step, watched)
    persisted, quantities = sensor_health.stored, sensor_health.QUANTITIES
    return RuleRunner(key, state, step, context.commit, context.clock, persisted=persisted, quantities=quantities)


async def bays(context: BuildContext, components: Components) -> None:
    if context.config.of(ParkingTables).bay:
        components.occupancy = await _occupancy(context)
    for name, options in context.config.of(ParkingTables).bay.items():
        bay = _bay(context, name, options)
        key = f"bay/{name}"
        state = await context.state(key, parking.BayState)
        commit = partial(_commit_bay, context, components, name)
        step = partial(parking.step, bay)
        runner = RuleRunner(
            key, state, step, commit, context.clock, persisted=parking.stored, quantities=parking.QUANTITIES
        )
        components.bays[name] = BayInstance(bay, runner)
        for source in bay.sources:
            hear = runner.on_reading if source.kind == "bay_sensor" else partial(_in_alert, context, runner.on_reading)
            for device in source.told_by:
                components.listeners[device] += [hear, partial(_hear_bay, context, components, name)]


def _bay(context: BuildContext, name: str, options: parking.BayOptions) -> parking.Bay:
    config = context.config
    sources = [_source(context, each, options) for each in (options.sensor, *options.also)]
    order = parking.order_of(
        options, config.of(ParkingTables).rule, config.pole.timezone, config.of(ParkingTables).parking.jurisdiction
    )
    return parking.Bay(name, tuple(sources), order, options.disagree_s)


def _source(context: BuildContext, name: str, bay: parking.BayOptions) -> parking.Source:
    if name in context.config.of(KerbTables).zone:
        return parking.zone_of(name, context.config.of(KerbTables).zone[name].camera)
    own_dir = Path(context.config.pole.profiles_dir)
    return parking.source_of(name, bay, registry.reporting(context.config.of(ParkingTables).sensor[name], own_dir))


async def _in_alert(context: BuildContext, hear: Listener, reading: Reading) -> None:
    """What a camera sees of a single place counts only while its alert mode is lawful, in a bay as in a zone."""
    lawful = (
        kerb.mode(context.config.of(KerbTables).kerb, context.clock.now(), context.config.pole.timezone).mode == "alert"
    )
    await hear(reading if lawful else Reading(reading.device, "reachable", False, reading.at_s))


async def _occupancy(context: BuildContext) -> OccupancyRecorder:
    pole, options = context.config.pole, context.config.of(ParkingTables).parking
    of_bay = {name: bay.group for name, bay in context.config.of(ParkingTables).bay.items()}
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


async def _hear_bay(context: BuildContext, components: Components, name: str, reading: Reading) -> None:
    """Runs after the bay's rule: with the first reading of a sensor since the start the bay's state is known again."""
    if components.occupancy is None or components.occupancy.is_known(name):
        return
    bay, runner = components.bays[name]
    at = context.clock.moment_at(reading.at_s)
    if (state := parking.sensed_state(bay, runner.state, at)) is not None:
        await components.occupancy.note_state(name, state, at)


async def _commit_bay(
    context: BuildContext,
    components: Components,
    bay: str,
    events: Sequence[Event],
    states: Mapping[str, Struct | None],
) -> None:
    """Commit with the log of its day, and let the lamps know that a vehicle came or went."""
    commit = components.occupancy.commit_bay if components.occupancy else context.commit
    await commit(events, states)
    if any(event.type in (BAY_OCCUPIED, BAY_FREED) for event in events):
        for lamp in components.lamps.values():
            lamp.on_presence(bay, context.clock.now().mono_s)
