"""Sensors, bays and their figures, as they were built, and how they are."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from agent.clock import Moment
from agent.console import Answer, Ask
from agent.rule import RuleRunner
from agent.store import StoreError
from agent.trades import parking
from agent.trades.build import DeviceView
from agent.trades.parking.inventory import category_of
from agent.trades.parking.retained import retained
from agent.trades.parking.statistics import OccupancyRecorder
from agent.trades.parking.tables import ParkingTables


class BayInstance(NamedTuple):
    """A bay, and what runs its rule."""

    bay: parking.Bay
    runner: RuleRunner[parking.BayState]


class ParkingPart:
    """What parking has built; `occupancy` is None where there are no bays."""

    def __init__(self, tables: ParkingTables) -> None:
        self._tables = tables
        self.sensors: dict[str, RuleRunner[parking.SensorState]] = {}
        self.bays: dict[str, BayInstance] = {}
        self.occupancy: OccupancyRecorder | None = None

    def status(self, now: Moment, down: Collection[str]) -> Mapping[str, Any]:
        bays = {name: parking.status_view(each.bay, each.runner.state, now) for name, each in self.bays.items()}
        return {"bays": bays, "groups": self.occupancy.status() if self.occupancy else []}

    def device(self, name: str) -> Mapping[str, Any]:
        """The conditions of a parking sensor that somebody should look after."""
        active = self.sensors[name].state.active if name in self.sensors else ()
        return {"conditions": sorted(active)} if active else {}

    def states(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, Struct]:
        return {
            name: retained(category_of(self._tables, self._tables.bay[name]), each.runner.state)
            for name, each in self.bays.items()
        }

    async def day(self, ask: Ask) -> Answer:
        """The logs of a day, for who draws it."""
        if self.occupancy is None:
            return {"error": "this pole has no bays"}
        try:
            report = await self.occupancy.day_report(ask.day)
        except (StoreError, ValueError) as error:
            return {"error": str(error)}
        return {"sheet": msgspec.to_builtins(report)}
