"""The last lines of the log, kept in memory for who asks from afar."""

import logging
from collections import deque

from agent.journal import LineFormatter

_FIELDS = ("%(asctime)s", "%(levelname)s", "%(name)s:", "%(message)s")

LINES = 200
LINE_CHARACTERS = 400


class LogTail(logging.Handler):
    """Keeps what was logged last; each record is one line, cut where it is very long."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(LineFormatter(" ".join(_FIELDS)))
        self.lines: deque[str] = deque(maxlen=LINES)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(" ".join(self.format(record).splitlines())[:LINE_CHARACTERS])


def lines() -> list[str]:
    """The lines of the LogTail that the process has; an empty list where it has none."""
    return [line for each in _tails() for line in each.lines]


def forget() -> None:
    """What was logged before is told to nobody from afar any more."""
    for each in _tails():
        each.lines.clear()


def _tails() -> list[LogTail]:
    return [each for each in logging.getLogger().handlers if isinstance(each, LogTail)]
