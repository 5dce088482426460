"""Replay of a backlog: how long a frame had waited at the broker when it came (pure).

What comes after a pause had not waited: a broker hands over without one what it has kept; a short pause may be one of
the network, after which a frame that seems old has waited all the same. What comes before a pause may have waited, and
is dated by what the network server says of when it received it, as far as that clock can be related to ours:

1. by frames that came without waiting, over this connection or one before it;
2. by our own clock, if it is set and agrees with what the server says;
3. by the youngest frame that waited, as if it came at once: those before it keep their distances to it.

What only the third could date is held for HOLD_S, in which one of the others may become possible. A broker hands over a
few frames and waits until they are acknowledged, so that the youngest of all is known only when all are taken: that is
done then, and not before, as a kill costs what is taken and not told.

Times are believed by majority and by plausibility, so that one that is wrong by hours or decades decides nothing: of
clocks that disagree, the one that most frames agree with counts; a broker hands over in the order of reception, so that
a time is wrong that is later than those of most frames behind it; and none waited for longer than a broker keeps any.
Frames of sensors that are not this pole's tell nothing of the clocks.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from msgspec import Struct

from drivers.lorawan.uplink import UplinkFrame

PAUSE_S = 1.0
"""What a broker has kept comes without a pause of this length, unless the network stalls."""

STALL_S = 10.0
"""A longer pause is none of the network: what comes after it has not waited, however old it seems by our clock."""

ON_ITS_WAY_S = 5.0
"""A frame that took no longer from the server to here has not waited."""

HOLD_S = 60.0

MOST_HELD = 5_000
"""Frames in memory, some 4 MB: more than fifty busy sensors send in a day. What is beyond it is dated as well as can be
done now."""

AHEAD_S = 60.0
"""A server's clock that is farther ahead of ours is wrong, or ours is."""

VOTES = 64
"""Frames that the youngest one which may have waited is chosen among."""


_Chain = tuple[float, Any]
"""A value, and the chain that it ends; None: it is the first."""


class ReceivedFrame(Struct, frozen=True):
    """A frame.

    Args:
        at_s: when it is dated, monotonic: as it came, or when the hold is over.
        delay_s: how long ago that it was received; None: nothing tells.
    """

    heard: UplinkFrame
    at_s: float
    delay_s: float | None = 0.0


