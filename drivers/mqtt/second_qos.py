"""Messages of QoS 2 that the broker keeps until they have been dealt with, as it keeps those of QoS 1.

paho answers such a PUBLISH with PUBREC by itself, has the message in memory alone, and hands it on when PUBREL comes:
of a process that is killed in between it is lost, because the broker forgets it with PUBREC. So paho reads a PUBLISH of
QoS 1 here, which it hands on at once and leaves to be acknowledged. PUBREC goes in the place of PUBACK, and PUBCOMP for
every PUBREL (MQTT 5.0, section 4.3.3, method B). Who was killed before PUBREC gets the message again, marked as such.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from paho.mqtt import client as paho

from drivers.mqtt.packets import PUBLISH, PUBREL

_QOS = 0b0110
_PUBLISH_2 = PUBLISH << 4 | 2 << 1

DUP_RETAIN = 0b1001
HEADS = frozenset({_PUBLISH_2, PUBREL << 4 | 2})
"""These packets belong to QoS 2, by their first byte without DUP and RETAIN."""


class SecondQos:
    """Handles the packets of one connection that belong to QoS 2.

    Args:
        client: acknowledges nothing by itself.
        is_read: the packet that is being read is a PUBLISH of QoS 2.
    """

    def __init__(self, client: paho.Client) -> None:
        self._client = client
        self.is_read = False

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Such a packet that has come is read inside, and answered behind it if it is PUBREL."""
        packet = self._client._in_packet
        if packet["command"] >> 4 == PUBREL:
            yield
            self._client.ack(packet["packet"][0] << 8 | packet["packet"][1], 2)
            return
        packet["command"] = packet["command"] & ~_QOS | 1 << 1
        self.is_read = True
        try:
            yield
        finally:
            self.is_read = False

    def acknowledge(self, mid: int) -> None:
        """The broker need not keep it any longer."""
        self._client._send_pubrec(mid)
