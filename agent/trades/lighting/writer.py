"""Writes levels to one lamp, and knows what it was told and what it shows."""

import asyncio
import logging

from agent.clock import Clock
from agent.trades.lighting.setpoint import (
    SetpointState,
    answered,
    lost,
    observed,
    same,
    unanswered,
    wants_write,
    written,
)
from drivers.base import Actuator, Outcome
from drivers.errors import DeviceError
from drivers.translation import _

log = logging.getLogger(__name__)


class LampWriter:
    """An order does not wait until the lamp has settled on the one before; it replaces it.

    Args:
        clock: times the pauses between writes that do not help.
    """

    def __init__(self, actuator: Actuator, clock: Clock) -> None:
        self._actuator, self._clock = actuator, clock
        self.setpoint = SetpointState()
        self._orders = 0

    def wants(self, level_percent: float) -> bool:
        """Whether this level is to be written now."""
        return wants_write(self.setpoint, level_percent, self._clock.now().mono_s)

    async def write(self, command_id: str, level_percent: float) -> tuple[Outcome, bool]:
        """What came of it, and whether that tells of the lamp as it is now: it answered, and had no newer order.

        The outcome of a command that a newer one has replaced meanwhile concerns its sender only.
        """
        self._orders += 1
        order = self._orders
        self.setpoint = written(self.setpoint, level_percent, self._clock.now().mono_s)
        try:
            outcome = await self._actuator.set_level(command_id, level_percent)
        except (DeviceError, asyncio.CancelledError) as error:
            if order == self._orders:
                self.setpoint = unanswered(self.setpoint)
            if isinstance(error, asyncio.CancelledError):
                raise
            reason = _("{reason}; the order is kept and carried out when the lamp answers").format(reason=error)
            return Outcome(command_id, "failed", reason), False
        if order != self._orders:
            return outcome, False
        if outcome.status != "done":
            log.warning("%s did not take %g %%: %s", self._actuator.name, level_percent, outcome.reason)
        self.setpoint = answered(self.setpoint, outcome.status == "done", outcome.observed)
        return outcome, outcome.observed is not None

    def observe(self, level_percent: float) -> bool:
        """The lamp was polled; whether it speaks again, or shows another level than before."""
        before, self.setpoint = self.setpoint, observed(self.setpoint, level_percent)
        return before.silent or not same(level_percent, before.observed_percent)

    def lose(self) -> None:
        """The lamp may have forgotten what it was told."""
        self.setpoint = lost(self.setpoint)

    def forget(self) -> None:
        """Everything, as after a restart: the lamp is written to at once."""
        self.setpoint = SetpointState()
