"""What a pole leaves to the broker under a name that it no longer has: its last events, and nothing retained."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress

from msgspec import Struct, json, structs

from agent.store import StoreError
from agent.uplink.context import UplinkContext
from agent.uplink.diagnosis import diagnose
from agent.uplink.options import UplinkOptions
from agent.uplink.publisher import OutboxPublisher, PublishSettings
from drivers.backoff import Backoff
from drivers.mqtt.backoff import broker_backoff
from drivers.mqtt.credentials import CredentialReader, Credentials
from drivers.mqtt.diagnosis import flatten, most_specific
from drivers.mqtt.errors import CredentialsError, MqttError, PublishRefused
from drivers.mqtt.link import Link

log = logging.getLogger(__name__)

_LOOK_S = 0.2
_SETTLE_S = 0.05
_HEAR_S = 1.0
"""What is retained comes at once with the subscription."""
_MAX_PACKET_BYTES = 256 * 1024

_FAILS = (MqttError, OSError, CredentialsError, StoreError)


class _Status(Struct, frozen=True):
    online: bool = False


class Farewell:
    """Sends what waits in the store of the old name, under that name, and clears what is retained under it.

    Args:
        context: with the store and the dialect of the old name.
        devices: whose states may be retained.
        clears: whether anything retained is to go; not where the pole has that name again.
        backoff, sleep: pauses between two attempts.
    """

    def __init__(
        self,
        context: UplinkContext,
        options: UplinkOptions,
        devices: Collection[str],
        *,
        clears: bool = True,
        answer_s: float = 10.0,
        backoff: Backoff | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._context, self._options, self._answer_s = context, options, answer_s
        self._devices, self._clears = devices, clears
        self._credentials = CredentialReader(options, "uplink", lambda: context.clock.now().earliest_s)
        self._backoff, self._sleep = backoff or broker_backoff(), sleep

    async def run(self) -> str | None:
        """Until all of it is at the broker, which gives None, or the broker refuses it: why."""
        while True:
            try:
                return await self._say(await self._credentials.read())
            except* _FAILS as group:
                ended = most_specific(flatten(group))
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise asyncio.CancelledError
            log.debug("uplink: what was left under an old name waits: %s", ended)
            await self._sleep(self._backoff.pause_s(0.0, diagnose(ended).refused))

    async def _say(self, who: Credentials) -> str | None:
        async with self._link(who) as link:
            refusal = await self._send_all(link)
            return refusal or (await self._clear(link) if self._clears else None)

    async def _send_all(self, link: Link) -> str | None:
        in_flight = 1 if self._context.dialect.one_at_a_time else min(self._options.in_flight, link.receive_maximum)
        pace = PublishSettings(in_flight, self._options.replay_per_second, _SETTLE_S, again_s=3600.0)
        publisher = OutboxPublisher(self._context, link, pace)
        async with asyncio.TaskGroup() as tasks:
            lost = tasks.create_task(link.wait_disconnected(), name="farewell-lost")
            tasks.create_task(publisher.run(), name="farewell-send")
            while self._context.store.depth() and publisher.refusals.first is None:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(_LOOK_S)
            publisher.finish()
            lost.cancel()
        return None if publisher.refusals.first is None else str(publisher.refusals.first)

    async def _clear(self, link: Link) -> str | None:
        """Take what is retained from the broker, unless another pole lives under that name now."""
        dialect = self._context.dialect
        if await self._another_is_there(link):
            log.warning("uplink: another pole has the old name now; what is retained under it is left to that one")
            return None
        gone = [dialect.no_state(device) for device in sorted(self._devices)]
        gone.append(structs.replace(dialect.status(False), payload=b""))
        try:
            for message in gone:
                await link.deliver(message)
        except PublishRefused as refusal:
            return str(refusal)
        return None

    async def _another_is_there(self, link: Link) -> bool:
        topic = self._context.dialect.status(False).topic
        if not await link.subscribe(topic, retain_as_published=True):
            return False
        heard = await link.receive(_HEAR_S)
        if heard is None or heard.topic != topic:
            return False
        with suppress(ValueError):
            return json.decode(heard.payload, type=_Status).online
        return False

    def _link(self, who: Credentials) -> Link:
        """Under a client id of its own: the broker lets one connection of each in."""
        return Link(
            self._options,
            who,
            identifier=f"{self._context.dialect.client_id}.left",
            will=None,
            answer_s=self._answer_s,
            session_s=0,
            max_packet_bytes=_MAX_PACKET_BYTES,
            on_overflow=lambda: None,
        )
