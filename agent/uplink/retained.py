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

    def __init__(self, pole: UplinkContext, link: Link, look_s: float) -> None:
        self._pole, self._link, self._look_s = pole, link, look_s
        self._told: dict[str, Struct] = {}
        self._anew = False
        self.refusal: PublishRefused | None = None

    async def run(self) -> None:
        """Until cancelled. Raises MqttError when the connection ends."""
        for name in self._pole.gone:
            await self._deliver(self._pole.dialect.no_state(name))
        while True:
            await self._tell_changes()
            await asyncio.sleep(self._look_s)

    def ask_again(self) -> None:
        """Tell every state at the next look, where something was refused."""
        self._anew = self.refusal is not None

    async def _tell_changes(self) -> None:
        now, anew, refused = self._pole.clock.now(), self._anew, False
        self._anew = False
        if anew:
            self._told.clear()
        for name, state in self._pole.states().items():
            if self._told.get(name) != state:
                refused |= not await self._deliver(self._pole.dialect.state(name, state, now))
                self._told[name] = state
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
