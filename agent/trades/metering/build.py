"""Builds meters, and what watches their voltages."""

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from agent.clock import Moment
from agent.isolation import Isolation
from agent.rule import RuleRunner
from agent.trades.build import UNKNOWN, BuildContext, DeviceView, StateMaker, rows
from agent.trades.metering import supply
from agent.trades.metering.tables import MeteringTables
from drivers import profile
from drivers.meter import Meter


class MeteringPart:
    """What metering has built."""

    def __init__(self, tables: MeteringTables, isolation: Isolation) -> None:
        self._tables, self._isolation = tables, isolation
        self.meters: dict[str, RuleRunner[supply.SupplyState]] = {}

    def status(self, now: Moment, down: Collection[str]) -> Mapping[str, Any]:
        return {"meters": rows(self._isolation, "meter", self._tables.meter, self._shown)}

    def _shown(self, name: str) -> Mapping[str, Any]:
        known = name in self.meters and self._isolation.part(f"meter/{name}").trusted
        return supply.shown(self.meters[name].state) if known else UNKNOWN

    def device(self, name: str) -> Mapping[str, Any]:
        return {}

    def states(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, StateMaker]:
        return {}


async def build(context: BuildContext) -> None:
    tables = context.config.of(MeteringTables)
    part = context.built.part(MeteringPart)
    for name in tables.meter:
        await context.isolation.part(f"meter/{name}").build(partial(_meter, context, tables, part, name))


async def _meter(context: BuildContext, tables: MeteringTables, part: MeteringPart, name: str) -> None:
    options = tables.meter[name]
    found = profile.load(options.profile, Path(context.config.pole.profiles_dir))
    context.built.drivers.append(Meter(name, options, found, context.masters[options.line]))
    step = partial(supply.step, supply.meter_config(name, options, found))
    part.meters[name] = runner = await context.rule(f"meter/{name}", supply.SupplyState, step, persisted=supply.stored)
    context.built.runners.append(runner)
    context.built.listeners[name].append(context.listener(runner.key, runner.on_reading))
