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
)
FILES = (FileSchema("rules", "the rules of a town", _rules),)
COMMAND_LINE = CommandLine(COMMANDS, files=FILES)
