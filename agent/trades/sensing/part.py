"""What sensing has built, as the pole asks for it; a pole without stations loads nothing else of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agent.clock import Moment
from agent.trades.build import UNKNOWN, BuildContext, DeviceView, StateMaker, rows
from agent.trades.sensing.tables import SensingTables

if TYPE_CHECKING:
    from agent.rule import RuleRunner
    from agent.trades.sensing.state import Station, StationState


class SensingPart:
    """What sensing has built."""

    def __init__(self, context: BuildContext) -> None:
        self._context, self._isolation = context, context.isolation
        self.stations: dict[str, tuple[Station, RuleRunner[StationState]]] = {}

    def status(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, Any]:
        names = self._context.config.of(SensingTables).station
        return {"stations": rows(self._isolation, "station", names, self._shown)} if names else {}

    def _shown(self, name: str) -> Mapping[str, Any]:
        if name not in self.stations or not self._isolation.part(f"station/{name}").trusted:
            return UNKNOWN
        from agent.trades.sensing import rule

        station, runner = self.stations[name]
        return rule.shown(station, runner.state)

    def device(self, name: str) -> Mapping[str, Any]:
        return {}

    def states(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, StateMaker]:
        return {}