class Backlog:
    """What has come and is not dated yet, and what is known of the server's clock.

    Args:
        longest_s: no broker keeps anything for longer.
    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._held: list[ReceivedFrame] = []
        self._catching_up = False
        self.takes_all = False
        """Whether what is held is to be acknowledged all the same, so that the rest of what waits comes."""
        self._free_s = 0.0
        self._live: deque[float] = deque(maxlen=8)
        """What the server's clock said when our monotonic one was 0, by frames that had not waited."""
        self._offsets: deque[float] = deque(maxlen=VOTES)
        """The least that it may have said, by each: none came before the server received it."""

    def connected(self, at_s: float, resumed: bool) -> None:
        """A connection begins; `resumed`: its broker may have kept something. What it has no longer is not given up."""
        if not self.takes_all:
            self._held.clear()
            self._offsets.clear()
        self._catching_up, self._free_s = resumed, at_s

    def free(self, at_s: float) -> None:
        """What came is dealt with, and the broker may hand over more."""
        self._free_s = at_s

    def came(self, heard: UplinkFrame, at_s: float, unix_s: float | None, *, own: bool = True) -> list[ReceivedFrame]:
        """What can be dated now, in its order.

        Args:
            unix_s: what our own clock said when it came; None: it is not set.
            own: it is of a sensor of this pole.
        """
        pause_s, self._free_s = at_s - self._free_s, at_s
        if pause_s >= PAUSE_S:
            self._catching_up &= pause_s < STALL_S and not (own and self._seems_live(heard, at_s, unix_s))
        if own and heard.sent_s is not None:
            self._offsets.append(heard.sent_s - at_s)
            if not self._catching_up:
                self._live.append(heard.sent_s - at_s)
        self._held.append(ReceivedFrame(heard, at_s))
        return self.look(at_s, unix_s)

    def look(self, at_s: float, unix_s: float | None) -> list[ReceivedFrame]:
        """What has come to be datable by now."""
        zero = self._zero(at_s, unix_s)
        if zero is None and self._holding(at_s):
            return []
        found = [self._dated(each, self._least() if zero is None else zero, at_s) for each in self._held]
        if found and not self._catching_up and self._held[-1].at_s == at_s:
            found[-1] = self._held[-1]
        self._held.clear()
        self.takes_all = False
        return found

    def _holding(self, at_s: float) -> bool:
        """Whether what is held may yet be dated better, or a younger one may wait behind it."""
        if not self._catching_up or self._least() is None or not 0 < len(self._held) < MOST_HELD:
            return False
        if at_s < self._held[0].at_s + HOLD_S:
            return True
        if not self.takes_all:
            self.takes_all, self._free_s = True, at_s
        return at_s - self._free_s < PAUSE_S

    @property
    def holds(self) -> bool:
        return bool(self._held)

    def off_s(self, unix_s: float, at_s: float) -> float:
        """How far the server's clock is ahead of ours, if that is more than it may be; else 0."""
        ahead_s = _by_agreement(self._live)[0] - (unix_s - at_s) if self._live else 0.0
        return ahead_s if abs(ahead_s) > AHEAD_S else 0.0

    def _zero(self, at_s: float, unix_s: float | None) -> float | None:
        """What the server's clock said when our monotonic one was 0, as far as we know."""
        own = () if unix_s is None else (unix_s - at_s,)
        return next(filter(self._agrees, (*_by_agreement(self._live), *own)), None)

    def _seems_live(self, heard: UplinkFrame, at_s: float, unix_s: float | None) -> bool:
        """Whether by its time it has not waited; what is dated ahead of the clock that is believed is no witness."""
        zero = self._zero(at_s, unix_s)
        if zero is None or heard.sent_s is None:
            return True
        return -AHEAD_S <= at_s + zero - heard.sent_s <= ON_ITS_WAY_S

    def _agrees(self, zero: float) -> bool:
        """Whether by that clock most frames have waited for no longer than one can, and the youngest of them has come
        after it was sent."""
        possible = [offset for offset in self._offsets if zero - offset <= self._longest_s]
        if not self._offsets:
            return True
        return 2 * len(possible) >= len(self._offsets) and zero - self._youngest(possible) >= -AHEAD_S

    def _least(self) -> float | None:
        """The least that the server's clock may have said when ours was 0; None: no frame tells."""
        return self._youngest(self._offsets) if self._offsets else None

    def _youngest(self, offsets: Sequence[float]) -> float:
        return _by_agreement(_in_order(offsets), self._longest_s)[0]

    def _dated(self, each: ReceivedFrame, zero: float | None, at_s: float) -> ReceivedFrame:
        if each.heard.sent_s is None or zero is None:
            return ReceivedFrame(each.heard, at_s, None)
        delay_s = each.at_s + zero - each.heard.sent_s
        if not -AHEAD_S <= delay_s <= self._longest_s:
            return ReceivedFrame(each.heard, at_s, None)
        return ReceivedFrame(each.heard, at_s, at_s - each.at_s + (delay_s if delay_s > ON_ITS_WAY_S else 0.0))


def _by_agreement(values: Sequence[float], within: float = AHEAD_S) -> list[float]:
    """Returns the greatest of each group of values that lie within so much of one another, that of the largest group
    first; of groups alike in size, that with the newest value."""

    in_order, newest_first = sorted(values), dict.fromkeys(reversed(values))

    def group(low: float) -> tuple[int, float]:
        """How many there are, and the greatest."""
        end = bisect_right(in_order, low + within)
        return end - bisect_left(in_order, low), in_order[end - 1]

    largest_first = sorted(map(group, newest_first), key=itemgetter(0), reverse=True)
    return [greatest for _, greatest in largest_first]


def _in_order(values: Sequence[float]) -> list[float]:
    """Returns the most of them that never go back by more than AHEAD_S; where several do, those that end lowest."""
    best: list[_Chain] = []
    ends: list[float] = []
    for value in values:
        length = bisect_right(ends, value + AHEAD_S)
        chain = value, best[length - 1] if length else None
        if length == len(ends):
            best.append(chain)
            ends.append(value)
        elif value < ends[length]:
            best[length], ends[length] = chain, value
    return _links(best[-1])


def _links(chain: _Chain) -> list[float]:
    """Returns its values, from the first on."""
    found, left = [], chain
    while True:
        value, before = left
        found.append(value)
        if before is None:
            return found[::-1]
        left = before
