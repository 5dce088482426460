"""The mark beside the file: what must stand in it, written with each transaction and flushed with none.

What a process has written stays in the kernel when it is killed: within one boot the mark is a proof. After a power cut
it may lag behind by what was never flushed, and proves nothing. It has two places, written in turn: one says what the
last transaction left, the other what the next one is about to leave. A third is written and flushed when the file is
opened, and says in which boot that was: a power cut may tear the others, and nothing else may.
"""

import logging
import os
import zlib
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec
from msgspec import Struct

from agent.store.file.beside import MARK
from agent.store.rows.content import Content
from agent.store.rows.schema import VERSION
from drivers.files import create_file, refuse_foreign

log = logging.getLogger(__name__)

T = TypeVar("T")

_SLOT_BYTES = 2048
_HEAD_BYTES = 8
_BOOT_AT, _BOOT_BYTES = 4096, 512
# Bytes that no single bit turns into one another.
_INTENDED, _CONFIRMED, _CLOSED = 0x55, 0xAA, 0x3C


class Entry(Struct, frozen=True, array_like=True):
    """What one place says.

    Args:
        generation: counts the transactions.
        boot: identity of the run of the kernel in which it was written.
        at_s: when.
        schema: version of the file.
        content: of the file after that transaction.
    """

    generation: int
    boot: str
    at_s: float
    schema: int
    content: Content


class Found(Struct, frozen=True):
    """The mark as it was found at the start.

    Args:
        there: there is such a file.
        kept: of the newest transaction that was confirmed; None: the file is damaged, or not there.
        intended: of one that may have been confirmed by the disk and not by the process.
        closed: the store was closed in order, and the mark was flushed then.
        opened_in: the boot in which the file was opened last; None: not known.
    """

    there: bool = False
    kept: Entry | None = None
    intended: Entry | None = None
    closed: bool = False
    opened_in: str | None = None

    def proves(self, boot: str) -> bool:
        return self.kept is not None and (self.closed or self.kept.boot == boot)


def mark_path(path: Path) -> Path:
    return path.with_name(path.name + MARK)


def look(path: Path) -> Found:
    """The mark of the store at `path`. What cannot be read is no mark."""
    side = mark_path(path)
    try:
        if not refuse_foreign(side):
            return Found()
        with side.open("rb") as file:
            body = file.read(_BOOT_AT + _BOOT_BYTES)
    except OSError as error:
        log.warning("%s cannot be read: %s", side, error.strerror)
        return Found(there=True)
    opened_in = _unpacked(body[_BOOT_AT:], str)
    slots = [_unpacked(body[at : at + _SLOT_BYTES], Entry) for at in (0, _SLOT_BYTES)]
    sound = [slot for slot in slots if slot is not None]
    if opened_in is None or len(sound) < 2 or abs(sound[0][0].generation - sound[1][0].generation) != 1:
        return Found(there=True, opened_in=opened_in[0] if opened_in is not None else None)
    (older, older_state), (newer, newer_state) = sorted(sound, key=lambda slot: slot[0].generation)
    if newer_state == _INTENDED:
        return Found(True, older if older_state == _CONFIRMED else None, newer, False, opened_in[0])
    return Found(True, newer, None, newer_state == _CLOSED, opened_in[0])


def _packed(what: object, state: int) -> bytes:
    body = msgspec.msgpack.encode(what)
    return zlib.crc32(body).to_bytes(4, "big") + len(body).to_bytes(2, "big") + bytes((state, 0)) + body


def _unpacked(slot: bytes, form: type[T]) -> tuple[T, int] | None:
    """What was packed, and its state; None: it is not what was written."""
    if len(slot) < _HEAD_BYTES:
        return None
    crc, length, state = int.from_bytes(slot[:4], "big"), int.from_bytes(slot[4:6], "big"), slot[6]
    body = slot[_HEAD_BYTES : _HEAD_BYTES + length]
    if state not in (_INTENDED, _CONFIRMED, _CLOSED) or zlib.crc32(body) != crc:
        return None
    try:
        return msgspec.msgpack.decode(body, type=form), state
    except (msgspec.MsgspecError, ValueError):
        return None


class Mark:
    """Writes the mark of one open file; a disk that does not take it costs the proof, and nothing else.

    Args:
        boot: identity of this run of the kernel.
    """

    def __init__(self, path: Path, boot: str) -> None:
        self._path, self._boot = mark_path(path), boot
        self._generation, self._intended, self._withdrawn = 0, False, False
        self._file: BinaryIO | None = None

    def begin(self, content: Content, at_s: float) -> None:
        """The file was opened with that content: from now on it may go ahead of what is on the disk."""
        if self._begin(content, at_s) and self._wrote(_packed(self._boot, _CONFIRMED), _BOOT_AT):
            self.flush()

    def intend(self, before: Content, after: Content, at_s: float) -> None:
        """A transaction is about to be committed, which makes of the one content the other."""
        ready = self._file is not None or self._begin(before, at_s)
        self._intended = ready and self._write(after, at_s, _INTENDED)

    def confirm(self, content: Content, at_s: float) -> None:
        """It was committed."""
        if self._intended:
            self._settle(_CONFIRMED)
        elif not self._begin(content, at_s):
            self._withdraw()
        self._intended = False

    def _withdraw(self) -> None:
        """The disk took a transaction, and not the mark: what that says is not true any more."""
        removed = True
        try:
            if refuse_foreign(self._path):
                self._path.unlink()
        except OSError:
            removed = False
        if not self._withdrawn and removed:
            log.warning("%s cannot be written, and is removed", self._path)
        elif not self._withdrawn:
            log.warning("%s cannot be written, and cannot be removed either: remove it", self._path)
        self._withdrawn = True

    def close(self, content: Content | None, at_s: float) -> None:
        """The file was closed.

        Args:
            content: of the file; None: it was not closed in order, and the mark stays as it is.
        """
        if content is not None and self._file is not None and self._write(content, at_s, _CLOSED):
            self.flush()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self, content: Content, at_s: float) -> bool:
        """Write both places."""
        return all([self._write(content, at_s, _CONFIRMED) for _ in range(2)])

    def _write(self, content: Content, at_s: float, state: int) -> bool:
        self._generation += 1
        body = _packed(Entry(self._generation, self._boot, at_s, VERSION, content), state)
        for shorten in (Content.slim, Content.silent):
            if len(body) > _SLOT_BYTES:
                body = _packed(Entry(self._generation, self._boot, at_s, VERSION, shorten(content)), state)
        return self._wrote(body, self._generation % 2 * _SLOT_BYTES)

    def _settle(self, state: int) -> None:
        self._wrote(bytes((state,)), self._generation % 2 * _SLOT_BYTES + 6)

    def _wrote(self, body: bytes, at: int) -> bool:
        try:
            if self._file is None:
                self._file = _opened(self._path)
            os.pwrite(self._file.fileno(), body, at)
        except OSError as error:
            self._refuse(error)
            return False
        return True

    def flush(self) -> None:
        """What was written survives a power cut; a disk that refuses it is noted."""
        if self._file is not None:
            try:
                os.fsync(self._file.fileno())
            except OSError as error:
                self._refuse(error)

    def _refuse(self, error: OSError) -> None:
        """What is written there may soon not be true any more; both places are written anew as soon as it can be."""
        log.debug("%s is not written: %s", self._path, error.strerror)
        if self._file is not None:
            self._file.close()
            self._file = None


def _opened(path: Path) -> BinaryIO:
    if not refuse_foreign(path):
        return os.fdopen(create_file(path), "r+b", buffering=0)
    return os.fdopen(os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC), "r+b", buffering=0)
