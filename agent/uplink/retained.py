"""Keeps the retained states at the broker equal to those of the pole."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from agent.clock import Moment
from agent.uplink.context import UplinkContext
from agent.uplink.diagnosis import of_refusal
from drivers.mqtt.errors import PublishRefused, Withheld
from drivers.mqtt.link import Link
from drivers.mqtt.message import Message

log = logging.getLogger(__name__)


class Retained:
    """One session's worth: every state at first, then what changes; and the status of the pole when that changes.

    Args:
        look_s: how often changes are looked for.
    """

    def __init__(self, context: UplinkContext, link: Link, look_s: float) -> None:
        self._context, self._link, self._look_s = context, link, look_s
        self._published: dict[str, Struct | None] = {}
        self._anew = False
        self.details: Mapping[str, Any] | None = None
        """What the status of the pole told at last; None: nothing."""
        self.refusal: PublishRefused | None = None

    async def run(self) -> None:
        """Publishes the states until cancelled. Raises MqttError when the connection ends."""
        for name in tuple(self._context.removed_devices):
            await self._take_away(name)
        while True:
            await self._publish_changes()
            await self._publish_status()
            await asyncio.sleep(self._look_s)

    def ask_again(self) -> None:
        """Tell every state at the next look, where something was refused."""
        self._anew = self.refusal is not None

    async def _publish_changes(self) -> None:
        now, anew, refused = self._context.clock.now(), self._anew, False
        self._anew = False
        if anew:
            self._published.clear()
        present = self._context.states()
        for name in self._published.keys() - present.keys():
            refused |= not await self._take_away(name)
            del self._published[name]
        for name, state in present.items():
            if name not in self._published or self._published[name] != state:
                try:
                    refused |= not await self._tell_one(name, state, now)
                except Withheld:
                    self._published.pop(name, None)  # it is told as it is by now at the next look
                    continue
                self._published[name] = state
        if anew and not refused:
            self.refusal = None

    async def _publish_status(self) -> None:
        details = self._context.details()
        if self.details is not None and details != self.details:
            self.details = details
            message = self._context.mapping.ask(partial(self._context.dialect.status, True, details), "status")
            if message is not None:
                await self._deliver(message)

    async def _tell_one(self, name: str, state: Struct | None, now: Moment) -> bool:
        """Whether the broker took it. What is not known is not left there as it was; nor what cannot be said.

        Raises Withheld: it is not so any more.
        """
        dialect = self._context.dialect
        message = None if state is None else self._context.mapping.ask(partial(dialect.state, name, state, now), name)
        if message is None:
            return await self._take_away(name)
        # A broker may take its time for those before it, and what was seen may be told no longer meanwhile.
        return await self._deliver(message, lambda: self._context.states().get(name) != state)

    async def _take_away(self, name: str) -> bool:
        """Whether the broker took that; nothing is asked of it where it cannot be said."""
        message = self._context.mapping.ask(partial(self._context.dialect.no_state, name), name)
        return True if message is None else await self._deliver(message)

    async def _deliver(self, message: Message, stops: Callable[[], bool] = lambda: False) -> bool:
        """Whether the broker took it. The events tell what it did not. Raises Withheld."""
        try:
            await self._link.deliver(message, stops)
        except PublishRefused as refusal:
            if self.refusal is None:
                log.warning("uplink: %s", of_refusal(refusal).words)
            self.refusal = refusal.with_traceback(None)  # whose frames hold the message
            return False
        return True
