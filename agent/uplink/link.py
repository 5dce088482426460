"""One MQTT connection: what aiomqtt 2.5 leaves out for a session that must know what the broker said.

aiomqtt takes every PUBACK for a success (MQTT 5 brokers refuse by its reason code, MQTT 5.0 section 3.4.2.1), does not
tell the receive maximum of the broker, keeps a socket open whose CONNACK never came, and connects in a thread that a
process waits for at its end.
"""

import asyncio
import math
import ssl
from collections.abc import Callable
from typing import Any, NoReturn, Self

from aiomqtt import MqttCodeError, MqttError, ProtocolVersion, Will
from paho.mqtt import client as paho
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from agent.uplink import tls
from agent.uplink.acknowledgements import FAILURE, Acknowledgements, Unacknowledged
from agent.uplink.cloudevents import Message
from agent.uplink.daemon_thread import in_daemon_thread
from agent.uplink.properties import PropertiesOf, of_session
from drivers.mqtt import MqttClient

# What a receiver may be sent without acknowledging, where it does not say (MQTT 5.0, section 3.1.2.11.3).
_DEFAULT_RECEIVE_MAXIMUM = 65535
# Commands that wait to be read; what a flood brings beyond it is counted and dropped.
_MAX_UNREAD = 100
# Reason code: about the size of a message (MQTT 5.0, section 2.4).
_TOO_LARGE = 0x95
# Of a PUBLISH, beyond topic, properties and payload: type, remaining length, topic length, packet identifier.
_OVERHEAD_BYTES = 9


class PublishRefused(MqttError):
    """The broker refuses this message; others may pass.

    Args:
        topic: of the message.
        reason: in the broker's words.
    """

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__(f"the broker refused {topic}: {reason}")


class PacketTooLarge(PublishRefused):
    """The broker takes no message of this size; smaller ones on the same topic may pass."""


