"""The last that a pole says to its broker for ever: that it is retired. Then nothing of it stays retained there."""

import asyncio
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from msgspec import Struct, structs

from agent.events import Event
from agent.isolation import Part
from agent.store import Stored
from agent.uplink.dialects import Dialect
from drivers.mqtt.errors import PublishRefused
from drivers.mqtt.link import Link
from drivers.mqtt.message import Message
from drivers.translation import _


class LastWords(Struct, frozen=True):
    """What is to be said.

    Args:
        event: that it is retired; it is in no store.
        devices: whose states may be retained.
        details: by which the dialect told the inventory.
    """

    event: Event
    devices: tuple[str, ...]
    details: Mapping[str, Any]


class Leave:
    """Taken once, over whatever connection there is then.

    Args:
        told: the broker has acknowledged the event.
        cleared: nothing of the pole is retained there any more.
        refusal: what the broker refuses of it; None: nothing.
    """

    def __init__(self) -> None:
        self.told = self.cleared = False
        self.refusal: str | None = None
        self._words: LastWords | None = None
        self._wanted, self._taken = asyncio.Event(), asyncio.Event()

    @property
    def is_taken(self) -> bool:
        """Whether nothing is said to the broker any more."""
        return self._taken.is_set()

    async def take(self, words: LastWords, most_s: float) -> None:
        """Returns when it is taken, after `most_s` at the latest: the broker may not be there."""
        self._words = words
        self._wanted.set()
        waiting = asyncio.ensure_future(self._taken.wait())
        try:
            await asyncio.wait({waiting}, timeout=most_s)
        finally:
            waiting.cancel()

    async def wanted(self) -> None:
        """Waits until it shall be taken."""
        await self._wanted.wait()

    async def say(self, dialect: Dialect, mapping: Part, link: Link) -> None:
        """Says it over one connection. Raises MqttError where that ends; the next one says it all again."""
        if self._words is None:
            return
        try:
            for message in self._messages(self._words, dialect, mapping):
                await link.deliver(message)
                self.told = True  # the event is the first of them
            self.cleared = self.told
        except PublishRefused as refusal:
            self.refusal = str(refusal)
        self._taken.set()

    def _messages(self, words: LastWords, dialect: Dialect, mapping: Part) -> Iterator[Message]:
        told = mapping.ask(partial(dialect.event, Stored.of(words.event)), words.event.type)
        if told is None:
            self.refusal = _("a defect of lamppost keeps it from being said")
            return
        yield told
        for device in sorted(words.devices):
            if (state := mapping.ask(partial(dialect.no_state, device), device)) is not None:
                yield state
        retained = mapping.ask(partial(dialect.inventory, words.details), "inventory") or ()
        status = mapping.ask(partial(dialect.status, False), "status")
        for message in (*retained, *([] if status is None else [status])):
            if message.retain:
                yield structs.replace(message, payload=b"")
