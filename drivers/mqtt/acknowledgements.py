"""Publishes that the broker has not acknowledged yet."""

import asyncio

from drivers.mqtt.errors import Unacknowledged
from drivers.mqtt.reasons import Reason
from drivers.translation import _


class Acknowledgements:
    """Each may wait for the same time, so that one timer for the oldest serves them all.

    Args:
        answer_s: how long the broker may take.
    """

    def __init__(self, answer_s: float) -> None:
        self._answer_s = answer_s
        # The answer, and when it is late on the loop's clock, by packet identifier in the order of the publishes.
        self._waiting: dict[int, tuple[asyncio.Future[Reason | None], float]] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self, mid: int) -> Reason | None:
        """Why that publish was refused; None: it was not. Raises Unacknowledged."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Reason | None] = loop.create_future()
        late_s = loop.time() + self._answer_s
        self._waiting[mid] = answer, late_s
        if self._timer is None:
            self._timer = loop.call_at(late_s, self._check_deadlines, loop)
        try:
            return await answer
        finally:
            del self._waiting[mid]

    def __contains__(self, mid: int) -> bool:
        """Whether somebody waits for the answer to that publish."""
        return mid in self._waiting

    def resolve(self, mid: int, refusal: Reason | None) -> bool:
        """Whether somebody waits for it.

        Args:
            refusal: why the broker does not take it; None: it has.
        """
        if mid not in self._waiting:
            return False
        answer, _ = self._waiting[mid]
        if not answer.done():
            answer.set_result(refusal)
        return True

    def _check_deadlines(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        for answer, late_s in self._waiting.values():
            if late_s > loop.time():
                self._timer = loop.call_at(late_s, self._check_deadlines, loop)
                return
            if not answer.done():
                what = _("the broker acknowledged nothing for {for_s:g} s").format(for_s=self._answer_s)
                answer.set_exception(Unacknowledged(what))
