"""A session that publishes as well, and must know of each message what the broker said.

aiomqtt takes every PUBACK for a success (MQTT 5 brokers refuse by its reason code, MQTT 5.0 section 3.4.2.1) and does
not tell the receive maximum of the broker, nor what else it cannot do.
"""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, NoReturn

from aiomqtt import MqttCodeError, MqttError, Will
from msgspec import structs
from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from drivers.mqtt import answers
from drivers.mqtt.acknowledgements import Acknowledgements
from drivers.mqtt.credentials import Credentials
from drivers.mqtt.errors import PacketTooLarge, PublishRefused, QosTooLow, Withheld, refused
from drivers.mqtt.message import Message
from drivers.mqtt.options import BrokerOptions
from drivers.mqtt.outgoing import Outgoing
from drivers.mqtt.packets import PROTOCOL_ERROR, PUBACK, PUBREC, BadPacket
from drivers.mqtt.properties import PropertiesOf
from drivers.mqtt.publish import Unsendable, publish
from drivers.mqtt.session import Session
from drivers.mqtt.traffic import TrafficMeter
from drivers.translation import _

# What a receiver may be sent without acknowledging, where it does not say (MQTT 5.0, section 3.1.2.11.3).
_DEFAULT_RECEIVE_MAXIMUM = 65535
# Commands of QoS 0 that wait to be read; what a flood brings beyond it is counted and dropped.
_MAX_UNREAD = 100


