"""What a pole brings into every conversation with a broker."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any

from msgspec import Struct

from agent.clock import Clock
from agent.store import Store
from agent.uplink.cloudevents import CloudEvents
from agent.uplink.flow import CommandGate
from agent.uplink.orders import BadCommand
from agent.uplink.replies import Replies
from drivers.base import Command

States = Callable[[], Mapping[str, Struct]]
"""The present state of each device by its name."""


class Pole(Struct, frozen=True):
    """One pole; outlives its connections.

    Args:
        orders: where commands go.
        details: what the retained status says beside `online`; asked at each connection.
        states: to be kept at the broker.
        gone: names that an earlier configuration had: their states are taken from the broker.
    """

    dialect: CloudEvents
    store: Store
    clock: Clock
    orders: asyncio.Queue[Command | BadCommand]
    replies: Replies
    gate: CommandGate
    details: Callable[[], Mapping[str, Any]]
    states: States
    gone: Collection[str]
