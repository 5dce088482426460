"""The position of one uplink in the log: what it is given, what of it has arrived, and what it asks for again."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, TypeVar

from agent.store.errors import StoreError
from agent.store.file_thread import FileThread
from agent.store.flush_timer import FlushTimer
from agent.store.keeper import FileKeeper
from agent.store.log.again import Again, NeverSent, Resend, SearchByTime
from agent.store.log.confirmation import Confirmed, confirm
from agent.store.open_file import OpenFile
from agent.store.rows.numbers import Range
from agent.store.rows.positions import Wants
from agent.store.rows.progress import send_again
from agent.store.rows.rows import Stored
from agent.store.status import PositionStatus
from drivers.translation import _

__all__ = ["Confirmed", "NeverSent", "Position", "PositionStatus", "Range", "Resend", "Wants"]

T = TypeVar("T")


class Position:
    """One uplink's place in the log of a `Store`, which gives it out by name.

    Each event that the uplink gets has a number, `Stored.sequence`, from 1 on without a hole, in the order of commit
    over all priorities. An event keeps its number however often it is sent, and no other ever has it.

    Args:
        name: of the uplink, as the configuration has it.

    Attributes:
        epoch: of the file or memory that it leases from, as the keeper counts them.
    """

    def __init__(self, name: str, thread: FileThread, keeper: FileKeeper, timer: FlushTimer) -> None:
        self.name = name
        self._thread, self._keeper, self._timer = thread, keeper, timer
        self._committed = asyncio.Event()
        self.epoch = keeper.epoch

    def tell_committed(self) -> None:
        """Wakes who waits for `committed`."""
        self._committed.set()

    async def lease(self, limit: int) -> list[Stored]:
        """Leases at most `limit` rows not leased since `reset_cursor`: highest priority first, then in order of commit.

        Where these leave room, what is to be sent again comes too (`Stored.resent`).
        What is leased is not dropped when the store is full, until it is acknowledged, sent or released, or
        `reset_cursor` is called. Of what was sent and not confirmed 20 000 at most are out; then no more is leased.

        Raises StoreError: the disk refuses; or another file, or memory, has taken the place of what was leased from,
        which is told once.
        """
        self._committed.clear()

        found, gave_up = await self._thread.run(lambda file: self._lease(file, limit))
        if gave_up:
            # Unreadable rows were dropped, and an event that says so was written.
            self._committed.set()
        return found

    def _lease(self, file: OpenFile, limit: int) -> tuple[list[Stored], bool]:
        if self._keeper.epoch != self.epoch:
            _reset(file, self, self._keeper, unconfirmed=True)
            raise StoreError(self._keeper.path, _("another file has taken the place of the one that was read"))
        found, gave_up = file.leases[self.name].lease(limit, self._keeper.now())
        return found + file.again[self.name].lease(limit - len(found)), gave_up

    async def committed(self) -> None:
        """Waits until an event was committed, or asked for again, after the last call of `lease`."""
        await self._committed.wait()

    async def reset_cursor(self, *, unconfirmed: bool = True) -> int:
        """Lease again what was leased and has not arrived: at the begin and the end of a session.

        Args:
            unconfirmed: what was sent and is not confirmed as well; in another file it is always.

        Returns `Stored.seq` of the event that was committed last; 0: none ever was.
        """
        return await self._thread.run(lambda file: _reset(file, self, self._keeper, unconfirmed=unconfirmed))

    async def release(self, rows: Sequence[Stored]) -> None:
        """What was leased and is not sent for now: when the store is full it may go like any other."""
        await self._thread.run(lambda file: file.leases[self.name].release(rows))

    async def sent(self, rows: Sequence[Stored]) -> list[Stored]:
        """The broker has them. Returns those that the platform has yet to confirm: they wait for `send_again`, or for
        `reset_cursor`."""
        return await self._thread.run(lambda file: file.leases[self.name].sent(rows))

    async def send_again(self, seqs: Collection[int]) -> None:
        """Lease again, and soon, what was sent; what is confirmed meanwhile does not come.

        Args:
            seqs: `Stored.seq` of the rows.
        """
        await self._thread.run(lambda file: send_again(file.leases[self.name].progress, seqs))
        self._committed.set()

    async def acknowledge(self, rows: Sequence[Stored]) -> None:
        """They have arrived: at once in memory, in the file within `settle_s` of the store.

        After a crash before that they are leased again.
        """
        await self._thread.run(lambda file: file.leases[self.name].arrived(rows))
        self._timer.plan()

    async def confirm(self, highest: int, ranges: Sequence[Range] = ()) -> Confirmed:
        """The platform has every number up to `highest` (0: of none it is sure), and those of the ranges.

        What nobody was sent yet counts as confirmed too: the pole takes the platform's word.

        Raises:
            NeverSent: one of the numbers is of no event; nothing is confirmed.
            ValueError: a range that ends before it begins, or a number below 0; nothing is confirmed.
        """
        confirmed = await self._thread.run(lambda file: confirm(file.outbox, file.leases[self.name], highest, ranges))
        self._timer.plan()
        if confirmed.events:  # where too much was unconfirmed nothing was leased any more
            self._committed.set()
        return confirmed

    async def resend(
        self, *, from_sequence: int | None = None, from_unix_s: float | None = None, limit: int = 1000
    ) -> Resend:
        """Send again what the log still has, whether it arrived or not: from a number on, or from the first event
        that happened at a time or later. Of times that are not trusted nobody knows that.

        It comes with `lease`, in the order of its numbers, at most 10 000 at once, in the place of what was asked for
        before. Raises NeverSent for a number that was not given yet.
        """
        if from_sequence is None:
            from_sequence = await _first_since(self._run, 0.0 if from_unix_s is None else from_unix_s)
        if from_sequence is None:
            return Resend(0, None, None, (), await self._run(Again.oldest), False)
        first = from_sequence
        resend = await self._run(lambda again: again.ask(first, limit))
        self._committed.set()
        return resend

    async def _run(self, work: Callable[[Again], T]) -> T:
        return await self._thread.run(lambda file: work(file.again[self.name]))

    def depth(self) -> int:
        """Events that have not arrived."""
        return self._keeper.depths.get(self.name, 0)

    async def status(self) -> PositionStatus:
        return await self._thread.run(lambda file: file.leases[self.name].status(len(file.again[self.name])))


def _reset(file: OpenFile, position: Position, keeper: FileKeeper, *, unconfirmed: bool) -> int:
    another, position.epoch = position.epoch != keeper.epoch, keeper.epoch
    return file.leases[position.name].reset_cursor(unconfirmed=unconfirmed or another)


async def _first_since(run: Callable[[Callable[[Again], Any]], Awaitable[Any]], unix_s: float) -> int | None:
    search = SearchByTime(unix_s)
    while await run(search.step):
        pass
    number: int | None = await run(search.number)
    return number
