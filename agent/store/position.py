"""The position of one uplink in the log: what it is given, what of it has arrived, and what it asks for again."""

import asyncio
from collections.abc import Callable, Sequence

from msgspec import Struct

from agent.clock import Moment
from agent.store.file_thread import FileThread
from agent.store.flush_timer import FlushTimer
from agent.store.keeper import FileKeeper, OpenFile
from agent.store.rows import Stored

Wants = Callable[[str], bool]
"""Whether an uplink gets events of that type."""

Range = tuple[int, int]
"""The first and the last of a row of numbers."""


class NeverSent(ValueError):
    """A number that no event of this uplink ever had."""


class Resend(Struct, frozen=True):
    """What is sent again.

    Args:
        events: how many.
        first, last: the lowest and the highest of their numbers; None: there is none.
        missing: numbers from the one that was asked for up to `last` that the pole no longer has.
        oldest: the lowest number that the log still has; None: it has none.
        more: whether events follow for which the limit left no room: ask again from `last` + 1.
    """

    events: int
    first: int | None
    last: int | None
    missing: tuple[Range, ...]
    oldest: int | None
    more: bool


class Confirmed(Struct, frozen=True):
    """What a confirmation has brought.

    Args:
        events: that were confirmed by it.
        newest: the highest number that was given.
    """

    events: int
    newest: int


class PositionStatus(Struct, frozen=True):
    """How far one uplink is.

    Args:
        waiting: events that have not arrived, by name of their priority.
        oldest: when the event that waits longest happened; None: nothing waits.
        dropped: events of this uplink that were dropped since the start.
        newest: the highest number that was given; 0: none was.
        resending: events that are still to be sent again.
    """

    waiting: dict[str, int]
    oldest: Moment | None
    dropped: int
    newest: int
    resending: int


class Position:
    """One uplink's place in the log of a `Store`, which gives it out by name.

    Each event that the uplink gets has a number, `Stored.sequence`, from 1 on without a hole, in the order of commit
    over all priorities. An event keeps its number however often it is sent.

    Args:
        name: of the uplink, as the configuration has it.
    """

    def __init__(self, name: str, thread: FileThread, keeper: FileKeeper, timer: FlushTimer) -> None:
        self.name = name
        self._thread, self._keeper, self._timer = thread, keeper, timer
        self._committed = asyncio.Event()

    def tell_committed(self) -> None:
        """Wakes who waits for `committed`."""
        self._committed.set()

    async def lease(self, limit: int) -> list[Stored]:
        """At most `limit` rows not leased since `reset_cursor`: highest priority first, then in order of commit. Where
        these leave room, what is to be sent again (`Stored.resent`).

        What is leased is not dropped when the store is full, until it is acknowledged, sent or released, or
        `reset_cursor` is called.
        """
        self._committed.clear()
        found, gave_up = await self._thread.run(lambda file: file.leases.lease(limit, self._keeper.now()))
        if gave_up:
            # Unreadable rows were dropped, and an event that says so was written.
            self._committed.set()
        return found

    async def committed(self) -> None:
        """Waits until an event for this uplink was committed, or asked for again, after the last call of `lease`."""
        await self._committed.wait()

    async def reset_cursor(self) -> int:
        """Lease again what was leased and has not arrived: at the begin and the end of a session.

        Returns `Stored.seq` of the event that was committed last; 0: none ever was.
        """

        def reset(file: OpenFile) -> int:
            file.leases.reset_cursor()
            return file.outbox.counters.seq

        return await self._thread.run(reset)

    async def release(self, rows: Sequence[Stored]) -> None:
        """What was leased and is not sent for now: when the store is full it may go like any other."""
        await self._thread.run(lambda file: file.leases.release(rows))

    async def sent(self, rows: Sequence[Stored]) -> None:
        """The broker has them, and the platform has yet to confirm them: they are leased again after `reset_cursor`."""
        raise NotImplementedError

    async def acknowledge(self, rows: Sequence[Stored]) -> None:
        """They have arrived: at once in memory, in the file within `delete_after_s` of the store.

        After a crash before that they are leased again.
        """
        await self._thread.run(lambda file: file.leases.delete(rows, self._keeper.now()))
        self._timer.plan()

    async def confirm(self, highest: int, ranges: Sequence[Range] = ()) -> Confirmed:
        """The platform has every number up to `highest` (0: of none it is sure), and those of the ranges.

        Raises:
            NeverSent: one of the numbers is of no event; nothing is confirmed.
            ValueError: a range that ends before it begins, or a number below 0; nothing is confirmed.
        """
        raise NotImplementedError

    async def resend(
        self, *, from_sequence: int | None = None, from_unix_s: float | None = None, limit: int = 1000
    ) -> Resend:
        """Send again what the log still has, whether it arrived or not: from a number, or what happened from a time on.

        It comes with `lease`, in the order of its numbers, and ends what was asked for before. Raises NeverSent for a
        number that was not given yet.
        """
        raise NotImplementedError

    def depth(self) -> int:
        """Events that have not arrived."""
        return self._keeper.depth

    async def status(self) -> PositionStatus:
        raise NotImplementedError
