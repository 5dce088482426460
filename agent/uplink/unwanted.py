"""What comes on topics that a connection has not asked for: told by their names, and left.

A broker that keeps the session of a pole keeps its subscriptions too. That of another command topic, which an earlier
configuration had, would go on for as long as the session does: nobody knows of it but the broker.
"""

import asyncio
import logging

from drivers.mqtt.errors import MqttError
from drivers.mqtt.link import Link

log = logging.getLogger(__name__)


class Unwanted:
    """The topics of that kind in one connection."""

    MOST = 10
    """The number of topics that are told and left. A broker that sends on more of them sends anything."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._topics: set[str] = set()
        self._to_leave = asyncio.Queue[str]()

    def is_done_with(self, topic: str) -> bool:
        """Whether nothing more is to be done for a message there."""
        return topic in self._topics or len(self._topics) >= self.MOST

    def note(self, topic: str) -> None:
        """Notes that a message has come there."""
        if self.is_done_with(topic):
            return
        self._topics.add(topic)
        self._to_leave.put_nowait(topic)
        log.warning(
            "uplink: the broker sent something on %.100r, which this pole does not listen to; an earlier configuration "
            "may have: it is left unread, and the pole unsubscribes",
            topic[:100],
        )
        if len(self._topics) == self.MOST:
            log.warning("uplink: the broker has sent something on %d such topics; of more nothing is told", self.MOST)

    async def leave(self) -> None:
        """Unsubscribes from each until cancelled. It is none of those who hear: they must go on for the answer."""
        while True:
            topic = await self._to_leave.get()
            try:
                await self._link.unsubscribe(topic)
            except MqttError as error:
                log.info("uplink: the broker did not answer to UNSUBSCRIBE %.100r: %s", topic[:100], error)
