"""What parts of the pole tell one another, typed, inside the pole alone: the city is told by events."""

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from msgspec import Struct

C = TypeVar("C", bound=Struct)


class Presence(Struct, frozen=True):
    """A vehicle came or went.

    Args:
        source: the bay where.
        at_s: monotonic seconds when it was noticed.
    """

    source: str
    at_s: float


class NoLongerLawful(Struct, frozen=True):
    """What cameras have seen of single vehicles may be used no longer.

    Args:
        at_s: monotonic seconds.
        told: types of events and their subjects, that told of it while it was lawful.
    """

    at_s: float
    told: frozenset[tuple[str, str | None]] = frozenset()


class Bus:
    """Hands each change to who listens to its type, at once and in the order in which they began to listen."""

    def __init__(self) -> None:
        self._listeners: defaultdict[type[Struct], list[Callable[[Any], None]]] = defaultdict(list)

    def listen(self, kind: type[C], hear: Callable[[C], None]) -> Callable[[], None]:
        """What is given ends it."""
        self._listeners[kind].append(hear)
        return partial(self._listeners[kind].remove, hear)

    def tell(self, change: Struct) -> None:
        for hear in self._listeners[type(change)]:
            hear(change)
