"""What a broker says at the end: that it does not let us in, or why it ends the connection."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from drivers.mqtt import packets
from drivers.mqtt.errors import ConnectRefused, Disconnected
from drivers.mqtt.packet_reader import PacketReader
from drivers.mqtt.packets import BadPacket
from drivers.mqtt.properties import said_in
from drivers.mqtt.reasons import Reason, connack_code, is_known
from drivers.mqtt.traffic import TrafficMeter
from drivers.translation import _

KINDS = (packets.CONNACK, packets.DISCONNECT)
"""Packets that may say so."""

_TURNS = 16
"""How often it is read at most from a connection that has ended."""


def hear(kind: int, body: bytes, is_v5: bool) -> None:
    """Raises ConnectRefused, Disconnected where the packet says so, BadPacket, and what paho raises at properties.

    paho takes no code that does not belong in that packet, and ends the connection without a word at some that do.
    """
    if kind == packets.CONNACK and (code := connack_code(body[1], is_v5)):
        raise ConnectRefused(_reason(PacketTypes.CONNACK, code, body[2:], is_v5))
    if kind == packets.DISCONNECT:
        raise Disconnected(_reason(PacketTypes.DISCONNECT, body[0] if body else 0, body[1:], is_v5))


def _reason(packet: int, code: int, properties: bytes, is_v5: bool) -> Reason:
    if is_v5 and not is_known(code):
        what = _("{packet} with the reason code 0x{code:02X}, which MQTT 5 does not know")
        raise BadPacket(what.format(packet=packets.name(packet), code=code))
    found = Properties(packet)  # type: ignore[no-untyped-call]
    if properties:
        found.unpack(properties)  # type: ignore[no-untyped-call]
    return Reason(code, said_in(found))


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
