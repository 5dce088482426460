"""The times at which a sensor with a fan is awake, warm, cleaning itself or at rest, without I/O."""

import math
from typing import Literal

from msgspec import Struct

Phase = Literal["warming", "measuring", "cleaning", "resting"]

Command = Literal["wake", "begin", "clean", "sleep"]
"""Keys of what is said to it."""


class Timing(Struct, frozen=True):
    """
    Args:
        warm_up_s: its values count so long after it was woken.
        measure_s: it measures so long before it rests.
        rest_s: it rests so long; 0: never.
        cleaning_s: its values stand still so long while it cleans itself.
        clean_every_s: it is told to after so much time of running; 0: never.
    """

    warm_up_s: float = 0.0
    measure_s: float = 30.0
    rest_s: float = 0.0
    cleaning_s: float = 0.0
    clean_every_s: float = 0.0


class Duty:
    """
    Args:
        now_s: monotonic seconds at which it is switched on.
        running_s: for so long it has run before.
        since_cleaning_s: of these since it was cleaned last.
    """

    def __init__(self, timing: Timing, now_s: float, running_s: float = 0.0, since_cleaning_s: float = 0.0) -> None:
        self.phase: Phase = "resting"
        self.running_s, self.since_cleaning_s = running_s, since_cleaning_s
        self._timing, self._until_s, self._counted_s = timing, -math.inf, now_s

    @property
    def measures(self) -> bool:
        """Whether what it says now counts."""
        return self.phase == "measuring"

    def restart(self, now_s: float) -> None:
        """It has lost its supply, or comes back from it."""
        self._count(now_s)
        self.phase, self._until_s = "resting", -math.inf

    def step(self, now_s: float) -> tuple[Command, ...]:
        """What to say to it now; empty: nothing."""
        self._count(now_s)
        over = now_s >= self._until_s
        if self.phase == "resting" and over:
            return self._enter("warming", now_s + self._timing.warm_up_s, "wake", "begin")
        if self.phase in {"warming", "cleaning"} and over:
            self._enter("measuring", now_s + self._timing.measure_s if self._timing.rest_s else math.inf)
            return ()
        if self.phase == "measuring" and 0 < self._timing.clean_every_s <= self.since_cleaning_s:
            self.since_cleaning_s = 0.0
            return self._enter("cleaning", now_s + self._timing.cleaning_s, "clean")
        if self.phase == "measuring" and over:
            return self._enter("resting", now_s + self._timing.rest_s, "sleep")
        return ()

    def _enter(self, phase: Phase, until_s: float, *commands: Command) -> tuple[Command, ...]:
        self.phase, self._until_s = phase, until_s
        return commands

    def _count(self, now_s: float) -> None:
        if self.phase != "resting":
            ran_s = now_s - self._counted_s
            self.running_s, self.since_cleaning_s = self.running_s + ran_s, self.since_cleaning_s + ran_s
        self._counted_s = now_s
