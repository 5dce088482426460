"""The command line of `lamppost`: commands, their arguments, and what `--help` says of them."""

import argparse
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, TypeAlias

from agent import __version__
from agent.cli.asking import Asking
from agent.trades.base import Trade
from agent.trades.command_line import CONFIG_FILE, CommandLine, SubCommand, takes_config, takes_socket
from agent.trades.registry import TRADES
from drivers.translation import _

SubParsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

MODELS_DIR = Path("/var/lib/lamppost-models")
SCHEMAS = ("events", "command", "state", "documents")


def parser(trades: Sequence[Trade] = TRADES) -> argparse.ArgumentParser:
    """`command` of what it parses is the name of the command, or the SubCommand of a trade.

    `options` of "check" are those that trades add to it.
    """
    lines = _lines(trades)
    whole = argparse.ArgumentParser(
        prog="lamppost", description=_("The daemon in a street pole, and what a technician asks it.")
    )
    whole.add_argument("-v", "--verbose", action="store_true", help=_("log more, to standard error"))
    whole.add_argument("--version", action=_Version, nargs=0, help=_("print which lamppost this is, and end"))
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    for add in (_run, _check, _demo, _scan, _status, _tail, _report, _of_trades, _schema, _models, _wipe):
        add(commands, lines)
    return whole


def _lines(trades: Sequence[Trade]) -> Sequence[CommandLine]:
    """What each adds; a defect that keeps one from it is printed."""
    asking = Asking()
    lines = asking.command_lines(trades)
    asking.tell()
    return lines


def _run(commands: SubParsers, _lines: Sequence[CommandLine]) -> None:
    takes_config(_command(commands, "run", _("the daemon; exit 78: the file is wrong, and no last good one is kept")))


def _check(commands: SubParsers, lines: Sequence[CommandLine]) -> None:
    check = _command(commands, "check", _("validate a configuration and show what would run"))
    check.add_argument("file", nargs="?", type=Path, default=CONFIG_FILE, metavar="FILE")
    check.add_argument("--probe", action="store_true", help=_("also ask every device once"))
    options = [each for line in lines for each in line.check_options]
    check.set_defaults(options=options)
    for option in options:
        check.add_argument(option.flag, type=Path, metavar=option.metavar, help=option.text)


def _demo(commands: SubParsers, _lines: Sequence[CommandLine]) -> None:
    demo = _command(commands, "demo", _("a whole simulated street over real protocols"))
    demo.add_argument("--seconds", type=_positive, metavar="N", help=_("end after N seconds (default: at Ctrl-C)"))
    jsonl = _("print each event as the broker delivers it, one JSON a line")
    demo.add_argument("--jsonl", action="store_true", help=jsonl)
    demo.add_argument("--picture", type=Path, metavar="FILE.svg", help=_("at the end, save the table as a picture"))
    demo.add_argument(
        "--scene", choices=("air", "weather"), help=_("in place of the street, a pole that measures these")
    )


def _scan(commands: SubParsers, _lines: Sequence[CommandLine]) -> None:
    scan = _command(commands, "scan", _("which Modbus units answer on a line, and what they are"))
    scan.add_argument("line", metavar="LINE", help=_("NAME of a [line.NAME]"))
    scan.add_argument("--units", default="1-247", metavar="LIST", help=_('default "1-247"; for example "1-10,20"'))
    scan.add_argument("--bauds", default="", metavar="LIST", help=_('default: as configured; for example "9600,19200"'))
    scan.add_argument("--framings", default="", metavar="LIST", help=_('default: as configured; for example "8N1,8E1"'))
    every = _("every baud, and 8N1, 8E1 and 8O1 if --framings is not given")
    scan.add_argument("--all-bauds", action="store_true", help=every)
    for_each = _("for each unit; default: 100ms on a serial line, else as configured")
    scan.add_argument("--timeout", default="", metavar="TIME", help=for_each)
    takes_config(scan)


