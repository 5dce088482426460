"""Builds parking sensors, bays and their figures."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from agent.access import network
from agent.assembly.context import BayInstance, BuildContext, Components, Listener
from agent.events import BAY_FREED, BAY_OCCUPIED, Event
from agent.rule import RuleRunner
from agent.trades import kerb, parking
from agent.trades.parking import sensor_health
from agent.trades.parking import statistics as figures_of
from agent.trades.parking.statistics import OccupancyRecorder
from drivers import registry
from drivers.base import Reading, Reporting

FIGURES_SHARE = 0.25
"""Of the store's room, at most for the days of bays; a store that they filled would take no events."""


async def sensors(means: BuildContext, parts: Components) -> None:
    pole = (means.config.pole.site, means.config.pole.id)
    networks = {name: network(name, options, means.clock.now, pole) for name, options in means.config.lorawan.items()}
    parts.drivers += networks.values()
    around = registry.SensorContext(Path(means.config.pole.profiles_dir), means.masters, networks)
    for name, options in means.config.sensor.items():
        parts.drivers.append(registry.sensor(name, options, around))
        parts.sensors[name] = await _health(means, name, registry.reporting(options, around.profiles_dir))
        parts.listeners[name].append(parts.sensors[name].on_reading)


async def _health(means: BuildContext, name: str, reporting: Reporting) -> RuleRunner[parking.SensorState]:
    watched = sensor_health.Sensor(name, means.config.sensor_health, reporting)
    key = f"sensor/{name}"
    state = await means.state(key, parking.SensorState)
    step = partial(sensor_health.step, watched)
    stored, hears = sensor_health.stored, sensor_health.QUANTITIES
    return RuleRunner(key, state, step, means.commit, means.clock, stored=stored, hears=hears)


async def bays(means: BuildContext, parts: Components) -> None:
    if means.config.bay:
        parts.figures = await _figures(means)
    for name, options in means.config.bay.items():
        bay = _bay(means, name, options)
        key = f"bay/{name}"
        state = await means.state(key, parking.BayState)
        commit = partial(_commit_bay, means, parts, name)
        step = partial(parking.step, bay)
        runner = RuleRunner(key, state, step, commit, means.clock, stored=parking.stored, hears=parking.QUANTITIES)
        parts.bays[name] = BayInstance(bay, runner)
        for source in bay.sources:
            hear = runner.on_reading if source.kind == "bay_sensor" else partial(_in_alert, means, runner.on_reading)
            for device in source.told_by:
                parts.listeners[device] += [hear, partial(_hear_bay, means, parts, name)]


def _bay(means: BuildContext, name: str, options: parking.BayOptions) -> parking.Bay:
    config = means.config
    sources = [_source(means, each, options) for each in (options.sensor, *options.also)]
    order = parking.order_of(options, config.rule, config.pole.timezone, config.parking.jurisdiction)
    return parking.Bay(name, tuple(sources), order, options.disagree_s)


def _source(means: BuildContext, name: str, bay: parking.BayOptions) -> parking.Source:
    if name in means.config.zone:
        return parking.zone_of(name, means.config.zone[name].camera)
    own_dir = Path(means.config.pole.profiles_dir)
    return parking.source_of(name, bay, registry.reporting(means.config.sensor[name], own_dir))


async def _in_alert(means: BuildContext, hear: Listener, reading: Reading) -> None:
    """What a camera sees of a single place counts only while its alert mode is lawful, in a bay as in a zone."""
    lawful = kerb.mode(means.config.kerb, means.clock.now(), means.config.pole.timezone).mode == "alert"
    await hear(reading if lawful else Reading(reading.device, "reachable", False, reading.at_s))


async def _figures(means: BuildContext) -> OccupancyRecorder:
    pole, options = means.config.pole, means.config.parking
    of_bay = {name: bay.group for name, bay in means.config.bay.items()}
    figures = OccupancyRecorder(
        figures_of.Place(pole.site, pole.id, pole.timezone, of_bay),
        period_s=options.statistics_period_s,
        keep_days=options.keep_days,
        max_bytes=int(means.config.store.max_mb * 1_000_000 * FIGURES_SHARE),
        commit=means.commit,
        rows=means.store,
        clock=means.clock,
    )
    await figures.open()
    return figures


async def _hear_bay(means: BuildContext, parts: Components, name: str, reading: Reading) -> None:
    """After its rule: with the first word of a sensor since the start the bay's state is known again."""
    if parts.figures is None or parts.figures.has_heard(name):
        return
    bay, runner = parts.bays[name]
    at = means.clock.at(reading.at_s)
    if (state := parking.sensed_state(bay, runner.state, at)) is not None:
        await parts.figures.heard(name, state, at)


async def _commit_bay(
    means: BuildContext, parts: Components, bay: str, events: Sequence[Event], states: Mapping[str, Struct | None]
) -> None:
    """Commit with the log of its day, and let the lamps know that a vehicle came or went."""
    commit = parts.figures.commit_bay if parts.figures else means.commit
    await commit(events, states)
    if any(event.type in (BAY_OCCUPIED, BAY_FREED) for event in events):
        for lamp in parts.lamps.values():
            lamp.notice(bay, means.clock.now().mono_s)
