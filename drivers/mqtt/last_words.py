"""What a broker says at the end: that it does not let us in, or why it ends the connection."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTErrorCode

from drivers.mqtt import packets
from drivers.mqtt.answers import reason
from drivers.mqtt.errors import ConnectRefused, Disconnected
from drivers.mqtt.packet_reader import PacketReader
from drivers.mqtt.reasons import Reason, connack_code
from drivers.mqtt.traffic import TrafficMeter

KINDS = (packets.CONNACK, packets.DISCONNECT)
"""Packets that may say so."""

_TURNS = 16
"""How often it is read at most from a connection that has ended."""


def hear(kind: int, body: bytes, is_v5: bool) -> None:
    """Raises ConnectRefused, Disconnected where the packet says so, BadPacket, and what paho raises at properties.

    paho takes no code that does not belong in that packet, and ends the connection without a word at some that do.
    """
    if kind == packets.CONNACK and (code := connack_code(body[1], is_v5)):
        raise ConnectRefused(reason(packets.CONNACK, code, body[2:]) if is_v5 else Reason(code))
    if kind == packets.DISCONNECT:
        raise Disconnected(reason(packets.DISCONNECT, body[0] if body else 0, body[1:]))


class LastWords:
    """Reads what the broker said before the connection ended, which shows first where it is written to.

    Args:
        client: calls it in place of what ends the connection.
        meter: sees the connection for the last time.
        ending: answers for whatever is raised inside of it.
    """

    def __init__(
        self,
        client: paho.Client,
        reader: PacketReader,
        meter: TrafficMeter,
        ending: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._client, self._reader, self._meter, self._ending = client, reader, meter, ending
        self._is_begun = False
        self._end_by_paho = client._loop_rc_handle
        client._loop_rc_handle = self._end  # type: ignore[method-assign]

    def _end(self, rc: MQTTErrorCode) -> MQTTErrorCode:
        if rc and not self._is_begun:
            self._is_begun = True
            with self._ending():
                for _turn in range(_TURNS):
                    if self._client.socket() is None or not self._reader.turn():
                        break
        self._meter.see_connection(self._client)
        return self._end_by_paho(rc)
