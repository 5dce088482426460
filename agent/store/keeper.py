"""The keeper of the file: opens it, begins it anew when it turns out damaged, goes on in memory where its disk cannot
be read, and says in words what SQLite refuses."""

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

from msgspec import MsgspecError, Struct, json

from agent.clock import Moment
from agent.store import mark, tables
from agent.store.anew import Left
from agent.store.beside import damaged_path, move_aside
from agent.store.errors import DAMAGED, Replaced, StoreError, StoreInUse, in_words, is_unreadable, primary_code
from agent.store.eviction import Bounds, Evictor, OutboxFull
from agent.store.file import Opened, open_database, reopen
from agent.store.leases import Leases
from agent.store.lock import take_lock
from agent.store.memory import Absence, first_seq, open_in_memory, take_back
from agent.store.outbox import Outbox
from agent.store.proof import Expected
from agent.store.rows import encode
from agent.store.salvage import read_log
from agent.store.status import StoreStatus
from agent.store.told import Told
from agent.store.write_volume import KEY, WriteVolume, WriteVolumeState
from drivers.translation import _

log = logging.getLogger(__name__)


class OpenFile(Struct):
    """What stands on the connection to one file."""

    outbox: Outbox
    leases: Leases
    write_volume: WriteVolume


class FileKeeper:
    """Belongs, but for the attributes named here, to the thread that owns the file.

    Args:
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
        self._path, self._bounds, self._memory_bytes = path, bounds, memory_bytes
        self._boot, self._tells = boot, Told(path, subject, self.now)
        self._subject = subject
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
        # The outbox of a file that was damaged or cannot be read, until another stands in its place: what it holds in
        # memory goes on.
        self._before: Outbox | None = None

    def open(self) -> None:
        """Raises StoreError; everything is closed again then, so the caller may retry at once."""
        with ExitStack() as undo:
            undo.callback(self.close)
            try:
                self._open_file()
            except StoreInUse:
                raise
            except StoreError as error:
                self._go_on_in_memory(error)
            self.publish(self.file())
            undo.pop_all()

    def close(self) -> None:
        if self._file is not None:
            self._close_file(self._file.outbox)
        if self._lock is not None:
            self._lock.close()
        self._file = self._before = self._lock = None

    def set_aside(self, target: Path) -> None:
        """Move the file there with all that it holds, and begin a new one. Raises StoreError."""
        if self.absence is not None:
            raise StoreError(self._path, _("is in memory: {reason}").format(reason=self.absence.because))
        if self._file is not None:
            self._close_file(self._file.outbox)
        self._file = None
        move_aside(self._path, target)
        self.publish(self.file())

    def file(self) -> OpenFile:
        """Opens it where it is not: at the start, or when it could not be begun anew before. Raises StoreError."""
        if self._file is not None:
            return self._file
        if self._lock is None and self.absence is None:
            raise StoreError(self._path, _("is closed"), _("this is a defect of lamppost: report it"))
        return self._open_file()

    def explained(self, error: sqlite3.Error | OutboxFull, *, change: bool) -> StoreError:
        """What it means, for who asked and may ask again. A file that turned out damaged is begun anew first; in the
        place of one that cannot be read memory is used.

        Args:
            change: something was to be written: a disk that refuses that may still be read.

        Raises StoreError where neither can be.
        """
        if isinstance(error, OutboxFull):
            return StoreError(self._path, _("is full: {reason}").format(reason=error), _("raise max_mb under [store]"))
        if self._file is None or self.absence is not None:
            return in_words(self._path, error)
        if primary_code(error) in DAMAGED:
            return self._begun_anew(self._file.outbox, error)
        if is_unreadable(error, change=change) and self._memory_bytes is not None:
            unreadable = in_words(self._path, error)
            self._give_up(self._file.outbox)
            self._go_on_in_memory(unreadable)
            return Replaced(self._path, unreadable.what, unreadable.hint, unreadable.code)
        return in_words(self._path, error)

    def try_disk(self) -> bool:
        """Whether the file is used again, and has got what was in memory."""
        if self.absence is None or self._file is None:
            return True
        memory, absence = self._file.outbox, self.absence
        try:
            opened = self._opened()
        except StoreError as error:
            log.debug("the store stays in memory: %s", error)
            return False
        try:
            self._return(opened, memory, absence)
        except (sqlite3.Error, OutboxFull) as error:
            opened.database.close()
            log.debug("the store stays in memory: %s", error)
            return False
        memory.database.close()
        return True

    def _return(self, opened: Opened, memory: Outbox, absence: Absence) -> None:
        """Raises sqlite3.Error, OutboxFull."""
        evictor = Evictor(self._bounds, self._subject)
        outbox = Outbox(opened.database, evictor.evict, self._before, opened.marking)
        away_s = time.monotonic() - absence.since_s
        taken = take_back(memory, outbox, self._tells.on_disk(away_s, memory), self.now())
        outbox.buffered = memory.buffered
        outbox.counters.seq = max(outbox.counters.seq, memory.counters.seq)
        self._file = OpenFile(outbox, Leases(outbox, evictor), WriteVolume(_volume_until_now(opened.database)))
        self._before, self.absence = None, None
        self._replaced(opened.damaged)
        log.warning("the store is on its disk again, with %d events that were in memory", taken)

    def _begun_anew(self, outbox: Outbox, error: sqlite3.Error) -> StoreError:
        """Raises StoreError."""
        tally = outbox.marking.tally
        expected = Expected((tally.content.copy(),), time.time()) if tally is not None else None
        left = Left(self._log(), expected, expected.contents[0].incarnation if expected is not None else "")
        self._give_up(outbox, but_database=True)
        try:
            self._use(reopen(self._path, self._boot, str(error), self._tells.tells, left, outbox.database))
        except StoreError as refusal:
            self._go_on_in_memory(refusal)
        what = _("was damaged ({reason}): it was moved aside, and what could be read of it saved into a new one")
        return Replaced(self._path, what.format(reason=error), _("a worn SD card must be replaced"))

    def _log(self) -> bytes:
        try:
            return read_log(self._path)
        except OSError:
            return b""

    def _give_up(self, outbox: Outbox, *, but_database: bool = False) -> None:
        """It is not this file any more; the mark stays as it is."""
        self._before, self._file = outbox, None
        outbox.marking.close(time.time(), orderly=False)
        if not but_database:
            with suppress(sqlite3.Error):
                outbox.database.close()

    def _close_file(self, outbox: Outbox) -> None:
        try:
            outbox.database.close()
        except sqlite3.Error as error:
            log.warning("store %s was not closed in order: %s", self._path, error)
            outbox.marking.close(time.time(), orderly=False)
        else:
            outbox.marking.close(time.time(), orderly=True)

    def _go_on_in_memory(self, refusal: StoreError) -> None:
        """Raises StoreError where there is no memory for it."""
        if self._memory_bytes is None:
            raise refusal
        blind, unreachable = self._before is None, self._unreachable()
        evictor = Evictor(Bounds(self._memory_bytes, self._bounds.age_s), self._subject)
        database, marking = open_in_memory()
        outbox = Outbox(database, evictor.evict, self._before, marking)
        if blind:
            outbox.counters.seq = first_seq()
        self.absence = Absence(str(refusal), time.monotonic(), blind)
        self._file = OpenFile(outbox, Leases(outbox, evictor), WriteVolume(WriteVolumeState()))
        self._file.outbox.commit([self._tells.memory_only(str(refusal), unreachable)], {}, self.now())
        log.error("%s; the store is in memory until its disk can be used, and does not survive a restart", refusal)
        self.refuses = None
        self._replaced(damaged=False)

    def _unreachable(self) -> int | None:
        """Events in the file that cannot be read; None: not known."""
        if self._before is not None:
            return sum(self._before.waiting().values()) - len(self._before.buffered)
        with suppress(OSError):
            found = mark.look(self._path)
            return found.kept.content.events() if found.kept is not None else None
        return None

    def _open_file(self) -> OpenFile:
        opened = self._opened()
        try:
            return self._use(opened)
        except sqlite3.Error as error:
            opened.database.close()
            raise in_words(self._path, error) from error

    def _opened(self) -> Opened:
        """Raises StoreError."""
        try:
            if self._lock is None:
                self._lock = take_lock(self._path)
            return open_database(self._path, self._boot, self._tells.tells)
        except OSError as error:
            what = _("cannot be read: {reason}").format(reason=error)
            raise StoreError(self._path, what, _("see dmesg; a worn SD card must be replaced")) from error

    def _use(self, opened: Opened) -> OpenFile:
        """Raises sqlite3.Error."""
        evictor = Evictor(self._bounds, self._subject)
        outbox = Outbox(opened.database, evictor.evict, self._before, opened.marking)
        volume = WriteVolume(_volume_until_now(opened.database))
        replaced = self._before is not None
        self._file, self._before = OpenFile(outbox, Leases(outbox, evictor), volume), None
        if replaced or opened.damaged:
            self._replaced(opened.damaged)
        self.publish(self._file)
        return self._file

    def _replaced(self, damaged: bool) -> None:
        self.epoch += 1
        if damaged:
            self._moved_aside = damaged_path(self._path)
        if self._file is not None:
            self.publish(self._file)
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
            max_bytes=self._bounds.bytes,
            dropped=file.outbox.counters.dropped,
            moved_aside=str(self._moved_aside) if self._moved_aside else None,
            refuses=self.refuses,
            memory_only=self.absence.because if self.absence is not None else None,
            written_today_bytes=volume.today_bytes if volume else None,
            written_yesterday_bytes=volume.yesterday_bytes if volume else None,
        )


def _volume_until_now(database: sqlite3.Connection) -> WriteVolumeState:
    found = tables.state(database, KEY)
    try:
        return json.decode(found[0], type=WriteVolumeState) if found and found[1] else WriteVolumeState()
    except MsgspecError:
        return WriteVolumeState()
