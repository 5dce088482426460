"""What sensing adds to the `lamppost` command."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agent.trades.command_line import CommandLine, SubCommand, Tools, takes_socket
from drivers.translation import _

if TYPE_CHECKING:
    import argparse


def _takes_month(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--month", default="last", metavar="MONTH", help=_('"2026-11", "this" or "last" (default)'))
    parser.add_argument("--station", default="", metavar="NAME", help=_("of several; else the only one"))
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.svg")
    parser.add_argument(
        "--store", type=Path, metavar="FILE", help=_("read this copy of a pole's store instead of asking the daemon")
    )
    takes_socket(parser)


def _report(topic: str, arguments: argparse.Namespace, tools: Tools) -> int:
    from agent.trades.sensing import report_month

    wanted = report_month.Wanted(topic, arguments.month, arguments.station, arguments.out)
    return report_month.run(wanted, tools.socket(arguments), arguments.store)


def _command(topic: str, words: str, brief: str) -> SubCommand:
    """A month of that topic."""
    return SubCommand(topic, words, _takes_month, partial(_report, topic), group="report", brief=brief)


COMMANDS = (
    _command(
        "air",
        _("a month of the air as a picture: hours, days, limits with their source, gaps as gaps"),
        _("a month of the air as a picture"),
    ),
    _command(
        "noise",
        _("a month of noise as a picture: levels of hours, Lden of days, gaps as gaps"),
        _("a month of noise as a picture"),
    ),
    _command(
        "weather",
        _("a month of weather as a picture: hours, days, the rose of the winds, gaps as gaps"),
        _("a month of weather as a picture"),
    ),
)
COMMAND_LINE = CommandLine(COMMANDS)
