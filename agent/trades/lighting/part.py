"""Lamps as they were built, and how they are."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import structs

from agent.clock import Moment
from agent.rule import RuleRunner
from agent.trades.build import UNKNOWN, BuildContext, DeviceView, StateMaker, rows
from agent.trades.lighting.control.control import LampControl
from agent.trades.lighting.plan.calendar import Calendar
from agent.trades.lighting.plan.dated import DatedLevel
from agent.trades.lighting.plan.lamp_plan import LampPlan
from agent.trades.lighting.retained import Lamp, retained
from agent.trades.lighting.tables import LightingTables
from agent.trades.lighting.watch import monitor
from drivers.level import COLOUR, LEVEL

Followed = Mapping[str, Calendar | None]
"""What each lamp follows in place of what the file says, by its name; None: no program."""


class LightingPart:
    """What lighting has built.

    `dated` is what documents say of levels of its lamps now, in the order in which they were set; `followed`, by the
    kind, what they say of programs; `regrouped` the members that they give to groups.
    """

    def __init__(self, context: BuildContext) -> None:
        self._context, self._isolation = context, context.isolation
        self.lamps: dict[str, LampControl] = {}
        self.monitors: dict[str, RuleRunner[monitor.MonitorState]] = {}
        self.dated: Mapping[str, Sequence[DatedLevel]] = {}
        self.followed: dict[str, Followed] = {}
        self.regrouped: Mapping[str, Sequence[str]] = {}

    def dated_of(self, lamp: str) -> Sequence[DatedLevel]:
        return self.dated.get(lamp, ())

    def plan_now(self, lamp: str, plan: LampPlan) -> LampPlan:
        """The plan of a lamp with what documents let it follow."""
        for kind in ("program", "calendar", "group"):
            if lamp in (said := self.followed.get(kind, {})):
                return structs.replace(plan, calendar=said[lamp])
        return plan

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
        fresh = device.fresh if device is not None else frozenset[str]()
        shown = _shown(self.lamps[name], fresh)
        return shown | (monitor.shown(watched.state, fresh) if watched and trusted else {})

    def device(self, name: str) -> Mapping[str, Any]:
        return {}

    def states(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, StateMaker]:
        return {name: partial(self._state, devices, name) for name in self._tables.lamp}

    def _state(self, devices: Mapping[str, DeviceView], name: str) -> Lamp | None:
        """Returns the state of a lamp; None: it, or its monitor, could not be built."""
        if name not in self.lamps or name not in self.monitors:
            return None
        alarms = tuple(monitor.active(self.monitors[name].state))
        lamp = self.lamps[name]
        return retained(lamp.state, alarms, devices[name], has_colour=lamp.has_colour)

    def burned_h(self, lamp: str) -> float | None:
        """Hours, as the agent has seen it burn; None: nothing watches it."""
        watching = self.monitors.get(lamp)
        return None if watching is None else monitor.operating_hours(watching.state)


def _shown(lamp: LampControl, fresh: Collection[str]) -> dict[str, Any]:
    """
    Args:
        fresh: quantities of which what it told still counts.
    """
    level = lamp.level
    colour_k = lamp.setpoint.colour_k() if COLOUR in fresh else None
    colour = {COLOUR: colour_k, f"commanded_{COLOUR}": level.colour_k} if lamp.has_colour else {}
    return {
        "level_percent": lamp.setpoint.state.observed_percent if LEVEL in fresh else None,
        "commanded_percent": level.level_percent,
        "reason": level.reason,
        "until": None if level.until is None else level.until.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "detail": level.detail or None,
        **colour,
    }
