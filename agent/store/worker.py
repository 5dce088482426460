"""The worker thread that owns the store's file: opened, asked, and begun anew when its file turns out damaged."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

from msgspec import MsgspecError, json

from agent.clock import Moment
from agent.events import Priority
from agent.store.errors import DAMAGED, StoreError, in_words, primary_code
from agent.store.eviction import Bounds, OutboxFull, gap_event
from agent.store.file import Damage, begin_anew, damaged_path, open_database
from agent.store.lock import take_lock
from agent.store.outbox import Outbox
from agent.store.rows import Row, encode
from agent.store.status import StoreStatus
from agent.store.tables import Tables
from agent.store.write_volume import KEY, WriteVolume, WriteVolumeState

T = TypeVar("T")


class StoreWorker:
    """Everything but the attributes named here belongs to the thread; each call raises StoreError.

    Args:
        depth: events in the outbox.
        newest: seq of the newest of them all.
        acknowledged_since_s, buffered_since_s: since when there is something to delete, and telemetry to write, in
            monotonic seconds; None: there is nothing.
        refuses: why the disk refused the last change; None: it took it.
    """

    def __init__(self, path: Path, bounds: Bounds, boot: str, subject: str) -> None:
        self._path, self._bounds = path, bounds
        self._boot, self._subject = boot, subject
        self.depth = self.newest = 0
        self.acknowledged_since_s: float | None = None
        self.buffered_since_s: float | None = None
        self.refuses: str | None = None
        self._moved_aside: Path | None = None
        self._lock: BinaryIO | None = None
        self._database: sqlite3.Connection | None = None
        self._outbox: Outbox | None = None

    def open(self) -> None:
        """On failure everything is closed again, so the caller may retry at once."""
        with ExitStack() as undo:
            undo.callback(self.close)
            self._lock = take_lock(self._path)
            self._outbox_of_open_file()
            undo.pop_all()

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
        if self._lock is not None:
            self._lock.close()
        self._database = self._outbox = self._lock = None

    def ask(self, work: Callable[[Outbox], T]) -> T:
        with self._translate_errors():
            outbox = self._outbox_of_open_file()
            try:
                return work(outbox)
            finally:
                self._publish(outbox)

    def change(self, work: Callable[[Outbox], T]) -> T:
        """Like `ask`, for what writes to the file. What had nothing to write says nothing about the disk."""

        def watched(outbox: Outbox) -> tuple[T, bool]:
            before = outbox.changes
            return work(outbox), outbox.changes > before

        try:
            answer, wrote = self.ask(watched)
        except StoreError as error:
            self.refuses = str(error)
            raise
        if wrote:
            self.refuses = None
        return answer

    def commit(self, rows: Sequence[tuple[Priority, Row]], states: Mapping[str, bytes | None], now: Moment) -> None:
        self.change(lambda outbox: outbox.commit(rows, {**states, **self._write_volume.due(now)}, now))

    def buffer(self, rows: Sequence[Row], now: Moment) -> None:
        if self.refuses is None:
            self.change(lambda outbox: outbox.buffer(rows, now))
        else:
            # Memory is no place for what the disk refuses: it is asked at once.
            self.commit([(Priority.TELEMETRY, row) for row in rows], {}, now)

    def flush(self) -> None:
        self.change(lambda outbox: outbox.flush(self.now()))

    def finish(self) -> None:
        """What is to be written before the end; nothing is on its way any more."""
        self.ask(Outbox.reset_cursor)
        with suppress(StoreError):
            self.flush()
        # Again: the file that was begun in the place of a damaged one has not got it yet.
        self._flush_or_lose()
        wear = self._write_volume.state(self.now())
        if wear is not None:
            # Not worth an error.
            with suppress(StoreError):
                self.commit((), {KEY: json.encode(wear)}, self.now())

    def _flush_or_lose(self) -> None:
        try:
            self.flush()
        except StoreError as error:
            lost = self.ask(lambda outbox: outbox.buffered)
            what = f"{error.what}; {lost} measurements that were in memory alone are lost" if lost else error.what
            raise StoreError(self._path, what, error.hint, error.code) from error

    def status(self) -> StoreStatus:
        return self.ask(self._status)

    def now(self) -> Moment:
        """Marked untrusted, because the store cannot know; `correct_times` corrects it like any other."""
        return Moment(time.time(), time.monotonic(), self._boot, False)

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if primary_code(error) in DAMAGED and self._database is not None:
                raise self._begin_anew(str(error)) from error
            raise in_words(self._path, error) from error
        except OutboxFull as error:
            raise StoreError(self._path, f"is full: {error}", "raise max_mb under [store]") from error

    def _outbox_of_open_file(self) -> Outbox:
        """Opens the file where it is not: at the start, or when it could not be begun anew before."""
        if self._lock is None:
            raise StoreError(self._path, "is closed", "this is a defect of lamppost: report it")
        if self._database is None:
            database, damaged = open_database(self._path, self._damage_row)
            self._use(database, damaged)
        assert self._outbox is not None
        return self._outbox

    def _begin_anew(self, detail: str) -> StoreError:
        """The file turned out damaged while it was in use: the answer for who asked, and may ask again."""
        assert self._database is not None
        self._database.close()
        self._database = None
        self._use(begin_anew(self._path, detail, self._damage_row), True)
        words = f"was damaged ({detail}): it was moved aside, and what could be read of it saved into a new one"
        return StoreError(self._path, words, "a worn SD card must be replaced")

    def _use(self, database: sqlite3.Connection, damaged: bool) -> None:
        try:
            outbox = Outbox(Tables(database), self._bounds, self._subject, before=self._outbox)
            self._write_volume = WriteVolume(_worn(outbox))
        except sqlite3.Error as error:
            database.close()
            raise in_words(self._path, error) from error
        self._database, self._outbox = database, outbox
        if damaged:
            self._moved_aside = damaged_path(self._path)
        self._publish(outbox)

    def _status(self, outbox: Outbox) -> StoreStatus:
        wear = self._write_volume.state(self.now())
        return StoreStatus(
            waiting={priority.name.lower(): count for priority, count in outbox.waiting().items()},
            oldest=outbox.oldest(),
            used_bytes=outbox.used_bytes(),
            max_bytes=self._bounds.bytes,
            dropped=outbox.dropped,
            moved_aside=str(self._moved_aside) if self._moved_aside else None,
            refuses=self.refuses,
            written_today_bytes=wear.today_bytes if wear else None,
            written_yesterday_bytes=wear.yesterday_bytes if wear else None,
        )

    def _publish(self, outbox: Outbox) -> None:
        self.depth, self.newest = sum(outbox.waiting().values()), outbox.newest
        self.acknowledged_since_s, self.buffered_since_s = outbox.acknowledged_since_s, outbox.buffered_since_s

    def _damage_row(self, damage: Damage) -> Row:
        told = {
            "reason": "corrupt",
            "detail": damage.detail,
            "moved_to": damaged_path(self._path).name,
            "saved_events": damage.events,
            "saved_states": damage.states,
        }
        return encode(gap_event(self._subject, told, self.now()))


def _worn(outbox: Outbox) -> WriteVolumeState:
    found = outbox.load(KEY)
    try:
        return json.decode(found[0], type=WriteVolumeState) if found and found[1] else WriteVolumeState()
    except MsgspecError:
        return WriteVolumeState()
