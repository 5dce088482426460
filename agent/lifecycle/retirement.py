"""The end of a pole: it takes leave of the city, and its daemon ends for good; then `lamppost wipe` takes its files."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from agent import __version__, states
from agent.console import Answer, Ask
from agent.events.pole import PoleRetired
from agent.events.registry import event
from agent.trades.build import BuildContext
from agent.uplink.leave import LastWords
from agent.uplink.uplink import Uplink
from drivers.translation import _

log = logging.getLogger(__name__)

MOST_S = 60.0
"""The longest that who asks may wait for the broker."""

WAIT_S = 10.0
LEAVE_S = 5.0
"""How long the broker may take for the last words, at least."""

_LOOK_S = 0.1
_ANSWER_S = 0.5
"""The answer reaches who asked before the daemon ends."""


class Retirement:
    """
    Args:
        uplink: gives it, once it is opened.
        details: what is told of the inventory.
        now_s: monotonic seconds.
    """

    def __init__(
        self,
        context: BuildContext,
        uplinks: Callable[[], Mapping[str, Uplink]],
        details: Callable[[], Mapping[str, Any]],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context, self._uplinks, self._details = context, uplinks, details
        self._sleep, self._now_s = sleep, now_s
        self.is_over = asyncio.Event()
        """Set when the daemon is to end, and not to start again."""

    async def answer(self, ask: Ask) -> Answer:
        """Takes leave of the city, as far as its brokers are reached in time, and tells what became of it.

        What still waits in the store is sent before, in the same time. Raises StoreError.
        """
        until_s = self._now_s() + min(ask.timeout_s or WAIT_S, MOST_S)
        log.warning("the pole is retired: it takes leave of the city, and ends")
        await self._send_the_rest(until_s)
        uplinks, words = self._uplinks().values(), await self._last_words()
        left_s = max(LEAVE_S, until_s - self._now_s())
        await asyncio.gather(*(each.leave.take(words, left_s) for each in uplinks if each.status.connected))
        asyncio.get_running_loop().call_later(_ANSWER_S, self.is_over.set)
        return {
            "told": all(each.leave.told for each in uplinks),
            "cleared": all(each.leave.cleared for each in uplinks),
            "reason": next(filter(None, (each.leave.refusal or self._reason(each) for each in uplinks)), ""),
            "events_left": self._context.store.depth(),
        }

    async def _send_the_rest(self, until_s: float) -> None:
        """Waits until every broker has what was committed for it, as far as there is time."""
        while self._now_s() < until_s:
            if all(each.status.connected for each in self._uplinks().values()) and not self._context.store.depth():
                return
            await self._sleep(_LOOK_S)

    async def _last_words(self) -> LastWords:
        context = self._context
        pole = context.identified.places.get(context.config.pole.id)
        said = PoleRetired(version=__version__, uuid=pole.uuid if pole else None)
        names = (await context.store.load(states.KEY, states.Names) or states.Names()).names
        return LastWords(event(said, context.config.pole.id, context.clock.now()), tuple(names), self._details())

    def _reason(self, uplink: Uplink) -> str:
        if uplink.leave.is_taken:
            return ""
        trouble = uplink.status.trouble
        return trouble.what if trouble is not None else _("the broker did not answer in time")
