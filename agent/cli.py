"""The `lamppost` command: parse, call, exit code. A command imports what it needs when it runs."""

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

CONFIG_FILE = Path("/etc/lamppost/lamppost.toml")
SOCKET = Path("/run/lamppost/lamppost.sock")
MODELS_DIR = Path("/var/lib/lamppost/models")

CLIP = (
    "A limit is taken to hold all the time: a clip tells neither its hours nor what stood in the bays, so windows, "
    "holidays and beside are not asked. Exit status 1: the clip could not be read, its picture changes its size, or "
    "more than a tenth of its frames are damaged; fewer are told on standard error."
)
"""What a user of `lamppost kerb` should know."""

OK = 0
FAILED = 1
WRONG_ARGUMENT = 2
BAD_CONFIG = 78
"""EX_CONFIG of sysexits.h: systemd must not restart on it (RestartPreventExitStatus=78)."""


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of the command in `argv` (the process's own arguments when None)."""
    arguments = _parser().parse_args(argv)
    _log_to_stderr(arguments.verbose)
    from agent.config import ConfigError

    try:
        return int(arguments.call(arguments))
    except ConfigError as error:
        print(error, file=sys.stderr)
        return BAD_CONFIG
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lamppost", description="The daemon in a street pole, and what a technician asks it."
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="log more, to standard error")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = _command(commands, "run", _run, "the daemon; exit 78 when the configuration is wrong")
    _takes_config(run)

    check = _command(commands, "check", _check, "validate a configuration and show what would run")
    check.add_argument("file", nargs="?", type=Path, default=CONFIG_FILE, metavar="FILE")
    check.add_argument("--probe", action="store_true", help="also ask every device once")
    check.add_argument(
        "--plot", type=Path, metavar="FILE.svg", help="also draw the lamps' levels over a winter and a summer week"
    )

    demo = _command(commands, "demo", _demo, "a whole simulated street over real protocols")
    demo.add_argument("--seconds", type=_positive, metavar="N", help="end after N seconds (default: at Ctrl-C)")
    demo.add_argument(
        "--jsonl", action="store_true", help="print each event as the broker delivers it, one JSON a line"
    )
    demo.add_argument("--picture", type=Path, metavar="FILE.svg", help="at the end, save the table as a picture")

    scan = _command(commands, "scan", _scan, "which Modbus units answer on a line, and what they are")
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

    status = _command(commands, "status", _status, "how the running daemon and its devices are")
    status.add_argument("--json", action="store_true", help="everything, as JSON")
    _takes_socket(status)

    level = _command(commands, "set", _set, "hold a lamp at a level, or give it back to its program")
    level.add_argument("lamp", metavar="LAMP")
    level.add_argument("level", metavar="LEVEL", help='0 to 100 (%%), or "auto": back to the program')
    level.add_argument(
        "--for", dest="hold", default="30min", metavar="TIME", help='how long ("30min", "2h"; default 30min)'
    )
    _takes_socket(level)

    _takes_socket(_command(commands, "tail", _tail, "events as they happen, until Ctrl-C"))

    report = commands.add_parser("report", help="a day of the bays as a picture; the facts that privacy asks for")
    _takes_report(report.add_subparsers(required=True, metavar="REPORT"))

    kerb = _command(commands, "kerb", _kerb, "run a video file through the camera pipeline, print the stays", CLIP)
    kerb.add_argument("clip", metavar="CLIP")
    kerb.add_argument("--jsonl", action="store_true", help="one JSON a line (also the default where output is a pipe)")
    kerb.add_argument(
        "--camera", metavar="NAME", help="whose zones; needed where the configuration has several cameras"
    )
    kerb.add_argument(
        "--annotate", type=Path, metavar="OUT.mp4", help="write the clip with zones, boxes and timers drawn; clips only"
    )
    _takes_config(kerb)

    schema = _command(commands, "schema", _schema, "JSON Schema of the configuration, for editors, and of what is told")
    schema.add_argument(
        "what",
        nargs="?",
        choices=["config", "rules", "events", "command", "state"],
        default="config",
        help="default: config",
    )

    models = _command(commands, "models", _models, "which detector models are there; fetch and check them")
    models.add_argument("action", nargs="?", choices=["list", "fetch"], default="list")
    models.add_argument("--dir", type=Path, metavar="DIR", help=f"default {MODELS_DIR}, else this checkout's models/")
    return parser


