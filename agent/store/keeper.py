"""The keeper of the file: opens it, begins it anew when it turns out damaged, goes on in memory where its disk cannot
be read, and says in words what SQLite refuses."""

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from agent.clock import Moment
from agent.store import tables
from agent.store.anew import Left, close_quietly
from agent.store.beside import damaged_path, move_aside
from agent.store.errors import DAMAGED, Replaced, StoreError, StoreInUse, in_words, is_unreadable, primary_code
from agent.store.eviction import Bounds, OutboxFull
from agent.store.file import Opened, open_database, reopen
from agent.store.lock import take_lock
from agent.store.memory import Absence
from agent.store.open_file import Ground, OpenFile, abandon, close_file, give_back, in_memory, on_disk, unreachable
from agent.store.outbox import Outbox
from agent.store.proof import Expected
from agent.store.salvage import read_log
from agent.store.status import StoreStatus
from agent.store.told import Told
from drivers.translation import _

log = logging.getLogger(__name__)


class FileKeeper:
    """Belongs, but for the attributes named here, to the thread that owns the file.

    Args:
        path: of the file.
        memory_bytes: what is held in memory while the disk cannot be read; None: then it fails.
        depth: events in the outbox.
        acknowledged_since_s, buffered_since_s: since when there is something to delete, and telemetry to write, in
            monotonic seconds; None: there is nothing.
        refuses: why the disk refused the last change; None: it took it.
        absence: why the store is in memory; None: it is in its file.
        epoch: counts how often another file, or memory, took the place of the one before.
        on_replaced: is told of that, on the thread that owns the file.
    """

    def __init__(self, path: Path, bounds: Bounds, boot: str, subject: str, memory_bytes: int | None = None) -> None:
        self.path, self._boot = path, boot
        self._ground = Ground(path, bounds, memory_bytes, subject)
        self._told = Told(path, subject, self.now)
        self.depth = 0
        self.acknowledged_since_s: float | None = None
        self.buffered_since_s: float | None = None
        self.refuses: str | None = None
        self.absence: Absence | None = None
        self.epoch = 0
        self.on_replaced: Callable[[], None] = lambda: None
        self._moved_aside: Path | None = None
        self._lock: BinaryIO | None = None
        self._file: OpenFile | None = None
        # The outbox of a file that was damaged or cannot be read, until a file stands in its place: what it holds in
        # memory goes on.
        self._before: Outbox | None = None

    def open(self) -> None:
        """Raises StoreError; everything is closed again then, so the caller may retry at once."""
        with ExitStack() as undo:
            undo.callback(self.close)
            try:
                self._use(self._opened())
            except StoreInUse:
                raise
            except StoreError as error:
                self._go_on_in_memory(error)
            undo.pop_all()

    def close(self) -> None:
        if self._file is not None:
            close_file(self._file, self.path)
        if self._lock is not None:
            self._lock.close()
        self._file = self._before = self._lock = self.absence = None

    def set_aside(self, target: Path) -> None:
        """Move the file there with all that it holds, and begin a new one. Raises StoreError."""
        if self.absence is not None:
            raise StoreError(self.path, _("is in memory"), self.absence.because)
        if self._file is not None:
            close_file(self._file, self.path)
        self._file = None
        move_aside(self.path, target)
        self._use(self._opened())

    def file(self) -> OpenFile:
        """Opens it where it is not: when it could not be begun anew before. Raises StoreError."""
        if self._file is not None:
            return self._file
        if self._lock is None:
            raise StoreError(self.path, _("is closed"), _("this is a defect of lamppost: report it"))
        return self._use(self._opened())

    def explained(self, error: sqlite3.Error | OutboxFull, *, change: bool) -> StoreError:
        """What it means, for who asked and may ask again. A file that turned out damaged is begun anew first; in the
        place of one that cannot be read memory is used.

        Args:
            change: something was to be written: a disk that refuses that may still be read.

        Raises StoreError where neither can be.
        """
        if isinstance(error, OutboxFull):
            return StoreError(self.path, _("is full: {reason}").format(reason=error), _("raise max_mb under [store]"))
        if self._file is None or self.absence is not None:
            return in_words(self.path, error)
        if primary_code(error) in DAMAGED:
            return self._begin_anew(self._file, error)
        if not is_unreadable(error, change=change) or self._ground.memory_bytes is None:
            return in_words(self.path, error)
        abandon(self._file, close=True)
        self._before = self._file.outbox
        self._go_on_in_memory(in_words(self.path, error))
        return Replaced(self.path, _("cannot be read ({reason}): it is in memory meanwhile").format(reason=error))

    def try_disk(self) -> bool:
        """Whether the store is in its file; one that is in memory goes back where that can be used again."""
        if self.absence is None or self._file is None:
            return True
        memory, away_s = self._file, time.monotonic() - self.absence.since_s
        try:
            opened = self._opened()
            disk = on_disk(self._ground, opened.database, opened.marking, self._before)
        except StoreError as error:
            log.debug("the store stays in memory: %s", error)
            return False
        try:
            taken = give_back(memory, disk, self._told.on_disk(away_s, memory.outbox), self.now())
        except (sqlite3.Error, OutboxFull) as error:
            abandon(disk, close=True)
            log.debug("the store stays in memory: %s", error)
            return False
        self.absence = None
        self._stand(disk, damaged=opened.damaged, replaced=True)
        log.warning("the store is on its disk again, with %d events that were in memory", taken)
        return True

    def _begin_anew(self, file: OpenFile, error: sqlite3.Error) -> StoreError:
        """Raises StoreError."""
        tally = file.outbox.marking.tally
        expected = Expected((tally.content.copy(),), time.time()) if tally is not None else None
        left = Left(_log(self.path), expected, expected.contents[0].incarnation if expected is not None else "")
        abandon(file, close=False)
        self._file, self._before = None, file.outbox
        try:
            self._use(reopen(self.path, self._boot, str(error), self._told.tells, left, database=file.outbox.database))
        except StoreError as refusal:
            close_quietly(file.outbox.database)
            self._go_on_in_memory(refusal)
        what = _("was damaged ({reason}): it was moved aside, and what could be read of it saved into a new one")
        return Replaced(self.path, what.format(reason=error), _("a worn SD card must be replaced"))

    def _go_on_in_memory(self, refusal: StoreError) -> None:
        """Raises StoreError where there is no memory for it."""
        file = in_memory(self._ground, refusal, self._before)
        self.absence, self.refuses = Absence(str(refusal), time.monotonic(), blind=self._before is None), None
        told = self._told.memory_only(str(refusal), unreachable(self.path, self._before))
        file.outbox.commit([told], {}, self.now())
        log.error("%s; the store is in memory until its disk can be used, and does not survive a restart", refusal)
        left = self._before
        self._stand(file, damaged=False, replaced=True)
        self._before = left

    def _opened(self) -> Opened:
        """Raises StoreError."""
        try:
            if self._lock is None:
                self._lock = take_lock(self.path)
            return open_database(self.path, self._boot, self._told.tells)
        except OSError as error:
            what = _("cannot be read: {reason}").format(reason=error)
            raise StoreError(self.path, what, _("see dmesg; a worn SD card must be replaced")) from error

    def _use(self, opened: Opened) -> OpenFile:
        """Raises StoreError."""
        file = on_disk(self._ground, opened.database, opened.marking, self._before)
        self._stand(file, damaged=opened.damaged, replaced=opened.damaged or self._before is not None)
        return file

    def _stand(self, file: OpenFile, *, damaged: bool, replaced: bool) -> None:
        self._file, self._before = file, None
        if damaged:
            self._moved_aside = damaged_path(self.path)
        self.publish(file)
        if replaced:
            self.epoch += 1
            self.on_replaced()

    def publish(self, file: OpenFile) -> None:
        """Let the loop see how it is."""
        outbox = file.outbox
        self.depth = sum(outbox.waiting().values())
        self.acknowledged_since_s, self.buffered_since_s = outbox.acknowledged.since_s, outbox.buffered.since_s

    def now(self) -> Moment:
        """Marked untrusted, because the store cannot know; `correct_times` corrects it like any other."""
        return Moment(time.time(), time.monotonic(), self._boot, False)

    def status(self, file: OpenFile) -> StoreStatus:
        volume = file.write_volume.state(self.now())
        return StoreStatus(
            waiting={priority.name.lower(): count for priority, count in file.outbox.waiting().items()},
            oldest=file.leases.oldest(),
            used_bytes=tables.used_bytes(file.outbox.database),
            max_bytes=self._ground.bounds.bytes,
            dropped=file.outbox.counters.dropped,
            moved_aside=str(self._moved_aside) if self._moved_aside else None,
            refuses=self.refuses,
            memory_only=self.absence.because if self.absence is not None else None,
            blind=self.absence is not None and self.absence.blind,
            written_today_bytes=volume.today_bytes if volume else None,
            written_yesterday_bytes=volume.yesterday_bytes if volume else None,
        )


def _log(path: Path) -> bytes:
    try:
        return read_log(path)
    except OSError:
        return b""
