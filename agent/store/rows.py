"""An event as a row of the outbox, and back. Each row carries its checksum: what a card has changed is not sent."""

import zlib
from typing import Any, Self

import msgspec
from msgspec import Raw, Struct

from agent.clock import Moment
from agent.events import Event, Priority
from drivers.translation import _

COLUMNS = "seq, id, type, subject, unix_s, mono_s, boot, data, crc"
INSERT = f"INSERT INTO {{name}} ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
PUT = "INSERT OR REPLACE INTO state (key, body, crc) VALUES (?, ?, ?)"

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
    """

    seq: int
    id: str
    type: str
    subject: str
    at: Moment
    priority: Priority
    data: Raw

    @classmethod
    def of(cls, event: Event) -> Self:
        """One that is in no store."""
        return cls(
            0, event.id, event.type, event.subject, event.at, event.priority, Raw(msgspec.json.encode(event.data))
        )


def encode(event: Event) -> Row:
    """The row of an event, but for its seq and checksum. Raises TypeError for data that JSON cannot say."""
    return (_short(event.id), event.type, event.subject, *_times(event.at), msgspec.json.encode(event.data))


def redated(row: Row, at: Moment) -> Row:
    """A sealed row with another time, but for its seq and checksum."""
    return (*row[1:4], *_times(at), row[7])


def seal(priority: Priority, seq: int, row: Row) -> Row:
    """The row as it stands in the file, with its place and its checksum."""
    return (seq, *row, _crc(priority, seq, *row))


def decode(priority: Priority, row: Row) -> Stored:
    """Raises TypeError or ValueError for a row that is not as it was committed.

    Of a time that was trusted only the wall clock's is known: see `Moment.boot`.
    """
    seq, _id, type, subject, unix_s, mono_s, boot, data, crc = row
    if crc != _crc(priority, *row[:-1]):
        raise ValueError(_("row {seq} is not what was committed").format(seq=seq))
    if not _YEAR_1_S <= unix_s < _YEAR_10000_S:
        raise ValueError(_("row {seq} has no possible time").format(seq=seq))
    at = Moment(unix_s, mono_s or 0.0, boot or "", boot is None)
    return Stored(seq, stored_id(row), type, subject, at, priority, Raw(data))


def stored_id(row: Row) -> str:
    """The id of an event as it stands in a row of the file."""
    return row[1] if isinstance(row[1], str) else bytes(row[1]).hex()


def readable(priority: Priority, row: Row) -> Stored | None:
    """Decodes a row; None for a row that a failing disk has changed."""
    try:
        return decode(priority, row)
    except (TypeError, ValueError):
        return None


def seal_state(key: str, body: bytes) -> Row:
    return (key, body, _crc(key, body))


def _times(at: Moment) -> tuple[float, float | None, str | None]:
    return (float(at.unix_s), None, None) if at.trusted else (float(at.unix_s), float(at.mono_s), at.boot)


def _short(id: str) -> bytes | str:
    """Half of what the 32 hexadecimal digits of `new_id` take."""
    try:
        short = bytes.fromhex(id)
    except ValueError:
        return id
    return short if short.hex() == id else id


def _crc(*parts: Any) -> int:
    return zlib.crc32(msgspec.msgpack.encode(parts))
