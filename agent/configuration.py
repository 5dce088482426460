"""The configuration of a pole with all its trades: a TOML file -> `Config`."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from agent.config import syntax
from agent.config.crosscheck import crosscheck
from agent.config.problems import ConfigError, Report
from agent.config.reader import build, read
from agent.config.schema import Config, config_of
from agent.trades.base import Trade
from agent.trades.registry import TRADES

__all__ = ["FILE", "Config", "ConfigError", "file_of", "InForce", "load", "load_in_force", "load_with_warnings"]


def file_of(trades: Sequence[Trade]) -> type[Config]:
    """The struct of the configuration file of a pole with these trades."""
    return config_of(trade.kinds().tables for trade in trades)


FILE = file_of(TRADES)


class InForce(Struct, frozen=True):
    """The file that a daemon runs by.

    Args:
        sha256: of its bytes, as sha256sum(1) prints it.
    """

    path: str
    sha256: str


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
    document = syntax.read(path)
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


def load_in_force(path: Path) -> tuple[Config, tuple[str, ...], InForce]:
    """The same, and which file that is. Raises ConfigError."""
    while True:
        before = _digest(path)
        config, warnings = load_with_warnings(path)
        if before is not None and before == _digest(path):  # nobody has written to it meanwhile
            return config, warnings, InForce(str(path.absolute()), before)


def _digest(path: Path) -> str | None:
    """None: it cannot be read; whoever loads it says why."""
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
