"""An event as a row of the outbox, and back."""

from typing import Any

import msgspec
from msgspec import Struct

from agent.clock import Moment
from agent.events import Event, Priority

COLUMNS = "priority, seq, id, type, subject, unix_s, mono_s, boot, trusted, data"
INSERT = f"INSERT INTO outbox ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

# What the connection puts in the place of bytes that are not UTF-8.
REPLACED = "\ufffd"
_YEAR_10000_S = 253_402_300_800

Row = tuple[Any, ...]


class Stored(Struct, frozen=True):
    """An event in the outbox.

    Args:
        seq: its place in the order of commit.
    """

    seq: int
    event: Event


def encode(event: Event) -> Row:
    """The row of an event, but for its priority and seq. Raises TypeError for data that JSON cannot say."""
    at = event.at
    data = msgspec.json.encode(event.data)
    return (event.id, event.type, event.subject, at.unix_s, at.mono_s, at.boot, int(at.trusted), data)


def decode(row: Row) -> Stored:
    """Raises msgspec.MsgspecError, TypeError or ValueError for a row that a failing disk has changed."""
    priority, seq, id, type, subject, unix_s, mono_s, boot, trusted, data = row
    if any(REPLACED in text for text in (id, type, subject, boot)):
        raise ValueError(f"row {seq} holds bytes that are no text")
    if not 0 <= unix_s < _YEAR_10000_S:
        raise ValueError(f"row {seq} has no possible time")
    body = msgspec.json.decode(data, type=dict[str, Any])
    at = Moment(float(unix_s), float(mono_s), boot, bool(trusted))
    return Stored(seq, Event(type=type, subject=subject, at=at, data=body, priority=Priority(priority), id=id))
