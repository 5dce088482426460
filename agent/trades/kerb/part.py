"""Zones as they were built, and how they and their cameras are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from agent.clock import Moment
from agent.regulation import rule_of
from agent.rule import RuleRunner
from agent.trades.build import UNKNOWN, BuildContext, DeviceView, StateMaker, rows
from agent.trades.kerb import legal_mode
from agent.trades.kerb.legal_mode import Mode
from agent.trades.kerb.orders import hours_to_look_at
from agent.trades.kerb.retained import Camera, Zone
from agent.trades.kerb.tables import KerbTables
from drivers.translation import _

if TYPE_CHECKING:
    from agent.trades.kerb.zone import ZoneState
    from drivers.camera.driver import CameraDriver


class KerbPart:
    """What the kerb has built."""

    def __init__(self, context: BuildContext) -> None:
        self._context, self._isolation = context, context.isolation
        self.cameras: dict[str, CameraDriver] = {}
        self.zones: dict[str, RuleRunner[ZoneState]] = {}

    @property
    def _tables(self) -> KerbTables:
        """The tables in force."""
        return self._context.config.of(KerbTables)

    def _mode(self, now: Moment) -> Mode:
        return legal_mode.mode(self._tables.kerb, now, self._context.config.pole.timezone)

    def status(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, Any]:
        mode, tables = self._mode(now), self._tables

        def shown(name: str) -> Mapping[str, Any]:
            if name not in self.zones or not self._isolation.part(f"zone/{name}").trusted:
                return UNKNOWN
            camera = devices.get(tables.zone[name].camera)
            return _shown(self.zones[name].state, now, mode, camera is not None and camera.reach == "down")

        zones = rows(self._isolation, "zone", tables.zone, shown)
        described = legal_mode.described(mode, tables.kerb.authorisation)
        return {"kerb": msgspec.to_builtins(described), "zones": zones, "zone_hours": self._hours(now)}

    def _hours(self, now: Moment) -> Sequence[Mapping[str, Any]]:
        """The hours of zones that somebody should look at; none is known before the clock is set."""
        now_s = now.trusted_unix_s
        found = () if now_s is None else hours_to_look_at(self._context.config, now_s)
        return [msgspec.to_builtins(each) for each in found]

    def device(self, name: str) -> Mapping[str, Any]:
        return {}

    def states(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, StateMaker]:
        tables = self._tables
        made: dict[str, StateMaker] = {name: partial(_camera, devices.get(name)) for name in tables.camera}
        return made | {name: partial(self._zone, now, devices, name) for name in tables.zone}

    def _zone(self, now: Moment, devices: Mapping[str, DeviceView], name: str) -> Zone:
        tables = self._tables
        options = tables.zone[name]
        category = rule_of(options, tables.rule).category
        mode, camera = self._mode(now).mode, devices.get(options.camera)
        return Zone(category, mode, camera is not None and camera.reach == "up")


def _camera(device: DeviceView | None) -> Camera | None:
    """Returns the state of a camera; None: it could not be built, or its condition is not heard."""
    return Camera(device.reach, device.condition) if device is not None and device.heard else None


def _shown(state: ZoneState, now: Moment, mode: Mode, blind: bool) -> dict[str, Any]:
    """Describes a zone for a technician, who in statistics mode does not see a single stay either."""
    if blind:
        return {"state": _("its camera is down")}
    if mode.mode != "alert":
        return {"state": _("counting")}
    standing = [one.standing_s(now) for one in state.runtime.open]
    return {"vehicles": len(standing), "standing_s": round(max(standing), 1) if standing else None}
