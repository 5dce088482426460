"""The `lamppost` command: parse, call, exit code. A command imports what it needs when it runs."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import start
from agent.cli.arguments import MODELS_DIR, parser
from agent.cli.screen import screened
from agent.journal import error_for_stderr, log_to_stderr
from agent.trades.base import Trade
from agent.trades.command_line import SOCKET, SubCommand, Tools
from agent.trades.registry import TRADES
from drivers.extras import PACKAGED
from drivers.translation import _

if TYPE_CHECKING:
    from agent.config.schema import Config

OK = 0
FAILED = 1
WRONG_ARGUMENT = 2

_ON_THEIR_OWN = ("run", "demo")
"""Commands that log instead, or draw a picture of their own."""


def main(argv: Sequence[str] | None = None, trades: Sequence[Trade] = TRADES) -> int:
    """The exit code of the command in `argv` (the process's own arguments when None)."""
    arguments = parser(trades).parse_args(argv)
    log_to_stderr(arguments.verbose)
    from agent.config.problems import ConfigError

    try:
        if arguments.command in _ON_THEIR_OWN:
            return _CALLS[arguments.command](arguments)
        with screened():
            return _called(arguments)
    except ConfigError as error:
        print(error_for_stderr(str(error)), file=sys.stderr)
        return start.BAD_CONFIG
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return OK


def _called(arguments: argparse.Namespace) -> int:
    if isinstance(arguments.command, SubCommand):
        return arguments.command.run(arguments, Tools(_load, _load_for_desk, _socket))
    return _CALLS[arguments.command](arguments)


def _run(arguments: argparse.Namespace) -> int:
    return start.run(str(arguments.config))


def _check(arguments: argparse.Namespace) -> int:
    from agent.cli import check

    given = ((each, getattr(arguments, each.flag.lstrip("-"))) for each in arguments.options)
    return check.run(arguments.file, arguments.probe, [(each, path) for each, path in given if path is not None])


def _demo(arguments: argparse.Namespace) -> int:
    if sys.prefix == PACKAGED:
        print(
            _("the Debian package has no simulated street. In a checkout, on any machine: make demo"), file=sys.stderr
        )
        return FAILED
    from agent.simulate import demo

    return _finished(demo.run(arguments.seconds, arguments.jsonl, arguments.picture, arguments.scene))


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


def _finished(work: Coroutine[Any, Any, int]) -> int:
    import asyncio

    return asyncio.run(work)


def _load(file: Path) -> "Config":
    from agent.configuration import load

    return load(file)


def _load_for_desk(file: Path) -> "Config":
    from agent.configuration import load_for_desk

    return load_for_desk(file)


def _socket(arguments: argparse.Namespace) -> Path:
    """Returns the path of the daemon's socket: the configuration's where one is given, be it right or wrong."""
    if arguments.config is None:
        return Path(arguments.socket)
    from agent.configuration.sources import socket_of

    return socket_of(arguments.config, SOCKET)


def _status(arguments: argparse.Namespace) -> int:
    from agent.cli import status

    return _finished(status.status(_socket(arguments), as_json=arguments.json))


def _tail(arguments: argparse.Namespace) -> int:
    from agent.cli import status

    return _finished(status.tail(_socket(arguments)))


def _report_privacy(arguments: argparse.Namespace) -> int:
    from agent.cli import report_privacy

    return report_privacy.run(arguments.config, arguments.json)


def _report_erase(arguments: argparse.Namespace) -> int:
    from agent.cli import report_erase

    return report_erase.run(
        arguments.config, before=arguments.before, bay=arguments.bay, yes=arguments.yes, as_json=arguments.json
    )


def _report_security(arguments: argparse.Namespace) -> int:
    from agent.cli import report_security

    return report_security.run(arguments.config, arguments.json)


def _wipe(arguments: argparse.Namespace) -> int:
    from agent.cli import wipe

    return wipe.run(
        arguments.config, yes=arguments.yes, pole=arguments.pole, dry_run=arguments.dry_run, wait_s=arguments.wait
    )


def _schema(arguments: argparse.Namespace) -> int:
    from agent.cli import schema

    print(json.dumps(schema.schemas()[arguments.what](), indent=2))
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
    "tail": _tail,
    "report privacy": _report_privacy,
    "report erase": _report_erase,
    "report security": _report_security,
    "schema": _schema,
    "models": _models,
    "wipe": _wipe,
}
