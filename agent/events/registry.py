"""The registry of event types, and what their data is made of."""

from collections.abc import Callable
from types import ModuleType
from typing import Annotated, Any, TypeVar

from msgspec import Meta, Struct

from agent.clock import Moment
from agent.events import Data, Event, Priority

Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""RFC 3339 in UTC with milliseconds."""

Day = Annotated[str, Meta(extra_json_schema={"format": "date"})]

Percent = Annotated[float, Meta(ge=0, le=100)]
Seconds = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]

Value = bool | int | float | str

D = TypeVar("D", bound=Data)


class EventType(Struct, frozen=True):
    """One type of event.

    Args:
        name: on the wire: short and stable.
        priority: what goes first when the store is full and what is sent first.
        schemas: the structs that its data may be; several are told apart by their tag.
        expires_s: how long after its publication the broker may still deliver it as news (MQTT 5); None: for ever.
        ages: whether the store may drop it for its age; what is told of such a drop does not age itself.
        answers: whether its `command_id` is that of a command whose sender waits for it.
    """

    name: str
    priority: Priority
    schemas: tuple[type[Data], ...]
    expires_s: int | None = None
    ages: bool = True
    answers: bool = False

    @property
    def data(self) -> Any:
        """The type of its data."""
        return self.schemas[0] if len(self.schemas) == 1 else _union(self.schemas)


EVENT_TYPES: dict[str, EventType] = {}
"""Every type of event, by its name."""


_SERVED: dict[type[Data], dict[str, Priority]] = {}
"""The types of event that each struct serves, with their priorities."""


def event_type(
    *types: str,
    priority: Priority,
    expires_s: int | None = None,
    ages: bool = True,
    answers: bool = False,
    into: dict[str, EventType] = EVENT_TYPES,
) -> Callable[[type[D]], type[D]]:
    """Registers a struct as the data of these types of event; one of several forms of it if the type is known.

    The other arguments are those of EventType.
    """

    def register(form: type[D]) -> type[D]:
        for type in types:
            before = into.get(type)
            earlier = before.schemas if before else ()
            into[type] = EventType(type, priority, (*earlier, form), expires_s, ages, answers)
            _SERVED.setdefault(form, {})[type] = priority
        return form

    return register


def event(data: Data, subject: str, at: Moment, *, type: str | None = None) -> Event:
    """The event that says this, with the type and the priority under which its struct is registered.

    Args:
        type: which one, where the struct serves several.

    Raises TypeError where the struct does not serve it, or several and none is named.
    """
    form = data.__class__
    served = _SERVED.get(form, {})
    if type is None and len(served) == 1:
        (type,) = served
    if type is None or type not in served:
        raise TypeError(f"{form.__name__} tells of {' or '.join(served) or 'no type of event'}, not of {type}")
    return Event(type=type, subject=subject, at=at, data=data, priority=served[type])


def types_in(module: ModuleType) -> set[str]:
    """Names of the types whose structs stand in that module."""
    return {type for form, types in _SERVED.items() if form.__module__ == module.__name__ for type in types}


def _union(forms: tuple[type[Data], ...]) -> Any:
    found: Any = forms[0]
    for form in forms[1:]:
        found = found | form
    return found
