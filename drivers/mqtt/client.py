"""aiomqtt's client, and what it leaves out: a connection that ends at any moment, a broker that sends anything.

aiomqtt 2.5 hands on what paho raises, or leaves it in a future that nobody looks at, keeps a socket open whose CONNACK
never came, and connects in a thread that a process waits for at its end. That cannot be mended from outside, so this
module and those beside it build on names that aiomqtt and paho keep to themselves. `private` lists every one of them,
with the reason and with what is assumed of it, and its test fails where a new version no longer keeps to that.
"""

import asyncio
import logging
import math
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import Any, Literal, Self

from aiomqtt import Client, MqttCodeError, MqttError, ProtocolVersion
from paho.mqtt import MQTTException
from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.matcher import MQTTMatcher
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from drivers.mqtt import answers, last_words, limits, packets, tls_socket
from drivers.mqtt.credentials import Credentials
from drivers.mqtt.daemon_thread import in_daemon_thread
from drivers.mqtt.errors import ConnectRefused, Disconnected, HungUp, NoConnack, Unacknowledged
from drivers.mqtt.last_words import LastWords
from drivers.mqtt.options import BrokerOptions
from drivers.mqtt.packet_reader import PacketReader
from drivers.mqtt.packets import BadPacket
from drivers.mqtt.reasons import FAILURE, Reason
from drivers.mqtt.socket_watch import SocketWatch
from drivers.mqtt.traffic import TrafficMeter
from drivers.mqtt.unasked import Unasked
from drivers.translation import _

log = logging.getLogger(__name__)

RECEIVE_BYTES = 64 * 1024
"""What the kernel keeps of what has come, roughly: otherwise megabytes, and a good message stands behind all of it."""

_UNREADABLE = (MQTTException, struct.error, ValueError, LookupError)
"""What paho raises at bytes that it cannot read."""


def connection(options: BrokerOptions, who: Credentials, answer_s: float) -> dict[str, Any]:
    """The arguments of a client that the configuration gives.

    Args:
        answer_s: how long the broker may take for any answer.
    """
    host, port = options.address
    return {
        "hostname": host,
        "port": port,
        "protocol": ProtocolVersion.V5 if options.protocol == "5" else ProtocolVersion.V311,
        "username": options.username,
        "password": who.password,
        "tls_context": None if who.tls is None else tls_socket.OneConnection(who.tls),
        "keepalive": max(1, round(options.keepalive_s)),
        "timeout": answer_s,
    }


