"""What one lamp was told, by the newest of its orders, and what it shows."""

import logging
import math

from msgspec import structs

from agent.clock import Clock
from agent.trades.lighting.control.setpoint import (
    SetpointState,
    Writes,
    answered,
    lost,
    observed,
    same,
    unanswered,
    wants_write,
    written,
)
from drivers.base import Outcome

log = logging.getLogger(__name__)


class LampSetpoint:
    """An order does not wait until the lamp has settled on the one before; it replaces it.

    Args:
        lamp: its name.
        clock: times the pauses between writes that do not help.
    """

    def __init__(self, lamp: str, clock: Clock) -> None:
        self._lamp, self._clock = lamp, clock
        self.state, self.writes = SetpointState(), Writes()
        self._orders = 0
        self._seen_k: float | None = None
        self._seen_s = -math.inf

    def wants(self, level_percent: float, colour_k: float | None = None) -> bool:
        """Whether this level and colour temperature are to be written now."""
        return wants_write(self.state, level_percent, self._clock.now().mono_s, colour_k)

    def begin(self, level_percent: float, colour_k: float | None = None) -> int:
        """A level, and a colour temperature where one is given, are about to be written; the number of that order."""
        self._orders += 1
        if level_percent != self.state.commanded_percent:
            self.writes = structs.replace(self.writes, orders=self.writes.orders + 1)
        self.state = written(self.state, level_percent, self._clock.now().mono_s, colour_k)
        return self._orders

    def answered(self, order: int, outcome: Outcome) -> bool:
        """Takes what came of it. Returns whether that tells of the lamp as it is now: it answered, and had no newer
        order. The outcome of a command that a newer one has replaced meanwhile concerns its sender only."""
        if order != self._orders:
            return False
        if outcome.status != "done":
            log.warning("%s did not take %g %%: %s", self._lamp, self.state.commanded_percent, outcome.reason)
        self.state = answered(self.state, outcome.status == "done", outcome.observed)
        self.writes = _counted(self.writes, outcome)
        self.observe_colour(outcome.observed_k)
        return outcome.observed is not None

    def unanswered(self, order: int) -> None:
        """It is not known what came of it."""
        if order == self._orders:
            self.state = unanswered(self.state)

    def observe(self, level_percent: float) -> bool:
        """The lamp was polled; whether it speaks again, or shows another level than before."""
        before, self.state = self.state, observed(self.state, level_percent)
        return before.silent or not same(level_percent, before.observed_percent)

    def observe_colour(self, colour_k: float | None) -> None:
        """The lamp told its colour temperature; None: it did not."""
        if colour_k is not None:
            self._seen_k, self._seen_s = colour_k, self._clock.now().mono_s

    def colour_k(self, fresh_s: float = math.inf) -> float | None:
        """Returns the colour temperature that it told last; None: not within `fresh_s`."""
        return self._seen_k if self._clock.now().mono_s - self._seen_s <= fresh_s else None

    def lose(self) -> None:
        """The lamp may have forgotten what it was told."""
        self.state = lost(self.state)

    def forget(self) -> None:
        """Everything, as after a restart: the lamp is written to at once."""
        self.state, self._seen_k = SetpointState(), None


def _counted(writes: Writes, outcome: Outcome) -> Writes:
    """One that the lamp carried out, or that it was seen not to; where nothing tells, neither."""
    if outcome.observed is None:
        return writes
    if outcome.status == "done":
        return structs.replace(writes, taken=writes.taken + 1)
    return structs.replace(writes, missed=writes.missed + 1)
