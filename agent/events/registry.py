"""The registry of event types, and what their data is made of."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct

from agent.events import Event, Priority

Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""RFC 3339 in UTC with milliseconds."""

Day = Annotated[str, Meta(extra_json_schema={"format": "date"})]

Percent = Annotated[float, Meta(ge=0, le=100)]
Seconds = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]

Value = bool | int | float | str

D = TypeVar("D", bound="Data")


class Data(Struct, frozen=True, kw_only=True):
    """Base of what an event of one type says. A field with the default UNSET is a key that may be absent."""


class EventType(Struct, frozen=True):
    """One type of event.

    Args:
        name: as in `agent.events`.
        priority: what goes first when the store is full and what is sent first.
        schemas: the structs that its data may be; several are told apart by their tag.
        expires_s: how long after its publication the broker may still deliver it as news (MQTT 5); None: for ever.
    """

    name: str
    priority: Priority
    schemas: tuple[type[Data], ...]
    expires_s: int | None = None

    @property
    def data(self) -> Any:
        """The type of its data."""
        return self.schemas[0] if len(self.schemas) == 1 else _union(self.schemas)


class WrongData(Exception):
    """An event does not say what its type promises."""


EVENT_TYPES: dict[str, EventType] = {}
"""Every type of event, by its name."""


def event_type(
    *types: str, priority: Priority, expires_s: int | None = None, into: dict[str, EventType] = EVENT_TYPES
) -> Callable[[type[D]], type[D]]:
    """Registers a struct as the data of these types of event; one of several forms of it if the type is known."""

    def register(form: type[D]) -> type[D]:
        for type in types:
            before = into.get(type)
            into[type] = EventType(type, priority, (*(before.schemas if before else ()), form), expires_s)
        return form

    return register


def checked(type: str, data: Mapping[str, Any]) -> Any:
    """The data of an event as its struct.

    Raises WrongData for a type that nobody registered, a key that is missing, wrong, or too many.
    """
    kind = EVENT_TYPES.get(type)
    if kind is None:
        raise WrongData(f"{type} is no type of event")
    try:
        said = msgspec.convert(data, kind.data)
    except msgspec.ValidationError as error:
        raise WrongData(f"{type}: {error}") from error
    if extra := _more(data, msgspec.to_builtins(said)):
        raise WrongData(f"{type}: its struct knows nothing of {extra}")
    return said


def checked_event(event: Event) -> Event:
    """The same event. Raises WrongData, for its priority as well."""
    checked(event.type, event.data)
    if event.priority is not EVENT_TYPES[event.type].priority:
        raise WrongData(f"{event.type} has the priority {event.priority.name}")
    return event


def _more(given: Any, known: Any, path: str = "data") -> str:
    """Where `given` says something that `known` does not; empty: nowhere."""
    if isinstance(given, Mapping):
        found = [
            _more(value, known[key], f"{path}.{key}") if key in known else f"{path}.{key}"
            for key, value in given.items()
        ]
    elif isinstance(given, list | tuple):
        found = [_more(one, other, f"{path}[]") for one, other in zip(given, known, strict=True)]
    else:
        found = []
    return next(filter(None, found), "")


def _union(forms: tuple[type[Data], ...]) -> Any:
    found: Any = forms[0]
    for form in forms[1:]:
        found = found | form
    return found


__all__ = [
    "EVENT_TYPES",
    "UNSET",
    "Count",
    "Data",
    "Day",
    "EventType",
    "Percent",
    "Seconds",
    "Time",
    "Value",
    "WrongData",
    "checked",
    "checked_event",
    "event_type",
]
