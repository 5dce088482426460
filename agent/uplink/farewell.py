"""What a pole leaves to the broker under a name or topics that it no longer has: its last events, and nothing retained.

It goes over the connection of the present name: a broker that knows a pole by its user name lets no second one in.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from functools import partial

from msgspec import structs

from agent.isolation import Part
from agent.store import StoreError
from agent.uplink.context import UplinkContext
from agent.uplink.dialects import Dialect
from agent.uplink.publisher import OutboxPublisher, PublishSettings
from drivers.mqtt.errors import PublishRefused
from drivers.mqtt.link import Link
from drivers.mqtt.message import Message, Received
from drivers.translation import _

log = logging.getLogger(__name__)

_LOOK_S = 0.2

NOT_CLEARED = _("a defect of lamppost keeps it from taking what is retained from the broker: see the log")

Retained = Callable[[str], Awaitable[Received | None]]
"""What the broker has retained on a topic; None: nothing, or it does not say."""


class Farewell:
    """Sends what waits in the store of an old name, under that name, and clears what is retained under old topics.

    Args:
        left: with the position in the store and the dialect of the old name; None: no event is left.
        spoken: dialects with the topics under which something may be retained; none: nothing of that is to go.
        devices: whose states may be retained.
        uuid: of the pole that spoke there; None: it had none.
        in_use: gives the topics that are the pole's now, and stay.
        mapping: the part in which the dialects map.
    """

    def __init__(
        self,
        left: UplinkContext | None,
        spoken: Sequence[Dialect],
        devices: Collection[str],
        uuid: str | None,
        in_use: Callable[[], Collection[str]],
        *,
        mapping: Part,
    ) -> None:
        self._left, self._spoken, self._devices, self._uuid, self._in_use = left, spoken, devices, uuid, in_use
        self._mapping = mapping
        self._said: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

    @property
    def is_over(self) -> bool:
        return self._said.done()

    def fits(self, dialect: Dialect) -> bool:
        """Whether nothing of what is to go is told anew by a connection that speaks so."""
        told = self._topics(dialect).difference(self._in_use())
        return all(told.isdisjoint(self._topics(each)) for each in self._spoken)

    async def said(self) -> str | None:
        """Wait until all of it is at the broker, which gives None, or the broker refuses it: why."""
        return await self._said

    async def say(self, link: Link, settings: PublishSettings, retained: Retained) -> None:
        """Sends over one connection, and goes on in the next. Raises MqttError, in an ExceptionGroup, when it ends."""
        refusal, unread = await self._sent_what_was_left(link, settings)
        if unread:
            return
        for dialect in self._spoken if refusal is None else ():
            refusal = refusal or await self._clear(dialect, link, retained)
        if not self._said.done():
            self._said.set_result(refusal)

    async def _sent_what_was_left(self, link: Link, settings: PublishSettings) -> tuple[str | None, bool]:
        """Returns why something of it stays; and whether it cannot be read."""
        refusal, unread = None, False
        try:
            if self._left is not None:
                refusal = await _send_all(self._left, link, settings)
        except* StoreError as group:
            log.warning("uplink: what was left under an old name cannot be sent: %s", group.exceptions[0])
            unread = True
        return refusal, unread

    def _empty(self, dialect: Dialect) -> Iterator[Message | None]:
        """What takes from the broker what is retained there, the status last; None: a defect keeps it from one."""
        for device in sorted(self._devices):
            yield self._mapping.ask(partial(dialect.no_state, device), device)
        status = self._mapping.ask(partial(dialect.status, False), "status")
        yield None if status is None else structs.replace(status, payload=b"")

    def _topics(self, dialect: Dialect) -> set[str]:
        return {message.topic for message in self._empty(dialect) if message is not None}

    async def _clear(self, dialect: Dialect, link: Link, retained: Retained) -> str | None:
        """Take what is retained from the broker, unless another pole lives there now; why something of it stays."""
        in_use, (*states, status) = self._in_use(), self._empty(dialect)
        if status is None:
            return NOT_CLEARED
        lives_there = status.topic not in in_use and self._lives_there(dialect, await retained(status.topic))
        if lives_there is None:
            return NOT_CLEARED
        if lives_there:
            log.warning("uplink: another pole speaks on %s now; what is retained there is left to it", status.topic)
            return None
        refusal = await _deliver(link, (each for each in (*states, status) if each and each.topic not in in_use))
        return refusal or (NOT_CLEARED if None in states else None)

    def _lives_there(self, dialect: Dialect, heard: Received | None) -> bool | None:
        """Whether another pole is online; not one that the broker has not missed yet, where the power was cut; None: a
        defect keeps it from being read."""
        if heard is None:
            return False
        speaker = self._mapping.ask(partial(dialect.speaker, heard.payload), "status")
        if speaker is None:
            return None
        return speaker.online and (self._uuid is None or self._uuid not in speaker.uuids)


async def _send_all(left: UplinkContext, link: Link, settings: PublishSettings) -> str | None:
    publisher = OutboxPublisher(left, link, settings)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(publisher.run(), name="farewell-send")
        while left.position.depth() and publisher.refusals.first is None:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(_LOOK_S)
        publisher.finish()
    return None if publisher.refusals.first is None else str(publisher.refusals.first)


async def _deliver(link: Link, messages: Iterable[Message]) -> str | None:
    """Why the broker refuses one of them; None: it took all."""
    try:
        for message in messages:
            await link.deliver(message)
    except PublishRefused as refusal:
        return str(refusal)
    return None
