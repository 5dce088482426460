"""What a pole leaves to the broker under a name that it no longer has: its last events, and nothing retained.

It goes over the connection of the present name: a broker that knows a pole by its user name lets no second one in.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from functools import partial

from msgspec import Struct, json, structs

from agent.store import StoreError
from agent.uplink.context import UplinkContext
from agent.uplink.publisher import OutboxPublisher, PublishSettings
from drivers.mqtt.errors import PublishRefused
from drivers.mqtt.link import Link
from drivers.mqtt.message import Received
from drivers.translation import _

log = logging.getLogger(__name__)

_LOOK_S = 0.2

NOT_CLEARED = _("a defect of lamppost keeps it from taking what is retained from the broker: see the log")

Retained = Callable[[str], Awaitable[Received | None]]
"""What the broker has retained on a topic; None: nothing, or it does not say."""


class _Status(Struct, frozen=True):
    online: bool = False


class Farewell:
    """Sends what waits in the store of the old name, under that name, and clears what is retained under it.

    Args:
        context: with the store and the dialect of the old name.
        devices: whose states may be retained.
        clears: whether anything retained is to go; not where the pole has that name again.
    """

    def __init__(self, context: UplinkContext, devices: Collection[str], *, clears: bool = True) -> None:
        self._context, self._devices, self._clears = context, devices, clears
        self._said: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

    @property
    def is_over(self) -> bool:
        return self._said.done()

    async def said(self) -> str | None:
        """Wait until all of it is at the broker, which gives None, or the broker refuses it: why."""
        return await self._said

    async def say(self, link: Link, settings: PublishSettings, retained: Retained) -> None:
        """Sends over one connection, and goes on in the next. Raises MqttError, in an ExceptionGroup, when it ends."""
        refusal, unread = None, False
        try:
            refusal = await self._send_all(link, settings)
        except* StoreError as group:
            log.warning("uplink: what was left under an old name cannot be sent: %s", group.exceptions[0])
            unread = True
        if unread:
            return
        if refusal is None and self._clears:
            refusal = await self._clear(link, retained)
        if not self._said.done():
            self._said.set_result(refusal)

    async def _send_all(self, link: Link, settings: PublishSettings) -> str | None:
        publisher = OutboxPublisher(self._context, link, settings)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(publisher.run(), name="farewell-send")
            while self._context.store.depth() and publisher.refusals.first is None:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(_LOOK_S)
            publisher.finish()
        return None if publisher.refusals.first is None else str(publisher.refusals.first)

    async def _clear(self, link: Link, retained: Retained) -> str | None:
        """Take what is retained from the broker, unless another pole lives under that name now."""
        dialect, mapping = self._context.dialect, self._context.mapping
        status = mapping.ask(partial(dialect.status, False), "status")
        if status is None:
            return NOT_CLEARED
        if _online(await retained(status.topic)):
            log.warning("uplink: another pole has the old name now; what is retained under it is left to that one")
            return None
        try:
            for device in sorted(self._devices):
                gone = mapping.ask(partial(dialect.no_state, device), device)
                if gone is None:
                    return NOT_CLEARED
                await link.deliver(gone)
            await link.deliver(structs.replace(status, payload=b""))
        except PublishRefused as refusal:
            return str(refusal)
        return None


def _online(heard: Received | None) -> bool:
    with suppress(ValueError):
        return heard is not None and json.decode(heard.payload, type=_Status).online
    return False
