"""Messages of QoS 2 that the broker keeps until they have been dealt with, as it keeps those of QoS 1.

paho answers such a PUBLISH with PUBREC by itself, has the message in memory alone, and hands it on when PUBREL comes: of
a process that is killed in between it is lost, because the broker forgets it with PUBREC. So paho reads a PUBLISH of QoS
1 here, which it hands on at once and leaves to be acknowledged. PUBREC goes in the place of PUBACK, and PUBCOMP for every
PUBREL (MQTT 5.0, section 4.3.3, method B). Who was killed before PUBREC gets the message again, marked as such.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from paho.mqtt import client as paho

from drivers.mqtt.packets import PUBLISH, PUBREL

_QOS = 0b0110
"""Where the QoS stands in the first byte of a PUBLISH."""


class SecondQos:
    """That of one connection.

    Args:
        client: acknowledges nothing by itself.
    """

    def __init__(self, client: paho.Client) -> None:
        self._client = client
        self._is_read = False
        """Whether the packet that is being read is a PUBLISH of QoS 2."""

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """The packet that has come is read inside, and answered behind it if it is PUBREL."""
        packet = self._client._in_packet
        kind, qos = packet["command"] >> 4, (packet["command"] & _QOS) >> 1
        self._is_read = kind == PUBLISH and qos == 2
        if self._is_read:
            packet["command"] = packet["command"] & ~_QOS | 1 << 1
        yield
        if kind == PUBREL:
            self._client.ack(packet["packet"][0] << 8 | packet["packet"][1], 2)

    def of(self, message: paho.MQTTMessage) -> int:
        """The QoS with which the broker sent what is being read."""
        return 2 if self._is_read else message.qos

    def acknowledge(self, mid: int) -> None:
        """The broker need not keep it any longer."""
        self._client._send_pubrec(mid)
