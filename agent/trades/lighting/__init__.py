"""Programs, sun, sensors and overrides -> the level of a lamp and its next change, and what drives a lamp to it."""

from agent.trades.lighting.calendar import Calendar, always, calendar_of, days
from agent.trades.lighting.control import LampControl, LampState
from agent.trades.lighting.lamp_plan import LampPlan, plan_of
from agent.trades.lighting.options import (
    Adjustment,
    CalendarOptions,
    CalendarRule,
    DimStep,
    LampOptions,
    Presence,
    ProgramOptions,
)
from agent.trades.lighting.override import Override
from agent.trades.lighting.presence import Inputs
from agent.trades.lighting.program import compiled, follows_photocell
from agent.trades.lighting.resolve import Level, Reason, resolve
from agent.trades.lighting.sun import Place
from agent.trades.lighting.times import LocalTime, parse, parse_local

__all__ = [
    "Adjustment",
    "Calendar",
    "CalendarOptions",
    "CalendarRule",
    "DimStep",
    "Inputs",
    "LampControl",
    "LampOptions",
    "LampState",
    "Level",
    "LocalTime",
    "Override",
    "Place",
    "LampPlan",
    "Presence",
    "ProgramOptions",
    "Reason",
    "always",
    "calendar_of",
    "compiled",
    "days",
    "follows_photocell",
    "parse",
    "parse_local",
    "plan_of",
    "resolve",
]
