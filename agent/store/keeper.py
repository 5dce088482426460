"""The keeper of the file: opens it, begins it anew when it turns out damaged, and says in words what SQLite refuses."""

import sqlite3
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

from msgspec import MsgspecError, Struct, json

from agent.clock import Moment
from agent.events import Priority
from agent.events.gaps import GapCorrupt
from agent.events.registry import event
from agent.store import tables
from agent.store.again import Again
from agent.store.errors import DAMAGED, StoreError, in_words, primary_code
from agent.store.eviction import Bounds, Evictor, OutboxFull
from agent.store.file import Damage, begin_anew, damaged_path, move_aside, open_database
from agent.store.leases import Leases
from agent.store.lock import take_lock
from agent.store.outbox import Outbox
from agent.store.positions import MOST, TooManyUplinks, Wants
from agent.store.retention import Retention
from agent.store.rows import encode
from agent.store.status import StoreStatus
from agent.store.upkeep import Upkeep
from agent.store.write_volume import KEY, WriteVolume, WriteVolumeState
from drivers.translation import _


class OpenFile(Struct):
    """What stands on the connection to one file."""

    outbox: Outbox
    leases: dict[str, Leases]
    again: dict[str, Again]
    write_volume: WriteVolume


class FileKeeper:
    """Belongs, but for the attributes named here, to the thread that owns the file.

    Args:
        depths: events that have not arrived, by the name of the uplink.
        arrived_since_s, buffered_since_s: since when there are arrivals, and telemetry, to write, in monotonic seconds;
            None: there is nothing.
        refuses: why the disk refused the last change; None: it took it.
    """

    def __init__(self, path: Path, bounds: Bounds, boot: str, subject: str, wants: Mapping[str, Wants]) -> None:
        self._path, self._bounds = path, bounds
        self._boot, self._subject = boot, subject
        self._wants, self._evictor = wants, Evictor(bounds, subject)
        self.depths = dict.fromkeys(wants, 0)
        self.arrived_since_s: float | None = None
        self.buffered_since_s: float | None = None
        self.refuses: str | None = None
        self._moved_aside: Path | None = None
        self._lock: BinaryIO | None = None
        self._file: OpenFile | None = None
        # The outbox of a damaged file, until another file stands in its place: what it holds in memory goes on.
        self._before: Outbox | None = None

    def open(self) -> None:
        """Raises StoreError; everything is closed again then, so the caller may retry at once."""
        with ExitStack() as undo:
            undo.callback(self.close)
            self._lock = take_lock(self._path)
            self.publish(self.file())
            undo.pop_all()

    def close(self) -> None:
        if self._file is not None:
            self._file.outbox.database.close()
        if self._lock is not None:
            self._lock.close()
        self._file = self._before = self._lock = None

    def set_aside(self, target: Path) -> None:
        """Move the file there with all that it holds, and begin a new one. Raises StoreError."""
        if self._file is not None:
            # Without it numbers are left out, which is told by who opens it next.
            with suppress(sqlite3.Error, OutboxFull):
                self._file.outbox.close({}, self.now())
            self._file.outbox.database.close()
        self._file = None
        move_aside(self._path, target)
        self.publish(self.file())

    def file(self) -> OpenFile:
        """Opens it where it is not: at the start, or when it could not be begun anew before. Raises StoreError."""
        if self._file is not None:
            return self._file
        if self._lock is None:
            raise StoreError(self._path, _("is closed"), _("this is a defect of lamppost: report it"))
        database, damaged = open_database(self._path, self._tell_damage)
        return self._use(database, damaged)

    def explained(self, error: sqlite3.Error | OutboxFull) -> StoreError:
        """What it means, for who asked and may ask again. A file that turned out damaged is begun anew first.

        Raises StoreError where it cannot be.
        """
        if isinstance(error, OutboxFull):
            return StoreError(self._path, _("is full: {reason}").format(reason=error), _("raise max_mb under [store]"))
        if primary_code(error) not in DAMAGED or self._file is None:
            return in_words(self._path, error)
        self._before, self._file = self._file.outbox, None
        self._before.database.close()
        self._use(begin_anew(self._path, str(error), self._tell_damage), True)
        what = _("was damaged ({reason}): it was moved aside, and what could be read of it saved into a new one")
        return StoreError(self._path, what.format(reason=error), _("a worn SD card must be replaced"))

    def _use(self, database: sqlite3.Connection, damaged: bool) -> OpenFile:
        try:
            upkeep = Upkeep(self._evictor, Retention(self._bounds.keep_s, database), self._subject, self._bounds.keep_s)
            outbox = Outbox(database, upkeep, self._before)
            volume = WriteVolume(_volume_until_now(database))
            file = OpenFile(outbox, {}, {}, volume)
            self.follow(file, self._wants)
        except sqlite3.Error as error:
            database.close()
            raise in_words(self._path, error) from error
        self._file, self._before = file, None
        if damaged:
            self._moved_aside = damaged_path(self._path)
        self.publish(self._file)
        return self._file

    def follow(self, file: OpenFile, wants: Mapping[str, Wants]) -> None:
        """Other uplinks, or other events for them, from now on. Raises StoreError: too many names."""
        try:
            file.outbox.configure(wants, self.now())
        except TooManyUplinks as error:
            what = _("it has known {count} names of uplinks, and has no room for another").format(count=MOST)
            raise StoreError(self._path, what, _("take a name again that it knows, or begin a new store")) from error
        self._wants = wants
        for each in file.outbox.positions:
            if each.name not in file.leases:
                file.leases[each.name] = Leases(file.outbox, self._evictor, each)
                file.again[each.name] = Again(file.outbox, each)

    def publish(self, file: OpenFile) -> None:
        """Let the loop see how it is."""
        outbox = file.outbox
        self.depths = {each.name: sum(outbox.counters.waiting[each.slot].values()) for each in outbox.positions}
        self.arrived_since_s, self.buffered_since_s = outbox.positions.arrived_since_s, outbox.buffered.since_s

    def now(self) -> Moment:
        """Marked untrusted, because the store cannot know."""
        return Moment(time.time(), time.monotonic(), self._boot, False)

    def status(self, file: OpenFile) -> StoreStatus:
        volume = file.write_volume.state(self.now())
        furthest = max(file.leases.values(), key=lambda each: self.depths[each.progress.name]).status(0)
        return StoreStatus(
            waiting=furthest.waiting,
            oldest=furthest.oldest,
            used_bytes=tables.used_bytes(file.outbox.database),
            max_bytes=self._bounds.bytes,
            dropped=sum(file.outbox.counters.dropped.values()),
            moved_aside=str(self._moved_aside) if self._moved_aside else None,
            refuses=self.refuses,
            written_today_bytes=volume.today_bytes if volume else None,
            written_yesterday_bytes=volume.yesterday_bytes if volume else None,
        )

    def _tell_damage(self, database: sqlite3.Connection, damage: Damage) -> None:
        told = GapCorrupt(
            detail=damage.detail,
            moved_to=damaged_path(self._path).name,
            saved_events=damage.events,
            saved_states=damage.states,
        )
        outbox, now = Outbox(database, lambda outbox, now: None, self._before), self.now()
        outbox.configure(self._wants, now)
        with outbox.writing(now, buffered=True, to_come=None):
            outbox.insert(Priority.ALARM, encode(event(told, self._subject, now)), outbox.positions.everyone)
        if self._before is not None:
            self._before = outbox


def _volume_until_now(database: sqlite3.Connection) -> WriteVolumeState:
    found = tables.state(database, KEY)
    try:
        return json.decode(found[0], type=WriteVolumeState) if found and found[1] else WriteVolumeState()
    except MsgspecError:
        return WriteVolumeState()
