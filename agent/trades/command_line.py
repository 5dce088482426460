"""What a trade adds to the `lamppost` command, and what its commands are handed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from drivers.translation import _

if TYPE_CHECKING:
    import argparse

    from agent.config.schema import Config
    from drivers.options import Options

CONFIG_FILE = Path("/etc/lamppost/lamppost.toml")
SOCKET = Path("/run/lamppost/lamppost.sock")


class Tools(NamedTuple):
    """What a command of a trade is handed beside its arguments.

    Args:
        load: the configuration in a file; raises ConfigError.
        load_for_desk: the same for a command that sends nothing: the file may have no uplink.
        socket: where the daemon listens by these arguments; raises ConfigError.
    """

    load: Callable[[Path], Config]
    load_for_desk: Callable[[Path], Config]
    socket: Callable[[argparse.Namespace], Path]


class SubCommand(NamedTuple):
    """One command: `lamppost NAME`, or `lamppost GROUP NAME`.

    Args:
        text: what `--help` says of it.
        takes: adds its arguments.
        run: its exit code; imports what it needs.
        more: what `NAME --help` says beside `text`.
        group: "report", or none.
        brief: of one in a group, its share of what `--help` says of that.
    """

    name: str
    text: str
    takes: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Tools], int]
    more: str = ""
    group: str = ""
    brief: str = ""


class CheckOption(NamedTuple):
    """An option of `lamppost check`, which names a file to be written.

    Args:
        flag: "--plot".
        text: what `--help` says of it.
        run: writes the file and says so; raises ValueError, in words for a technician, where it cannot.
    """

    flag: str
    metavar: str
    text: str
    run: Callable[[Config, Path], None]


class FileSchema(NamedTuple):
    """A file beside the configuration, that `lamppost schema NAME` describes.

    Args:
        text: what it is ("the rules of a town").
        table: its struct.
    """

    name: str
    text: str
    table: Callable[[], type[Options]]


class CommandLine(NamedTuple):
    """What a trade adds to the command line.

    Args:
        commands: of its own.
        check_options: what it adds to `lamppost check`.
        files: its files beside the configuration, for `lamppost schema`.
    """

    commands: tuple[SubCommand, ...] = ()
    check_options: tuple[CheckOption, ...] = ()
    files: tuple[FileSchema, ...] = ()


def takes_config(parser: argparse.ArgumentParser) -> None:
    """Adds `config`, a file."""
    parser.add_argument(
        "-c",
        "--config",
        type=Path,
        default=CONFIG_FILE,
        metavar="FILE",
        help=_("default {file}").format(file=CONFIG_FILE),
    )


def takes_socket(parser: argparse.ArgumentParser) -> None:
    """Adds what `Tools.socket` reads."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--socket",
        type=Path,
        default=SOCKET,
        metavar="PATH",
        help=_("of the daemon; default {file}").format(file=SOCKET),
    )
    which.add_argument("-c", "--config", type=Path, metavar="FILE", help=_("of the daemon: its [pole] socket"))
