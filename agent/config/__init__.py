"""TOML -> frozen typed structs. Every error names file, line, key, what was expected, and the nearest known key."""

from datetime import date
from pathlib import Path

from agent.config import shared, syntax
from agent.config.crosscheck import crosscheck
from agent.config.problems import ConfigError, Report
from agent.config.reader import build, read
from agent.config.schema import Config

__all__ = ["Config", "ConfigError", "load", "load_with_warnings"]


def load(path: Path) -> Config:
    """The configuration in `path`. Raises ConfigError with every error of the file, one a line."""
    return load_with_warnings(path)[0]


def load_with_warnings(path: Path, today: date | None = None) -> tuple[Config, tuple[str, ...]]:
    """The configuration and what is worth a look in it, `FILE:LINE: ...` each.

    Args:
        today: local date by which an authorisation is in force; None: by the clock of this box.

    Raises ConfigError with every error of the file, one a line.
    """
    document = syntax.read(path)
    report = Report(path, document.lines, document.errors)
    table = read(document.values, report, complete=not document.errors)
    whole = not document.errors and shared.add_rules(table, report)
    if whole:
        crosscheck(table, report, today)
    report.raise_errors()
    config: Config = build(table)
    return config, report.warnings
