"""Builds parking sensors, bays and their figures."""

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
from agent.trades.parking import sensor_health
from agent.trades.parking import statistics as figures_of
from agent.trades.parking.statistics import OccupancyRecorder
from drivers import registry
from drivers.base import Reading, Reporting
from drivers.lorawan import Network

FIGURES = "figures"
"""The part that keeps them."""

FIGURES_SHARE = 0.25
"""Of the store's room, at most for the days of bays; a store that they filled would take no events."""


async def sensors(means: BuildContext, parts: Components) -> None:
    networks: dict[str, Network] = {}
    for name in means.config.lorawan:
        await means.isolation.part(f"network/{name}").build(partial(_network, means, networks, name))
    parts.drivers += networks.values()
    around = registry.SensorContext(Path(means.config.pole.profiles_dir), means.masters, networks)
    for name in means.config.sensor:
        await means.isolation.part(f"sensor/{name}").build(partial(_sensor, means, parts, name, around))


async def _sensor(means: BuildContext, parts: Components, name: str, around: registry.SensorContext) -> None:
    options = means.config.sensor[name]
    parts.drivers.append(registry.sensor(name, options, around))
    parts.sensors[name] = await _health(means, name, registry.reporting(options, around.profiles_dir))
    parts.listeners[name].append(means.listener(parts.sensors[name].key, parts.sensors[name].on_reading))


async def _network(means: BuildContext, networks: dict[str, Network], name: str) -> None:
    """Add the driver of [lorawan.NAME]; its broker knows the pole again."""
    pole, clock = means.config.pole, means.clock
    networks[name] = Network(
        name,
        means.config.lorawan[name],
        f"lamppost.{pole.site}.{pole.id}.lorawan.{name}",
        unix_s=lambda: clock.now().trusted_unix_s,
        earliest_s=lambda: clock.now().earliest_s,
    )


async def _health(means: BuildContext, name: str, reporting: Reporting) -> RuleRunner[parking.SensorState]:
    watched = sensor_health.Sensor(name, means.config.sensor_health, reporting)
    step = partial(sensor_health.step, watched)
    stored, hears = sensor_health.stored, sensor_health.QUANTITIES
    return await means.rule(f"sensor/{name}", parking.SensorState, step, stored=stored, hears=hears)


async def bays(means: BuildContext, parts: Components) -> None:
    if means.config.bay:
        await means.isolation.part(FIGURES).build(partial(_figures, means, parts))
    for name in means.config.bay:
        await means.isolation.part(f"bay/{name}").build(partial(_build_bay, means, parts, name))


async def _build_bay(means: BuildContext, parts: Components, name: str) -> None:
    bay = _bay(means, name, means.config.bay[name])
    commit = partial(_commit_bay, means, parts, name)
    step, stored, key = partial(parking.step, bay), parking.stored, f"bay/{name}"
    runner = await means.rule(key, parking.BayState, step, commit, stored=stored, hears=parking.QUANTITIES)
    means.isolation.part(key).begin_anew = partial(_begin_bay_anew, means, parts, name, runner)
    parts.bays[name] = BayInstance(bay, runner)
    for source in bay.sources:
        hear = runner.on_reading if source.kind == "bay_sensor" else partial(_in_alert, means, runner.on_reading)
        for device in source.told_by:
            parts.listeners[device] += [
                means.listener(key, hear),
                means.listener(FIGURES, partial(_hear_bay, means, parts, name)),
            ]


async def _begin_bay_anew(
    means: BuildContext, parts: Components, name: str, runner: RuleRunner[parking.BayState]
) -> None:
    """Nobody saw the bay while its rule was set aside."""
    figures, failure = parts.figures, means.isolation.part(runner.key).failure
    if figures is not None and failure is not None:
        await means.isolation.part(FIGURES).attempt(partial(figures.lost, name, failure.last))
    await runner.begin_anew(partial(means.state, runner.key, parking.BayState))


def _bay(means: BuildContext, name: str, options: parking.BayOptions) -> parking.Bay:
    config = means.config
    sources = [_source(means, each, options) for each in (options.sensor, *options.also)]
    order = order_of(options, config.rule, config.pole.timezone, config.parking.jurisdiction)
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


async def _figures(means: BuildContext, parts: Components) -> None:
    pole, options = means.config.pole, means.config.parking
    of_bay = {name: bay.group for name, bay in means.config.bay.items()}
    parts.figures = figures = OccupancyRecorder(
        figures_of.Place(pole.site, pole.id, pole.timezone, of_bay),
        period_s=options.statistics_period_s,
        keep_days=options.keep_days,
        max_bytes=int(means.config.store.max_mb * 1_000_000 * FIGURES_SHARE),
        commit=means.commit,
        rows=means.store,
        clock=means.clock,
    )
    means.isolation.part(FIGURES).begin_anew = figures.open
    await means.isolation.part(FIGURES).attempt(figures.open)


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
    if parts.figures is None:
        await means.commit(events, states)
    else:
        await parts.figures.commit_bay(events, states, means.isolation.part(FIGURES))
    if any(event.type in (BAY_OCCUPIED, BAY_FREED) for event in events):
        now_s = means.clock.now().mono_s
        for name, lamp in parts.lamps.items():
            means.isolation.part(f"lamp-inputs/{name}").ask(partial(lamp.notice, bay, now_s))
