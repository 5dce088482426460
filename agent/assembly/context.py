"""The components of a pole, and the context in which they are built."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct

from agent.clock import Clock
from agent.config.schema import Config
from agent.rule import Commit, RuleRunner
from agent.store import Store
from agent.trades import kerb, parking
from agent.trades.lighting import LampControl, monitor
from agent.trades.metering import supply
from agent.trades.parking.statistics import OccupancyRecorder
from drivers.base import Driver, Reading
from drivers.modbus import Master

S = TypeVar("S", bound=Struct)

Listener = Callable[[Reading], Awaitable[None]]


class BayInstance(NamedTuple):
    """A bay, and what runs its rule."""

    bay: parking.Bay
    runner: RuleRunner[parking.BayState]


@dataclass
class Components:
    """What was built.

    Args:
        drivers: everything that reports.
        occupancy: of the bays; None: there are none.
        listeners: name of a device or a zone -> who hears its readings.
    """

    drivers: list[Driver] = field(default_factory=list)
    sensors: dict[str, RuleRunner[parking.SensorState]] = field(default_factory=dict)
    bays: dict[str, BayInstance] = field(default_factory=dict)
    occupancy: OccupancyRecorder | None = None
    zones: dict[str, RuleRunner[kerb.ZoneState]] = field(default_factory=dict)
    lamps: dict[str, LampControl] = field(default_factory=dict)
    monitors: dict[str, RuleRunner[monitor.MonitorState]] = field(default_factory=dict)
    meters: dict[str, RuleRunner[supply.SupplyState]] = field(default_factory=dict)
    others: list[RuleRunner[Any]] = field(default_factory=list)
    listeners: defaultdict[str, list[Listener]] = field(default_factory=lambda: defaultdict(list))

    @property
    def runners(self) -> list[RuleRunner[Any]]:
        bays = {name: each.runner for name, each in self.bays.items()}
        named = (self.sensors, bays, self.zones, self.monitors, self.meters)
        return [*(runner for runners in named for runner in runners.values()), *self.others]


@dataclass(frozen=True)
class BuildContext:
    """What each part is built with.

    Args:
        masters: Modbus master of each line.
        schedule_clock: the clock that lamps follow.
    """

    config: Config
    store: Store
    commit: Commit
    clock: Clock
    schedule_clock: Clock
    masters: Mapping[str, Master]

    async def state(self, key: str, kind: type[S]) -> S:
        """As stored; the initial one where nothing is stored."""
        return await self.store.load(key, kind) or kind()
