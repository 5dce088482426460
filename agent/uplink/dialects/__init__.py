"""The dialects that a pole can speak; no module beyond this one knows any of them."""

from collections.abc import Callable

from msgspec import Struct

from agent.uplink.dialects.base import Dialect
from agent.uplink.dialects.cloudevents import CloudEvents, Envelope
from agent.uplink.dialects.topics import Topics

__all__ = ["DIALECTS", "ENVELOPES", "Dialect", "Topics"]

DIALECTS: dict[str, Callable[[Topics], Dialect]] = {"cloudevents": CloudEvents}
"""Each by its name."""

ENVELOPES: dict[str, type[Struct]] = {"cloudevents": Envelope}
"""What each puts around the data of an event, for the schema."""
