"""The log: it goes to the journal with a priority on each line (sd-daemon(3)), elsewhere each line has a time of its
own."""

import logging
import os
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from drivers.printable import printable_lines
from drivers.translation import TranslatedLog

_PRIORITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.NOTSET, 7))
"""The priorities of syslog(3), each with the least level that has it."""

_QUIET = ("pymodbus", "asyncio", "amqtt")
"""Libraries that report what the daemon reports better itself: one line when a device goes, one when it comes back."""


class LineFormatter(logging.Formatter):
    """What cannot be printed is written as an escape: a line may repeat what somebody else has sent."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = printable_lines(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        return printable_lines(super().formatException(ei))


class JournalFormatter(LineFormatter):
    """Each line of a record with its priority, so that the journal tells a traceback by it as well."""

    def format(self, record: logging.LogRecord) -> str:
        return with_priority(super().format(record), record.levelno)


def with_priority(text: str, level: int) -> str:
    """The lines as the journal takes them from a stream."""
    mark = next(f"<{priority}>" for least, priority in _PRIORITIES if level >= least)
    return "\n".join(mark + line for line in text.split("\n"))


def is_journal(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a stream goes to the journal: $JOURNAL_STREAM is device and inode of one that does (systemd.exec(5))."""
    told = environ.get("JOURNAL_STREAM")
    if told is None:
        return False
    try:
        file = os.fstat(stream.fileno())
    except OSError:  # closed, or no file
        return False
    return told == f"{file.st_dev}:{file.st_ino}"


def log_to_stderr(verbose: bool) -> None:
    """All of the program's log, with Python's own warnings. In the journal a failure that ends it is a record too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(TranslatedLog())
    if is_journal(sys.stderr):
        handler.setFormatter(JournalFormatter())
        sys.excepthook = lambda kind, error, trace: logging.error("lamppost failed", exc_info=(kind, error, trace))
    else:
        handler.setFormatter(LineFormatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[handler])
    logging.captureWarnings(True)
    _quieten_libraries()


def _quieten_libraries() -> None:
    for library in _QUIET:
        logging.getLogger(library).setLevel(logging.ERROR)
    # An error of paho is a connection that ended. A level would not do: aiomqtt sets its own when it is imported.
    logging.getLogger("mqtt").disabled = True


def error_for_stderr(text: str) -> str:
    """What a command says in the end, to whoever asked; in the journal as an error."""
    return with_priority(text, logging.ERROR) if is_journal(sys.stderr) else text
