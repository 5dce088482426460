"""The `lamppost` command: parse, call, exit code. A command imports what it needs when it runs."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from agent import start
from agent.cli.arguments import MODELS_DIR, parser

OK = 0
FAILED = 1
WRONG_ARGUMENT = 2


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of the command in `argv` (the process's own arguments when None)."""
    arguments = parser().parse_args(argv)
    start.log_to_stderr(arguments.verbose)
    from agent.configuration import ConfigError

    try:
        return _CALLS[arguments.command](arguments)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return start.BAD_CONFIG
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return OK


def _run(arguments: argparse.Namespace) -> int:
    return start.run(arguments.config)


def _check(arguments: argparse.Namespace) -> int:
    from agent.cli import check

    return check.run(arguments.file, probe=arguments.probe, plot=arguments.plot)


def _demo(arguments: argparse.Namespace) -> int:
    from agent.simulate import demo

    return asyncio.run(demo.run(arguments.seconds, arguments.jsonl, arguments.picture))


def _scan(arguments: argparse.Namespace) -> int:
    from agent.cli import scan

    try:
        wanted = scan.wanted_of(
            arguments.units, arguments.bauds, arguments.framings, arguments.all_bauds, arguments.timeout
        )
    except ValueError as error:
        print(error, file=sys.stderr)
        return WRONG_ARGUMENT
    return scan.run(arguments.line, arguments.config, wanted)


def _socket(arguments: argparse.Namespace) -> Path:
    """Where the daemon listens: as its configuration says, where that is given."""
    if arguments.config is None:
        return Path(arguments.socket)
    from agent.configuration import load

    return Path(load(arguments.config).pole.socket)


def _status(arguments: argparse.Namespace) -> int:
    from agent.cli import status

    return asyncio.run(status.status(_socket(arguments), as_json=arguments.json))


def _set(arguments: argparse.Namespace) -> int:
    from agent.cli import status

    return asyncio.run(status.set_level(_socket(arguments), arguments.lamp, arguments.level, arguments.hold))


def _tail(arguments: argparse.Namespace) -> int:
    from agent.cli import status

    return asyncio.run(status.tail(_socket(arguments)))


def _report_bays(arguments: argparse.Namespace) -> int:
    from agent.cli import report_bays

    return report_bays.run(arguments.day, arguments.out, _socket(arguments), arguments.store)


def _kerb(arguments: argparse.Namespace) -> int:
    from agent.cli import kerb_clip

    return kerb_clip.run(arguments.clip, arguments.config, arguments.camera, arguments.jsonl, arguments.annotate)


def _report_privacy(arguments: argparse.Namespace) -> int:
    from agent.cli import report_privacy

    return report_privacy.run(arguments.config, arguments.json)


def _schema(arguments: argparse.Namespace) -> int:
    from agent.cli import schema

    print(json.dumps(schema.SCHEMAS[arguments.what](), indent=2))
    return OK


def _models(arguments: argparse.Namespace) -> int:
    from drivers.camera import fetch, models

    return fetch.run(arguments.action, arguments.dir or models.default_dir(MODELS_DIR))


_CALLS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": _run,
    "check": _check,
    "demo": _demo,
    "scan": _scan,
    "status": _status,
    "set": _set,
    "tail": _tail,
    "report bays": _report_bays,
    "report privacy": _report_privacy,
    "kerb": _kerb,
    "schema": _schema,
    "models": _models,
}