class Link(MqttClient):
    """aiomqtt's client with publishes that wait for their own acknowledgement.

    Args:
        answer_s: how long the broker may take for any answer.
        session_s: how long the broker keeps subscription and commands of a pole that is away (MQTT 5).
        max_packet_bytes: what the broker may send at most (MQTT 5).
        on_overflow: called for each command that is left out because too many wait to be read.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        protocol: ProtocolVersion,
        identifier: str,
        username: str | None,
        password: str | None,
        keepalive_s: int,
        will: Message,
        answer_s: float,
        session_s: int,
        max_packet_bytes: int,
        tls_context: ssl.SSLContext | None,
        on_overflow: Callable[[], None],
    ) -> None:
        self._is_v5 = protocol is ProtocolVersion.V5
        self._properties_of = PropertiesOf()
        self._acknowledgements = Acknowledgements(answer_s)
        self._send_quota = asyncio.Semaphore(_DEFAULT_RECEIVE_MAXIMUM)
        self.receive_maximum = _DEFAULT_RECEIVE_MAXIMUM
        self.largest_bytes: int | None = None
        self._on_overflow, self._tls = on_overflow, tls_context
        super().__init__(
            host,
            port,
            protocol=protocol,
            identifier=identifier,
            username=username,
            password=password,
            keepalive=keepalive_s,
            will=Will(will.topic, will.payload, will.qos, will.retain, self._properties_for(will)),
            timeout=answer_s,
            # The session outlives the connection, so that commands wait at the broker while the pole is away.
            clean_session=None if self._is_v5 else False,
            clean_start=False if self._is_v5 else paho.MQTT_CLEAN_START_FIRST_ONLY,
            properties=of_session(session_s, max_packet_bytes) if self._is_v5 else None,
            max_queued_incoming_messages=_MAX_UNREAD,
            # Who delivers keeps to a number in flight; paho's own count would walk over all of them at each PUBACK.
            max_inflight_messages=0,
            tls_context=tls_context,
        )
        # For the connection and for the TLS handshake, each.
        self._client.connect_timeout = answer_s

    async def deliver(self, message: Message) -> None:
        """Publish, and return when the broker has acknowledged it (QoS 0: when it is on its way).

        Raises PublishRefused when the broker refuses it, Unacknowledged when it says nothing, MqttError when the link
        is down.
        """
        properties = self._properties_for(message)
        self._refuse_too_large(message, properties)
        if message.qos == 0:
            self._publish(message, properties)
            return
        # Beside events, others publish too: together they keep to what the broker takes (MQTT 5.0, section 4.9).
        async with self._send_quota:
            mid = self._publish(message, properties)
            code = await self._acknowledgements.wait(mid)
        if code is not None:
            raise (PacketTooLarge if code.value == _TOO_LARGE else PublishRefused)(message.topic, str(code))

    async def subscribe_to(self, topic: str) -> bool:
        """Whether the broker lets us hear that topic. Raises Unacknowledged, MqttError.

        With MQTT 5 a message that was published to be retained says so even when it comes at once (3.8.3.1).
        """
        wanted = {"options": SubscribeOptions(qos=1, retainAsPublished=True)} if self._is_v5 else {"qos": 1}
        try:
            async with asyncio.timeout(self.timeout):
                (code,) = await self.subscribe(topic, timeout=math.inf, **wanted)
        except TimeoutError:
            raise Unacknowledged(f"the broker did not answer to SUBSCRIBE for {self.timeout:g} s") from None
        return (code if isinstance(code, int) else code.value) < FAILURE

    async def wait_disconnected(self) -> NoReturn:
        """Raises MqttError when the connection has ended; who waits for an answer would not hear of it."""
        await asyncio.shield(self._disconnected)
        raise MqttError("the connection was closed by us")

    def _publish(self, message: Message, properties: Properties | None) -> int:
        info = self._client.publish(message.topic, message.payload, message.qos, message.retain, properties)
        if info.rc != paho.MQTT_ERR_SUCCESS:
            raise self.fault or MqttCodeError(info.rc, "Could not publish")
        return info.mid

    def _refuse_too_large(self, message: Message, properties: Properties | None) -> None:
        """Sending it would end the connection (MQTT 5.0, section 3.2.2.3.6)."""
        if self.largest_bytes is None or properties is None:
            return
        size = len(message.topic.encode()) + len(message.payload) + len(properties.pack()) + _OVERHEAD_BYTES  # type: ignore[no-untyped-call]
        if size > self.largest_bytes:
            raise PacketTooLarge(message.topic, f"{size} bytes, it takes {self.largest_bytes} at most: raise its limit")

    @property
    def broken(self) -> bool:
        """Whether the connection has ended, and not by us."""
        return self._disconnected.done() and self._disconnected.exception() is not None

    def peer_certificate(self) -> bytes | None:
        """DER of the certificate that the broker showed; None: without TLS."""
        connection = self._client.socket()
        return connection.getpeercert(binary_form=True) if isinstance(connection, ssl.SSLSocket) else None

    async def __aenter__(self) -> Self:
        """Raises MqttError, OSError (ssl.SSLError among them)."""
        entered = False
        try:
            await in_daemon_thread(self._client_connect, self._client._sock_close)
            async with asyncio.timeout(self.timeout):
                await self._connected
            entered = True
        except TimeoutError:
            raise Unacknowledged(
                f"no answer to CONNECT for {self.timeout:g} s: is it a broker that listens there?"
            ) from None
        finally:
            if not entered:
                self._client._sock_close()
        return self

    def _on_connect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: paho.ConnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        self.receive_maximum = getattr(properties, "ReceiveMaximum", _DEFAULT_RECEIVE_MAXIMUM)
        self._send_quota = asyncio.Semaphore(self.receive_maximum)
        self.largest_bytes = getattr(properties, "MaximumPacketSize", None)
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _closed_early(self) -> Exception:
        return tls.refusal(self._tls) or super()._closed_early()

    def _on_publish(
        self, client: paho.Client, userdata: Any, mid: int, reason_code: ReasonCode, properties: Properties
    ) -> None:
        if not self._acknowledgements.resolve(mid, reason_code):
            super()._on_publish(client, userdata, mid, reason_code, properties)

    def _on_message(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        if self._queue.full():
            self._on_overflow()
        else:
            super()._on_message(client, userdata, message)

    def _properties_for(self, message: Message) -> Properties | None:
        return self._properties_of(message) if self._is_v5 else None
