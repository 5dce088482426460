"""What the broker of a network server is asked for: the frames of this pole's own sensors, and of no other."""

from collections.abc import Collection
from typing import NamedTuple, Protocol

from drivers.lorawan.options import NetworkOptions
from drivers.mqtt.reasons import Reason
from drivers.mqtt.session import Session


class Heard(Protocol):
    """A sensor whose frames come on a topic, with others that are heard for it."""

    topic: str
    beside: tuple[str, ...]


class RefusedTopic(NamedTuple):
    """A topic that the broker does not let us hear, and why."""

    topic: str
    refusal: Reason


class Subscriptions:
    """One for each sensor. A broker that has kept a session may send more: what an earlier run had subscribed to.

    Args:
        sensors: which come and go.
        options: what the topics are made by.
    """

    def __init__(self, sensors: Collection[Heard], options: NetworkOptions) -> None:
        self._sensors, self._options = sensors, options
        self._held: set[str] = set()
        self._session: Session | None = None

    async def begin(self, session: Session) -> RefusedTopic | None:
        """Subscribes over a new connection; returns a topic that the broker refuses, None: it refuses none. Raises
        MqttError."""
        self._held.clear()
        self._session = session
        refused = await self.follow()
        everything = self._options.topic_of_all
        if refused is None and session.resumed and everything not in self._held:
            await session.unsubscribe(everything)  # all sensors of the network, as earlier versions had it
        return refused

    async def follow(self) -> RefusedTopic | None:
        """Subscribes to sensors that have come, and no longer to those that have gone. Returns and raises as `begin`
        does."""
        session, wanted = self._session, {topic for each in self._sensors for topic in (each.topic, *each.beside)}
        if session is None or wanted == self._held:
            return None
        for topic in sorted(wanted - self._held):
            if (refusal := await session.subscribe(topic)) is not None:
                return RefusedTopic(topic, refusal)
            self._held.add(topic)
        for topic in sorted(self._held - wanted):
            self._held.discard(topic)
            await session.unsubscribe(topic)
        return None

    def changed(self) -> None:
        """A sensor has come or gone: whoever waits for a message is to call `follow`."""
        if self._session is not None:
            self._session.wake()

    def heard_other(self, eui: str) -> None:
        """A frame has come of a sensor that is not wanted: a session that was kept subscribes to it still."""
        if self._session is not None and self._session.resumed:
            self._held.add(self._options.topic_of(eui))

    def ended(self) -> None:
        """The connection has ended."""
        self._session = None