class MqttClient(Client):
    """One connection; whatever is wrong with what the broker sends ends it, and nothing else.

    It is always BadPacket, it is raised wherever the connection is waited for, and the socket is closed.

    Args:
        max_packet_bytes: of a PUBLISH; what is longer is not read.
        meter: counts what the connection costs.
        more: arguments of aiomqtt's client.
    """

    fault: BadPacket | Disconnected | ConnectRefused | None = None
    """What the broker sent that ended the connection; None: nothing of the kind."""

    def __init__(
        self,
        hostname: str,
        port: int = 1883,
        *,
        max_packet_bytes: int = 65_536,
        meter: TrafficMeter | None = None,
        **more: Any,
    ) -> None:
        super().__init__(hostname, port, **more)
        self._tls: tls_socket.OneConnection | None = more.get("tls_context")
        self._meter = meter or TrafficMeter()
        if self._tls is not None:
            self._tls.meter = self._meter
        self._speaks_v5 = self._client.protocol == paho.MQTTv5
        self._client._on_message_filtered = _NoCallbacks()  # type: ignore[no-untyped-call]
        self._most_bytes = max_packet_bytes
        admit = partial(limits.admitted, is_v5=self._speaks_v5, most_bytes=max_packet_bytes)
        self._reader = PacketReader(self._client, admit, self._judge)
        LastWords(self._client, self._reader, self._meter, self._ending)
        self._watch = SocketWatch(self._loop, self._client, self._reader, self._ending)
        self._unasked = Unasked(self._client)
        self._handlers: dict[int, Callable[[bytes], MQTTErrorCode]] = {
            packets.SUBACK: self._suback,
            packets.UNSUBACK: self._unsuback,
        }
        """What deals with packets of a type in place of paho. It gets the body, raises as paho does."""
        self._left_out: str | None = None
        """Why the message that paho is about to hand on has no content; None: it has all that was sent."""
        # The time for the connection, and again for the TLS handshake.
        self._client.connect_timeout = self.timeout

    async def __aenter__(self) -> Self:
        """Raises MqttError, OSError (ssl.SSLError among them; TimeoutError: no host answers)."""
        entered = False
        try:
            await in_daemon_thread(self._client_connect, self._client._sock_close)
            await _connack(self._connected, self.timeout, self._speaks_v5)
            if self.fault is not None:  # it came with the CONNACK
                raise self.fault
            entered = True
        finally:
            if not entered:
                self._meter.see_connection(self._client)
                self._client._sock_close()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._meter.see_connection(self._client)
        try:
            await super().__aexit__(kind, error, trace)
        finally:
            self._client._sock_close()
            if self._disconnected.done():
                # Whoever asked has been told; asyncio would log an exception that nobody fetched.
                self._disconnected.exception()

    async def subscribe(  # type: ignore[override]
        self, topic: str, retain_as_published: bool = False, qos: Literal[1, 2] = 1
    ) -> Reason | None:
        """Why the broker does not let us hear one topic; None: it does. Raises Unacknowledged, MqttError.

        Args:
            qos: with which a message comes at most.
            retain_as_published: a message that was published to be retained says so even when it comes at once (MQTT
                5.0, section 3.8.3.1; 3.1.1 has no such thing).
        """
        options = SubscribeOptions(qos=qos, retainAsPublished=retain_as_published)
        wanted: dict[str, Any] = {"options": options} if self._speaks_v5 else {"qos": qos}
        try:
            async with asyncio.timeout(self.timeout):
                answers: Any = await super().subscribe(topic, timeout=math.inf, **wanted)
        except TimeoutError:
            what = _("the broker did not answer to SUBSCRIBE for {for_s:g} s").format(for_s=self.timeout)
            raise Unacknowledged(what) from None
        except MqttCodeError:  # there is no connection any more
            if self.fault is not None:
                raise self.fault from None
            raise
        reason: Reason = answers[0]
        return reason if reason.code >= FAILURE else None

    def _client_connect(self) -> None:
        """Raises OSError, ValueError."""
        try:
            super()._client_connect()
        except UnicodeError as error:
            what = _("{text} is no name of a host").format(text=self._hostname)
            raise socket.gaierror(socket.EAI_NONAME, what) from error

    def _on_socket_open(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        # It is called in the thread that connects.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        self._loop.call_soon_threadsafe(self._begin, sock)

    def _begin(self, sock: Any) -> None:
        self._meter.see(sock)
        if self._watch.begin(sock):
            self._misc_task = self._loop.create_task(self._keep_alive())

    def _on_socket_register_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        # The first time it is called in the thread that connects.
        self._loop.call_soon_threadsafe(self._watch.begin_writing, sock)

    @contextmanager
    def _ending(self) -> Iterator[None]:
        """Whatever paho raises inside is the end of this connection, and of nothing else."""
        try:
            yield
        except (MqttError, OSError) as error:
            self._end(error)
        except Exception as error:
            log.error("MQTT: a connection failed in a way that is not known", exc_info=error)
            what = _("defect in the connection: {kind}: {reason}").format(kind=type(error).__name__, reason=error)
            self._end(MqttError(what))

    async def _keep_alive(self) -> None:
        """Has paho ping the broker, as long as there is a connection. Nobody waits for this task."""
        with self._ending():
            await self._misc_loop()

    def _judge(self) -> MQTTErrorCode:
        """Have paho deal with the packet that has come, if it is one. Raises BadPacket; ConnectRefused, Disconnected:
        the broker says so in it."""
        packet, is_v5 = self._client._in_packet, self._speaks_v5
        head, body = packet["command"], bytes(packet["packet"])
        kind, length = head >> 4, packet["remaining_length"]
        if len(body) == length:
            self._left_out = packets.too_much(head, body, is_v5)
        else:
            self._left_out = limits.too_long(length, self._most_bytes)
        if self._left_out is not None:
            packet["packet"] = bytearray(limits.without_content(head, body, is_v5))
        packets.check_order(kind, answered=self._connected.done())
        handle = self._handlers.get(kind)
        if handle is None:
            self._unasked.judge(kind)
        try:
            if kind in last_words.KINDS:
                last_words.hear(kind, body, is_v5)
            return paho.Client._packet_handle(self._client) if handle is None else handle(body)
        except _UNREADABLE as error:
            what = _("{packet} that cannot be read: {reason}").format(packet=packets.name(kind), reason=error)
            raise BadPacket(what) from error

    def _end(self, why: Exception) -> None:
        """Tell everybody who waits, and the broker if it can be told, and close the socket."""
        self._meter.see_connection(self._client)
        let_in = was_let_in(self._connected)
        if isinstance(why, BadPacket | Disconnected | ConnectRefused) and self.fault is None:
            self.fault = why
        _fail(why, self._disconnected if let_in else self._connected, *self._pending_subscribes.values())
        try:
            if let_in and self._speaks_v5 and isinstance(why, BadPacket):
                self._client.disconnect(ReasonCode(PacketTypes.DISCONNECT, identifier=why.code))
                self._client.loop_write()
        finally:
            self._client._sock_close()

    def _on_disconnect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: paho.DisconnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        _fail((self._tls and self._tls.refusal) or HungUp(self._speaks_v5), self._connected)
        super()._on_disconnect(client, userdata, flags, reason_code, properties)
        _fail(MqttError(_("the connection was lost")), *self._pending_subscribes.values())

    def _suback(self, body: bytes) -> MQTTErrorCode:
        """One topic is asked for at a time. Raises BadPacket, and what paho raises at properties."""
        mid, reasons = answers.suback(body, self._speaks_v5)
        if mid not in self._pending_subscribes:
            raise BadPacket(_("SUBACK for what nobody has subscribed to"), packets.PROTOCOL_ERROR)
        if len(reasons) != 1:
            what = _("SUBACK with {count} reason codes for one topic").format(count=len(reasons))
            raise BadPacket(what, packets.PROTOCOL_ERROR)
        granted: list[Any] = [*reasons]
        super()._on_subscribe(self._client, None, mid, granted, None)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _unsuback(self, body: bytes) -> MQTTErrorCode:
        """Whatever it says of it, the topic is not asked for any more. Raises BadPacket."""
        mid = int.from_bytes(body[:2], "big")
        if mid not in self._pending_unsubscribes:
            raise BadPacket(_("UNSUBACK for what nobody has unsubscribed from"), packets.PROTOCOL_ERROR)
        super()._on_unsubscribe(self._client, None, mid, [], None)
        return MQTTErrorCode.MQTT_ERR_SUCCESS


class _NoCallbacks(MQTTMatcher):
    """Callbacks of single topics, of which there are none here.

    paho's own search for them leaves a ring of objects behind at each message, which stay in memory until the garbage
    collector looks at all there are: for half an hour or more.
    """

    def iter_match(self, topic: str) -> Iterator[Any]:
        return iter(())


async def _connack(connected: asyncio.Future[Any], answer_s: float, is_v5: bool) -> None:
    """Returns when the broker has let us in. Raises MqttError."""
    try:
        async with asyncio.timeout(answer_s):
            await connected
    except TimeoutError:
        raise NoConnack(answer_s, is_v5) from None


def was_let_in(connected: "asyncio.Future[Any]") -> bool:
    """Whether the broker has answered CONNECT, and not refused it."""
    return connected.done() and not connected.cancelled() and connected.exception() is None


def _fail(why: Exception, *futures: asyncio.Future[Any]) -> None:
    """Raises `why` in whatever awaits the futures. Nothing may await one any more, which is no error of the program."""
    for future in futures:
        if not future.done():
            future.set_exception(why)
            future.exception()
