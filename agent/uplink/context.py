"""What outlives the connections of a pole with its broker."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any

from msgspec import Struct, field

from agent.clock import Clock
from agent.isolation import Part
from agent.store import Position
from agent.uplink.custody import Custody
from agent.uplink.dialects import Dialect
from agent.uplink.inbox import WAITING, Arrival
from agent.uplink.leave import Leave
from agent.uplink.quarantine import Quarantine
from agent.uplink.rate_limit import CommandLimiter
from agent.uplink.refusals import RefusedTypes
from agent.uplink.response_topics import ResponseTopics
from agent.uplink.thrift import Thrift
from agent.uplink.withholding import Withholding

States = Callable[[], Mapping[str, Struct | None]]
"""The present state of each device by its name; None: it is not known, and none is kept at the broker."""


class UplinkContext(Struct, frozen=True):
    """One pole; outlives its connections.

    Args:
        position: its place in the log of the store.
        arrivals: where commands go.
        details: which devices there are, for status and inventory; asked at each connection.
        states: to be kept at the broker.
        removed_devices: names that an earlier configuration had: their states are taken from the broker.
        news: set it when `details` have changed.
        refused: types of event that the broker refuses.
        thrift: what is not sent for the sake of a budget.
        withholding: what may not leave the pole now.
        name: of the uplink.
        custody: keeps what the broker has until a consumer has confirmed it; None: the broker's word is enough.
        leave: that of the pole for ever.
        mapping: the part in which the dialect maps: a defect in one message costs that message.
    """

    dialect: Dialect
    position: Position
    clock: Clock
    limiter: CommandLimiter
    details: Callable[[], Mapping[str, Any]]
    states: States
    removed_devices: Collection[str]
    mapping: Part
    name: str = ""
    custody: Custody | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)
    arrivals: asyncio.Queue[Arrival] = field(default_factory=lambda: asyncio.Queue(WAITING))
    response_topics: ResponseTopics = field(default_factory=ResponseTopics)
    refused: RefusedTypes = field(default_factory=dict)
    quarantine: Quarantine = field(default_factory=Quarantine)
    thrift: Thrift = field(default_factory=Thrift)
    withholding: Withholding = field(default_factory=Withholding)
    leave: Leave = field(default_factory=Leave)
