"""The store as the rest of the agent sees it: every call leaves the event loop free."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from msgspec import MsgspecError, Raw, Struct, json

from agent.clock import Moment
from agent.events import Event, Priority
from agent.events.gaps import GapState
from agent.events.registry import event
from agent.store import access, tables
from agent.store.disk_return import DiskReturn
from agent.store.errors import EventTooLarge, Replaced, StoreError
from agent.store.eviction import Bounds
from agent.store.file_thread import FileThread
from agent.store.flush_timer import FlushTimer
from agent.store.keeper import FileKeeper
from agent.store.open_file import OpenFile
from agent.store.refusal_log import RefusalLog
from agent.store.rows import Row, Stored, encode
from agent.store.status import StoreStatus
from agent.store.time_correction import correct_times
from drivers.translation import _

log = logging.getLogger(__name__)

S = TypeVar("S", bound=Struct | Raw)

# Larger than any event of the vocabulary by far, and small enough for the default limits of brokers.
MAX_EVENT_BYTES = 128 * 1024


class Store:
    """Outbox and rule states in one SQLite file (WAL, synchronous FULL: a commit that returned survives a power cut).

    One thread owns the connection, so that a slow card never holds up the event loop. A damaged file is moved aside,
    told as a `store.gap` event, and replaced by what of it is still as it was committed.

    Args:
        path: of the file; its folder must exist.
        max_bytes: of the file; when it is full the lowest priority and the oldest go first, and one `store.gap`
            event counts them. The write-ahead log adds at most about 1 MiB.
        max_age_s: what happened longer ago goes as well, and is counted likewise.
        buffer_s: telemetry waits in memory so long for the broker to acknowledge it, or for a transaction that is
            needed anyway, before it is written by itself; less where there is much of it. A crash loses it.
        delete_after_s: acknowledged rows wait so long to be deleted together. A crash sends them again.
        boot: identity of this run of the kernel, as in `Moment.boot`.
        subject: of the `store.gap` events.
        memory_bytes: what is held in memory while the disk cannot be read, which is told, and tried again; None: then
            the store raises StoreError.
        on_committed: is told of the events of each commit, and never fails: they are written.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        max_bytes: int,
        boot: str,
        subject: str = "store",
        max_age_s: float = float("inf"),
        buffer_s: float = 30.0,
        delete_after_s: float = 0.5,
        memory_bytes: int | None = None,
        on_committed: Callable[[Sequence[Event]], None] = lambda events: None,
    ) -> None:
        self.path = Path(path)
        self._subject, self._on_committed = subject, on_committed
        self._keeper = FileKeeper(self.path, Bounds(max_bytes, max_age_s), boot, subject, memory_bytes)
        self._timer = FlushTimer(self._keeper, buffer_s=buffer_s, delete_after_s=delete_after_s)
        self._thread = FileThread(self.path, self._keeper, self._timer)
        self._committed, self._refusals, self._epoch = asyncio.Event(), RefusalLog(), 0
        self._return = DiskReturn(self.path, self._keeper, self._thread)

    async def __aenter__(self) -> Self:
        """Raises StoreError: another owner; without `memory_bytes` a newer schema, and a disk that refuses."""
        self._return.start(self._committed.set)
        await self._thread.open()
        self._epoch = self._keeper.epoch
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Writes what is buffered. Raises StoreError when the disk refuses it."""
        self._return.stop()
        await self._thread.close()

    async def commit(self, events: Sequence[Event], states: Mapping[str, Struct | Raw | None]) -> None:
        """Events and states in one transaction; a state of None is deleted. On return both survive a power cut.

        Telemetry that comes without a state is only buffered on return, and written within `buffer_s`, with the next
        transaction or when there is much of it, whichever comes first.

        Raises StoreError when the disk refuses: then nothing was written, and later commits may work again. The log has
        a line when that begins, and one when it is over.
        """
        try:
            rows = [(event.priority, _bounded(self.path, event)) for event in events]
            bodies = {key: None if state is None else json.encode(state) for key, state in states.items()}
            now = events[-1].at if events else self._keeper.now()
            can_wait = bool(rows) and not bodies and all(priority is Priority.TELEMETRY for priority, _ in rows)

            def write() -> None:
                with access.opened(self._keeper, change=True) as file:
                    # Memory is no place for what the disk refuses: it is asked at once.
                    if can_wait and self._keeper.refuses is None:
                        file.outbox.buffer([row for _, row in rows], now)
                    else:
                        file.outbox.commit(rows, {**bodies, **file.write_volume.due(now)}, now)

            on_thread = partial(asyncio.get_running_loop().run_in_executor, self._thread.executor, write)
            try:
                await on_thread()
            except Replaced:
                await on_thread()
        except StoreError as error:
            self._refusals.refused(error)
            raise
        self._refusals.taken()
        if can_wait:
            self._timer.plan()
        if rows:
            self._committed.set()
            self._on_committed(events)

    async def load(self, key: str, kind: type[S]) -> S | None:
        """The state of that key; undecoded, where `kind` is Raw.

        One that does not fit is dropped, told as a `store.gap` event, and None.
        """
        found = await self._thread.run(lambda file: tables.state(file.outbox.database, key))
        if found is None:
            return None
        body, sound = found
        try:
            if sound:
                return json.decode(body, type=kind)
            detail = _("the disk has changed it")
        except (MsgspecError, ValueError) as error:
            detail = str(error)
        told = event(GapState(key=key, detail=detail), self._subject, self._keeper.now())
        try:
            await self.commit([told], {key: None})
        except StoreError as error:
            # Told at the next start: a pole starts, and works, on a disk that takes nothing.
            log.error("the state %s cannot be read (%s) and begins anew; it stays in the store: %s", key, detail, error)
        return None

    async def keys(self, prefix: str) -> dict[str, int]:
        """Keys of states that begin so, in their order, and the bytes of each with its state."""
        return await self._thread.run(lambda file: tables.keys(file.outbox.database, prefix))

    async def lease(self, limit: int) -> list[Stored]:
        """Leases at most `limit` rows not leased since `reset_cursor`: highest priority first, then in order of commit.

        What is leased is not dropped when the store is full, until it is deleted or released, or `reset_cursor` is
        called.
        """
        self._committed.clear()

        def lease(file: OpenFile) -> tuple[list[Stored], bool]:
            if self._keeper.epoch != self._epoch:
                self._epoch = self._keeper.epoch
                raise StoreError(self.path, _("another file has taken the place of the one that was read"))
            return file.leases.lease(limit, self._keeper.now())

        found, gave_up = await self._thread.run(lease)
        if gave_up:
            # Unreadable rows were dropped, and an event that says so was written.
            self._committed.set()
        return found

    async def committed(self) -> None:
        """Waits until an event was committed after the last call of `lease`. It has one waiter: the uplink."""
        await self._committed.wait()

    async def reset_cursor(self) -> int:
        """Lease again what was leased and not deleted: at the begin and the end of a session.

        Returns `Stored.seq` of the event that was committed last; 0: none ever was.
        """

        def reset(file: OpenFile) -> int:
            self._epoch = self._keeper.epoch
            file.leases.reset_cursor()
            return file.outbox.counters.seq

        return await self._thread.run(reset)

    async def release(self, rows: Sequence[Stored]) -> None:
        """What was leased and is not sent for now: when the store is full it may go like any other."""
        await self._thread.run(lambda file: file.leases.release(rows))

    async def delete(self, rows: Sequence[Stored]) -> None:
        """Forget what the broker has acknowledged: at once in memory, in the file within `delete_after_s`.

        After a crash before that they are leased again.
        """
        await self._thread.run(lambda file: file.leases.delete(rows, self._keeper.now()))
        self._timer.plan()

    async def correct_times(self, now: Moment) -> int:
        """Corrects the times written untrusted in this boot, and returns how many they were. `now` must be trusted.

        Times of earlier boots stay marked as untrusted: nothing relates their clock to this one.
        """
        return await self._thread.run(lambda file: correct_times(file.outbox, now), change=True)

    async def set_aside(self, target: Path) -> None:
        """Move the file with all that it holds, and go on with an empty one. Raises StoreError."""
        await self._thread.set_aside(target)

    def depth(self) -> int:
        """Events in the outbox."""
        return self._keeper.depth

    async def status(self) -> StoreStatus:
        return await self._thread.run(self._keeper.status)


def _bounded(path: Path, event: Event) -> Row:
    row = encode(event)
    if len(row[-1]) > MAX_EVENT_BYTES:
        what = _("{type} of {subject} has {count} bytes; {most} at most")
        what = what.format(type=event.type, subject=event.subject, count=len(row[-1]), most=MAX_EVENT_BYTES)
        raise EventTooLarge(path, what, _("this is a defect of lamppost: report it"))
    return row
