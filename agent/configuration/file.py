"""The configuration of a pole with all its trades: a TOML file -> `Config`."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from msgspec import Struct, structs

from agent.config import syntax
from agent.config.crosscheck import crosscheck
from agent.config.positions import KeyPath
from agent.config.problems import FROM_AFAR, Report
from agent.config.reader import Table, build, read
from agent.config.schema import Config, config_of
from agent.config.syntax import Document
from agent.defect import Defect, attempted
from agent.trades.base import Trade, kinds
from agent.trades.registry import TRADES
from drivers.translation import _


def file_of(trades: Sequence[Trade]) -> type[Config]:
    """The struct of the configuration file of a pole with these trades."""
    return config_of(kinds(trade).tables for trade in trades)


FILE = file_of(TRADES)


def load(path: Path) -> Config:
    """The configuration in `path`. Raises ConfigError with every error of the file, one a line."""
    return examine(path).config


_NO_CITY = {"uplink": {"host": "127.0.0.1"}}


def load_for_desk(path: Path) -> Config:
    """The same for a command that sends nothing: the file may have no uplink. Raises ConfigError."""
    document = syntax.read(path)
    return examined(path, structs.replace(document, values={**_NO_CITY, **document.values})).config


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
    """Everything that can be said of a file. Raises ConfigError with every error of it, one a line.

    Args:
        today: local date by which an authorisation is in force; None: by the clock of this box.
        look_at_box: says what this box lacks for it; None: that is not asked.
    """
    return examined(path, syntax.read(path), today, trades, look_at_box)


def examined(
    path: Path,
    document: Document,
    today: date | None = None,
    trades: Sequence[Trade] = TRADES,
    look_at_box: Callable[[Table, Report], None] | None = None,
    *,
    from_afar: Collection[KeyPath] = (),
    name: Path | None = None,
) -> Examined:
    """The same, of a file that was read, or of what would stand in it.

    Args:
        from_afar: keys of the document that stand in no file.
        name: what the file is called in what is told of it.
    """
    report, of_box = Report(path, document.lines, document.errors, name), Report(path, document.lines)
    report.include(from_afar, Report(path, dict.fromkeys(from_afar, 0), name=FROM_AFAR))
    kind = FILE if trades is TRADES else file_of(trades)
    table = read(document.values, report, kind, complete=document.is_whole)
    if document.is_whole and all([_asked(trade, partial(trade.include, table, report), report) for trade in trades]):
        _crosscheck(table, report, today, trades)
        if look_at_box is not None:
            look_at_box(table, of_box)
    report.raise_errors(of_box, strictly=look_at_box is not None)
    return Examined(build(table), report.warnings, report.notes, of_box.warnings)


def _crosscheck(table: Table, report: Report, today: date | None, trades: Sequence[Trade]) -> None:
    crosscheck(table, report)
    for trade in trades:
        _asked(trade, partial(trade.crosscheck, table, report, today), report)


def _asked(trade: Trade, question: Callable[[], bool | None], report: Report) -> bool:
    """Whether it answered, and not with no. What a defect keeps from being checked is not right: nobody knows."""
    said = attempted(question, trade.name)
    if isinstance(said, Defect):
        what = _("a defect of lamppost keeps {trade} from checking the file: {words}")
        report.error((), "", what.format(trade=trade.name, words=said.words))
        return False
    return said is not False
