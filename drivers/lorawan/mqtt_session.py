"""An MQTT session that outlives its connections: what is published meanwhile waits at the broker, and each message
stays there until it has been dealt with."""

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any, Self

from aiomqtt import MqttError, ProtocolVersion
from msgspec import Struct
from paho.mqtt import client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from drivers.lorawan.chirpstack import MAX_BYTES
from drivers.lorawan.options import NetworkOptions
from drivers.mqtt import MqttClient

ANSWER_S = 10.0
"""How long the broker may take for an answer."""

IN_FLIGHT = 20
"""Messages that the broker hands over before the first of them is acknowledged (MQTT 5.0, section 3.1.2.11.3; with
3.1.1 it is the broker's to say): what waited comes no faster than it is dealt with."""

MANY = 2 * IN_FLIGHT
"""So many wait here only if the broker does not keep to that: mosquitto 2.0.11 hands over 20 for each that is
acknowledged. Then nothing is read until half of them are dealt with."""

MAX_WAITING = 1000
"""Messages of QoS 0 that were not looked at yet: nothing holds them back."""


class Access(Struct, frozen=True):
    """How the broker is verified, and how we prove who we are."""

    password: str | None = None
    tls: ssl.SSLContext | None = None


class Session(MqttClient):
    """aiomqtt's client, but each message is acknowledged when `done` says so, and knows when it came.

    Args:
        identifier: by which the broker knows the session again; None: it is to keep none.
        leave_unread: called for each message that is left out because too many are waiting.
    """

    def __init__(
        self, options: NetworkOptions, access: Access, identifier: str | None, leave_unread: Callable[[], None]
    ) -> None:
        host, port = options.where
        is_v5 = options.protocol == "5"
        super().__init__(
            host,
            port,
            protocol=ProtocolVersion.V5 if is_v5 else ProtocolVersion.V311,
            identifier=identifier,
            username=options.username,
            password=access.password,
            tls_context=access.tls,
            keepalive=int(options.keepalive_s),
            timeout=ANSWER_S,
            clean_session=None if is_v5 else identifier is None,
            clean_start=identifier is None if is_v5 else paho.MQTT_CLEAN_START_FIRST_ONLY,
            properties=_properties(int(options.session_s) if identifier else 0) if is_v5 else None,
        )
        self._client.manual_ack_set(True)
        self._leave_unread = leave_unread
        self._arrived: deque[paho.MQTTMessage] = deque()
        self._news = asyncio.Event()
        self._paused = False
        self.resumed = False
        """Whether the broker has kept the session from before."""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._disconnected.add_done_callback(lambda _: self._news.set())
        return self

    async def next(self, patience_s: float | None) -> paho.MQTTMessage | None:
        """The next message; None: none has come for so long. Raises MqttError: the connection is lost."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while not self._arrived and not self._disconnected.done():
                    self._news.clear()
                    await self._news.wait()
        if not self._arrived and self._disconnected.done():
            if self.fault is not None:
                raise self.fault
            raise MqttError("the connection was lost") from self._disconnected.exception()
        message = self._arrived.popleft() if self._arrived else None
        self._go_on()
        return message

    async def lasts(self, for_s: float) -> None:
        """Return when the connection has stood for so long. Raises MqttError: it has not."""
        ended, _ = await asyncio.wait([self._disconnected], timeout=for_s)
        if ended:
            raise self.fault or MqttError("the connection was lost")

    def done(self, message: paho.MQTTMessage) -> None:
        """The broker need not keep it any longer. They are told in their order (MQTT 5.0, section 4.6)."""
        self._client.ack(message.mid, message.qos)

    def _on_connect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: paho.ConnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        self.resumed = flags.session_present
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_message(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        if message.qos == 0 and len(self._arrived) >= MAX_WAITING:
            self._leave_unread()
            return
        self._arrived.append(message)
        self._news.set()
        if message.qos and len(self._arrived) >= MANY and not self._paused:
            self._pause()

    def _pause(self) -> None:
        """The connection holds back what comes faster than it is dealt with."""
        if (socket := self._client.socket()) is not None:
            self._paused = self._loop.remove_reader(socket.fileno())

    def _go_on(self) -> None:
        if not self._paused or len(self._arrived) > MANY // 2:
            return
        self._paused = False
        if (socket := self._client.socket()) is not None:
            self._loop.add_reader(socket.fileno(), self._serve, self._read)


def _properties(session_s: int) -> Properties:
    """The broker keeps back what is larger (MQTT 5.0, section 3.1.2.11.4)."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = session_s
    properties.ReceiveMaximum = IN_FLIGHT
    properties.MaximumPacketSize = 2 * MAX_BYTES
    return properties
