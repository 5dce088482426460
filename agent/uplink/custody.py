"""Custody: what a broker has acknowledged stays with the pole until the consumer behind it has confirmed it."""

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from time import monotonic
from typing import Any

from msgspec import Struct

from agent.store import NeverSent, Position, Stored
from agent.uplink.confirmations import Confirmation
from drivers.mqtt.diagnosis import Diagnosis
from drivers.translation import _

log = logging.getLogger(__name__)

LONGEST_PAUSE_S = 3600.0
"""The longest pause before all is sent again, while nothing is confirmed."""

APART_S = 0.2
"""Confirmations are taken so far apart; the newest of each consumer says all that those before it said."""

SHARE = 0.2
"""The part of the time, at most, in which confirmations keep the store from all else."""

SEVERAL_S = 3600.0
"""Another consumer that has confirmed within that time is told of."""

MOST_CONSUMERS = 8
_TOGETHER_S = 1.0


class _Sent(Struct, frozen=True):
    """An event that the broker has.

    Args:
        at_s: when the broker had acknowledged it.
        seq: `Stored.seq`.
        resent: it was sent before: which of the two a confirmation is of nobody knows.
    """

    at_s: float
    seq: int
    resent: bool


class Custody:
    """What is sent and not confirmed, over all connections.

    A broker hands on in order. While a consumer takes one event after the other, those behind wait for it, and only
    what it has passed is missing. Where it takes nothing any more all is sent again once, and then what waits longest
    alone: a broker that keeps it for a consumer that is away is not filled with copies.

    Args:
        within_s: what is not confirmed so long after the broker has acknowledged it is sent again.
        now_s, sleep: monotonic seconds, and pauses.
    """

    def __init__(
        self,
        position: Position,
        within_s: float,
        now_s: Callable[[], float] = monotonic,
        sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep,
    ) -> None:
        self._position, self._within_s, self._now_s, self._sleep = position, within_s, now_s, sleep
        self._pause_s = within_s
        # By number, in the order in which the broker has acknowledged them.
        self._out: dict[int, _Sent] = {}
        # When something was confirmed last, or sent again in vain; when the newest was sent that is confirmed.
        self._moved_s = self._passed_s = float("-inf")
        self._heard: dict[str, Confirmation] = {}
        self._news = asyncio.Event()
        self._consumers: dict[str, tuple[float, int]] = {}
        """The consumers, each with when it confirmed last and its sequence."""
        self._refused: str | None = None
        self._vain = 0
        self._began = False

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

    async def reset_cursor(self) -> int:
        """Lease again what has not arrived, but for what the broker has: that has its own time. At first that as well.

        Returns `Stored.seq` of the event that was committed last. Raises StoreError.
        """
        newest = await self._position.reset_cursor(unconfirmed=not self._began)
        self._began = True
        return newest

    async def sent(self, rows: Sequence[Stored]) -> None:
        """The broker has acknowledged them. Raises StoreError."""
        waiting = await self._position.sent(rows)
        if waiting and not self._out:
            self._news.set()  # from now on something is to be sent again at some time
        now_s = self._now_s()
        for row in waiting:
            self._out.pop(row.sequence, None)  # the newest comes last
            self._out[row.sequence] = _Sent(now_s, row.seq, row.resent)

    async def run(self) -> None:
        """Takes confirmations, and sends again what is not confirmed, until cancelled. Raises StoreError."""
        while True:
            await _wait(self._news, self._left_s())
            began_s = self._now_s()
            await self._take()
            took_s = self._now_s() - began_s
            if self._left_s() == 0.0:
                await self._send_again()
            await self._sleep(max(APART_S, took_s * (1 / SHARE - 1)))

    async def _send_again(self) -> None:
        due = self._passed() or self._in_vain()
        seqs = [self._out.pop(number).seq for number in due]
        await self._position.send_again(seqs)

    def _passed(self) -> list[int]:
        """What is missing at a consumer that has what was sent later."""
        return [number for number, sent in self._out.items() if sent.at_s < self._passed_s and self._is_old(sent)]

    def _in_vain(self) -> list[int]:
        """What is sent again where nothing was confirmed for the pause."""
        until_s = next(iter(self._out.values())).at_s + _TOGETHER_S if self._vain else self._now_s()
        self._vain, self._moved_s = self._vain + 1, self._now_s()
        self._pause_s = min(LONGEST_PAUSE_S, 2 * self._pause_s)
        return [number for number, sent in self._out.items() if sent.at_s <= until_s and self._is_old(sent)]

    def _is_old(self, sent: _Sent) -> bool:
        return self._now_s() - sent.at_s >= self._within_s

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
            self._pause_s = self._within_s  # there is somebody
            if confirmed.events:
                self._vain, self._moved_s = 0, self._now_s()
            self._forget(said)

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
        confirmed = [self._out.pop(number) for number in list(self._out) if has(number)]
        self._passed_s = max((self._passed_s, *(sent.at_s for sent in confirmed if not sent.resent)))

    def _left_s(self) -> float | None:
        """Seconds until what waits longest is sent again; None: nothing waits."""
        if not self._out:
            return None
        first_s = next(iter(self._out.values())).at_s
        if first_s < self._passed_s:
            return max(0.0, self._within_s - (self._now_s() - first_s))
        return max(0.0, self._pause_s - (self._now_s() - max(self._moved_s, first_s)))


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
