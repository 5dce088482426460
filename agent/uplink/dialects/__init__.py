"""The dialects that a pole can speak; no module beyond this one knows any of them."""

from collections.abc import Callable
from typing import NamedTuple

from msgspec import Struct

from agent.uplink.dialects.base import Dialect
from agent.uplink.dialects.cloudevents import CloudEvents, Envelope
from agent.uplink.dialects.topics import TopicOptions, Topics

__all__ = ["DIALECTS", "SPOKEN", "Dialect", "Topics", "dialect_of"]


class Entry(NamedTuple):
    """One dialect.

    Args:
        speaks: makes it, with the topics of a pole.
        envelope: what it puts around the data of an event, for the schema.
    """

    speaks: Callable[[Topics], Dialect]
    envelope: type[Struct]


DIALECTS: dict[str, Entry] = {"cloudevents": Entry(CloudEvents, Envelope)}
"""Each by its name."""

SPOKEN = DIALECTS["cloudevents"]
"""The dialect that a pole speaks."""


def dialect_of(options: TopicOptions, site: str, pole: str) -> Dialect:
    """The dialect of one pole."""
    return SPOKEN.speaks(Topics(options, site, pole))
