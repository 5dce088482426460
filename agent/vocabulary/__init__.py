"""What each type of event says: one struct a type, from which the JSON Schemas of `lamppost schema` are made.

A new type of event is its name in `agent/events.py`, a struct with `@told_as` in the module of its trade, and its line
in docs/events.md.
"""

from agent.vocabulary import bays, devices, figures, kerb, lamps, pole, sensors
from agent.vocabulary.kinds import KINDS, Kind, WrongData, checked, checked_event

__all__ = [
    "KINDS",
    "Kind",
    "WrongData",
    "bays",
    "checked",
    "checked_event",
    "devices",
    "figures",
    "kerb",
    "lamps",
    "pole",
    "sensors",
]
