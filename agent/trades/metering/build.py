"""Builds meters, and what watches their voltages."""

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from agent.clock import Moment
from agent.rule import RuleRunner
from agent.trades.build import BuildContext, DeviceView
from agent.trades.metering import supply
from agent.trades.metering.tables import MeteringTables
from drivers import profile
from drivers.meter import Meter


class MeteringPart:
    """What metering has built."""

    def __init__(self) -> None:
        self.meters: dict[str, RuleRunner[supply.SupplyState]] = {}

    def status(self, now: Moment, down: Collection[str]) -> Mapping[str, Any]:
        return {"meters": {name: supply.shown(runner.state) for name, runner in self.meters.items()}}

    def device(self, name: str) -> Mapping[str, Any]:
        return {}

    def states(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, Struct]:
        return {}


async def build(context: BuildContext) -> MeteringPart:
    part = MeteringPart()
    for name, options in context.config.of(MeteringTables).meter.items():
        found = profile.load(options.profile, Path(context.config.pole.profiles_dir))
        context.built.drivers.append(Meter(name, options, found, context.masters[options.line]))
        step, key = partial(supply.step, supply.meter_config(name, options, found)), f"meter/{name}"
        state = await context.state(key, supply.SupplyState)
        part.meters[name] = RuleRunner(key, state, step, context.commit, context.clock, persisted=supply.stored)
        context.built.runners.append(part.meters[name])
        context.built.listeners[name].append(part.meters[name].on_reading)
    return part
