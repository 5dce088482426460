"""The store as the rest of the agent sees it: every call leaves the event loop free."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TypeVar

import msgspec
from msgspec import Struct

from agent.clock import Moment
from agent.events import Event, Priority
from agent.store.errors import StoreError, in_words
from agent.store.file import aside, open_database, take_lock
from agent.store.outbox import Outbox, OutboxFull
from agent.store.rows import Row, Stored, encode

T = TypeVar("T")
S = TypeVar("S", bound=Struct)

# Larger than any event of the vocabulary by far, and small enough for the default limits of brokers.
MAX_EVENT_BYTES = 128 * 1024


class StoreStatus(Struct, frozen=True):
    """How the store is.

    Args:
        waiting: events in the outbox by name of their priority.
        oldest: when the event that waits longest happened; None: nothing waits.
        used_bytes, max_bytes: of the database file.
        dropped: events given up since the start.
        moved_aside: the damaged file that was found at the start, if one was.
    """

    waiting: dict[str, int]
    oldest: Moment | None
    used_bytes: int
    max_bytes: int
    dropped: int
    moved_aside: str | None


class Store:
    """Outbox and rule states in one SQLite file (WAL, synchronous FULL: a commit that returned survives a power cut).

    One thread owns the connection, so that a slow card never holds up the event loop. A damaged file is moved aside,
    told as a `store.gap` event, and replaced.

    Args:
        path: of the file; its folder must exist.
        max_bytes: of the file; when it is full the lowest priority and the oldest go first, and one `store.gap`
            event counts them. The write-ahead log adds at most about 1 MiB.
        boot: identity of this run of the kernel, as in `Moment.boot`.
        subject: of the `store.gap` events.
    """

    def __init__(self, path: Path | str, *, max_bytes: int, boot: str, subject: str = "store") -> None:
        self.path = Path(path)
        self._max_bytes, self._boot, self._subject = max_bytes, boot, subject
        self._committed = asyncio.Event()
        self._worker: ThreadPoolExecutor | None = None
        self._outbox: Outbox | None = None
        self._database: sqlite3.Connection | None = None
        self._lock: BinaryIO | None = None
        self._damage: str | None = None

    async def __aenter__(self) -> Self:
        """Raises StoreError: another owner, a newer schema, a disk that refuses."""
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        opened = False
        try:
            await self._call(self._open)
            opened = True
        finally:
            if not opened:
                self._end()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._call(self._close)
        self._end()

    async def commit(self, events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        """Events and states in one transaction; a state of None is deleted. On return both survive a power cut.

        Raises StoreError when the disk refuses: then nothing was written, and later commits may work again.
        """
        rows = [(event.priority, self._bounded(event)) for event in events]
        bodies = {key: None if state is None else msgspec.json.encode(state) for key, state in states.items()}
        now = events[-1].at if events else self._now()
        await self._call(lambda: self._rows.commit(rows, bodies, now))
        if rows:
            self._committed.set()

    async def load(self, key: str, kind: type[S]) -> S | None:
        """The state of that key. One that does not fit `kind` is given up, told as a `store.gap` event, and None."""
        body = await self._call(lambda: self._rows.load(key))
        if body is None:
            return None
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.MsgspecError as error:
            told = {"reason": "state_unreadable", "key": key, "detail": str(error)}
            await self.commit([self._rows.gap_event(told, self._now())], {key: None})
            return None

    async def keys(self, prefix: str) -> dict[str, int]:
        """Keys of states that begin so, in their order, and the bytes of each with its state."""
        return await self._call(lambda: self._rows.keys(prefix))

    async def next(self, limit: int) -> list[Stored]:
        """At most `limit` rows not handed out since `rewind`: highest priority first, then in order of commit.

        What is handed out is not given up when the store is full, until it is deleted or `rewind` is called.
        """
        self._committed.clear()
        newest = self._rows.book.seq
        found = await self._call(lambda: self._rows.next(limit, self._now()))
        if self._rows.book.seq != newest:
            # Unreadable rows were given up, and an event that says so was written.
            self._committed.set()
        return found

    async def committed(self) -> None:
        """Until an event was committed after the last call of `next`. For one waiter: the uplink."""
        await self._committed.wait()

    async def rewind(self) -> None:
        """Hand out again what was handed out and not deleted: at the begin and the end of a session."""
        await self._call(self._rows.rewind)

    async def delete(self, rows: Sequence[Stored]) -> None:
        """Forget what the broker has acknowledged."""
        await self._call(lambda: self._rows.delete(rows))

    async def correct_times(self, now: Moment) -> int:
        """Once the clock is trusted: correct the times written untrusted in this boot; how many they were.

        Times of earlier boots stay marked as untrusted: nothing relates their clock to this one.
        """
        return await self._call(lambda: self._rows.correct_times(now))

    def depth(self) -> int:
        """Events in the outbox."""
        return sum(self._rows.book.waiting.values())

    async def status(self) -> StoreStatus:
        return await self._call(self._status)

    @property
    def _rows(self) -> Outbox:
        if self._outbox is None:
            raise StoreError(self.path, "is not open", "this is a defect of lamppost: report it")
        return self._outbox

    async def _call(self, work: Callable[[], T]) -> T:
        if self._worker is None:
            raise StoreError(self.path, "is closed", "this is a defect of lamppost: report it")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, work)
        except sqlite3.Error as error:
            raise in_words(self.path, error) from error
        except OutboxFull as error:
            raise StoreError(self.path, f"is full: {error}", "raise max_mb under [store]") from error

    def _bounded(self, event: Event) -> Row:
        row = encode(event)
        if len(row[-1]) > MAX_EVENT_BYTES:
            raise StoreError(
                self.path, f"{event.type} of {event.subject} has {len(row[-1])} bytes; {MAX_EVENT_BYTES} at most"
            )
        return row

    def _open(self) -> None:
        self._lock = take_lock(self.path)
        self._database, self._damage = open_database(self.path)
        self._outbox = Outbox(self._database, self._max_bytes, self._subject)
        if self._damage is not None:
            told = {"reason": "corrupt", "detail": self._damage, "moved_to": aside(self.path).name}
            event = self._outbox.gap_event(told, self._now())
            self._outbox.commit([(event.priority, encode(event))], {}, event.at)

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
        if self._lock is not None:
            self._lock.close()
        self._database = self._outbox = self._lock = None

    def _end(self) -> None:
        """Queue the closing behind whatever still runs, and let the thread go."""
        if self._worker is not None:
            self._worker.submit(self._close)
            self._worker.shutdown(wait=False)
            self._worker = None

    def _status(self) -> StoreStatus:
        book = self._rows.book
        return StoreStatus(
            waiting={priority.name.lower(): book.waiting[priority] for priority in Priority},
            oldest=self._rows.oldest(),
            used_bytes=self._rows.used_bytes(),
            max_bytes=self._max_bytes,
            dropped=book.dropped,
            moved_aside=str(aside(self.path)) if self._damage is not None else None,
        )

    def _now(self) -> Moment:
        """Marked untrusted, because the store cannot know; `correct_times` corrects it like any other."""
        return Moment(time.time(), time.monotonic(), self._boot, False)
