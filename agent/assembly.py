"""Builds what hangs on the pole from its configuration: networks, what each trade builds, what hears each device."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from msgspec import structs

from agent import telemetry
from agent.access import network
from agent.bus import Bus
from agent.clock import Clock
from agent.config.schema import Config
from agent.rule import Commit, RuleRunner
from agent.store import Store
from agent.trades.base import Trade
from agent.trades.build import BuildContext, Components
from agent.trades.registry import TRADES
from drivers import profile
from drivers.line import LineOptions, TcpLine
from drivers.mapped import LineDevice
from drivers.modbus import Master

__all__ = ["Builder", "Components", "line_options"]


@dataclass(frozen=True)
class Builder:
    """Builds the parts; each rule goes on from its state in the store.

    Args:
        schedule_clock: the clock that lamps follow.
        masters: Modbus master of each line.
    """

    config: Config
    store: Store
    commit: Commit
    clock: Clock
    schedule_clock: Clock
    masters: Mapping[str, Master]
    trades: Sequence[Trade] = TRADES

    async def build(self) -> Components:
        context = self._context()
        context.built.drivers += context.networks.values()
        for trade in self.trades:
            context.built.parts.append(await trade.build(context))
        await _telemetry(context)
        return context.built

    def _context(self) -> BuildContext:
        config, pole = self.config, self.config.pole
        whose = (pole.site, pole.id)
        return BuildContext(
            config,
            self.store,
            self.commit,
            self.clock,
            self.schedule_clock,
            self.masters,
            networks={name: network(name, one, self.clock.now, whose) for name, one in config.lorawan.items()},
            places={name: place for trade in self.trades for name, place in trade.places(config).items()},
            bus=Bus(),
            built=Components(),
        )


async def _telemetry(context: BuildContext) -> None:
    for driver in context.built.drivers:
        step = partial(telemetry.step, driver.name)
        key = telemetry.key(driver.name)
        state = await context.state(key, telemetry.DeviceState)
        runner = RuleRunner(key, state, step, context.commit, context.clock, persisted=telemetry.stored)
        context.built.runners.append(runner)
        context.built.listeners[driver.name].append(runner.on_reading)


def line_options(config: Config, name: str) -> LineOptions:
    """A line with as many requests at one time as the profiles of its devices allow, where it does not say itself."""
    options = config.line[name]
    if not isinstance(options, TcpLine) or options.framing == "rtu" or options.in_flight is not None:
        return options
    own_dir = Path(config.pole.profiles_dir)
    devices = (each for _, _, each in config.members() if isinstance(each, LineDevice))
    profiles = [each.profile for each in devices if each.line == name]
    allowed = [profile.load(each, own_dir).tables.in_flight or 1 for each in profiles]
    return structs.replace(options, in_flight=min(allowed, default=1))
