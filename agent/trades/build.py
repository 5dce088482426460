"""What trades are built with, and what they build."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from msgspec import Struct

from agent.bus import Bus
from agent.clock import Clock, Moment
from agent.commands import CommandTarget
from agent.config.schema import Config
from agent.console import Answer, Ask
from agent.rule import Commit, RuleRunner
from agent.store import Store
from drivers.base import Driver, Reading
from drivers.lorawan import Network
from drivers.modbus import Master

S = TypeVar("S", bound=Struct)
P = TypeVar("P")

Listener = Callable[[Reading], Awaitable[None]]

Reach = Literal["up", "down", "waiting"]
"""Whether a device answers; "waiting": it has not yet said anything."""


class DeviceView(NamedTuple):
    """What is known of a device.

    Args:
        condition: what a camera sees badly by; None: nothing.
    """

    reach: Reach
    condition: str | None = None


class Part(Protocol):
    """What one trade has built, to be asked how it is."""

    def status(self, now: Moment, down: Collection[str]) -> Mapping[str, Any]:
        """Its share of the answer to a technician's `status`, JSON-able.

        Args:
            down: names of devices that do not answer.
        """
        ...

    def device(self, name: str) -> Mapping[str, Any]:
        """What it says of a device beside what every device tells; nothing, where it is not its own."""
        ...

    def states(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, Struct]:
        """The retained state of whatever has more to tell than whether it answers, by name."""
        ...


class Task(NamedTuple):
    """Work that goes on beside the rules until it is cancelled."""

    name: str
    run: Callable[[], Awaitable[None]]


class WatchedPlace(NamedTuple):
    """A place in which a device of one trade sees vehicles, for another trade.

    Args:
        counts: whether what is seen of a single vehicle may be used at that moment.
    """

    device: str
    counts: Callable[[Moment], bool]


class StandingVehicles(NamedTuple):
    """Who stands in a bay or zone, for what lies beside it.

    Args:
        told_by: devices whose readings change it.
        sensed: whether a sensor of its own tells of it, not a camera alone.
        entered: when each vehicle came that stands there now, as far as is known.
    """

    told_by: tuple[str, ...]
    sensed: bool
    entered: Callable[[], Sequence[Moment]]


@dataclass
class Components:
    """What was built.

    Args:
        drivers: everything that reports.
        runners: of every rule.
        tasks: what runs beside them.
        targets: what takes commands, by name.
        answers: what a technician may ask beside `status`, by the word he asks with.
        listeners: name of a device or a zone -> who hears its readings.
        standing: by name of a bay or zone.
        parts: of each trade.
    """

    drivers: list[Driver] = field(default_factory=list)
    runners: list[RuleRunner[Any]] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    targets: dict[str, CommandTarget] = field(default_factory=dict)
    answers: dict[str, Callable[[Ask], Awaitable[Answer]]] = field(default_factory=dict)
    listeners: defaultdict[str, list[Listener]] = field(default_factory=lambda: defaultdict(list))
    standing: dict[str, StandingVehicles] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)

    def part(self, kind: type[P]) -> P:
        """What a trade has built. Raises LookupError where it built none of that kind."""
        for each in self.parts:
            if isinstance(each, kind):
                return each
        raise LookupError(f"no {kind.__name__} was built")


@dataclass(frozen=True)
class BuildContext:
    """What each trade is built with.

    Args:
        schedule_clock: the clock that lamps follow.
        masters: Modbus master of each line.
        networks: driver of each LoRaWAN network.
        places: that another trade watches, by name.
        built: where it puts what it builds.
    """

    config: Config
    store: Store
    commit: Commit
    clock: Clock
    schedule_clock: Clock
    masters: Mapping[str, Master]
    networks: Mapping[str, Network]
    places: Mapping[str, WatchedPlace]
    bus: Bus
    built: Components

    async def state(self, key: str, kind: type[S]) -> S:
        """As stored; the initial one where nothing is stored."""
        return await self.store.load(key, kind) or kind()
