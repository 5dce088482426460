"""The configuration of a pole with all its trades: a TOML file -> `Config`."""

from collections.abc import Callable, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from agent.config import syntax
from agent.config.crosscheck import crosscheck
from agent.config.problems import ConfigError, Report
from agent.config.reader import Table, build, read
from agent.config.schema import Config, config_of
from agent.trades.base import Trade
from agent.trades.registry import TRADES

__all__ = [
    "FILE",
    "Config",
    "ConfigError",
    "Examined",
    "InForce",
    "examine",
    "file_of",
    "load",
    "load_in_force",
    "load_with_warnings",
]


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
    found = examine(path, today, trades)
    return found.config, found.warnings + found.notes


def load_in_force(path: Path) -> tuple[Config, tuple[str, ...], InForce]:
    """The same, and which file that is. Raises ConfigError."""
    while True:
        before = _digest(path)
        config, warnings = load_with_warnings(path)
        if before is not None and before == _digest(path):  # nobody has written to it meanwhile
            return config, warnings, InForce(str(path.absolute()), before)


class Examined(Struct, frozen=True):
    """A configuration in which nothing is wrong, and what is worth a look, `FILE:LINE: ...` each.

    Args:
        warnings: of the file.
        notes: what is right for this pole, and may not be for others.
        box_warnings: of the box that looked at it.
    """

    config: Config
    warnings: tuple[str, ...]
    notes: tuple[str, ...] = ()
    box_warnings: tuple[str, ...] = ()


def examine(
    path: Path,
    today: date | None = None,
    trades: Sequence[Trade] = TRADES,
    look_at_box: Callable[[Table, Report], None] | None = None,
) -> Examined:
    """Everything that can be said of a file. See `load_with_warnings`.

    Args:
        look_at_box: says what this box lacks for it; None: that is not asked.
    """
    document = syntax.read(path)
    report, of_box = Report(path, document.lines, document.errors), Report(path, document.lines)
    kind = FILE if trades is TRADES else file_of(trades)
    table = read(document.values, report, kind, complete=document.is_whole)
    whole = document.is_whole and all([trade.include(table, report) for trade in trades])
    if whole:
        crosscheck(table, report)
        for trade in trades:
            trade.crosscheck(table, report, today)
        if look_at_box is not None:
            look_at_box(table, of_box)
    report.raise_errors(of_box)
    return Examined(build(table), report.warnings, report.notes, of_box.warnings)


def _digest(path: Path) -> str | None:
    """Returns the SHA-256 of the file; None: it cannot be read, and its reader says why."""
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
