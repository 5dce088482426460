"""Builds meters, and what watches their voltages."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from agent.clock import Moment
from agent.rule import RuleRunner
from agent.trades.build import UNKNOWN, BuildContext, DeviceView, StateMaker, rows
from agent.trades.metering import energy, supply
from agent.trades.metering.energy import EnergyConfig, EnergyState
from agent.trades.metering.event_types import METER_ENERGY
from agent.trades.metering.supply import MeterOptions
from agent.trades.metering.tables import MeteringTables
from agent.trades.units import Share, Unit, profile_of
from drivers import profile
from drivers.meter import Meter


class MeteringPart:
    """What metering has built."""

    def __init__(self, context: BuildContext) -> None:
        self._context, self._isolation = context, context.isolation
        self.meters: dict[str, RuleRunner[supply.SupplyState]] = {}

    def status(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, Any]:
        names = self._context.config.of(MeteringTables).meter
        return {"meters": rows(self._isolation, "meter", names, partial(self._shown, devices))}

    def _shown(self, devices: Mapping[str, DeviceView], name: str) -> Mapping[str, Any]:
        known = name in self.meters and self._isolation.part(f"meter/{name}").trusted
        device = devices.get(name)
        return supply.shown(self.meters[name].state, device.fresh if device else ()) if known else UNKNOWN

    def device(self, name: str) -> Mapping[str, Any]:
        return {}

    def states(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, StateMaker]:
        return {}


def units(context: BuildContext) -> Iterator[Unit]:
    for name, options in context.config.of(MeteringTables).meter.items():
        made_of = options, profile_of(options.profile, context.config.pole.profiles_dir)
        yield Unit(f"meter/{name}", made_of, partial(_meter, context, name, options), (f"line/{options.line}",))


async def _meter(context: BuildContext, name: str, options: MeterOptions, share: Share) -> None:
    part = context.built.part(MeteringPart)
    found = profile.load(options.profile, Path(context.config.pole.profiles_dir))
    share.drivers.append(Meter(name, options, found, context.masters[options.line]))
    step = partial(supply.step, supply.meter_config(name, options, found))
    part.meters[name] = runner = await context.rule(
        f"meter/{name}", supply.SupplyState, step, persisted=supply.persisted
    )
    share.undo.append(partial(part.meters.pop, name))
    share.runners.append(runner)
    share.listeners[name].append(context.listener(runner.key, runner.on_reading))
    if counting := energy.energy_config(name, options, found, context.config.pole.timezone):
        await _energy(context, name, counting, share)


async def _energy(context: BuildContext, name: str, counting: EnergyConfig, share: Share) -> None:
    runner = await context.rule(
        f"meter_energy/{name}",
        EnergyState,
        partial(energy.step, counting),
        persisted=energy.persisted,
        on_shutdown=energy.settled,
        quantities=frozenset(counting.counters),
    )
    share.undo.append(context.forgets(runner, lambda _: EnergyState(), METER_ENERGY, name))
    share.runners.append(runner)
    share.listeners[name].append(context.listener(runner.key, runner.on_reading))
