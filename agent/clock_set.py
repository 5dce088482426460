"""Tells the city once in a boot that the clock was set, and how what was told before is dated by it."""

import asyncio
import logging

from msgspec import Struct

from agent.clock import Clock
from agent.events.pole import ClockSet
from agent.events.registry import event
from agent.trades.build import BuildContext

log = logging.getLogger(__name__)

KEY = "clock"

LOOK_S = 1.0
"""How often a clock that is not set is looked at."""


class ClockState(Struct, frozen=True):
    """What was told.

    Args:
        boot: of the last time.
    """

    boot: str = ""


async def tell(context: BuildContext) -> None:
    """Waits until the clock is set, and tells it where events of this boot were written before.

    Their times stay as they were written: they may have been sent. Raises StoreError.
    """
    waited = await _until_set(context.clock)
    now = context.clock.now()
    if (await context.state(KEY, ClockState)).boot == now.boot:
        return
    if waited or await context.store.has_untrusted_of(now.boot):
        told = ClockSet(boot=now.boot, offset_s=round(now.unix_s - now.mono_s, 3))
        await context.commit([event(told, context.config.pole.id, now)], {KEY: ClockState(now.boot)})
        log.info("the clock is set; the city was told how times of before are to be corrected")


async def _until_set(clock: Clock) -> bool:
    """Whether it took a while."""
    waited = False
    while not clock.now().trusted:
        waited = True
        await asyncio.sleep(LOOK_S)
    return waited
