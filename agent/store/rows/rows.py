"""An event as a row of the outbox, and back. Each row carries its checksum: what a card has changed is not sent."""

import zlib
from collections.abc import Mapping
from typing import Any, Self

import msgspec
from msgspec import Raw, Struct

from agent.clock import Moment
from agent.events import Event, Priority
from agent.store.rows.numbers import Numbers, number_of, pack
from drivers.translation import _

_NAMES = ("seq", "id", "type", "subject", "unix_s", "mono_s", "boot", "takers", "numbers", "data", "crc")
COLUMNS = ", ".join(_NAMES)
INSERT = f"INSERT INTO {{name}} ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
PUT = "INSERT OR REPLACE INTO state (key, body, crc) VALUES (?, ?, ?)"

TAKERS = 7
"""The place of the takers in a sealed row; its numbers follow."""

# What the connection puts in the place of bytes that are not UTF-8.
REPLACED = "\ufffd"
NO_CRC = -1
# A clock that begins in 1970 dates before it what was received before the box was switched on.
_YEAR_1_S, _YEAR_10000_S = -62_135_596_800, 253_402_300_800

Row = tuple[Any, ...]
"""id, type, subject, unix_s, mono_s, boot, data."""


class Stored(Struct, frozen=True):
    """An event in the outbox.

    Args:
        seq: its place in the order of commit.
        data: JSON, as it was encoded when it was committed.
        sequence: its number among what one uplink gets; 0: it has none.
        resent: it was asked for again, or is sent again since nobody has confirmed it.
    """

    seq: int
    id: str
    type: str
    subject: str
    at: Moment
    priority: Priority
    data: Raw
    sequence: int = 0
    resent: bool = False

    @classmethod
    def of(cls, event: Event) -> Self:
        """One that is in no store."""
        return cls(
            0, event.id, event.type, event.subject, event.at, event.priority, Raw(msgspec.json.encode(event.data))
        )


def encode(event: Event) -> Row:
    """The row of an event, but for its seq and checksum. Raises TypeError for data that JSON cannot say."""
    return (_short(event.id), event.type, event.subject, *_times(event.at), msgspec.json.encode(event.data))


def seal(priority: Priority, seq: int, row: Row, takers: int, numbers: Numbers) -> Row:
    """The row as it stands in the file, with its place, its numbers and its checksum."""
    whole = (seq, *row[:-1], takers, numbers, row[-1])
    return (*whole, checksum(priority, *whole))


def readdressed(priority: Priority, sealed: Row, slots: Mapping[int, int]) -> Row:
    """The same row, with the same numbers, for these of its takers.

    Args:
        slots: the slot of each from now on, by the one that it had.
    """
    takers, numbers = sealed[TAKERS : TAKERS + 2]
    theirs = sorted((new, number_of(takers, numbers, old)) for old, new in slots.items())
    bits, packed = sum(1 << new for new, _ in theirs), pack([number for _, number in theirs])
    return seal(priority, sealed[0], (*sealed[1:TAKERS], sealed[-2]), bits, packed)


def resealed(priority: Priority, sealed: Row, data: bytes) -> Row:
    """The same row with other data."""
    whole = (*sealed[:-2], data)
    return (*whole, checksum(priority, *whole))


def decode(priority: Priority, row: Row, slot: int = 0) -> Stored:
    """Raises TypeError or ValueError for a row that is not as it was committed.

    Of a time that was trusted only the wall clock's is known: see `Moment.boot`.

    Args:
        slot: of the uplink whose number it has; without it the event has none.
    """
    seq, _id, type, subject, unix_s, mono_s, boot, takers, numbers, data, crc = row
    if crc != checksum(priority, *row[:-1]):
        raise ValueError(_("row {seq} is not what was committed").format(seq=seq))
    if not _YEAR_1_S <= unix_s < _YEAR_10000_S:
        raise ValueError(_("row {seq} has no possible time").format(seq=seq))
    at = Moment(unix_s, mono_s or 0.0, boot or "", boot is None)
    sequence = number_of(takers, numbers, slot)
    return Stored(seq, stored_id(row), type, subject, at, priority, Raw(data), sequence)


def stored_id(row: Row) -> str:
    """The id of an event as it stands in a row of the file."""
    return row[1] if isinstance(row[1], str) else bytes(row[1]).hex()


def readable(priority: Priority, row: Row, slot: int = 0) -> Stored | None:
    """Decodes a row; None for a row that a failing disk has changed."""
    try:
        return decode(priority, row, slot)
    except (TypeError, ValueError):
        return None


def seal_state(key: str, body: bytes) -> Row:
    return (key, body, checksum(key, body))


def _times(at: Moment) -> tuple[float, float | None, str | None]:
    return (float(at.unix_s), None, None) if at.trusted else (float(at.unix_s), float(at.mono_s), at.boot)


def _short(id: str) -> bytes | str:
    """Half of what the 32 hexadecimal digits of `new_id` take."""
    try:
        short = bytes.fromhex(id)
    except ValueError:
        return id
    return short if short.hex() == id else id


def checksum(*parts: Any) -> int:
    return zlib.crc32(msgspec.msgpack.encode(parts))
