"""Zones as they were built, and how they and their cameras are."""

from collections.abc import Collection, Mapping
from typing import Any

from msgspec import Struct

from agent.clock import Moment
from agent.rule import RuleRunner
from agent.trades import kerb
from agent.trades.build import DeviceView
from agent.trades.kerb.retained import Camera, Zone
from agent.trades.kerb.tables import KerbTables


class KerbPart:
    """What the kerb has built."""

    def __init__(self, tables: KerbTables, timezone: str) -> None:
        self._tables, self._timezone = tables, timezone
        self.zones: dict[str, RuleRunner[kerb.ZoneState]] = {}

    def status(self, now: Moment, down: Collection[str]) -> Mapping[str, Any]:
        mode = kerb.mode(self._tables.kerb, now, self._timezone)
        zones = {
            name: _shown(runner.state, now, mode, self._tables.zone[name].camera in down)
            for name, runner in self.zones.items()
        }
        return {"kerb": kerb.mode_data(mode, self._tables.kerb.authorisation), "zones": zones}

    def device(self, name: str) -> Mapping[str, Any]:
        return {}

    def states(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, Struct]:
        mode = kerb.mode(self._tables.kerb, now, self._timezone).mode
        cameras: dict[str, Struct] = {name: Camera(*devices[name]) for name in self._tables.camera}
        return cameras | {
            name: Zone(zone.category, mode, devices[zone.camera].reach == "up")
            for name, zone in self._tables.zone.items()
        }


def _shown(state: kerb.ZoneState, now: Moment, mode: kerb.Mode, blind: bool) -> dict[str, Any]:
    """In statistics mode not even a technician sees a single stay."""
    if blind:
        return {"state": "its camera is down"}
    if mode.mode != "alert":
        return {"state": "counting"}
    standing = [one.standing_s(now) for one in state.runtime.open]
    return {"vehicles": len(standing), "standing_s": round(max(standing), 1) if standing else None}
