"""Builds what hangs on the pole from its configuration: networks, what each trade builds, what hears each device."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from msgspec import structs

from agent import telemetry
from agent.config.schema import Config
from agent.isolation import Part
from agent.places.identities import KEY as IDENTITIES
from agent.trades.base import Trade
from agent.trades.build import BuildContext, Components
from agent.trades.registry import TRADES
from drivers import profile
from drivers.line import LineOptions, TcpLine
from drivers.lorawan import Network
from drivers.mapped import LineDevice

__all__ = ["Builder", "Components", "line_options"]


@dataclass(frozen=True)
class Builder(BuildContext):
    """Builds the parts; each rule goes on from its state in the store."""

    trades: Sequence[Trade] = TRADES

    async def build(self) -> Components:
        for trade in self.trades:
            commanded = trade.kinds().commanded
            self.built.commanded.update({kind: frozenset(getattr(self.config, kind)) for kind in commanded})
            await self._part_of(trade).build(partial(self._begin, trade))
        self.built.commanded.update(commanded_groups(self.config, self.built.commanded))
        for name in self.config.lorawan:
            await self.isolation.part(f"network/{name}").build(partial(self._network, name))
        self.built.drivers += self.networks.values()
        for trade in self.trades:
            await self._part_of(trade).build(partial(trade.build, self))
        for driver in self.built.drivers:
            await self.isolation.part(telemetry.key(driver.name)).build(partial(self._telemetry, driver.name))
        return self.built

    def _part_of(self, trade: Trade) -> Part:
        """A defect in what it builds all its parts with leaves the pole to the other trades."""
        return self.isolation.part(f"trade/{trade.name}")

    async def _begin(self, trade: Trade) -> None:
        self.built.parts[trade.name] = trade.part(self)
        self.places.update(trade.places(self.config))

    async def _network(self, name: str) -> None:
        """Add the driver of [lorawan.NAME]; its broker knows the pole again."""
        pole, clock = self.config.pole, self.clock
        self.networks[name] = Network(
            name,
            self.config.lorawan[name],
            f"lamppost.{pole.site}.{pole.id}.lorawan.{name}",
            unix_s=lambda: clock.now().trusted_unix_s,
            earliest_s=lambda: clock.now().earliest_s,
        )

    async def _telemetry(self, device: str) -> None:
        step, stored = partial(telemetry.step, device), telemetry.stored
        runner = await self.rule(telemetry.key(device), telemetry.DeviceState, step, persisted=stored)
        self.built.runners.append(runner)
        self.built.listeners[device].append(self.listener(runner.key, runner.on_reading))


def commanded_groups(config: Config, commanded: Collection[str]) -> Mapping[str, Collection[str]]:
    """Names of the groups whose members take commands, as "group"; nothing, where there are none."""
    kinds = [kind for kind, table in config.GROUPS.items() if table in commanded]
    names = frozenset(name for kind in kinds for name in config.groups(kind))
    return {"group": names} if names else {}


def state_keys(trades: Sequence[Trade] = TRADES) -> Mapping[str, Sequence[str]]:
    """What the keys of the states of a device begin with, by its table."""
    of_trades = [trade.kinds() for trade in trades]
    own = {name: prefixes for each in of_trades for name, prefixes in each.state_keys.items()}
    names = [name for each in of_trades for name in each.tables.__struct_fields__]
    return {name: (*own.get(name, ()), telemetry.key("")) for name in names}


def carried_states(trades: Sequence[Trade] = TRADES) -> Sequence[str]:
    """What keys of states begin with that go on where the pole itself has another id: of devices, and identities."""
    return sorted({IDENTITIES, *(prefix for prefixes in state_keys(trades).values() for prefix in prefixes)})


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
