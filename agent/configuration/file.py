"""The configuration of a pole with all its trades: a TOML file -> `Config`."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from agent.config import syntax
from agent.config.crosscheck import crosscheck
from agent.config.problems import Report
from agent.config.reader import build, read
from agent.config.schema import Config, config_of
from agent.config.syntax import Document
from agent.configuration.in_force import InForce
from agent.trades.base import Trade
from agent.trades.registry import TRADES


def file_of(trades: Sequence[Trade]) -> type[Config]:
    """The struct of the configuration file of a pole with these trades."""
    return config_of(trade.kinds().tables for trade in trades)


FILE = file_of(TRADES)


def load(path: Path) -> Config:
    """The configuration in `path`. Raises ConfigError with every error of the file, one a line."""
    return load_with_warnings(path)[0]


def load_with_warnings(
    path: Path, today: date | None = None, trades: Sequence[Trade] = TRADES
) -> tuple[Config, tuple[str, ...]]:
    """The configuration and what is worth a look in it, `FILE:LINE: ...` each.

    Args:
        today: local date by which an authorisation is in force; None: by the clock of this box.

    Raises ConfigError with every error of the file, one a line.
    """
    return checked(path, syntax.read(path), today, trades)


def load_in_force(path: Path) -> tuple[Config, tuple[str, ...], InForce]:
    """The same, and which file that is. Raises ConfigError."""
    document = syntax.read(path)
    return *checked(path, document), InForce(str(path.absolute()), document.sha256)


def checked(
    path: Path, document: Document, today: date | None = None, trades: Sequence[Trade] = TRADES
) -> tuple[Config, tuple[str, ...]]:
    """The same, of a file that was read, or of what would stand in it."""
    report = Report(path, document.lines, document.errors)
    kind = FILE if trades is TRADES else file_of(trades)
    table = read(document.values, report, kind, complete=not document.errors)
    whole = not document.errors and all([trade.include(table, report) for trade in trades])
    if whole:
        crosscheck(table, report)
        for trade in trades:
            trade.crosscheck(table, report, today)
    report.raise_errors()
    config: Config = build(table)
    return config, report.warnings
