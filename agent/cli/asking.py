"""Trades, asked by a command: a defect of one is told, and costs its own share."""

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from agent.defect import Defect, attempted
from agent.trades.base import Trade
from agent.trades.command_line import CommandLine
from drivers.translation import _

T = TypeVar("T")


class Asking:
    """
    Args:
        defects: name of each trade that had one, and words for a technician.
    """

    def __init__(self) -> None:
        self.defects: dict[str, str] = {}

    def ask(self, trade: Trade, question: Callable[[], T]) -> T | None:
        """The answer; None: a defect keeps the trade from it."""
        said = attempted(question, trade.name, quiet=True)
        if isinstance(said, Defect):
            self.defects[trade.name] = defect_words(said)
            return None
        return said

    def all(self, trade: Trade, question: Callable[[], Iterable[T]]) -> Sequence[T]:
        """Everything that the answer yields; nothing, where a defect keeps the trade from it."""
        return self.ask(trade, lambda: tuple(question())) or ()

    def command_lines(self, trades: Sequence[Trade]) -> list[CommandLine]:
        """What each adds to the command line."""
        return [self.ask(trade, trade.command_line) or CommandLine() for trade in trades]

    def tell(self) -> None:
        """Print the defects to standard error."""
        for trade, words in self.defects.items():
            print(f"{trade}: {words}", file=sys.stderr)


def defect_words(defect: Defect) -> str:
    return _("a defect of lamppost: {words}").format(words=defect.words)
