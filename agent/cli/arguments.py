"""The command line of `lamppost`: commands, their arguments, and what `--help` says of them."""

import argparse
from pathlib import Path
from typing import NoReturn

from agent.version import version

CONFIG_FILE = Path("/etc/lamppost/lamppost.toml")
SOCKET = Path("/run/lamppost/lamppost.sock")
MODELS_DIR = Path("/var/lib/lamppost/models")

CLIP = (
    "A limit is taken to hold all the time: a clip tells neither its hours nor what stood in the bays, so windows, "
    "holidays and beside are not asked. Exit status 1: the clip could not be read, its picture changes its size, or "
    "more than a tenth of its frames are damaged; fewer are told on standard error."
)
"""What a user of `lamppost kerb` should know."""


def parser() -> argparse.ArgumentParser:
    """`command` of what it parses names the command: "run", "report bays"."""
    whole = argparse.ArgumentParser(
        prog="lamppost", description="The daemon in a street pole, and what a technician asks it."
    )
    whole.add_argument("-v", "--verbose", action="store_true", help="log more, to standard error")
    whole.add_argument("--version", action=_Version, nargs=0, help="print which lamppost this is, and end")
    commands = whole.add_subparsers(required=True, metavar="COMMAND")

    run = _command(commands, "run", "the daemon; exit 78 when the configuration is wrong")
    _takes_config(run)

    check = _command(commands, "check", "validate a configuration and show what would run")
    check.add_argument("file", nargs="?", type=Path, default=CONFIG_FILE, metavar="FILE")
    check.add_argument("--probe", action="store_true", help="also ask every device once")
    check.add_argument(
        "--plot", type=Path, metavar="FILE.svg", help="also draw the lamps' levels over a winter and a summer week"
    )

    demo = _command(commands, "demo", "a whole simulated street over real protocols")
    demo.add_argument("--seconds", type=_positive, metavar="N", help="end after N seconds (default: at Ctrl-C)")
    demo.add_argument(
        "--jsonl", action="store_true", help="print each event as the broker delivers it, one JSON a line"
    )
    demo.add_argument("--picture", type=Path, metavar="FILE.svg", help="at the end, save the table as a picture")

    scan = _command(commands, "scan", "which Modbus units answer on a line, and what they are")
    scan.add_argument("line", metavar="LINE", help="NAME of a [line.NAME]")
    scan.add_argument("--units", default="1-247", metavar="LIST", help='default "1-247"; for example "1-10,20"')
    scan.add_argument("--bauds", default="", metavar="LIST", help='default: as configured; for example "9600,19200"')
    scan.add_argument("--framings", default="", metavar="LIST", help='default: as configured; for example "8N1,8E1"')
    scan.add_argument(
        "--all-bauds", action="store_true", help="every baud, and 8N1, 8E1 and 8O1 if --framings is not given"
    )
    scan.add_argument(
        "--timeout",
        default="",
        metavar="TIME",
        help="for each unit; default: 100ms on a serial line, else as configured",
    )
    _takes_config(scan)

    status = _command(commands, "status", "how the running daemon and its devices are")
    status.add_argument("--json", action="store_true", help="everything, as JSON")
    _takes_socket(status)

    level = _command(commands, "set", "hold a lamp at a level, or give it back to its program")
    level.add_argument("lamp", metavar="LAMP")
    level.add_argument("level", metavar="LEVEL", help='0 to 100 (%%), or "auto": back to the program')
    level.add_argument(
        "--for", dest="hold", default="30min", metavar="TIME", help='how long ("30min", "2h"; default 30min)'
    )
    _takes_socket(level)

    _takes_socket(_command(commands, "tail", "events as they happen, until Ctrl-C"))

    report = commands.add_parser("report", help="a day of the bays as a picture; the facts that privacy asks for")
    _takes_report(report.add_subparsers(required=True, metavar="REPORT"))

    kerb = _command(commands, "kerb", "run a video file through the camera pipeline, print the stays", more=CLIP)
    kerb.add_argument("clip", metavar="CLIP")
    kerb.add_argument("--jsonl", action="store_true", help="one JSON a line (also the default where output is a pipe)")
    kerb.add_argument(
        "--camera", metavar="NAME", help="whose zones; needed where the configuration has several cameras"
    )
    kerb.add_argument(
        "--annotate", type=Path, metavar="OUT.mp4", help="write the clip with zones, boxes and timers drawn; clips only"
    )
    _takes_config(kerb)

    schema = _command(commands, "schema", "JSON Schema of the configuration, for editors, and of what is told")
    schema.add_argument(
        "what",
        nargs="?",
        choices=["config", "rules", "events", "command", "state"],
        default="config",
        help="default: config",
    )

    models = _command(commands, "models", "which detector models are there; fetch and check them")
    models.add_argument("action", nargs="?", choices=["list", "fetch"], default="list")
    models.add_argument("--dir", type=Path, metavar="DIR", help=f"default {MODELS_DIR}, else this checkout's models/")
    return whole


class _Version(argparse.Action):
    """Not argparse's own, which would ask for the version at each command."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        print(f"lamppost {version()}")
        parser.exit()


def _takes_report(reports: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    bays = _command(reports, "bays", "a day of the bays as a picture: stays, occupancy by hour, figures", "report")
    bays.add_argument("--day", default="today", metavar="DAY", help='"2026-11-25", "yesterday" or "today" (default)')
    bays.add_argument("--out", type=Path, required=True, metavar="FILE.svg")
    bays.add_argument(
        "--store", type=Path, metavar="FILE", help="read this copy of a pole's store instead of asking the daemon"
    )
    _takes_socket(bays)

    text = "what this pole processes, keeps and sends: for the register entry and the impact assessment"
    privacy = _command(reports, "privacy", text, "report")
    privacy.add_argument("--json", action="store_true", help="as JSON")
    _takes_config(privacy)


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    text: str,
    group: str = "",
    more: str = "",
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=f"{text}. {more}" if more else text)
    parser.set_defaults(command=f"{group} {name}".lstrip())
    return parser


def _positive(text: str) -> float:
    if not 0 < (number := float(text)) < float("inf"):
        raise ValueError(text)
    return number


def _takes_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-c", "--config", type=Path, default=CONFIG_FILE, metavar="FILE", help=f"default {CONFIG_FILE}")


def _takes_socket(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--socket", type=Path, default=SOCKET, metavar="PATH", help=f"of the daemon; default {SOCKET}")
    which.add_argument("-c", "--config", type=Path, metavar="FILE", help="of the daemon: its [pole] socket")
