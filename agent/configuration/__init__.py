"""The configuration of a pole with all its trades: the file, what came from afar, and the last one that ran well."""

from agent.config.problems import ConfigError
from agent.config.schema import Config
from agent.configuration.file import FILE, Examined, examine, file_of, load, load_for_desk
from agent.configuration.in_force import InForce, Problem

__all__ = [
    "FILE",
    "Config",
    "ConfigError",
    "Examined",
    "InForce",
    "Problem",
    "examine",
    "file_of",
    "load",
    "load_for_desk",
]
