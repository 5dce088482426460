"""The command line of `lamppost`: commands, their arguments, and what `--help` says of them."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, TypeAlias

from agent import __version__
from agent.cli.asking import Asking
from agent.trades.base import Trade
from agent.trades.command_line import CONFIG_FILE, SubCommand, takes_config, takes_socket
from agent.trades.registry import TRADES
from drivers.translation import _

SubParsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

MODELS_DIR = Path("/var/lib/lamppost/models")
SCHEMAS = ("events", "command", "state", "documents")


def parser(trades: Sequence[Trade] = TRADES) -> argparse.ArgumentParser:
    """`command` of what it parses is the name of the command, or the SubCommand of a trade.

    `options` of "check" are those that trades add to it.
    """
    asking = Asking()
    lines = asking.command_lines(trades)
    asking.tell()
    whole = argparse.ArgumentParser(
        prog="lamppost", description=_("The daemon in a street pole, and what a technician asks it.")
    )
    whole.add_argument("-v", "--verbose", action="store_true", help=_("log more, to standard error"))
    whole.add_argument("--version", action=_Version, nargs=0, help=_("print which lamppost this is, and end"))
    commands = whole.add_subparsers(required=True, metavar="COMMAND")

    run = _command(commands, "run", _("the daemon; exit 78 when the configuration is wrong"))
    takes_config(run)

    check = _command(commands, "check", _("validate a configuration and show what would run"))
    check.add_argument("file", nargs="?", type=Path, default=CONFIG_FILE, metavar="FILE")
    check.add_argument("--probe", action="store_true", help=_("also ask every device once"))
    check.set_defaults(options=[each for line in lines.values() for each in line.check_options])
    for option in check.get_default("options"):
        check.add_argument(option.flag, type=Path, metavar=option.metavar, help=option.text)

    demo = _command(commands, "demo", _("a whole simulated street over real protocols"))
    demo.add_argument("--seconds", type=_positive, metavar="N", help=_("end after N seconds (default: at Ctrl-C)"))
    demo.add_argument(
        "--jsonl", action="store_true", help=_("print each event as the broker delivers it, one JSON a line")
    )
    demo.add_argument("--picture", type=Path, metavar="FILE.svg", help=_("at the end, save the table as a picture"))

    scan = _command(commands, "scan", _("which Modbus units answer on a line, and what they are"))
    scan.add_argument("line", metavar="LINE", help=_("NAME of a [line.NAME]"))
    scan.add_argument("--units", default="1-247", metavar="LIST", help=_('default "1-247"; for example "1-10,20"'))
    scan.add_argument("--bauds", default="", metavar="LIST", help=_('default: as configured; for example "9600,19200"'))
    scan.add_argument("--framings", default="", metavar="LIST", help=_('default: as configured; for example "8N1,8E1"'))
    scan.add_argument(
        "--all-bauds", action="store_true", help=_("every baud, and 8N1, 8E1 and 8O1 if --framings is not given")
    )
    scan.add_argument(
        "--timeout",
        default="",
        metavar="TIME",
        help=_("for each unit; default: 100ms on a serial line, else as configured"),
    )
    takes_config(scan)

    status = _command(commands, "status", _("how the running daemon and its devices are"))
    status.add_argument("--json", action="store_true", help=_("everything, as JSON"))
    takes_socket(status)

    takes_socket(_command(commands, "tail", _("events as they happen, until Ctrl-C")))

    added = [each for line in lines.values() for each in line.commands]
    of_report = [each for each in added if each.group == "report"]
    brief = "; ".join((*(each.brief for each in of_report), _("the facts that privacy asks for")))
    report = commands.add_parser("report", help=brief)
    _takes_report(report.add_subparsers(required=True, metavar="REPORT"), of_report)

    for each in added:
        if not each.group:
            _add(commands, each)

    schema = _command(commands, "schema", _("JSON Schema of the configuration, for editors, and of what is told"))
    schema.add_argument(
        "what",
        nargs="?",
        choices=["config", *(each.name for line in lines.values() for each in line.files), *SCHEMAS],
        default="config",
        help=_("default: config"),
    )

    models = _command(commands, "models", _("which detector models are there; fetch and check them"))
    models.add_argument("action", nargs="?", choices=["list", "fetch"], default="list")
    models.add_argument(
        "--dir",
        type=Path,
        metavar="DIR",
        help=_("default {folder}, else this checkout's models/").format(folder=MODELS_DIR),
    )
    return whole


class _Version(argparse.Action):
    """The option that prints the version. Argparse's own would ask for the version at each command."""

    def __call__(self, parser: argparse.ArgumentParser, *_given: object) -> NoReturn:
        print(_("lamppost {version}").format(version=__version__))
        parser.exit()


def _takes_report(reports: SubParsers, added: Sequence[SubCommand]) -> None:
    for each in added:
        _add(reports, each)

    text = _("what this pole processes, keeps and sends: for the register entry and the impact assessment")
    privacy = _command(reports, "privacy", text, "report")
    privacy.add_argument("--json", action="store_true", help=_("as JSON"))
    takes_config(privacy)


def _add(commands: SubParsers, added: SubCommand) -> None:
    parser = _command(commands, added.name, added.text, more=added.more)
    parser.set_defaults(command=added)
    added.takes(parser)


def _command(commands: SubParsers, name: str, text: str, group: str = "", more: str = "") -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=f"{text}. {more}" if more else text)
    parser.set_defaults(command=f"{group} {name}".lstrip())
    return parser


def _positive(text: str) -> float:
    if not 0 < (number := float(text)) < float("inf"):
        raise ValueError(text)
    return number
