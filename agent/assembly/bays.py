"""Builds parking sensors, bays and the recorder of their occupancy."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from agent.assembly.context import BayInstance, BuildContext, Components
from agent.events import BAY_FREED, BAY_OCCUPIED, Event
from agent.isolation import Listener
from agent.regulation import order_of
from agent.rule import RuleRunner
from agent.trades import kerb, parking
from agent.trades.parking import sensor_health, statistics
from agent.trades.parking.statistics import OccupancyRecorder
from drivers import registry
from drivers.base import Reading, Reporting
from drivers.lorawan import Network

FIGURES = "figures"
"""The part that keeps them."""

STATISTICS_SHARE = 0.25
"""Of the store's room, at most for the days of bays; a store that they filled would take no events."""


async def sensors(context: BuildContext, components: Components) -> None:
    networks: dict[str, Network] = {}
    for name in context.config.lorawan:
        await context.isolation.part(f"network/{name}").build(partial(_network, context, networks, name))
    components.drivers += networks.values()
    sensor_context = registry.SensorContext(Path(context.config.pole.profiles_dir), context.masters, networks)
    for name in context.config.sensor:
        await context.isolation.part(f"sensor/{name}").build(
            partial(_sensor, context, components, name, sensor_context)
        )


async def _sensor(
    context: BuildContext, components: Components, name: str, sensor_context: registry.SensorContext
) -> None:
    options = context.config.sensor[name]
    components.drivers.append(registry.sensor(name, options, sensor_context))
    components.sensors[name] = await _health(context, name, registry.reporting(options, sensor_context.profiles_dir))
    components.listeners[name].append(
        context.listener(components.sensors[name].key, components.sensors[name].on_reading)
    )


async def _network(context: BuildContext, networks: dict[str, Network], name: str) -> None:
    """Add the driver of [lorawan.NAME]; its broker knows the pole again."""
    pole, clock = context.config.pole, context.clock
    networks[name] = Network(
        name,
        context.config.lorawan[name],
        f"lamppost.{pole.site}.{pole.id}.lorawan.{name}",
        unix_s=lambda: clock.now().trusted_unix_s,
        earliest_s=lambda: clock.now().earliest_s,
    )


async def _health(context: BuildContext, name: str, reporting: Reporting) -> RuleRunner[parking.SensorState]:
    watched = sensor_health.Sensor(name, context.config.sensor_health, reporting)
    step = partial(sensor_health.step, watched)
    persisted, quantities = sensor_health.stored, sensor_health.QUANTITIES
    return await context.rule(f"sensor/{name}", parking.SensorState, step, stored=persisted, hears=quantities)


async def bays(context: BuildContext, components: Components) -> None:
    if context.config.bay:
        await context.isolation.part(FIGURES).build(partial(_occupancy, context, components))
    for name in context.config.bay:
        await context.isolation.part(f"bay/{name}").build(partial(_build_bay, context, components, name))


async def _build_bay(context: BuildContext, components: Components, name: str) -> None:
    bay = _bay(context, name, context.config.bay[name])
    commit = partial(_commit_bay, context, components, name)
    step, persisted, key = partial(parking.step, bay), parking.stored, f"bay/{name}"
    runner = await context.rule(key, parking.BayState, step, commit, stored=persisted, hears=parking.QUANTITIES)
    context.isolation.part(key).begin_anew = partial(_begin_bay_anew, context, components, name, runner)
    components.bays[name] = BayInstance(bay, runner)
    for source in bay.sources:
        hear = runner.on_reading if source.kind == "bay_sensor" else partial(_in_alert, context, runner.on_reading)
        for device in source.told_by:
            components.listeners[device] += [
                context.listener(key, hear),
                context.listener(FIGURES, partial(_hear_bay, context, components, name)),
            ]


async def _begin_bay_anew(
    context: BuildContext, components: Components, name: str, runner: RuleRunner[parking.BayState]
) -> None:
    """Nobody saw the bay while its rule was set aside."""
    figures, failure = components.occupancy, context.isolation.part(runner.key).failure
    if figures is not None and failure is not None:
        await context.isolation.part(FIGURES).attempt(partial(figures.lost, name, failure.last))
    await runner.begin_anew(partial(context.state, runner.key, parking.BayState))


def _bay(context: BuildContext, name: str, options: parking.BayOptions) -> parking.Bay:
    config = context.config
    sources = [_source(context, each, options) for each in (options.sensor, *options.also)]
    order = order_of(options, config.rule, config.pole.timezone, config.parking.jurisdiction)
    return parking.Bay(name, tuple(sources), order, options.disagree_s)


def _source(context: BuildContext, name: str, bay: parking.BayOptions) -> parking.Source:
    if name in context.config.zone:
        return parking.zone_of(name, context.config.zone[name].camera)
    own_dir = Path(context.config.pole.profiles_dir)
    return parking.source_of(name, bay, registry.reporting(context.config.sensor[name], own_dir))


async def _in_alert(context: BuildContext, hear: Listener, reading: Reading) -> None:
    """What a camera sees of a single place counts only while its alert mode is lawful, in a bay as in a zone."""
    lawful = kerb.mode(context.config.kerb, context.clock.now(), context.config.pole.timezone).mode == "alert"
    await hear(reading if lawful else Reading(reading.device, "reachable", False, reading.at_s))


async def _occupancy(context: BuildContext, components: Components) -> None:
    pole, options = context.config.pole, context.config.parking
    of_bay = {name: bay.group for name, bay in context.config.bay.items()}
    components.occupancy = recorder = OccupancyRecorder(
        statistics.Place(pole.site, pole.id, pole.timezone, of_bay),
        period_s=options.statistics_period_s,
        keep_days=options.keep_days,
        max_bytes=int(context.config.store.max_mb * 1_000_000 * STATISTICS_SHARE),
        commit=context.commit,
        rows=context.store,
        clock=context.clock,
    )
    context.isolation.part(FIGURES).begin_anew = recorder.open
    await context.isolation.part(FIGURES).attempt(recorder.open)


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
    if components.occupancy is None:
        await context.commit(events, states)
    else:
        await components.occupancy.commit_bay(events, states, context.isolation.part(FIGURES))
    if any(event.type in (BAY_OCCUPIED, BAY_FREED) for event in events):
        now_s = context.clock.now().mono_s
        for name, lamp in components.lamps.items():
            context.isolation.part(f"lamp-inputs/{name}").ask(partial(lamp.on_presence, bay, now_s))
