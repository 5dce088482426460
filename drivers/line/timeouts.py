"""Adaptive time-outs: how long to wait for a unit, and for late answers of it, learned from what was heard (pure).

The rule for late answers on RTU, where frames carry no transaction number: a slave was declared to begin its answer
within `timeout_s`. The worst late reply is taken to be twice that, or one and a half times the latest that was heard
on this line, whichever is longer, and at most six time-outs. After a request without an answer

- the line stays quiet for the worst late reply, counted from the request and again from every byte heard, so that a
  late answer neither collides with the next exchange nor is mistaken for a part of it;
- the unit that did not answer is not asked for twice that time: its answers alone could pass for one another;
- a unit that sent an answer a second time (radio repeaters do) is left alone for the worst late reply after each of
  its next answers;
- an answer that is equal to one to another request (see copies) is asked for once more, and the unit left alone as
  after a miss when it then gives another;
- a unit whose last three silences were silent to the end is dead, not late, and so is one that was never heard: the
  line does not wait for it.

What no rule can see: an answer later than four time-outs from a unit that was never that late before; a third copy of
one answer; and the copy of an answer to the same request, the first time that a unit sends one: its value is of the
poll before.

A unit that missed is polled with a shorter time-out, a few times what its slowest answer took; ever more rarely it
gets the whole, so that one that became slower is not lost for ever, and a dead one costs the others almost nothing.
One that was never heard gets it with its first request alone: what comes later is overheard, and tells how slow it is.
A command gets the whole, for somebody waits for what comes of it, and polls ask again; though not from a unit that has
let several pass, nor from one that was never heard and has let one pass: the many lamps behind one dead gateway would
take the line from the others.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

SHORTEST_S = 0.05
STRANGER_S = 0.25
"""A unit that missed and was never heard gets no more than that: what comes later is overheard, and learned from."""
LATEST_TIMEOUTS = 4
"""Later than that many time-outs is no late reply, but a unit that speaks unasked."""
DEAD_AFTER = 3
WHOLE_FIRST = 4
WHOLE_EVERY = 64
COMMAND_EVERY = 20
"""The number of time-outs of a silent unit of which commands get one whole one: a twentieth of the line."""
DISTRUSTED_ANSWERS = 64
"""A unit that repeated itself is left alone after each of that many answers."""


class Unit(Struct):
    """What is known of one unit.

    Args:
        misses: requests in a row without an accepted answer.
        silences: of those the last ones in a row after which not a byte of it came.
        slowest_s: longest usual time from request to answer; fades.
        asked_s: when the last request went out that may still be answered late; None: there is none.
        answered_s: when its last accepted answer came; None: it owes one, or was never heard.
        whole_s: when a command, or the first request that it let pass, was last given the whole time-out.
        distrust_left: answers for which it is not trusted not to repeat itself.
        held_until_s: not to be asked before.
        sought_s: it may not be there, and gets no more than that for its answer; None: nobody looks for it.
        second_s: the longest time after which a second answer followed the first.
    """

    misses: int = 0
    silences: int = 0
    slowest_s: float = 0.0
    asked_s: float | None = None
    answered_s: float | None = None
    whole_s: float = -math.inf
    distrust_left: int = 0
    held_until_s: float = 0.0
    sought_s: float | None = None
    second_s: float = 0.0

    def leave_alone(self, until_s: float) -> None:
        """Notes that it is not to be asked before."""
        self.held_until_s = max(self.held_until_s, until_s)

    def has_answered(self, since_s: float) -> bool:
        """Whether it owes no answer, and gave the last one since then."""
        return self.answered_s is not None and self.answered_s >= since_s


class AdaptiveTimeouts:
    """All units of one line. Times are monotonic seconds.

    Args:
        timeout_s: how long a slave may take to begin its answer.
    """

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._latest_s = 0.0
        self._units: dict[int, Unit] = {}

    def unit(self, unit: int) -> Unit:
        return self._units.setdefault(unit, Unit())

    @contextmanager
    def looking_for(self, unit: int, limit_s: float) -> Iterator[None]:
        """Nobody may be there, and nobody is waited for longer. A unit that was heard keeps its own time-outs."""
        known = self.unit(unit)
        if not known.slowest_s:
            known.sought_s = limit_s
        try:
            yield
        finally:
            known.sought_s = None

    @property
    def worst_late_s(self) -> float:
        return max(2 * self.timeout_s, 1.5 * self._latest_s)

    def limit_s(self, unit: int, command_s: float | None = None) -> float:
        """How long to wait for the next answer of `unit`.

        Args:
            command_s: when a command goes out to it; None: it is polled.
        """
        known = self.unit(unit)
        if known.sought_s is not None:
            return min(self.timeout_s, known.sought_s)
        since_s = math.inf if command_s is None else command_s - known.whole_s
        is_fresh = known.misses <= (1 if known.slowest_s else 0)
        if command_s is not None and (is_fresh or since_s >= COMMAND_EVERY * self.timeout_s):
            known.whole_s = command_s
            return self.timeout_s
        if known.misses % WHOLE_EVERY == 0 or (known.misses == WHOLE_FIRST and known.slowest_s):
            return self.timeout_s
        usual_s = 3 * known.slowest_s or min(STRANGER_S, self.timeout_s / 4)
        return min(self.timeout_s, max(SHORTEST_S, usual_s))

    def hold_off_left_s(self, unit: int, now_s: float) -> float:
        """How long `unit` must not be asked yet; 0 or less: it may."""
        return self.unit(unit).held_until_s - now_s

    def drain_s(self, unit: int) -> float:
        """How long the line must be quiet after `unit` did not answer."""
        known = self.unit(unit)
        if known.sought_s is not None:  # it would have begun by then, or it is not there
            return self.timeout_s
        is_dead = known.silences > DEAD_AFTER or (known.silences and not known.slowest_s)
        return 0.0 if is_dead else self.worst_late_s

    def answered(self, unit: int, took_s: float, now_s: float) -> None:
        known = self.unit(unit)
        known.misses = known.silences = 0
        known.asked_s, known.answered_s = None, now_s
        known.held_until_s = now_s + self.worst_late_s if known.distrust_left else 0.0
        known.distrust_left = max(0, known.distrust_left - 1)
        known.slowest_s = max(took_s, 0.99 * known.slowest_s)

    def missed(self, unit: int, silent: bool) -> None:
        """Notes that no answer was accepted; `silent`: not a byte was heard."""
        known = self.unit(unit)
        known.misses += 1
        known.silences = known.silences + 1 if silent else 0

    def late(self, unit: int, took_s: float) -> None:
        """An answer came too late on a link that tells answers apart."""
        known = self.unit(unit)
        known.slowest_s = max(known.slowest_s, took_s)

    def hold_off(self, unit: int, asked_s: float) -> None:
        """The request of `asked_s` may still be answered, and nothing but time tells that answer from the next."""
        known = self.unit(unit)
        if not known.misses:  # it had the whole time-out
            known.whole_s = max(known.whole_s, asked_s)
        known.asked_s, known.answered_s = asked_s, None
        known.held_until_s = asked_s + 2 * self.worst_late_s

    def late_answer(self, unit: int, heard_s: float) -> None:
        """An answer of `unit` came when nobody was waiting for it: late, or once more."""
        known = self.unit(unit)
        if known.asked_s is not None:
            self._late(known, known.asked_s, heard_s)
        elif known.answered_s is not None and known.has_answered(heard_s - LATEST_TIMEOUTS * self.timeout_s):
            known.second_s = max(known.second_s, heard_s - known.answered_s)
            self.repeated(unit, heard_s)

    def repeated(self, unit: int, heard_s: float) -> None:
        """Notes that a unit sent an answer twice: it will do so again, and the copy would fit its next request."""
        self.unit(unit).distrust_left = DISTRUSTED_ANSWERS
        self.mark_ambiguous(unit, heard_s)

    def mark_ambiguous(self, unit: int, heard_s: float) -> None:
        """Notes that an answer of a unit was equal to one to another request, and that asked again it gave another.

        It was a copy, and one answer more is to come, which will be overheard; or the value changed: a lamp fades.
        """
        self.unit(unit).held_until_s = heard_s + 2 * self.worst_late_s

    def _late(self, known: Unit, asked_s: float, heard_s: float) -> None:
        """Notes that a unit is alive, and slower than was thought."""
        known.silences = 0
        late_s = min(heard_s - asked_s, LATEST_TIMEOUTS * self.timeout_s)
        known.slowest_s = max(known.slowest_s, late_s)
        self._latest_s = max(self._latest_s, late_s)
        known.held_until_s = max(known.held_until_s, heard_s + self.worst_late_s)
