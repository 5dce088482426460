"""Builds what hangs on the pole from its configuration: lines, networks, what each trade builds, and telemetry."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from msgspec import field

from agent import telemetry
from agent.config.schema import Config
from agent.documents import document
from agent.isolation import START, Part
from agent.lines import lines, networks
from agent.places import open_places, places_of
from agent.places.identities import KEY as IDENTITIES
from agent.security import PREFIX as SECURITY
from agent.trades.base import Trade, judged, kinds, personal
from agent.trades.build import BuildContext, Components, Derived, tells_one_of
from agent.trades.registry import TRADES
from agent.trades.units import Share, Unit
from drivers.base import Driver
from drivers.quantity import Declares

T = TypeVar("T")

__all__ = ["Builder", "Built", "Components"]


class Built(NamedTuple):
    """A unit, and what it has added to the pole."""

    unit: Unit
    share: Share


class Builder(BuildContext, dict=True):
    """Builds the units of the pole; each rule goes on from its state in the store.

    Args:
        masters: of lines that are given, in place of those of the configuration; those of the others are added.
        own: gives units of the pole itself.
        units: what was built, by key, in order.
    """

    trades: Sequence[Trade] = TRADES
    own: Callable[[Config], Iterable[Unit]] = lambda _: ()
    units: dict[str, Built] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._given = frozenset(self.masters)
        self.derived = partial(_derived, self, {})
        self.derived_records = partial(_derived_records, self)
        self._unsent = telemetry.OWN | judged(self.trades) | personal(self.trades)

    async def build(self) -> Components:
        for trade in self.trades:
            await self._part_of(trade).build(partial(self._begin, trade))
        self.follow()
        await self.identify()
        for unit in await self.planned():
            await self.add(unit)
        self.show()
        return self.built

    async def close(self) -> None:
        """Give back what the units hold of the machine, the devices before their lines."""
        for built in reversed(self.units.values()):
            await self.release(built)

    async def release(self, built: Built) -> None:
        """Give back what a unit holds of the machine; what keeps it from one thing leaves the others."""
        for close in built.share.close:
            await self.isolation.part(f"release/{built.unit.key}", each_alone=True).attempt(close)

    def follow(self) -> None:
        """What is looked up in the configuration follows the one in force."""
        self.built.commanded.clear()
        self.places.clear()
        for trade in self.trades:
            commanded = kinds(trade).commanded
            self.built.commanded.update({kind: frozenset(getattr(self.config, kind)) for kind in commanded})
            self.places.update(self._part_of(trade).ask(partial(trade.places, self.config), START) or {})
        self.built.commanded.update(commanded_groups(self.config, self.built.commanded))

    async def identify(self) -> None:
        """Give every place and group its identity; states of what is renamed go over to the new name."""
        work = partial(open_places, self.config, self.store, state_keys(self.trades))
        self.identified = await self.isolation.part("places").attempt(work) or places_of(self.config, {})

    async def planned(self) -> list[Unit]:
        """The units of the configuration in force, in the order in which they are built."""
        units = [*lines(self, self._given), *networks(self), *self.own(self.config)]
        for trade in self.trades:
            await self._part_of(trade).build(partial(self._plan, trade, units))
        return units

    async def add(self, unit: Unit) -> None:
        """Build it, as far as that goes; it runs by itself from then on."""
        share = Share()
        self.units[unit.key] = Built(unit, share)
        await self.isolation.part(unit.key).build(partial(unit.build, share))
        for driver in share.drivers:
            await self.isolation.part(telemetry.key(driver.name)).build(partial(self._telemetry, driver, share))

    def remove(self, key: str) -> None:
        """Make it unknown to the others, once its tasks have ended; `show` tells who is left."""
        built = self.units.pop(key)
        for undo in reversed(built.share.undo):
            self.isolation.part(f"release/{key}", each_alone=True).ask(undo)

    def forget(self, keys: Collection[str], left: Collection[str] | None = None) -> None:
        """Parts of units that are gone: all that carry their names.

        Args:
            left: keys of the units that there will be: nothing is kept of names that none of these has; None: not
                known.
        """
        names = _names(keys)
        kept = names if left is None else _names(left)
        for part in self.isolation.known:
            name = part.rpartition("/")[2]
            if part in keys or (name in names and part not in self.units):
                self.isolation.forget(part)
                if name not in kept and part not in (left or ()):
                    self.isolation.drop(part)

    def show(self, order: Sequence[str] | None = None) -> None:
        """Let the pole see what was built.

        Args:
            order: of the keys; None: as they were built.
        """
        if order is not None:
            self.units = {key: self.units[key] for key in order}
        self.built.show([built.share for built in self.units.values()])

    def _part_of(self, trade: Trade) -> Part:
        """A defect in what it builds all its parts with leaves the pole to the other trades."""
        return self.isolation.part(f"trade/{trade.name}")

    async def _begin(self, trade: Trade) -> None:
        self.built.subjects[trade.name] = getattr(kinds(trade).tables, "SUBJECTS", ())
        self.built.parts[trade.name] = trade.part(self)

    async def _plan(self, trade: Trade, units: list[Unit]) -> None:
        units += list(trade.units(self))

    async def _telemetry(self, driver: Driver, share: Share) -> None:
        device, declared = driver.name, driver.quantity if isinstance(driver, Declares) else telemetry.undeclared
        subject = telemetry.Subject(device, self._unsent, declared)
        step, persisted = partial(telemetry.step, subject), telemetry.persisted
        runner = await self.rule(telemetry.key(device), telemetry.DeviceState, step, persisted=persisted)
        share.runners.append(runner)
        share.telemetry[device] = self.listener(runner.key, runner.on_reading)


def _derived(builder: Builder, known: dict[int, tuple[Config, Sequence[Derived]]]) -> Sequence[Derived]:
    """Returns what it holds of what was seen in watched places; each trade is asked once for each configuration."""
    config = builder.config
    if 0 not in known or known[0][0] is not config:
        found = list(_asked(builder, lambda trade: kinds(trade).derived(config, builder.places.keys())))
        if any(each.draws_power for each in found):
            metered = _asked(builder, lambda trade: kinds(trade).metered(config))
            found += [Derived(what, always=False) for what in metered]
        known[0] = config, tuple(found)
    return known[0][1]


def _asked(builder: Builder, question: Callable[[Trade], Iterable[T]]) -> Iterator[T]:
    """What all trades answer; a defect in one of them leaves the others."""
    for trade in builder.trades:
        yield from builder.isolation.part(f"trade/{trade.name}").ask(partial(question, trade), START) or ()


async def _derived_records(builder: Builder) -> Sequence[str]:
    """Returns the keys of the records of single stays of which an event tells what was seen in watched places."""
    whats, found = [each.what for each in builder.derived() if each.always], []
    for prefix, kind in [each for trade in builder.trades for each in kinds(trade).stays.records.items()]:
        for key in await builder.store.keys(prefix):
            record, place = await builder.store.load(key, kind), key.rpartition("/")[2]
            if record is not None and tells_one_of(record.told, place, whats):
                found.append(key)
    return found


def _names(keys: Collection[str]) -> set[str]:
    return {key.partition("/")[2] for key in keys if "/" in key}


def commanded_groups(config: Config, commanded: Collection[str]) -> Mapping[str, Collection[str]]:
    """Names of the groups whose members take commands, as "group"; nothing, where there are none."""
    kinds = [kind for kind, table in config.GROUPS.items() if table in commanded]
    names = frozenset(name for kind in kinds for name in config.groups(kind))
    return {"group": names} if names else {}


def state_keys(trades: Sequence[Trade] = TRADES) -> Mapping[str, Sequence[str]]:
    """What the keys of the states of a device begin with, by its table."""
    of_trades = [kinds(trade) for trade in trades]
    own = {name: prefixes for each in of_trades for name, prefixes in each.state_keys.items()}
    names = [name for each in of_trades for name in each.tables.__struct_fields__]
    return {name: (*own.get(name, ()), telemetry.key("")) for name in names}


def carried_states(trades: Sequence[Trade] = TRADES) -> Sequence[str]:
    """What keys of states begin with that go on where the pole itself has another id: identities, documents, and what
    is of devices. What the city was told, and asked, under the old name stays behind: outcomes, warnings, the mode."""
    of_devices = {prefix for prefixes in state_keys(trades).values() for prefix in prefixes}
    of_trades = {prefix for trade in trades for prefix in kinds(trade).pole_state_keys}
    return sorted({IDENTITIES, SECURITY, document.PREFIX, document.ANSWERED, *of_devices, *of_trades})
