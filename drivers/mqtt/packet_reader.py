"""Reads from the socket of a connection in place of paho: a little at a time, and nothing of what is too long.

paho holds a packet of any length before anybody can look at it, and takes one after the other as long as they come.
Here what is too long is refused, or let pass by, before it is held.
"""

import time
from collections.abc import Callable

from msgspec import Struct
from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTErrorCode

from drivers.mqtt.packets import fixed_header, taken

READ_BYTES = 16 * 1024
"""The most that is read at once; a record of TLS has no more."""

PACKETS, TURN_S = 32, 0.001
"""The most that is dealt with at once, packets and seconds; the loop does other work before the next of them."""


Admit = Callable[[int, int], int]
"""How many bytes of a packet's body are kept, by its first byte and its remaining length. Raises BadPacket."""


class _Packet(Struct):
    """One that has begun.

    Args:
        head: its first byte.
        length: the remaining length.
        keep: bytes of the body that are kept; those behind them are let pass by.
        passing: bytes of the body that have yet to pass by.
    """

    head: int
    length: int
    keep: int
    body: bytearray | None = None
    passing: int = 0


class PacketReader:
    """The packets of one connection. It holds what was read and not dealt with, and of a packet that has begun no more
    than is admitted of it.

    Args:
        judge: deals with the packet that paho has as the one that has come.
        spent_s: seconds that this thread has had a CPU: others that take it make no turn longer, and none shorter.
    """

    def __init__(
        self,
        client: paho.Client,
        admit: Admit,
        judge: Callable[[], MQTTErrorCode],
        spent_s: Callable[[], float] = time.thread_time,
    ) -> None:
        self._client, self._judge, self._spent_s = client, judge, spent_s
        self._is_v5 = client.protocol == paho.MQTTv5
        self._admit = admit
        self._read = bytearray()
        self._begun: _Packet | None = None
        self._more_waits = self._is_full = False
        self._unmarked_bytes = 0
        self.paused = False
        """Whether what has come is left where it is."""
        self.acknowledged: Callable[[int], None] | None = None
        """Told of each PUBACK that says that all is well, by its packet identifier; None: `judge` deals with them."""

    def __len__(self) -> int:
        """Bytes that are held."""
        kept = self._begun.body if self._begun is not None else None
        return len(self._read) + len(kept or b"")

    def turn(self) -> bool:
        """Deal with some of what has come; whether more of it waits. Raises BadPacket, MqttConnectError."""
        self._more_waits = (self._more_waits or self._receive()) and self._hand_over()
        return self._more_waits or self._is_full

    def _receive(self) -> bool:
        """Whether something has come; an end of the connection is told to paho."""
        self._is_full = False
        try:
            data = self._piece()
        except BlockingIOError:
            self._is_full = self._tls_has_more
            return False
        except OSError:
            data = b""
        if not data:
            self._client._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
            return False
        self._read += data
        self._mark(len(data))
        self._is_full = len(data) == READ_BYTES or self._tls_has_more
        return True

    def _piece(self) -> bytes:
        """What has come, or a part of it; nothing: the connection has ended. Raises OSError; BlockingIOError: nothing
        has come."""
        sock = self._client.socket()
        return b"" if sock is None else sock.recv(READ_BYTES)

    def _hand_over(self) -> bool:
        """Whether a packet may wait still."""
        until_s = self._spent_s() + TURN_S
        for _ in range(PACKETS):
            if self.paused or self._spent_s() > until_s:
                return True
            self._take_acknowledgements()
            packet = self._next()
            if packet is None:
                return False
            self._mark(READ_BYTES)
            self._deal_with(packet)
            if self._client.socket() is None:
                return False
        return True

    def _take_acknowledgements(self) -> None:
        """Deal at once with all that come one after the other: they are most of what comes, and bounded by what was
        published. Raises BadPacket."""
        if self.acknowledged is None or self._begun is not None:
            return
        mids, end = taken(self._read, self._is_v5)
        if mids:
            del self._read[:end]
            self._mark(READ_BYTES)
            for mid in mids:
                self.acknowledged(mid)

    def _next(self) -> _Packet | None:
        """The next packet; None: it has not come to its end. Raises BadPacket as soon as its length is known."""
        begun = self._begun = self._begun or self._begin()
        if begun is None:
            return None
        if begun.body is None:
            if len(self._read) < begun.keep:
                return None
            begun.body, begun.passing = self._read[: begun.keep], begun.length - begun.keep
            del self._read[: begun.keep]
        if not self._passed(begun):
            return None
        self._begun = None
        return begun

    def _begin(self) -> _Packet | None:
        """Raises BadPacket."""
        if (found := fixed_header(self._read)) is None:
            return None
        head, length, end = found
        keep = self._admit(head, length)
        del self._read[:end]
        return _Packet(head, length, keep)

    def _passed(self, begun: _Packet) -> bool:
        """Let pass by what is not kept; whether all of it has."""
        count = min(begun.passing, len(self._read))
        del self._read[:count]
        begun.passing -= count
        return begun.passing == 0

    def _deal_with(self, packet: _Packet) -> None:
        self._client._in_packet = {
            "command": packet.head,
            "have_remaining": 1,
            "remaining_count": [],
            "remaining_mult": 1,
            "remaining_length": packet.length,
            "packet": packet.body or bytearray(),
            "to_process": 0,
            "pos": 0,
        }
        code = self._judge()
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._client._loop_rc_handle(code)

    @property
    def _tls_has_more(self) -> bool:
        """Whether TLS holds bytes of which the selector never tells, or goes on with what is no data."""
        return getattr(self._client.socket(), "more_waits", False)

    def _mark(self, count: int) -> None:
        """Tell paho that the broker is alive: by whole packets, or a good part of one. A packet that never comes to its
        end holds up the answer to PINGREQ, and nothing else would tell of it."""
        self._unmarked_bytes += count
        if self._unmarked_bytes >= READ_BYTES:
            self._unmarked_bytes = 0
            self._client._last_bytes_received = time.monotonic()
