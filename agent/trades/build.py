"""What trades are built with, and what they build."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from msgspec import Raw, Struct, field

from agent.bus import Bus, NoLongerLawful
from agent.clock import Clock, Moment
from agent.commands import CommandTarget, PoleActions
from agent.config.schema import Config
from agent.console import Answer, Ask
from agent.gate import Gate
from agent.isolation import Isolation, Listener
from agent.places import Places
from agent.rule import Commit, RuleRunner, Step
from agent.store import Store, StoreError, What
from agent.supervise import Reach
from agent.trades.units import Share, StandingVehicles, Task
from drivers.base import Driver, Reading
from drivers.modbus import Master
from drivers.translation import _

if TYPE_CHECKING:
    from drivers.lorawan import Network

S = TypeVar("S", bound=Struct)
P = TypeVar("P")
V = TypeVar("V")

NOT_KNOWN = _("a part of the daemon failed by a defect: see FAILED")

UNKNOWN: Mapping[str, Any] = {"state": "unknown", "reason": NOT_KNOWN}
"""What a technician is told of what cannot be told, by a defect."""


class DeviceView(NamedTuple):
    """What is known of a device.

    Args:
        condition: what a camera sees badly by; None: nothing.
        heard: whether its condition is known; not where what hears of it failed.
        fresh: its quantities whose last values still count; none of a device that speaks by itself.
    """

    reach: Reach
    condition: str | None = None
    heard: bool = True
    fresh: Collection[str] = frozenset()

    @property
    def is_stale(self) -> bool:
        """Whether nothing counts any more that it told."""
        return self.reach in {"down", "stale"}


def tells_one_of(told: Iterable[tuple[str, Raw]], subject: str, whats: Collection[What]) -> bool:
    """Whether one of these events, by their types and data, is one of those."""
    return any(what.covers(type, subject, data) for type, data in told for what in whats)


Eraser = Callable[[Callable[[date, str], bool]], Awaitable[int]]
"""Erases the logs of the days and places for which it holds; how many. Raises StoreError."""

StateMaker = Callable[[], Struct | None]
"""Gives a retained state; None: it cannot be told, by a defect."""


class Part(Protocol):
    """What one trade has built, to be asked how it is."""

    def status(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, Any]:
        """Returns its share of the answer to a technician's `status`, JSON-able.

        Args:
            devices: those that were built.
        """
        ...

    def device(self, name: str) -> Mapping[str, Any]:
        """What it says of a device beside what every device tells; nothing, where it is not its own."""
        ...

    def states(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, StateMaker]:
        """What makes the retained state of whatever has more to tell than whether it answers, by name.

        Each is asked by itself: a defect in one leaves the others.

        Args:
            devices: those that were built.
        """
        ...


def rows(
    isolation: Isolation, kind: str, names: Iterable[str], shown: Callable[[str], Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """What is told of each to a technician; that it is not known, of one that cannot be told by a defect."""
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        told = isolation.ask(f"status/{kind}/{name}", partial(shown, name))
        found[name] = dict(UNKNOWN if told is None else told)
    return found


class WatchedPlace(NamedTuple):
    """A place in which a device of one trade sees vehicles, for another trade.

    Args:
        unit: key of the unit that brings this device.
        counts: whether what is seen of a single vehicle may be used at that moment.
    """

    device: str
    unit: str
    counts: Callable[[Moment], bool]


class Derived(NamedTuple):
    """What of the store tells of single vehicles by what was seen in watched places.

    Args:
        always: whether all of it does; else what was written while that counted may, and nothing that was written
            since.
        draws_power: whether it is of what draws more power while a vehicle is seen: then whatever measures power tells
            of it as well (`Kinds.metered`).
    """

    what: What
    always: bool
    draws_power: bool = False


class Components(Struct):
    """What was built. Whoever holds one of its lists or tables sees what a reload makes of them.

    Args:
        drivers: everything that reports.
        runners: of every rule.
        tasks: what runs beside them.
        commanded: names of everything that takes commands, built or not, by the table that has it ("lamp").
        targets: of these, what was built, by name.
        actions: of the pole itself.
        answers: what a technician may ask beside `status`, by the word he asks with.
        erasers: of a trade that holds logs of days in memory, by its name.
        listeners: name of a device or a zone -> who hears its readings.
        standing: by name of a bay or zone.
        parts: of each trade, by its name.
        subjects: of each trade, its tables whose devices have a state.
        orders: passed by what the pole is told: commands, and frames that a broker acknowledges.
        readings: passed by every reading on its way to who hears it.
    """

    drivers: list[Driver] = field(default_factory=list)
    runners: list[RuleRunner[Any]] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    commanded: dict[str, Collection[str]] = field(default_factory=dict)
    targets: dict[str, CommandTarget] = field(default_factory=dict)
    actions: PoleActions = field(default_factory=PoleActions)
    answers: dict[str, Callable[[Ask], Awaitable[Answer]]] = field(default_factory=dict)
    erasers: dict[str, Eraser] = field(default_factory=dict)
    listeners: defaultdict[str, list[Listener]] = field(default_factory=lambda: defaultdict(list))
    standing: dict[str, StandingVehicles] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    subjects: dict[str, tuple[str, ...]] = field(default_factory=dict)
    orders: Gate = field(default_factory=Gate)
    readings: Gate = field(default_factory=Gate)

    async def hear(self, reading: Reading) -> None:
        """Hand it to whoever listens to its device; what the disk refuses is decided again by the next one."""
        async with self.readings:
            for listen in self.listeners.get(reading.device, ()):
                try:
                    await listen(reading)
                except StoreError:
                    continue  # told once by the store

    def show(self, shares: Sequence[Share]) -> None:
        """What these units add, in their order: who stands beside hears after them, and telemetry last."""
        self.drivers[:] = [driver for share in shares for driver in share.drivers]
        self.runners[:] = [runner for share in shares for runner in share.runners]
        self.tasks[:] = [task for share in shares for task in share.tasks]
        _replace(self.standing, *(share.standing for share in shares))
        _replace(self.targets, *(share.targets for share in shares))
        self.listeners.clear()
        for share in shares:
            for device, hear in share.listeners.items():
                self.listeners[device] += hear
        for place, listen in (each for share in shares for each in share.beside):
            for device in self.standing[place].told_by if place in self.standing else ():
                self.listeners[device].append(listen)
        for device, listen in (each for share in shares for each in share.telemetry.items()):
            self.listeners[device].append(listen)

    def part(self, kind: type[P]) -> P:
        """Returns the part of a trade. Raises LookupError where there is none of that kind."""
        for each in self.parts.values():
            if isinstance(each, kind):
                return each
        raise LookupError(_("there is no {name}").format(name=kind.__name__))


def _replace(table: dict[str, V], *parts: Mapping[str, V]) -> None:
    table.clear()
    for part in parts:
        table.update(part)


async def _none() -> Sequence[str]:
    return ()


class BuildContext(Struct):
    """What each trade is built with.

    Args:
        config: the one in force; what asks for it later may find another.
        schedule_clock: the clock that lamps follow.
        masters: Modbus master of each line.
        isolation: keeps a defect of one part from the others.
        networks: driver of each LoRaWAN network.
        places: that another trade watches, by name.
        identified: every place and group, as the city knows them.
        built: where it puts what it builds.
        derived: gives what it holds of what was seen in watched places, by the configuration.
        derived_records: gives the keys of the states that hold single stays of which that tells.
        unpurged: what of the store was written while that counted which is seen in watched places, and is still there.
        lost: what is not watched any more since the last reload began, or the start; for whoever ordered that.
    """

    config: Config
    store: Store
    commit: Commit
    clock: Clock
    schedule_clock: Clock
    masters: dict[str, Master]
    isolation: Isolation = field(default_factory=Isolation)
    networks: "dict[str, Network]" = field(default_factory=dict)
    places: dict[str, WatchedPlace] = field(default_factory=dict)
    identified: Places = field(default_factory=Places)
    bus: Bus = field(default_factory=Bus)
    built: Components = field(default_factory=Components)
    derived: Callable[[], Sequence[Derived]] = tuple
    derived_records: Callable[[], Awaitable[Sequence[str]]] = _none
    unpurged: list[What] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    async def state(self, key: str, kind: type[S]) -> S:
        """Returns the stored state; the initial one where none is stored."""
        return await self.store.load(key, kind) or kind()

    async def rule(
        self,
        key: str,
        kind: type[S],
        step: Callable[[S, Moment, Reading | None], Step[S]],
        commit: Commit | None = None,
        *,
        load: Callable[[], Awaitable[S]] | None = None,
        persisted: Callable[[S], S] = lambda state: state,
        on_shutdown: Callable[[S], S] = lambda state: state,
        committed: Callable[[S, S], None] = lambda before, after: None,
        quantities: frozenset[str] | None = None,
    ) -> RuleRunner[S]:
        """What runs a rule from its state in the store, at the start and after a defect; see RuleRunner.

        Args:
            load: gives the state; None: it is what lies under `key`.
        """
        load = load or partial(self.state, key, kind)
        runner = RuleRunner(
            key,
            await load(),
            step,
            commit or self.commit,
            self.clock,
            persisted=persisted,
            on_shutdown=on_shutdown,
            on_committed=committed,
            quantities=quantities,
        )
        self.isolation.part(key).begin_anew = partial(runner.begin_anew, load)
        return runner

    def forgets(
        self, runner: RuleRunner[S], what_is_left: Callable[[S], S], type: str, subject: str
    ) -> Callable[[], None]:
        """Lets a rule forget what cameras saw, once that counts no more, if it told of it by such events.

        What is given ends it.
        """

        def hear(change: NoLongerLawful) -> None:
            if (type, subject) in change.told:
                runner.change(what_is_left)

        return self.bus.listen(NoLongerLawful, hear)

    def listener(self, key: str, listen: Listener) -> Listener:
        """Gives readings to the part of that name; it may fail alone."""
        return self.isolation.part(key).listener(listen)
