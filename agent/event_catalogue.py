"""Every type of event, registered by importing the module of each struct; `lamppost schema` describes them.

A new type of event is its name in `agent/events/__init__.py`, a struct with `@event_type` in `event_types.py` of its
trade, and its line in docs/events.md.
"""

from agent.events import devices, pole, sensors
from agent.events.registry import EVENT_TYPES, EventType, WrongData, checked, checked_event
from agent.trades.kerb import event_types as kerb
from agent.trades.lighting import event_types as lighting
from agent.trades.parking import event_types as parking
from agent.trades.parking.statistics import event_types as statistics

__all__ = [
    "EVENT_TYPES",
    "EventType",
    "WrongData",
    "checked",
    "checked_event",
    "devices",
    "kerb",
    "lighting",
    "parking",
    "pole",
    "sensors",
    "statistics",
]
