"""Lamps as they were built, and how they are."""

from collections.abc import Collection, Mapping
from typing import Any

from msgspec import Struct

from agent.clock import Moment
from agent.rule import RuleRunner
from agent.trades.build import DeviceView
from agent.trades.lighting import LampControl, monitor
from agent.trades.lighting.retained import retained


class LightingPart:
    """What lighting has built."""

    def __init__(self) -> None:
        self.lamps: dict[str, LampControl] = {}
        self.monitors: dict[str, RuleRunner[monitor.MonitorState]] = {}

    def status(self, now: Moment, down: Collection[str]) -> Mapping[str, Any]:
        return {
            "lamps": {
                name: _shown(lamp) | monitor.shown(self.monitors[name].state) for name, lamp in self.lamps.items()
            }
        }

    def device(self, name: str) -> Mapping[str, Any]:
        return {}

    def states(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, Struct]:
        return {
            name: retained(lamp.state, tuple(monitor.active(self.monitors[name].state)), devices[name].reach)
            for name, lamp in self.lamps.items()
        }

    def burned_h(self, lamp: str) -> float:
        """Hours, as the agent has seen it burn."""
        return monitor.operating_hours(self.monitors[lamp].state)


def _shown(lamp: LampControl) -> dict[str, Any]:
    level = lamp.level
    return {
        "level_percent": lamp.observed_percent,
        "commanded_percent": level.level_percent,
        "reason": level.reason,
        "until": None if level.until is None else level.until.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "detail": level.detail or None,
    }
