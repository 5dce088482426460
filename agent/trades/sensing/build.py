"""Builds stations: each hears the devices of its quantities, whatever trade brings them."""

from collections.abc import Iterator
from functools import partial

from agent.aggregation import lden
from agent.trades.build import BuildContext
from agent.trades.sensing import kept_hours, rule
from agent.trades.sensing.hours import StationDay
from agent.trades.sensing.options import StationOptions
from agent.trades.sensing.part import SensingPart
from agent.trades.sensing.state import Station, StationState, persisted, settled
from agent.trades.sensing.tables import SensingTables
from agent.trades.units import Share, Unit


def units(context: BuildContext) -> Iterator[Unit]:
    pole = context.config.pole
    hours = lden.HOURS.get(str(pole.law), lden.Hours())
    for name, options in context.config.of(SensingTables).station.items():
        station = Station(name, options, pole.timezone, hours, _place(context, options))
        yield Unit(f"station/{name}", station, partial(_station, context, station))


def _place(context: BuildContext, options: StationOptions) -> StationDay:
    """The station as reports tell it."""
    pole, tells = context.config.pole, options
    return StationDay(pole.site, pole.id, pole.timezone, tells.standing, tells.label, str(pole.law), tells.setting)


async def _station(context: BuildContext, station: Station, share: Share) -> None:
    part, key = context.built.part(SensingPart), f"station/{station.name}"
    step, kept = partial(rule.step, station), kept_hours.KeptHours(context)
    load = partial(kept_hours.loaded, context, station.name)
    runner = await context.rule(
        key, StationState, step, kept.commit, load=load, persisted=persisted, on_shutdown=settled
    )
    part.stations[station.name] = station, runner
    share.undo.append(partial(part.stations.pop, station.name))
    share.runners.append(runner)
    for device in dict.fromkeys(device for each in station.options.quantity.values() for device in each.devices):
        share.listeners[device].append(context.listener(key, runner.on_reading))
