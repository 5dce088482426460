"""The store as the rest of the agent sees it: every call leaves the event loop free."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self, TypeVar

from msgspec import MsgspecError, Struct, json

from agent.clock import Moment
from agent.events import Event, Priority
from agent.store.errors import StoreError
from agent.store.eviction import Bounds, gap_event
from agent.store.outbox import Outbox
from agent.store.rows import Row, Stored, encode
from agent.store.status import StoreStatus
from agent.store.worker import StoreWorker

log = logging.getLogger(__name__)

T = TypeVar("T")
S = TypeVar("S", bound=Struct)

# Larger than any event of the vocabulary by far, and small enough for the default limits of brokers.
MAX_EVENT_BYTES = 128 * 1024
# After the disk has refused what was buffered.
_AGAIN_S = 5.0


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
    ) -> None:
        self.path = Path(path)
        self._subject = subject
        self._store_worker = StoreWorker(self.path, Bounds(max_bytes, max_age_s), boot, subject)
        self._buffer_s, self._delete_after_s = buffer_s, delete_after_s
        self._committed = asyncio.Event()
        self._worker: ThreadPoolExecutor | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._writing = False
        self._not_before_s = 0.0

    async def __aenter__(self) -> Self:
        """Raises StoreError: another owner, a newer schema, a disk that refuses."""
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        opened = False
        try:
            await self._run(self._store_worker.open)
            opened = True
        finally:
            if not opened:
                self._end()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Writes what is buffered. Raises StoreError when the disk refuses it."""
        try:
            await self._run(self._store_worker.finish)
        finally:
            await self._run(self._store_worker.close)
            self._end()

    async def commit(self, events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        """Events and states in one transaction; a state of None is deleted. On return both survive a power cut.

        Telemetry that comes without a state is only buffered on return, and written within `buffer_s`, with the next
        transaction or when there is much of it, whichever comes first.

        Raises StoreError when the disk refuses: then nothing was written, and later commits may work again.
        """
        rows = [(event.priority, self._bounded(event)) for event in events]
        bodies = {key: None if state is None else json.encode(state) for key, state in states.items()}
        now = events[-1].at if events else self._store_worker.now()
        if rows and not bodies and all(priority is Priority.TELEMETRY for priority, _ in rows):
            await self._run(lambda: self._store_worker.buffer([row for _, row in rows], now))
            self._write_later()
        else:
            await self._run(lambda: self._store_worker.commit(rows, bodies, now))
        if rows:
            self._committed.set()

    async def load(self, key: str, kind: type[S]) -> S | None:
        """The state of that key. One that does not fit `kind` is dropped, told as a `store.gap` event, and None."""
        found = await self._ask(lambda outbox: outbox.load(key))
        if found is None:
            return None
        body, sound = found
        try:
            return json.decode(body, type=kind) if sound else _changed()
        except (MsgspecError, ValueError) as error:
            await self._drop_state(key, str(error))
            return None

    async def _drop_state(self, key: str, detail: str) -> None:
        """What the disk refuses is told at the next start: a pole starts, and works, on a disk that takes nothing."""
        told = {"reason": "state_unreadable", "key": key, "detail": detail}
        try:
            await self.commit([gap_event(self._subject, told, self._store_worker.now())], {key: None})
        except StoreError as error:
            log.error("the state %s cannot be read (%s) and begins anew; it stays in the store: %s", key, detail, error)

    async def keys(self, prefix: str) -> dict[str, int]:
        """Keys of states that begin so, in their order, and the bytes of each with its state."""
        return await self._ask(lambda outbox: outbox.keys(prefix))

    async def lease(self, limit: int) -> list[Stored]:
        """At most `limit` rows not leased since `reset_cursor`: highest priority first, then in order of commit.

        What is leased is not dropped when the store is full, until it is deleted or released, or `reset_cursor` is
        called.
        """
        self._committed.clear()
        found, gave_up = await self._ask(lambda outbox: outbox.lease(limit, self._store_worker.now()))
        if gave_up:
            # Unreadable rows were dropped, and an event that says so was written.
            self._committed.set()
        return found

    async def committed(self) -> None:
        """Until an event was committed after the last call of `lease`. For one waiter: the uplink."""
        await self._committed.wait()

    async def reset_cursor(self) -> None:
        """Lease again what was leased and not deleted: at the begin and the end of a session."""
        await self._ask(Outbox.reset_cursor)

    async def release(self, rows: Sequence[Stored]) -> None:
        """What was leased and is not sent for now: when the store is full it may go like any other."""
        await self._ask(lambda outbox: outbox.release(rows))

    async def delete(self, rows: Sequence[Stored]) -> None:
        """Forget what the broker has acknowledged: at once in memory, in the file within `delete_after_s`.

        After a crash before that they are leased again.
        """
        await self._ask(lambda outbox: outbox.delete(rows, self._store_worker.now()))
        self._write_later()

    async def correct_times(self, now: Moment) -> int:
        """Once the clock is trusted: correct the times written untrusted in this boot; how many they were.

        Times of earlier boots stay marked as untrusted: nothing relates their clock to this one.
        """
        return await self._run(lambda: self._store_worker.change(lambda outbox: outbox.correct_times(now)))

    def depth(self) -> int:
        """Events in the outbox."""
        return self._store_worker.depth

    @property
    def newest(self) -> int:
        """`Stored.seq` of the event that was committed last."""
        return self._store_worker.newest

    async def status(self) -> StoreStatus:
        return await self._run(self._store_worker.status)

    async def _ask(self, work: Callable[[Outbox], T]) -> T:
        return await self._run(lambda: self._store_worker.ask(work))

    async def _run(self, work: Callable[[], T]) -> T:
        if self._worker is None:
            raise StoreError(self.path, "is closed", "this is a defect of lamppost: report it")
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    def _write_later(self) -> None:
        """Sooner than it was planned where something came that waits less; never later."""
        due_s = self._due_s()
        if self._worker is None or self._writing or due_s is None:
            return
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            if self._timer.when() <= due_s:
                return
            self._timer.cancel()
        self._timer = loop.call_at(due_s, self._write)

    def _due_s(self) -> float | None:
        """When something is to be written, by the clock of the loop, which is the monotonic one; None: nothing is."""
        since = (
            (self._store_worker.acknowledged_since_s, self._delete_after_s),
            (self._store_worker.buffered_since_s, self._buffer_s),
        )
        waits = [since_s + patience_s for since_s, patience_s in since if since_s is not None]
        return max(self._not_before_s, min(waits)) if waits else None

    def _write(self) -> None:
        self._timer, loop, due_s = None, asyncio.get_running_loop(), self._due_s()
        if self._worker is None or due_s is None:
            return
        if due_s > loop.time():
            # What it was planned for has been acknowledged meanwhile.
            self._write_later()
            return
        self._writing = True
        loop.run_in_executor(self._worker, self._store_worker.flush).add_done_callback(self._wrote)

    def _wrote(self, writing: asyncio.Future[None]) -> None:
        """A refusal is told by `status`, and to whoever next brings telemetry."""
        self._writing = False
        error = None if writing.cancelled() else writing.exception()
        if error is not None and not isinstance(error, StoreError):
            raise error
        if error is not None:
            self._not_before_s = asyncio.get_running_loop().time() + _AGAIN_S
        self._write_later()

    def _bounded(self, event: Event) -> Row:
        row = encode(event)
        if len(row[-1]) > MAX_EVENT_BYTES:
            raise StoreError(
                self.path, f"{event.type} of {event.subject} has {len(row[-1])} bytes; {MAX_EVENT_BYTES} at most"
            )
        return row

    def _end(self) -> None:
        """Queue the closing behind whatever still runs, and let the thread go."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._worker is not None:
            self._worker.submit(self._store_worker.close)
            self._worker.shutdown(wait=False)
            self._worker = None


def _changed() -> NoReturn:
    raise ValueError("the disk has changed it")
