"""What came on the command topic, from its arrival until the broker need not keep it any longer."""

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
    """

    heard: Heard
    reply: Reply
    again: bool
    acknowledge: Callable[[], None]
    tell: Callable[[Event, Reply], Awaitable[None]]


OnCommand = Callable[[Arrival], Awaitable[Event | None]]
"""Writes it, or its outcome, to the store; gives the outcome where that could not be written."""


async def take(arrival: Arrival, on_command: OnCommand) -> None:
    """Acknowledge a message when it, or its outcome, is written; where nothing can be, when the broker has its outcome.

    Until then the broker keeps it, and sends it again in the next connection.
    """
    unwritten = await on_command(arrival)
    if unwritten is not None:
        try:
            await arrival.tell(unwritten, arrival.reply)
        except MqttError as error:
            log.warning("uplink: a command was neither written nor answered, and is left at the broker: %s", error)
            return
    arrival.acknowledge()
