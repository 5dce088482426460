"""What parking adds to the `lamppost` command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agent.trades.command_line import CommandLine, FileSchema, SubCommand, Tools, takes_socket
from drivers.translation import _

if TYPE_CHECKING:
    import argparse

    from drivers.options import Options


def _takes_bays(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--day", default="today", metavar="DAY", help=_('"2026-11-25", "yesterday" or "today" (default)')
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.svg")
    parser.add_argument(
        "--store", type=Path, metavar="FILE", help=_("read this copy of a pole's store instead of asking the daemon")
    )
    takes_socket(parser)


def _bays(arguments: argparse.Namespace, tools: Tools) -> int:
    from agent.trades.parking import report_bays

    return report_bays.run(arguments.day, arguments.out, tools.socket(arguments), arguments.store)


def _takes_stay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stay", metavar="ID", help=_('"stay" of its events, as bay-1.3f2a9c01.123456'))
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.html")
    parser.add_argument(
        "--store", type=Path, metavar="FILE", help=_("read this copy of a pole's store instead of asking the daemon")
    )
    takes_socket(parser)


def _stay(arguments: argparse.Namespace, tools: Tools) -> int:
    from agent.trades.parking import report_stay

    return report_stay.run(arguments.stay, arguments.out, tools.socket(arguments), arguments.store)


def _rules() -> type[Options]:
    from agent.regulation import RulesFile

    return RulesFile


COMMANDS = (
    SubCommand(
        "bays",
        _("a day of the bays as a picture: stays, occupancy by hour, figures"),
        _takes_bays,
        _bays,
        group="report",
        brief=_("a day of the bays as a picture"),
    ),
    SubCommand(
        "stay",
        _("the dossier of one stay: what decided it, its doubts, the order, the clock, as a page that prints"),
        _takes_stay,
        _stay,
        group="report",
        brief=_("the dossier of one stay as a page"),
    ),
)
FILES = (FileSchema("rules", "the rules of a town", _rules),)
COMMAND_LINE = CommandLine(COMMANDS, files=FILES)
