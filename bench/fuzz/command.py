"""The payload of a message on the command topic, up to the part that it is handed to."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fuzz.broken import Finding, judge_words

from agent.calendars import WindowOptions, windows
from agent.clock import Moment
from agent.commands.actions import order_of
from agent.config.problems import ConfigError
from agent.configuration import load
from agent.configuration.remote import Layer
from agent.configuration.sources import Sources
from agent.configuration.wanted import Wanted, found_by, refusal
from agent.documents.actions import SetDocument
from agent.documents.build import kinds_of
from agent.documents.check import check_content, document_of
from agent.documents.document import Setting
from agent.documents.errors import Refused
from agent.trades.registry import TRADES
from agent.uplink import commands
from drivers.printable import printable_lines

DAY_S = 86_400.0
AT = Moment(1_798_000_000.0, 0.0, "boot", True)
POLE = """
[pole]
id = "p"
site = "s"
latitude = 45.7
longitude = 4.8
[uplink]
host = "127.0.0.1"
[sensor.ear]
kind = "a02"
port = "/dev/ttyX"
[bay.bay-1]
sensor = "ear"
limit = "30min"
[rule.snow]
category = "no_parking"
limit = "0s"
"""


class _Action:
    """An action of the pole, as far as it decides what it is handed."""

    after_restart = "again"

    def __init__(self, name: str, data: type) -> None:
        self.name, self.data = name, data


def _read(payload: bytes) -> commands.PoleCommand | None:
    heard = commands.command(payload)
    if isinstance(heard, commands.BadCommand):
        judge_words(heard.reason)
    return heard if isinstance(heard, commands.PoleCommand) else None


def command() -> Callable[[bytes], None]:
    def one(data: bytes) -> None:
        _read(data)
        commands.command(data, True)

    return one


def _handed_over(action: _Action, handle: Callable[[Any], None]) -> Callable[[bytes], None]:
    """The data of a command to the pole itself; what they are refused with can be read."""

    def one(payload: bytes) -> None:
        heard = _read(payload)
        if heard is None:
            return
        try:
            order: Any = order_of(action, heard, None)  # type: ignore[type-var, arg-type]
        except ValueError as error:
            # It is told as the reason of an outcome, which escapes what cannot be printed.
            judge_words(printable_lines(str(error)))
            return
        handle(order)

    return one


def _file() -> Path:
    file = Path(tempfile.mkdtemp(dir="/dev/shm")) / "lamppost.toml"
    file.write_text(POLE)
    file.chmod(0o600)
    return file


def document() -> Callable[[bytes], None]:
    config, kinds = load(_file()), kinds_of(TRADES)

    def handle(order: Any) -> None:
        told = order.data
        setting = Setting(told.kind, told.name, told.content, told.valid_from, told.valid_until)
        try:
            made = document_of(setting, None, 1, order.id, AT)
            checked = check_content(kinds, config, made)
            if checked.content is None:
                raise Refused(checked.problems)
            _ask_hours(getattr(checked.content, "windows", ()))
        except Refused as error:
            judge_words(str(error))

    return _handed_over(_Action("document.set", SetDocument), handle)


def _ask_hours(given: Sequence[WindowOptions]) -> None:
    """Raises Finding for hours that go backwards."""
    hours = windows(given, "Europe/Paris")
    edges = [edge for span in hours.spans(AT.unix_s, AT.unix_s + 400 * DAY_S) for edge in span]
    if edges != sorted(edges):
        raise Finding(f"hours that go backwards: {edges}")


def configuration() -> Callable[[bytes], None]:
    file = Sources(_file()).layered

    def handle(order: Any) -> None:
        try:
            found_by(file, Layer(), order.data, order.id)
        except RecursionError:
            return
        except ConfigError as error:
            judge_words(*map(printable_lines, refusal(file, Layer(), error).splitlines()))
        except (OSError, ValueError) as error:
            judge_words(printable_lines(str(error)))

    return _handed_over(_Action("configuration.set", Wanted), handle)
