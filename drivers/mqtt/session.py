"""An MQTT session that outlives its connections: what is published meanwhile waits at the broker, and each message
stays there until it has been dealt with."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Self

from aiomqtt import MqttError
from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from drivers.mqtt.client import MqttClient, connection
from drivers.mqtt.credentials import Credentials
from drivers.mqtt.flood_gate import FloodGate
from drivers.mqtt.message import Asked, Received
from drivers.mqtt.options import BrokerOptions
from drivers.mqtt.packets import PUBLISH
from drivers.mqtt.properties import of_session
from drivers.mqtt.second_qos import DUP_RETAIN, HEADS, SecondQos
from drivers.translation import _

ANSWER_S = 10.0
"""How long the broker may take for an answer."""

IN_FLIGHT = 20
"""Messages that the broker hands over before the first of them is acknowledged (MQTT 5.0, section 3.1.2.11.3; with
3.1.1 it is the broker's to say): what waited comes no faster than it is dealt with."""

MANY = 2 * IN_FLIGHT
"""The number of messages waiting here at which reading stops, until half of them are dealt with; but not before the
first of them is asked for: until then answers to what we say are waited for. It comes to that only with a broker that
does not keep to IN_FLIGHT: mosquitto 2.0.11 hands over 20 for each that is acknowledged."""

MOST_WAITING_BYTES = 1 << 20
"""The size of messages waiting here at which reading stops in the same way."""

MOST_EARLY_BYTES = 2 << 20
"""The size of what may wait here before the first is asked for: IN_FLIGHT of 64 KiB, the largest read, and more.
Reading cannot stop yet, so that one that comes then is left out; if it has to be acknowledged, it was not, and the
broker sends it again in the next connection."""

PUBLISH_0 = PUBLISH << 4
"""The first byte of a PUBLISH of QoS 0, without DUP and RETAIN."""

LetsBy = Callable[[bytes | bytearray, bytes | bytearray], bool]

_OVERHEAD_BYTES = 1024
"""What a message takes in memory, beside what came."""


class Session(MqttClient):
    """Each message is acknowledged when `acknowledge` is called for it, and not before.

    Args:
        options: whose protocol is one of the versions.
        identifier: by which the broker knows the session again; None: it is to keep none.
        session_s: how long the broker keeps what comes for a pole that is away (MQTT 5).
        max_packet_bytes: of a message that is read. A broker that speaks MQTT 5 is told, and keeps back what is larger.
        on_overflow: called with the topic of each message that is left out because too many are waiting.
        answer_s: how long the broker may take for any answer.
        max_waiting: messages of QoS 0 that wait here to be looked at: nothing else holds them back.
        more: arguments of the client beside these.
    """

    def __init__(
        self,
        options: BrokerOptions,
        who: Credentials,
        *,
        identifier: str | None,
        session_s: int,
        max_packet_bytes: int,
        on_overflow: Callable[[bytes], None],
        max_waiting: int = 1000,
        answer_s: float = ANSWER_S,
        **more: Any,
    ) -> None:
        is_v5 = options.protocol == "5"
        keep_s = session_s if identifier else 0  # 0: the broker forgets the session when the connection ends
        super().__init__(
            **connection(options, who, answer_s),
            identifier=identifier,
            clean_session=None if is_v5 else keep_s == 0,
            clean_start=keep_s == 0 if is_v5 else paho.MQTT_CLEAN_START_FIRST_ONLY,
            properties=of_session(keep_s, max_packet_bytes, IN_FLIGHT) if is_v5 else None,
            max_packet_bytes=max_packet_bytes,
            **more,
        )
        self._client.manual_ack_set(True)
        self._second_qos = SecondQos(self._client)
        self._on_overflow, self._max_waiting = on_overflow, max_waiting
        self.lets_by: LetsBy = lambda _topic, _packet: False
        """Whether a message of QoS 1 or 2 is acknowledged unread, by its topic and its packet behind the first bytes:
        it is one too many, and counted by `on_overflow`."""
        self._flood_gate = FloodGate()
        self._arrived: deque[Received] = deque()
        self._arrived_bytes = 0
        self._news = asyncio.Event()
        self._dealt_with = self._woken = False
        self.resumed = False
        """Whether the broker has kept the session from before."""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._disconnected.add_done_callback(lambda _: self._news.set())
        return self

    async def receive(self, patience_s: float | None) -> Received | None:
        """The next message; None: none has come for so long, or `wake` was called. Raises MqttError: the connection is
        lost."""
        self._dealt_with = True
        # Many may be waiting, and nothing else would be done until the last of them.
        await asyncio.sleep(0)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while not (self._arrived or self._woken or self._disconnected.done()):
                    self._news.clear()
                    await self._news.wait()
        self._woken = False
        if not self._arrived and self._disconnected.done():
            if self.fault is not None:
                raise self.fault
            raise MqttError(_("the connection was lost")) from self._disconnected.exception()
        message = self._arrived.popleft() if self._arrived else None
        if message is not None:
            self._arrived_bytes -= message.held_bytes
        if len(self._arrived) <= MANY // 2 and self._arrived_bytes <= MOST_WAITING_BYTES // 2:
            self._watch.resume()
        return message

    def wake(self) -> None:
        """Whoever waits for the next message waits no longer."""
        self._woken = True
        self._news.set()

    async def next(self) -> Received:
        """The next message, whenever it comes. Raises MqttError: the connection is lost."""
        while (message := await self.receive(None)) is None:
            pass
        return message

    async def stands(self, for_s: float) -> None:
        """Return when the connection has stood for so long. Raises MqttError: it has not."""
        ended, _pending = await asyncio.wait([self._disconnected], timeout=for_s)
        if ended:
            raise self.fault or MqttError(_("the connection was lost"))

    def acknowledge(self, message: Received) -> None:
        """The broker need not keep it any longer. They are told in their order (MQTT 5.0, section 4.6)."""
        self.receipt(message)()

    def receipt(self, message: Received) -> Callable[[], None]:
        """Returns what acknowledges it, and holds nothing else of it: many may wait for that."""
        return partial(self._acknowledge, message.mid, message.qos)

    def _acknowledge(self, mid: int, qos: int) -> None:
        if qos == 2:
            self._unasked.will_release()
            self._second_qos.acknowledge(mid)
        else:
            self._client.ack(mid, qos)

    def _judge(self) -> MQTTErrorCode:
        # Another message of QoS 0 may be let go by as it is, which costs little: of a flood most are.
        if self._client._in_packet["command"] & ~DUP_RETAIN == PUBLISH_0 and (
            self._is_full_early or len(self._arrived) >= self._max_waiting or not self._flood_gate.lets_in()
        ):
            self._on_overflow(_topic_of(self._client._in_packet["packet"]))
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        if self._is_let_by(self._client._in_packet["command"], self._client._in_packet["packet"]):
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        if self._client._in_packet["command"] & ~DUP_RETAIN not in HEADS:
            return super()._judge()
        with self._second_qos.held_back():
            return super()._judge()

    def _is_let_by(self, head: int, body: bytearray) -> bool:
        """Acknowledges a message as it is, if it is one too many: of a flood of these most are."""
        qos = head >> 1 & 3
        if head >> 4 != PUBLISH or not qos or not self._dealt_with or len(body) < 2:
            return False
        end = 2 + (body[0] << 8 | body[1])
        mid = int.from_bytes(body[end : end + 2], "big")
        if not mid or not self.lets_by(body[2:end], body):
            return False
        self._on_overflow(bytes(body[2:end]))
        self._acknowledge(mid, qos)
        return True

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
        if self._is_full_early:
            self._on_overflow(message.topic.encode())
            return
        if self._second_qos.is_read:
            message.qos = 2
        received = self._received(message)
        self._arrived.append(received)
        self._arrived_bytes += received.held_bytes
        self._news.set()
        if self._dealt_with and (
            self._arrived_bytes >= MOST_WAITING_BYTES or (message.qos and len(self._arrived) >= MANY)
        ):
            self._watch.pause()

    @property
    def _is_full_early(self) -> bool:
        return not self._dealt_with and self._arrived_bytes >= MOST_EARLY_BYTES

    def _received(self, message: paho.MQTTMessage) -> Received:
        """Raises UnicodeDecodeError for a topic that is not UTF-8."""
        asked, body_bytes = _asked(message.properties), len(message.topic) + len(message.payload)
        return Received(
            topic=message.topic,
            payload=bytes(message.payload),
            qos=message.qos,
            retain=message.retain,
            arrived_s=message.timestamp,
            mid=message.mid,
            again=message.dup,
            asked=asked,
            left_out=self._left_out,
            held_bytes=_OVERHEAD_BYTES + body_bytes + asked.held_bytes,
        )


def _topic_of(body: bytearray) -> bytes:
    """The topic of a PUBLISH as it came: nobody has checked it."""
    return bytes(body[2 : 2 + int.from_bytes(body[:2], "big")])


def _asked(properties: Properties | None) -> Asked:
    """
    Args:
        properties: those that were sent; None: MQTT 3.1.1 has none.
    """
    return Asked(
        getattr(properties, "ResponseTopic", None),
        getattr(properties, "CorrelationData", None),
        tuple(getattr(properties, "UserProperty", ())),
    )
