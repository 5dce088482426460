"""Programs, sun, sensors and overrides -> the level of a lamp and its next change, and what drives a lamp to it."""

from agent.lighting.calendar import Calendar, always, calendar_of, days
from agent.lighting.control import LampControl, LampState
from agent.lighting.options import (
    Adjustment,
    CalendarOptions,
    CalendarRule,
    DimStep,
    LampOptions,
    Presence,
    ProgramOptions,
)
from agent.lighting.override import Override
from agent.lighting.plan import Plan, plan_of
from agent.lighting.program import compiled, follows_photocell
from agent.lighting.resolve import Level, Reason, resolve
from agent.lighting.sensed import Inputs
from agent.lighting.sun import Place
from agent.lighting.times import LocalTime, parse, parse_local

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
    "Plan",
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
