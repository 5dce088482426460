"""Answers of a broker to what nobody asked it.

One may come late, or twice. A broker that goes on with it is none, and what it says takes time from all others.
"""

from paho.mqtt import client as paho

from drivers.mqtt.packets import PINGRESP, PROTOCOL_ERROR, PUBACK, PUBREL, BadPacket
from drivers.translation import _

MOST_UNASKED = 1000
"""The number of them that is borne in one connection."""


class Unasked:
    """Counts those of one connection."""

    def __init__(self, client: paho.Client) -> None:
        self._client = client
        self._count = 0
        self._to_release = 0
        """Messages of QoS 2 to which PUBREC was sent."""

    def will_release(self) -> None:
        """PUBREC goes out, and asks for PUBREL."""
        self._to_release += 1

    def judge(self, kind: int) -> None:
        """Counts a packet of that type, if it answers nothing; each PUBACK does, of who never publishes.

        Raises BadPacket.
        """
        if kind == PUBREL and self._to_release:
            self._to_release -= 1
        elif kind in (PUBACK, PUBREL) or (kind == PINGRESP and self._client._ping_t == 0):
            self._count_one()

    def judge_puback(self, *, was_asked: bool) -> None:
        """Counts a PUBACK for what nobody has published. Raises BadPacket."""
        if not was_asked:
            self._count_one()

    def _count_one(self) -> None:
        """Raises BadPacket: there are too many."""
        self._count += 1
        if self._count > MOST_UNASKED:
            what = _("more than {most} answers to what nobody asked").format(most=MOST_UNASKED)
            raise BadPacket(what, PROTOCOL_ERROR)
