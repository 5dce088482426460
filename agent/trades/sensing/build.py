"""Builds stations: each hears the devices of its quantities, whatever trade brings them."""

from collections.abc import Iterator
from functools import partial

from agent.aggregation import lden
from agent.calendars import minutes_of
from agent.trades.build import BuildContext
from agent.trades.sensing import kept_hours, rule
from agent.trades.sensing.hours import StationDay
from agent.trades.sensing.options import StationOptions
from agent.trades.sensing.part import SensingPart
from agent.trades.sensing.state import Station, StationState, persisted, settled
from agent.trades.sensing.tables import SensingTables
from agent.trades.units import Share, Unit


def units(context: BuildContext) -> Iterator[Unit]:
    tables, pole = context.config.of(SensingTables), context.config.pole
    own = None if tables.sensing.lden_hours is None else tuple(minutes_of(text) for text in tables.sensing.lden_hours)
    hours = lden.HOURS.get(str(pole.law), lden.Hours()) if own is None else lden.Hours(*own)
    for name, options in tables.station.items():
        station = Station(name, options, pole.timezone, hours, _place(context, options, hours))
        yield Unit(f"station/{name}", station, partial(_station, context, station))


def _place(context: BuildContext, options: StationOptions, hours: lden.Hours) -> StationDay:
    """The station as reports tell it."""
    pole = context.config.pole
    return StationDay(
        pole.site,
        pole.id,
        pole.timezone,
        options.standing,
        options.label,
        str(pole.law),
        options.setting,
        lden_hours=hours,
    )


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