class Link(Session):
    """Publishes wait for their own acknowledgement.

    Args:
        identifier: by which the broker knows the session again.
        will: the broker says it where the connection ends without a word of ours; None: nothing.
        answer_s: how long the broker may take for any answer.
        session_s: how long the broker keeps subscription and commands of a pole that is away (MQTT 5); 0: it
            keeps nothing.
        max_packet_bytes: what the broker may send at most (MQTT 5).
        on_overflow: called with the topic of each message that is left out because too many wait to be read.
        meter: counts what the connection costs.
    """

    def __init__(
        self,
        options: BrokerOptions,
        who: Credentials,
        *,
        identifier: str,
        will: Message | None,
        answer_s: float,
        session_s: int,
        max_packet_bytes: int,
        on_overflow: Callable[[bytes], None],
        meter: TrafficMeter | None = None,
    ) -> None:
        self._properties_of = PropertiesOf()
        self._acknowledgements = Acknowledgements(answer_s)
        self._send_quota = asyncio.Semaphore(_DEFAULT_RECEIVE_MAXIMUM)
        self.receive_maximum = _DEFAULT_RECEIVE_MAXIMUM
        self.largest_bytes: int | None = None
        self.retains = True
        """Whether what is to be retained is sent so; else it is for who listens now."""
        super().__init__(
            options,
            who,
            identifier=identifier,
            session_s=session_s,
            max_packet_bytes=max_packet_bytes,
            on_overflow=on_overflow,
            meter=meter,
            max_waiting=_MAX_UNREAD,
            answer_s=answer_s,
            will=None if will is None else _will(will, self._properties_of(will) if options.protocol == "5" else None),
        )
        self._outgoing = Outgoing(self._loop, self._client)
        self._handlers[PUBACK] = self._puback

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._outgoing.flush()
        await super().__aexit__(kind, error, trace)

    async def deliver(self, message: Message, stops: Callable[[], bool] = lambda: False) -> None:
        """Publish, and return when the broker has acknowledged it (QoS 0: when it is on its way).

        Args:
            stops: whether it may not be sent any more; asked when it is its turn.

        Raises PublishRefused when the broker refuses it, Unacknowledged when it says nothing, MqttError when the link
        is down, Withheld when it may not be sent.
        """
        if message.qos == 0:
            if stops():
                raise Withheld
            self._publish(message, 0)
            return
        # Beside events, others publish too: together they keep to what the broker takes (MQTT 5.0, section 4.9).
        async with self._send_quota:
            if stops():
                raise Withheld
            mid = self._new_mid()
            self._publish(message, mid)
            reason = await self._acknowledgements.wait(mid)
        if reason is not None:
            raise refused(message.topic, reason)

    async def wait_disconnected(self) -> NoReturn:
        """Raises MqttError when the connection has ended; who waits for an answer would not hear of it."""
        await asyncio.shield(self._disconnected)
        raise MqttError(_("the connection was closed by us"))

    def _publish(self, message: Message, mid: int) -> None:
        """Raises PublishRefused, MqttError: there is no connection."""
        if message.retain and not self.retains:
            message = structs.replace(message, retain=False)
        try:
            packet = publish(message, mid, self._properties_of(message).pack() if self._speaks_v5 else b"")
        except Unsendable as error:
            raise PublishRefused(message.topic, str(error)) from error
        self._refuse_too_large(message.topic, len(packet))
        if self._client.socket() is None:
            raise self.fault or MqttCodeError(MQTTErrorCode.MQTT_ERR_NO_CONN, _("Could not publish"))
        self._outgoing.add(packet)

    def _acknowledge(self, mid: int, qos: int) -> None:
        """Sends it with what else goes out in this round: of a flood each message is answered."""
        if not qos:
            return  # to acknowledge it is a protocol error, by which the broker ends the connection
        if qos == 2:
            self._unasked.will_release()
        self._outgoing.add(bytes(((PUBREC if qos == 2 else PUBACK) << 4, 2, mid >> 8, mid & 0xFF)))

    def _new_mid(self) -> int:
        """Returns a packet identifier that nothing on its way has."""
        while (mid := self._client._mid_generate()) in self._acknowledgements:
            pass
        return mid

    def _refuse_too_large(self, topic: str, size: int) -> None:
        """Sending it would end the connection (MQTT 5.0, section 3.2.2.3.6)."""
        if self.largest_bytes is not None and size > self.largest_bytes:
            what = _("{count} bytes, it takes {most} at most: raise its limit")
            raise PacketTooLarge(topic, what.format(count=size, most=self.largest_bytes))

    def peer_certificate(self) -> bytes | None:
        """DER of the certificate that the broker showed; None: without TLS."""
        shown = getattr(self._client.socket(), "getpeercert", None)
        return None if shown is None else shown(binary_form=True)

    @property
    def broken(self) -> bool:
        """Whether the connection has ended, and not by us."""
        return self._disconnected.done() and self._disconnected.exception() is not None

    def answer_within(self, answer_s: float) -> None:
        """How long the broker may take from here on, also for the end of the connection."""
        self.timeout = answer_s

    def _on_connect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: paho.ConnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        """Raises QosTooLow, BadPacket."""
        if not _can(properties, "MaximumQoS"):
            raise QosTooLow
        self.retains = _can(properties, "RetainAvailable")
        self.receive_maximum = getattr(properties, "ReceiveMaximum", _DEFAULT_RECEIVE_MAXIMUM)
        self._send_quota = asyncio.Semaphore(self.receive_maximum)
        self.largest_bytes = getattr(properties, "MaximumPacketSize", None)
        super()._on_connect(client, userdata, flags, reason_code, properties)
        self._reader.acknowledged = self._acknowledged

    def _acknowledged(self, mid: int) -> None:
        """A PUBACK says that all is well."""
        self._unasked.judge_puback(was_asked=self._acknowledgements.resolve(mid, None))

    def _puback(self, body: bytes) -> MQTTErrorCode:
        """Any other PUBACK. Raises MQTTException, LookupError, BadPacket."""
        was_asked = self._acknowledgements.resolve(int.from_bytes(body[:2], "big"), answers.puback(body))
        self._unasked.judge_puback(was_asked=was_asked)
        return MQTTErrorCode.MQTT_ERR_SUCCESS


def _can(properties: Properties | None, name: str) -> bool:
    """Whether the broker can do what a CONNACK tells by 0 or 1 (MQTT 5.0, section 3.2.2.3). Raises BadPacket.

    Args:
        properties: of the CONNACK; None: MQTT 3.1.1 has none, and tells nothing of the kind.
    """
    value = getattr(properties, name, 1)
    if value not in (0, 1):
        what = _("CONNACK with {name} {value}, where it may be 0 or 1")
        raise BadPacket(what.format(name=name, value=value), PROTOCOL_ERROR)
    return value == 1


def _will(will: Message, properties: Properties | None) -> Will:
    return Will(will.topic, will.payload, will.qos, will.retain, properties)
