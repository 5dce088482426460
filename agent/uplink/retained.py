"""Keeps the retained states at the broker equal to those of the pole."""

import asyncio
import logging

from msgspec import Struct

from agent.uplink.cloudevents import Message
from agent.uplink.context import UplinkContext
from agent.uplink.link import Link, PublishRefused

log = logging.getLogger(__name__)


class Retained:
    """One session's worth: every state at first, then what changes.

    Args:
        look_s: how often changes are looked for.
    """

    def __init__(self, context: UplinkContext, link: Link, look_s: float) -> None:
        self._context, self._link, self._look_s = context, link, look_s
        self._published: dict[str, Struct] = {}
        self._anew = False
        self.refusal: PublishRefused | None = None

    async def run(self) -> None:
        """Until cancelled. Raises MqttError when the connection ends."""
        for name in self._context.removed_devices:
            await self._deliver(self._context.dialect.no_state(name))
        while True:
            await self._publish_changes()
            await asyncio.sleep(self._look_s)

    def ask_again(self) -> None:
        """Tell every state at the next look, where something was refused."""
        self._anew = self.refusal is not None

    async def _publish_changes(self) -> None:
        now, anew, refused = self._context.clock.now(), self._anew, False
        self._anew = False
        if anew:
            self._published.clear()
        for name, state in self._context.states().items():
            if self._published.get(name) != state:
                refused |= not await self._deliver(self._context.dialect.state(name, state, now))
                self._published[name] = state
        if anew and not refused:
            self.refusal = None

    async def _deliver(self, message: Message) -> bool:
        """Whether the broker took it. The events tell what it did not."""
        try:
            await self._link.deliver(message)
        except PublishRefused as refusal:
            if self.refusal is None:
                log.warning("uplink: %s; allow it in the broker's access list", refusal)
            self.refusal = refusal
            return False
        return True
