"""What is published, and what acknowledges, goes out together: one write for all of a round of the loop, where paho
writes each by itself."""

import asyncio

from paho.mqtt import client as paho

from drivers.mqtt.packets import PUBLISH

WRITE_BYTES = 64 * 1024
"""The size up to which packets are joined: what a socket does not take of it is copied."""


class Outgoing:
    """Packets that leave with the next round of the loop, in their order.

    Args:
        client: whose queue of packets they go to; its socket is open when one is added.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, client: paho.Client) -> None:
        self._loop, self._client = loop, client
        self._packets: list[bytes] = []
        self._bytes = 0

    def add(self, packet: bytes) -> None:
        if not self._packets:
            self._loop.call_soon(self.flush)
        self._packets.append(packet)
        self._bytes += len(packet)
        if self._bytes >= WRITE_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hand over what was added; what the connection has no more use for is forgotten."""
        packets = b"".join(self._packets)
        self._packets.clear()
        self._bytes = 0
        if packets and self._client.socket() is not None:
            self._client._packet_queue(PUBLISH << 4, packets, 0, 1)
