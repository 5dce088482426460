"""What lighting adds to the `lamppost` command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.trades.command_line import CheckOption, CommandLine, SubCommand, Tools, takes_socket
from drivers.translation import _

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from agent.config.schema import Config


def _plot(config: Config, file: Path) -> None:
    """Raises ValueError where the picture cannot be written."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from agent.plot.svg import save
    from agent.trades.lighting.plot import picture

    save(file, picture(config, datetime.now(ZoneInfo(config.pole.timezone)).date()))
    print()
    print(_("levels over a winter and a summer week: {file}").format(file=file))


def _takes_level(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lamp", metavar="LAMP")
    parser.add_argument("level", metavar="LEVEL", help=_('0 to 100 (%%), or "auto": back to the program'))
    parser.add_argument(
        "--for", dest="hold", default="30min", metavar="TIME", help=_('how long ("30min", "2h"; default 30min)')
    )
    colour = _("its colour temperature meanwhile, where its profile has one: 3000")
    parser.add_argument("--colour", type=float, metavar="KELVIN", help=colour)
    takes_socket(parser)


def _set(arguments: argparse.Namespace, tools: Tools) -> int:
    import asyncio

    from agent.trades.lighting.set_level import set_level

    socket, asked = tools.socket(arguments), arguments
    return asyncio.run(set_level(socket, asked.lamp, asked.level, asked.hold, asked.colour))


def _takes_lamp(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["learn"])
    parser.add_argument("lamp", metavar="LAMP")
    settle = _("how long each level is left alone before its power counts (default 60s)")
    parser.add_argument("--settle", default="60s", metavar="TIME", help=settle)
    takes_socket(parser)


def _learn(arguments: argparse.Namespace, tools: Tools) -> int:
    import asyncio

    from agent.trades.lighting.learn import learn

    return asyncio.run(learn(tools.socket(arguments), arguments.lamp, arguments.settle))


COMMANDS = (
    SubCommand("set", _("hold a lamp at a level, or give it back to its program"), _takes_level, _set),
    SubCommand("lamps", _("learn the power curve of a lamp, level by level"), _takes_lamp, _learn),
)
CHECK_OPTIONS = (
    CheckOption("--plot", "FILE.svg", _("also draw the lamps' levels over a winter and a summer week"), _plot),
)
COMMAND_LINE = CommandLine(COMMANDS, CHECK_OPTIONS)