def _takes_report(reports: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    bays = _command(reports, "bays", _report_bays, "a day of the bays as a picture: stays, occupancy by hour, figures")
    bays.add_argument("--day", default="today", metavar="DAY", help='"2026-11-25", "yesterday" or "today" (default)')
    bays.add_argument("--out", type=Path, required=True, metavar="FILE.svg")
    bays.add_argument(
        "--store", type=Path, metavar="FILE", help="read this copy of a pole's store instead of asking the daemon"
    )
    _takes_socket(bays)

    text = "what this pole processes, keeps and sends: for the register entry and the impact assessment"
    privacy = _command(reports, "privacy", _report_privacy, text)
    privacy.add_argument("--json", action="store_true", help="as JSON")
    _takes_config(privacy)


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    call: Callable[[argparse.Namespace], int],
    text: str,
    more: str = "",
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=f"{text}. {more}" if more else text)
    parser.set_defaults(call=call)
    return parser


def _positive(text: str) -> float:
    if not 0 < (number := float(text)) < float("inf"):
        raise ValueError(text)
    return number


def _takes_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-c", "--config", type=Path, default=CONFIG_FILE, metavar="FILE", help=f"default {CONFIG_FILE}")


def _takes_socket(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--socket", type=Path, default=SOCKET, metavar="PATH", help=f"of the daemon; default {SOCKET}")


def _log_to_stderr(verbose: bool) -> None:
    """Under systemd the journal has its own time stamps; at a terminal a line carries one."""
    in_journal = "JOURNAL_STREAM" in os.environ
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(message)s" if in_journal else "%(asctime)s %(levelname)s %(message)s",
        stream=sys.stderr,
    )
    # Libraries report what the daemon reports better itself: one line when a device goes, one when it comes back.
    for library in ("pymodbus", "mqtt", "asyncio", "amqtt"):
        logging.getLogger(library).setLevel(logging.ERROR)


def _run(arguments: argparse.Namespace) -> int:
    from agent.config import load_with_warnings

    config, warnings = load_with_warnings(arguments.config)
    for warning in warnings:
        logging.warning("%s", warning)
    from agent.app import run

    return asyncio.run(run(config))


def _check(arguments: argparse.Namespace) -> int:
    from agent import check

    return check.run(arguments.file, probe=arguments.probe, plot=arguments.plot)


def _demo(arguments: argparse.Namespace) -> int:
    from agent.simulate import demo

    return asyncio.run(demo.run(arguments.seconds, arguments.jsonl, arguments.picture))


def _scan(arguments: argparse.Namespace) -> int:
    from agent import scan

    try:
        wanted = scan.wanted_of(
            arguments.units, arguments.bauds, arguments.framings, arguments.all_bauds, arguments.timeout
        )
    except ValueError as error:
        print(error, file=sys.stderr)
        return WRONG_ARGUMENT
    return scan.run(arguments.line, arguments.config, wanted)


def _status(arguments: argparse.Namespace) -> int:
    from agent import technician

    return asyncio.run(technician.status(arguments.socket, as_json=arguments.json))


def _set(arguments: argparse.Namespace) -> int:
    from agent import technician

    return asyncio.run(technician.set_level(arguments.socket, arguments.lamp, arguments.level, arguments.hold))


def _tail(arguments: argparse.Namespace) -> int:
    from agent import technician

    return asyncio.run(technician.tail(arguments.socket))


def _report_bays(arguments: argparse.Namespace) -> int:
    from agent import occupancy

    return occupancy.run(arguments.day, arguments.out, arguments.socket, arguments.store)


def _kerb(arguments: argparse.Namespace) -> int:
    from agent import clip

    return clip.run(arguments.clip, arguments.config, arguments.camera, arguments.jsonl, arguments.annotate)


def _report_privacy(arguments: argparse.Namespace) -> int:
    from agent import privacy

    return privacy.run(arguments.config, arguments.json)


def _schema(arguments: argparse.Namespace) -> int:
    from agent import schema

    print(json.dumps(schema.SCHEMAS[arguments.what](), indent=2))
    return OK


def _models(arguments: argparse.Namespace) -> int:
    from drivers.camera import fetch, models

    return fetch.run(arguments.action, arguments.dir or models.default_dir(MODELS_DIR))
