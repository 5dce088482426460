"""Quarantine for a poison message: an event that ends the connection whenever it is sent.

A broker may hang up on what is too large for it: MQTT 3.1.1 has no other word for it, and mosquitto 2.0 answers MQTT 5
with one that is not allowed there. Such an event must not stand in the way of all others for ever.
"""

from collections.abc import Collection
from time import monotonic
from typing import Any

from agent.store import Stored
from drivers.translation import _

TIMES = 3
"""An event is quarantined when it was alone on its way so often when the connection ended."""

AGAIN_S = 3600.0
"""A quarantined event is tried again after that time, when nothing else waits: the broker's limit may have been
raised."""


MOST = 256
"""Events that are suspected, and events that are quarantined, at most: of more the oldest is treated like any other."""


class Quarantine:
    """What the sessions of a pole have found out.

    Args:
        probing: send the next event alone at first: of the last session nothing arrived.
        quarantined: events that wait, by `Stored.seq`, with what is known of them.
    """

    def __init__(self) -> None:
        self.probing = False
        self.quarantined: dict[int, str] = {}
        self._times: dict[int, int] = {}
        self._since_s = 0.0

    def lost(self, on_way: Collection[Stored], sent: int, alone: bool) -> None:
        """The connection ended while these were on their way.

        Args:
            sent: events that had arrived in the session.
            alone: whether no more than one was on its way at any time since the last that arrived.
        """
        self.probing = bool(on_way) and (alone or sent == 0)
        if not alone or len(on_way) != 1:
            return
        (row,) = on_way
        times = self._times.pop(row.seq, 0) + 1
        if times < TIMES:
            self._times[row.seq] = times
            _keep_newest(self._times)
        else:
            what = _("{type} of {subject}").format(type=row.type, subject=row.subject)
            words = _("it hung up {times} times on {what}: is it too large for it?")
            self.quarantined[row.seq] = words.format(times=TIMES, what=what)
            _keep_newest(self.quarantined)
            self._since_s = monotonic()

    def arrived(self, row: Stored) -> None:
        self._times.pop(row.seq, None)

    def release_due(self) -> bool:
        """Whether those that wait are to be tried again now."""
        if not self.quarantined or monotonic() - self._since_s < AGAIN_S:
            return False
        self.quarantined.clear()
        return True


def _keep_newest(by_seq: dict[int, Any]) -> None:
    while len(by_seq) > MOST:
        del by_seq[next(iter(by_seq))]
