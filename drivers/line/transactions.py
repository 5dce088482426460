"""Transaction numbers of Modbus TCP, which do not follow one another (pure).

A gateway that answers late, and under the number of the request that it has in hand by then or under the next one,
would be believed by whoever counts. One in 65 535 of such answers hits a number that was drawn.
"""

import random
from collections.abc import Callable, Container
from typing import TypeVar

T = TypeVar("T")

HIGHEST = 0xFFFF
"""Numbers have 16 bits; 0 is left out."""

RECENT = 256
"""Numbers of which an answer is not under a wrong number, but once more or very late; none of them is drawn again."""

GIVEN_UP = 16
"""Requests given up whose late answers still tell how slow their unit is."""


class Transactions:
    """
    Args:
        draw: a number below that one.
    """

    def __init__(self, draw: Callable[[int], int] = random.randrange) -> None:
        self._draw = draw
        self._recent: dict[int, None] = {}
        self._given_up: dict[int, tuple[int, float]] = {}

    def next(self, pending: Container[int]) -> int:
        """Draws the number of the next request.

        Args:
            pending: those whose answers are waited for.
        """
        while (number := self._draw(HIGHEST) + 1) in pending or number in self._recent:
            pass
        self._recent[number] = None
        _shorten(self._recent, RECENT)
        return number

    def is_recent(self, number: int) -> bool:
        return number in self._recent

    def give_up(self, number: int, unit: int, asked_s: float) -> None:
        self._given_up[number] = (unit, asked_s)
        _shorten(self._given_up, GIVEN_UP)

    def late(self, number: int) -> tuple[int, float] | None:
        """The unit of a request that was given up, and when it was asked; each is told once."""
        return self._given_up.pop(number, None)


def _shorten(table: dict[int, T], most: int) -> None:
    """Takes the oldest out of one that has grown by one."""
    if len(table) > most:
        del table[next(iter(table))]
