"""Lamps as they were built, and how they are."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from agent.clock import Moment
from agent.rule import RuleRunner
from agent.trades.build import UNKNOWN, BuildContext, DeviceView, StateMaker, rows
from agent.trades.lighting import monitor
from agent.trades.lighting.control import LampControl
from agent.trades.lighting.dated import DatedLevel
from agent.trades.lighting.retained import Lamp, retained
from agent.trades.lighting.tables import LightingTables
from drivers.lamp import LEVEL


class LightingPart:
    """What lighting has built; `dated` is what documents say of its lamps now, in the order in which they were set."""

    def __init__(self, context: BuildContext) -> None:
        self._context, self._isolation = context, context.isolation
        self.lamps: dict[str, LampControl] = {}
        self.monitors: dict[str, RuleRunner[monitor.MonitorState]] = {}
        self.dated: Mapping[str, Sequence[DatedLevel]] = {}

    def dated_of(self, lamp: str) -> Sequence[DatedLevel]:
        return self.dated.get(lamp, ())

    @property
    def _tables(self) -> LightingTables:
        """The tables in force."""
        return self._context.config.of(LightingTables)

    def status(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, Any]:
        return {"lamps": rows(self._isolation, "lamp", self._tables.lamp, partial(self._shown, devices))}

    def _shown(self, devices: Mapping[str, DeviceView], name: str) -> Mapping[str, Any]:
        if name not in self.lamps:
            return UNKNOWN
        watched = self.monitors.get(name)
        trusted = watched is not None and self._isolation.part(watched.key).trusted
        device = devices.get(name)
        shown = _shown(self.lamps[name], knows_level=device is not None and LEVEL in device.fresh)
        return shown | (monitor.shown(watched.state) if watched and trusted else {})

    def device(self, name: str) -> Mapping[str, Any]:
        return {}

    def states(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, StateMaker]:
        return {name: partial(self._state, devices, name) for name in self._tables.lamp}

    def _state(self, devices: Mapping[str, DeviceView], name: str) -> Lamp | None:
        """Returns the state of a lamp; None: it, or its monitor, could not be built."""
        if name not in self.lamps or name not in self.monitors:
            return None
        alarms = tuple(monitor.active(self.monitors[name].state))
        return retained(self.lamps[name].state, alarms, devices[name])

    def burned_h(self, lamp: str) -> float | None:
        """Hours, as the agent has seen it burn; None: nothing watches it."""
        watching = self.monitors.get(lamp)
        return None if watching is None else monitor.operating_hours(watching.state)


def _shown(lamp: LampControl, knows_level: bool) -> dict[str, Any]:
    """
    Args:
        knows_level: what it told of its level still counts.
    """
    level = lamp.level
    return {
        "level_percent": lamp.setpoint.state.observed_percent if knows_level else None,
        "commanded_percent": level.level_percent,
        "reason": level.reason,
        "until": None if level.until is None else level.until.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "detail": level.detail or None,
    }
