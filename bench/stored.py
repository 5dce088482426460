"""Events as the store, the uplink and the city have them; and data that says anything, where it does not matter."""

from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from agent.clock import Moment
from agent.event_catalogue import EVENT_TYPES
from agent.events import Data, Event, Priority
from agent.store import Stored
from agent.store.rows.rows import decode, encode, seal


class Told(Struct, frozen=True):
    """An event with what its JSON says."""

    type: str
    subject: str
    at: Moment
    data: dict[str, Any]
    priority: Priority
    id: str


def stored(event: Event, seq: int = 1) -> Stored:
    """Returns an event as the only uplink gets it from the store."""
    return decode(event.priority, seal(event.priority, seq, encode(event), 1, seq))


def event_of(one: Event | Stored | Told) -> Told:
    """Returns an event as the city reads it."""
    data = msgspec.json.decode(msgspec.json.encode(one.data), type=dict[str, Any])
    return Told(one.type, one.subject, one.at, data, one.priority, one.id)


def promised(one: Event | Stored | Told) -> Told:
    """The same. Raises ValidationError or AssertionError for an event that is not what its type promises."""
    told, kind = event_of(one), EVENT_TYPES[one.type]
    assert told.priority is kind.priority, f"{told.type} has the priority {told.priority.name}"
    conforms(told.type, told.data)
    return told


def conforms(type: str, data: dict[str, Any]) -> Any:
    """The struct of that data. Raises ValidationError, or AssertionError where its type knows nothing of a key."""
    form = msgspec.convert(data, EVENT_TYPES[type].data)
    known = msgspec.json.decode(msgspec.json.encode(form))
    assert known == data, f"{type} says {known}, not {data}"
    return form


def said(**data: Any) -> Data:
    """Data of no type of event in particular."""
    form: Data = _form(tuple(data))(**data)
    return form


@cache
def _form(names: tuple[str, ...]) -> type[Any]:
    return msgspec.defstruct("Said", [(name, Any) for name in names], bases=(Data,), frozen=True, kw_only=True)