def _status(commands: SubParsers, _lines: Sequence[CommandLine]) -> None:
    status = _command(commands, "status", _("how the running daemon and its devices are"))
    status.add_argument("--json", action="store_true", help=_("everything, as JSON"))
    takes_socket(status)


def _tail(commands: SubParsers, _lines: Sequence[CommandLine]) -> None:
    takes_socket(_command(commands, "tail", _("events as they happen, until Ctrl-C")))


def _report(commands: SubParsers, lines: Sequence[CommandLine]) -> None:
    added = [each for each in _added(lines) if each.group == "report"]
    brief = "; ".join((*(each.brief for each in added), _("the facts that privacy, and security, ask for")))
    report = commands.add_parser("report", help=brief)
    _takes_report(report.add_subparsers(required=True, metavar="REPORT"), added)


def _of_trades(commands: SubParsers, lines: Sequence[CommandLine]) -> None:
    for each in _added(lines):
        if not each.group:
            _add(commands, each)


def _schema(commands: SubParsers, lines: Sequence[CommandLine]) -> None:
    schema = _command(commands, "schema", _("JSON Schema of the configuration, for editors, and of what is told"))
    files = (each.name for line in lines for each in line.files)
    choices = ["config", *files, *SCHEMAS]
    schema.add_argument("what", nargs="?", choices=choices, default="config", help=_("default: config"))


def _models(commands: SubParsers, _lines: Sequence[CommandLine]) -> None:
    models = _command(commands, "models", _("which detector models are there; fetch and check them"))
    models.add_argument("action", nargs="?", choices=["list", "fetch"], default="list")
    folder = _("default {folder}, else this checkout's models/").format(folder=MODELS_DIR)
    models.add_argument("--dir", type=Path, metavar="DIR", help=folder)


def _wipe(commands: SubParsers, _lines: Sequence[CommandLine]) -> None:
    text = _("take keys, store and configuration from a retired or stolen box, and tell the city last")
    wipe = _command(commands, "wipe", text)
    takes_config(wipe)
    confirmed = wipe.add_mutually_exclusive_group()
    confirmed.add_argument("--yes", action="store_true", help=_("do not ask"))
    confirmed.add_argument("--pole", metavar="ID", help=_("do not ask, if this is the pole"))
    wipe.add_argument("--dry-run", action="store_true", help=_("show what would go, and what stays"))
    wait = _("how long the daemon may try to reach its broker, seconds (default 10, at most 60)")
    wipe.add_argument("--wait", type=_positive, default=10.0, metavar="N", help=wait)


def _added(lines: Sequence[CommandLine]) -> list[SubCommand]:
    return [each for line in lines for each in line.commands]


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
    _takes_erase(reports)
    text = _("what an auditor asks of this pole: what is open, who may command, with which keys, and what happened")
    security = _command(reports, "security", text, "report")
    security.add_argument("--json", action="store_true", help=_("as JSON"))
    takes_config(security)


def _takes_erase(reports: SubParsers) -> None:
    text = _("for the privacy officer: events and days of single stays go from this pole for ever")
    erase = _command(reports, "erase", text, "report")
    erase.add_argument("--before", default="", metavar="DATE", help=_("what happened before that day, 2026-11-25"))
    erase.add_argument("--bay", default="", metavar="NAME", help=_("of that bay or zone alone"))
    erase.add_argument("--yes", action="store_true", help=_("do not ask"))
    erase.add_argument("--json", action="store_true", help=_("as JSON"))
    takes_config(erase)


def _add(commands: SubParsers, added: SubCommand) -> None:
    parser = _command(commands, added.name, added.text, more=added.more)
    parser.set_defaults(command=added)
    added.takes(parser)


def _command(commands: SubParsers, name: str, text: str, group: str = "", more: str = "") -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=f"{text}. {more}" if more else text)
    parser.set_defaults(command=f"{group} {name}".lstrip())
    return parser


def _positive(text: str) -> float:
    with suppress(ValueError):
        if 0 < (number := float(text)) < float("inf"):
            return number
    raise argparse.ArgumentTypeError(_("{text} is no number above 0").format(text=ascii(text)))
