"""The configuration of a pole with all its trades: the file, what came from afar, and the last one that ran well."""

from agent.config.problems import ConfigError
from agent.config.schema import Config
from agent.configuration.file import FILE, checked, file_of, load, load_with_warnings

__all__ = ["FILE", "Config", "ConfigError", "checked", "file_of", "load", "load_with_warnings"]
