"""What came on the command topic, from its arrival until the broker need not keep it any longer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from msgspec import Struct

from agent.events import Event
from agent.uplink.commands import Heard, Reply
from drivers.mqtt.errors import MqttError

log = logging.getLogger(__name__)

WAITING = 100
"""Messages that wait to be taken; while so many do, the broker keeps the next."""


class Arrival(Struct, frozen=True):
    """One message.

    Args:
        heard: the order in it, or why there is none.
        reply: where its outcome goes beside the event.
        again: the broker has sent it before, and had no acknowledgement.
        acknowledge: the broker need not keep it any longer; nothing happens where that connection is over.
        tell: publishes an outcome that is in no store. Raises MqttError when the broker does not take it.
        count_dropped: notes for the status that it is refused because too many wait.
    """

    heard: Heard
    reply: Reply
    again: bool
    acknowledge: Callable[[], None]
    tell: Callable[[Event, Reply], Awaitable[None]]
    count_dropped: Callable[[], None]


OnCommand = Callable[[Arrival], Awaitable[Event | None]]
"""Writes it, or its outcome, to the store; gives the outcome where that could not be written."""


class Inbox:
    """Takes one message after the other, whatever becomes of the connection by which it came."""

    def __init__(self, arrivals: asyncio.Queue[Arrival], on_command: OnCommand) -> None:
        self._arrivals, self._on_command = arrivals, on_command

    async def run(self) -> None:
        """Raises what `on_command` raises."""
        while True:
            await self.take(await self._arrivals.get())

    async def take(self, arrival: Arrival) -> None:
        """Acknowledge a message when it, or its outcome, is written; where nothing can be, when the broker has its
        outcome. Until then the broker keeps it, and sends it again in the next connection."""
        unwritten = await self._on_command(arrival)
        if unwritten is not None:
            try:
                await arrival.tell(unwritten, arrival.reply)
            except MqttError as error:
                log.warning("uplink: a command was neither written nor answered, and is left at the broker: %s", error)
                return
        arrival.acknowledge()
