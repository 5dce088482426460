"""Custody: what a broker has acknowledged stays with the pole until the consumer behind it has confirmed it."""

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterable, Sequence
from time import monotonic

from agent.store import NeverSent, Position, Stored
from agent.uplink.confirmations import Confirmation
from drivers.mqtt.diagnosis import Diagnosis
from drivers.translation import _

log = logging.getLogger(__name__)

LONGEST_PAUSE_S = 3600.0
"""The longest pause before all is sent again, while nothing is confirmed."""

APART_S = 0.2
"""Confirmations are taken so far apart; the newest of each consumer says all that those before it said."""

SEVERAL_S = 3600.0
"""Another consumer that has confirmed within that time is told of."""

LAST_WORD_S = 1.0
"""A new connection brings at once what was confirmed meanwhile: so long it is waited for."""

MOST_CONSUMERS = 8
_TOGETHER_S = 1.0


class _Batch:
    """Numbers that the broker has acknowledged at about the same time."""

    def __init__(self, sent_s: float) -> None:
        self.sent_s, self.numbers = sent_s, set[int]()


class Custody:
    """What is sent and not confirmed, over all connections.

    Args:
        within_s: what is not confirmed so long after the broker has acknowledged it is sent again.
        now_s: monotonic seconds.
    """

    def __init__(self, position: Position, within_s: float, now_s: Callable[[], float] = monotonic) -> None:
        self._position, self._within_s, self._now_s = position, within_s, now_s
        self._pause_s = within_s
        self._batches: list[_Batch] = []
        self._heard: dict[str, Confirmation] = {}
        self._news, self._confirmed = asyncio.Event(), asyncio.Event()
        self._consumers: dict[str, tuple[float, int]] = {}
        """The consumers, each with when it confirmed last and its sequence."""
        self._refused: str | None = None
        self._vain = 0

    @property
    def trouble(self) -> Diagnosis | None:
        """What is wrong with the confirmations; None: nothing."""
        if self._refused is not None:
            return Diagnosis("confirmation_refused", self._refused)
        if self._vain:
            words = _(
                "nothing was confirmed for {pause_s:.0f} s after {count} attempts to send it; is the consumer there?"
            )
            return Diagnosis("unconfirmed", words.format(pause_s=self._pause_s, count=self._vain + 1))
        names = sorted(name for name, (at_s, _) in self._consumers.items() if self._now_s() - at_s < SEVERAL_S)
        if len(names) > 1:
            words = _("{names} confirm for each other: what one of them has is not sent again to the others")
            return Diagnosis("several_consumers", words.format(names=", ".join(name or '""' for name in names)))
        return None

    def hear(self, said: Confirmation | str) -> None:
        """Takes a confirmation, or notes why one is none."""
        if isinstance(said, str):
            self._refuse(said)
        elif said.consumer in self._heard or len(self._heard) < MOST_CONSUMERS:
            self._heard[said.consumer] = said
            self._news.set()

    async def sent(self, rows: Sequence[Stored]) -> None:
        """The broker has acknowledged them. Raises StoreError."""
        await self._position.sent(rows)
        now_s = self._now_s()
        if not self._batches:
            self._news.set()  # from now on something is to be sent again at some time
        if not self._batches or now_s - self._batches[-1].sent_s > _TOGETHER_S:
            self._batches.append(_Batch(now_s))
        self._batches[-1].numbers.update(row.sequence for row in rows if row.sequence)

    async def last_word(self) -> None:
        """Returns when the consumer has confirmed what it has of the connection before; soon where it says nothing."""
        if self._batches:
            self._confirmed.clear()
            await _wait(self._confirmed, LAST_WORD_S)

    def begin(self) -> None:
        """All that is not confirmed is sent from the beginning."""
        self._batches.clear()

    async def run(self, start_over: Callable[[], None]) -> None:
        """Takes confirmations until cancelled. Raises StoreError.

        Args:
            start_over: sends again what is not confirmed.
        """
        while True:
            await _wait(self._news, self._left_s())
            await self._take()
            if self._left_s() == 0.0:
                self._batches.clear()
                self._vain, self._pause_s = self._vain + 1, min(LONGEST_PAUSE_S, 2 * self._pause_s)
                start_over()
            await asyncio.sleep(APART_S)

    async def _take(self) -> None:
        self._news.clear()
        heard, self._heard = list(self._heard.values()), {}
        for said in heard:
            try:
                confirmed = await self._position.confirm(said.sequence, said.ranges)
            except ValueError as error:
                self._refuse(_wrong(said, error))
                continue
            self._note(said)
            if confirmed.events:
                self._vain, self._pause_s = 0, self._within_s
            self._forget(said)
            self._confirmed.set()

    def _note(self, said: Confirmation) -> None:
        _at_s, before = self._consumers.get(said.consumer, (0.0, 0))
        if said.sequence < before:
            log.warning(
                "uplink: the consumer %r confirms up to %d, and has confirmed up to %d: what it has lost since "
                "comes again with events.resend alone",
                said.consumer,
                said.sequence,
                before,
            )
        while len(self._consumers) >= MOST_CONSUMERS and said.consumer not in self._consumers:
            del self._consumers[next(iter(self._consumers))]
        self._consumers[said.consumer] = self._now_s(), said.sequence
        self._refused = None

    def _refuse(self, words: str) -> None:
        if self._refused is None:
            log.warning("uplink: a confirmation is refused: %s", words)
        self._refused = words

    def _forget(self, said: Confirmation) -> None:
        has = _having(said.sequence, said.ranges)
        for batch in self._batches:
            batch.numbers = {number for number in batch.numbers if not has(number)}
        self._batches = [batch for batch in self._batches if batch.numbers]

    def _left_s(self) -> float | None:
        """Seconds until what waits longest is sent again; None: nothing waits."""
        if not self._batches:
            return None
        return max(0.0, self._batches[0].sent_s + self._pause_s - self._now_s())


def _wrong(said: Confirmation, error: ValueError) -> str:
    if not isinstance(error, NeverSent):
        return _("a range of it ends before it begins")
    words = _(
        "it confirms numbers up to {last}, which no event ever had: is the consumer of another pole, or did the store "
        "of the pole begin anew?"
    )
    return words.format(last=max((said.sequence, *(last for _first, last in said.ranges))))


def _having(sequence: int, ranges: Iterable[tuple[int, int]]) -> Callable[[int], bool]:
    """Tells of a number whether it is confirmed."""
    ordered = sorted(ranges)
    firsts = [first for first, _last in ordered]

    def has(number: int) -> bool:
        at = bisect_right(firsts, number)
        return number <= sequence or (at > 0 and number <= ordered[at - 1][1])

    return has


async def _wait(event: asyncio.Event, most_s: float | None) -> None:
    waiting: Awaitable[object] = event.wait()
    try:
        async with asyncio.timeout(most_s):
            await waiting
    except TimeoutError:
        return
