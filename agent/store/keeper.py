"""The keeper of the file: opens it, begins it anew when it turns out damaged, goes on in memory where its disk cannot
be read, and says in words what SQLite refuses."""

import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from agent.clock import Moment
from agent.store.errors import Replaced, StoreError, StoreInUse, in_words, is_unreadable
from agent.store.file.anew import Left, close_quietly
from agent.store.file.beside import damaged_path, move_aside
from agent.store.file.file import Opened, open_database, reopen
from agent.store.file.lock import take_lock
from agent.store.file.proof import Expected
from agent.store.file.removed import put_in_place
from agent.store.file.salvage import read_log
from agent.store.file.watch import Deed, Watch, damage, difference
from agent.store.log.eviction import Bounds, OutboxFull
from agent.store.log.outbox import Outbox
from agent.store.memory import Absence
from agent.store.open_file import (
    Ground,
    OpenFile,
    abandon,
    close_file,
    depths,
    give_back,
    in_memory,
    on_disk,
    unreachable,
)
from agent.store.rows.positions import Wants
from agent.store.rows.scope import TaleOf, no_tale
from agent.store.told import Told
from drivers.translation import _

log = logging.getLogger(__name__)


class FileKeeper:
    """Belongs, but for the attributes named here, to the thread that owns the file.

    Args:
        path: of the file.
        ground: what each file is opened with; belongs to the thread.
        depths: events that have not arrived, by the name of the uplink.
        arrived_since_s, buffered_since_s: since when there are arrivals, and telemetry, to write, in monotonic seconds;
            None: there is nothing.
        refuses: why the disk refused the last change; None: it took it.
        moved_aside: the damaged file that was found since the start, if one was.
        absence: why the store is in memory; None: it is in its file.
        now: gives the time.
        epoch: counts how often another file, or memory, took the place of the one before.
        on_replaced: is told of that, on the thread that owns the file.
    """

    def __init__(
        self,
        path: Path,
        bounds: Bounds,
        boot: str,
        subject: str,
        wants: Mapping[str, Wants],
        *,
        memory_bytes: int | None = None,
        tale_of: TaleOf = no_tale,
        now: Callable[[], Moment] | None = None,
    ) -> None:
        self.path, self._boot, self.now = path, boot, now or partial(_untrusted, boot)
        self.ground = Ground(path, bounds, memory_bytes, boot, subject, wants, tale_of)
        self._told = Told(self.ground, self.now, lambda: (self._before, self._memory))
        self.depths = dict.fromkeys(wants, 0)
        self.arrived_since_s: float | None = None
        self.buffered_since_s: float | None = None
        self.refuses: str | None = None
        self.absence: Absence | None = None
        self.epoch = 0
        self.on_replaced: Callable[[], None] = lambda: None
        self.moved_aside: Path | None = None
        self._lock: BinaryIO | None = None
        self._file: OpenFile | None = None
        self._watch: Watch | None = None
        # Of what is in memory, while the store is.
        self._memory: Outbox | None = None
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
        self._file = self._watch = self._before = self._memory = self._lock = self.absence = None

    def set_aside(self, target: Path) -> None:
        """Move the file there with all that it holds, and begin a new one. Raises StoreError."""
        if self.absence is not None:
            raise StoreError(self.path, _("is in memory"), self.absence.because)
        if self._file is not None:
            # Without it numbers are left out, which is told by who opens it next.
            with suppress(sqlite3.Error, OutboxFull):
                self._file.outbox.close({}, self.now())
            close_file(self._file, self.path)
        self._file = None
        move_aside(self.path, target)
        self._use(self._opened())

    def file(self) -> OpenFile:
        """Opens it where it is not: when it could not be begun anew before. One that somebody has removed or replaced
        meanwhile is put back, one that somebody has changed begun anew. Raises StoreError, sqlite3.Error, OSError."""
        if self._file is not None:
            self._make_good(self._file)
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
        outbox = self._file.outbox
        damaged = damage(self.path, outbox.database, outbox.marking.tally, error)
        if damaged is not None:
            return self._begin_anew(self._file, damaged)
        if not is_unreadable(error, change=change) or self.ground.memory_bytes is None:
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
            disk = _on_disk(self.ground, opened, self._told, self._before, self.now())
        except StoreError as error:
            log.debug("the store stays in memory: %s", error)
            return False
        try:
            waiting = max(depths(memory.outbox).values(), default=0)
            taken = give_back(memory, disk, self._told.on_disk(away_s, waiting), self.now(), beyond=self._told.beyond)
        except (sqlite3.Error, OutboxFull) as error:
            abandon(disk, close=True)
            log.debug("the store stays in memory: %s", error)
            return False
        self.absence = self._memory = None
        self._stand(disk, damaged=opened.damaged, replaced=True)
        log.warning("the store is on its disk again, with %d events that were in memory", taken)
        return True

    def _make_good(self, file: OpenFile) -> None:
        """Undoes what something else did to the file. Raises StoreError, sqlite3.Error, OSError."""
        deed = self._watch.deed() if self._watch is not None else Deed.NOTHING
        if deed is Deed.REPLACED:
            self._put_back(file)
        elif deed is Deed.WRITTEN:
            detail = difference(self.path, file.outbox.database, file.outbox.marking.tally)
            if detail is not None:
                self._begin_anew(file, detail)

    def _put_back(self, file: OpenFile) -> None:
        """Somebody has removed or replaced the file, which is there as long as it is open: another is made of it."""
        put_in_place(self.path, file.outbox.database)
        abandon(file, close=True)
        self._file, self._before = None, file.outbox
        log.error("store %s was removed or replaced, and is put back with all that it held", self.path)
        self._use(self._opened())

    def _begin_anew(self, file: OpenFile, detail: str) -> StoreError:
        """Raises StoreError."""
        tally = file.outbox.marking.tally
        if tally is not None:
            # What has arrived since the last transaction is not lost.
            tally.content.reached = file.outbox.reached({}, buffered=False)
        expected = Expected((tally.content.copy(),), time.time()) if tally is not None else None
        left = Left(_log(self.path), expected, expected)
        abandon(file, close=False)
        self._told.begin()
        self._file, self._before = None, file.outbox
        try:
            self._use(reopen(self.path, self._boot, detail, self._told.tells, left, database=file.outbox.database))
        except StoreError as refusal:
            close_quietly(file.outbox.database)
            self._go_on_in_memory(refusal)
        what = _("was damaged ({reason}): it was moved aside, and what could be read of it saved into a new one")
        return Replaced(self.path, what.format(reason=detail), _("a worn SD card must be replaced"))

    def _go_on_in_memory(self, refusal: StoreError) -> None:
        """Raises StoreError where there is no memory for it."""
        file = in_memory(self.ground, refusal, self._before, self.now())
        self.absence, self.refuses = Absence(str(refusal), time.monotonic(), blind=self._before is None), None
        priority, row = self._told.memory_only(str(refusal), unreachable(self.path, self._before))
        file.outbox.tell(priority, row, self.now())
        self._memory = file.outbox
        log.error("%s; the store is in memory until its disk can be used, and does not survive a restart", refusal)
        left = self._before
        self._stand(file, damaged=False, replaced=True)
        self._before = left

    def _opened(self) -> Opened:
        """Raises StoreError."""
        self._told.begin()
        try:
            if self._lock is None:
                self._lock = take_lock(self.path)
            return open_database(self.path, self._boot, self._told.tells)
        except OSError as error:
            what = _("cannot be read: {reason}").format(reason=error)
            raise StoreError(self.path, what, _("see dmesg; a worn SD card must be replaced")) from error

    def _use(self, opened: Opened) -> OpenFile:
        """Raises StoreError."""
        file = _on_disk(self.ground, opened, self._told, self._before, self.now())
        self._stand(file, damaged=opened.damaged, replaced=opened.damaged or self._before is not None)
        return file

    def _stand(self, file: OpenFile, *, damaged: bool, replaced: bool) -> None:
        self._file, self._before = file, None
        self._watch = Watch(self.path, file.outbox.database) if self.absence is None else None
        if damaged:
            self.moved_aside = damaged_path(self.path)
        self.publish(file)
        if replaced:
            self.epoch += 1
            self.on_replaced()

    def publish(self, file: OpenFile) -> None:
        """Let the loop see how it is; whatever changes it from now on is somebody else."""
        outbox = file.outbox
        if self._watch is not None:
            self._watch.note()
        self.depths = depths(outbox)
        self.arrived_since_s, self.buffered_since_s = outbox.positions.arrived_since_s, outbox.buffered.since_s


def _untrusted(boot: str) -> Moment:
    """The time of a box that does not say whether its clock is set."""
    return Moment(time.time(), time.monotonic(), boot, False)


def _on_disk(ground: Ground, opened: Opened, told: Told, before: Outbox | None, now: Moment) -> OpenFile:
    """Raises StoreError."""
    instead = (told.written or before) if before is not None else None
    return on_disk(ground, opened.database, opened.marking, instead, now)


def _log(path: Path) -> bytes:
    try:
        return read_log(path)
    except OSError:
        return b""
