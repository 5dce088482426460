"""What a fuzzer's target calls a finding."""

import logging
import math
from collections.abc import Iterable
from typing import Any

from drivers.printable import printable_lines


class Finding(AssertionError):
    """Something that no bytes may bring about."""


class Errors(logging.Handler):
    """Collects what the project logs as an error: it only does so for defects and for the technician."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(self.format(record))

    def listen(self) -> None:
        for room in ("agent", "drivers", "asyncio"):
            logging.getLogger(room).addHandler(self)
        # As in the daemon: paho's own words are nobody's.
        logging.getLogger("mqtt").disabled = True

    def judge(self) -> None:
        """Raises Finding."""
        if self.words:
            words, self.words = "\n".join(self.words), []
            raise Finding(words)


def judge_words(*texts: str) -> None:
    """Raises Finding for a text that a terminal would obey, or that says nothing."""
    for text in texts:
        if not text.strip() or printable_lines(text) != text:
            raise Finding(f"words that nobody can read: {text!r}")


def judge_values(values: Iterable[Any]) -> None:
    """Raises Finding for a number that is none, or a text that cannot be printed."""
    for value in values:
        if isinstance(value, float) and not math.isfinite(value):
            raise Finding(f"{value} is told as a number")
        if isinstance(value, str) and printable_lines(value) != value:
            raise Finding(f"a text that cannot be printed: {value!r}")
