"""What is known of the connection to the broker, for the pole's status, the log and the technician."""

import logging
from collections.abc import Callable

from agent.uplink.connection import Connection
from drivers.mqtt.diagnosis import Diagnosis
from drivers.mqtt.named_files import Expiry

log = logging.getLogger(__name__)


class UplinkStatus:
    """Whether it is connected, since when, and what is wrong.

    Args:
        broker: host and port.
        now_s: monotonic seconds.
    """

    def __init__(self, broker: str, now_s: Callable[[], float]) -> None:
        self.broker, self._now_s = broker, now_s
        self._connection: Connection | None = None
        self._connected_at_s: float | None = None
        self._changed_at_s = now_s()
        self._failure: Diagnosis | None = None
        self._told: set[str] = set()
        """Names of what was logged since it was connected last; none: it has not been missed yet."""
        self._ended_at_s = 0.0
        self.ended: Diagnosis | None = None
        """How the last session ended, or why it did not begin, while it is connected too: a connection that comes and
        goes is up most of the time; None: none has ended."""
        self._sent_before = 0
        self._next_at_s: float | None = None
        self._bad_packet_s = 0.0
        self.protocol: str | None = None
        """The version of MQTT in which it was let in last; None: it was not yet."""
        self.sessions = 0
        """How often it was connected since the start."""
        self.bad_packets = 0
        """What the broker sent since the start that was no MQTT; each has ended a connection."""
        self.files_trouble: Diagnosis | None = None
        """Why the files that replaced those of the connection are not used."""
        self.expiries: tuple[Expiry, ...] = ()
        """The ends of the certificates of the pole and of its authority."""
        self.broker_expiry: Expiry | None = None

    @property
    def connected(self) -> bool:
        return self._connected_at_s is not None

    @property
    def since_s(self) -> float:
        """How long it has been connected, or not, s."""
        return self._now_s() - self._changed_at_s

    @property
    def trouble(self) -> Diagnosis | None:
        """Why there is no connection, or what is wrong with the one there is; None: nothing."""
        if not self.connected:
            return self._failure
        return self.files_trouble or (self._connection.trouble if self._connection else None)

    @property
    def sent(self) -> int:
        """Events acknowledged since the start."""
        return self._sent_before + (self._connection.sent if self._connection else 0)

    @property
    def bad_packet_ago_s(self) -> float | None:
        """Seconds since the last of `bad_packets`; None: there was none."""
        return self._now_s() - self._bad_packet_s if self.bad_packets else None

    @property
    def ended_ago_s(self) -> float | None:
        """Seconds since that; None: none has ended."""
        return self._now_s() - self._ended_at_s if self.ended else None

    @property
    def next_attempt_s(self) -> float | None:
        """Seconds until the next attempt to connect; None: it is connected, or an attempt is under way."""
        return None if self._next_at_s is None else max(0.0, self._next_at_s - self._now_s())

    @property
    def certificates(self) -> list[Expiry]:
        """The ends of the certificates of the pole, of its authority and of the broker, as far as they were seen."""
        return [*self.expiries, *([self.broker_expiry] if self.broker_expiry else [])]

    def on_connected(self, connection: Connection) -> None:
        self._connected_at_s = self._changed_at_s = self._now_s()
        self._connection, self._failure = connection, None
        self.sessions += 1
        if self._told:
            log.warning("uplink to %s is back", self.broker)
        else:
            log.info("uplink to %s is up", self.broker)
        self._told.clear()

    def on_closed(self) -> float:
        """The connection is over, if there was one; for how long it had been up, s."""
        lasted_s = 0.0 if self._connected_at_s is None else self._now_s() - self._connected_at_s
        self._sent_before = self.sent
        self._connection = self._connected_at_s = None
        return lasted_s

    def on_failed(self, because: Diagnosis, pause_s: float) -> None:
        """A session has ended, or did not begin; it is tried again after the pause."""
        self._failure, self._next_at_s = because, self._now_s() + pause_s
        self.ended, self._ended_at_s = because, self._now_s()
        if because.name == "bad_packet":
            self.bad_packets, self._bad_packet_s = self.bad_packets + 1, self._now_s()
        if not self._told:
            self._changed_at_s = self._now_s()
            log.warning("uplink to %s is down: %s; events are kept", self.broker, because.words)
        elif because.said_by_broker and because.name not in self._told:
            log.warning("uplink to %s is still down: %s", self.broker, because.words)
        self._told.add(because.name)

    def on_attempt(self) -> None:
        """Notes that an attempt to connect begins."""
        self._next_at_s = None
