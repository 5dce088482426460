"""Programs, sun and overrides -> the level of a lamp and the next moment it changes, and what drives a lamp to it."""

from agent.lighting.control import LampControl, LampState
from agent.lighting.options import DimStep, LampOptions, ProgramOptions
from agent.lighting.override import Override
from agent.lighting.program import compiled, parse, parse_local
from agent.lighting.resolve import Level, Reason, resolve
from agent.lighting.sun import Place

__all__ = [
    "DimStep",
    "LampControl",
    "LampOptions",
    "LampState",
    "Level",
    "Override",
    "Place",
    "ProgramOptions",
    "Reason",
    "compiled",
    "parse",
    "parse_local",
    "resolve",
]
