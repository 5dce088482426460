"""An event as the uplink has it of the store, and back."""

import msgspec

from agent.events import Event
from agent.store import Stored
from agent.store.rows import decode, encode, seal


def stored(event: Event, seq: int = 1) -> Stored:
    return decode(event.priority, seal(event.priority, seq, encode(event)))


def event_of(row: Stored) -> Event:
    data = msgspec.json.decode(row.data)
    return Event(type=row.type, subject=row.subject, at=row.at, data=data, priority=row.priority, id=row.id)
