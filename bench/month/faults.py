"""The lives of one daemon: the times at which a pole is killed, how long it is down, and what its clock believes."""

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Literal

from msgspec import Struct, structs

from agent.clock import Moment
from month.truth import BEGIN_S, DAY_S

ClockFault = Literal["none", "1970", "stale"]

KILL_DOWN_S, REBOOT_DOWN_S = (3.0, 10.0), (30.0, 120.0)
"""How long a daemon is down after the last moment at which its death may come, which is up to 20 s after the first."""

REBOOTS = 0.4
"""Share of the deaths that take the whole box with them."""

UNSET_S = (60.0, 3600.0)
"""How long a clock is not set after a reboot, where it is not at once."""

STEPS_BACK, STEP_BACK_S, WRONG_S = 4, 3600.0, 1200.0
"""Clocks that were right and step back, and by how much and for how long, until they are right again."""


class Boot(Struct, frozen=True):
    """One run of the kernel; times are seconds since the month began.

    Args:
        began_s: when; `time.monotonic()` was 0.
        set_s: since when the clock is set, and trusted.
        unset_unix_s: what it said at `began_s`.
        back: spans in which it is STEP_BACK_S behind.
    """

    id: str
    began_s: float
    set_s: float
    unset_unix_s: float
    back: tuple[tuple[float, float], ...] = ()

    def unix_s(self, true_s: float) -> float:
        if true_s < self.set_s:
            return self.unset_unix_s + true_s - self.began_s
        behind = any(begin <= true_s < end for begin, end in self.back)
        return BEGIN_S + true_s - (STEP_BACK_S if behind else 0.0)


class Life(Struct, frozen=True):
    """The time from the start of the daemon to its end, which is that of the month unless it dies."""

    boot: Boot
    begin_s: float
    end_s: float
    dies: bool = True


class PoleClock:
    """The clock of the box, at a moment that the bench sets."""

    def __init__(self, boot: Boot, true_s: float) -> None:
        self._boot, self.boot, self.true_s = boot, boot.id, true_s
        self._last = (true_s, true_s - boot.began_s, self._moment(true_s - boot.began_s))

    def now(self) -> Moment:
        return self.moment_at(self.true_s - self._boot.began_s)

    def moment_at(self, mono_s: float) -> Moment:
        """The rules that hear one reading get one moment."""
        if self._last[:2] != (self.true_s, mono_s):
            self._last = (self.true_s, mono_s, self._moment(mono_s))
        return self._last[2]

    def _moment(self, mono_s: float) -> Moment:
        boot, true_s = self._boot, self.true_s
        offset_s = boot.unix_s(true_s) - (true_s - boot.began_s)
        return Moment(offset_s + mono_s, mono_s, boot.id, true_s >= boot.set_s)


def quiet(shard: int, days: int) -> list[Life]:
    """Returns the one life of a daemon to which nothing happens."""
    boot = Boot(f"{shard:02x}quiet0", -300.0, -300.0, 0.0)
    return [Life(boot, 0.0, days * DAY_S, dies=False)]


def lives(seed: int, shard: int, days: int, deaths: int) -> list[Life]:
    chance = Random(f"{seed}/faults/{shard}")
    spots = sorted(chance.sample(range(6, days * 24 - 6), deaths))
    boot, begin_s, found = Boot(f"{shard:02x}000000", -300.0, -300.0, 0.0), 0.0, []
    for number, hour in enumerate(spots, 1):
        dies_s = (hour + chance.random() * 0.9) * 3600
        found.append(Life(boot, begin_s, dies_s))
        if chance.random() < REBOOTS:
            begin_s = dies_s + chance.uniform(*REBOOT_DOWN_S)
            boot = _booted(f"{shard:02x}{number:06x}", dies_s, begin_s, chance)
        else:
            begin_s = dies_s + chance.uniform(*KILL_DOWN_S)
    found.append(Life(boot, begin_s, days * DAY_S, dies=False))
    return _stepping(found, chance)


def down(lives: Sequence[Life], window_s: float) -> list[tuple[float, float]]:
    """Returns the spans in which the daemon may not have been there."""
    return [(one.end_s - window_s, other.begin_s) for one, other in pairwise(lives)]


def unset(lives: Sequence[Life]) -> list[tuple[float, float]]:
    """Returns the spans in which the clock was not set or was wrong, or the box was off before it was set."""
    back = [span for life in lives for span in life.boot.back]
    return back + [(one.end_s, other.boot.set_s) for one, other in pairwise(lives) if other.boot.set_s > other.begin_s]


def _booted(id: str, died_s: float, begin_s: float, chance: Random) -> Boot:
    """The kernel runs 8 s before the daemon."""
    fault: ClockFault = chance.choice(("none", "1970", "stale"))
    began_s = begin_s - 8.0
    if fault == "none":
        return Boot(id, began_s, began_s, 0.0)
    unset_unix_s = 0.0 if fault == "1970" else BEGIN_S + died_s
    return Boot(id, began_s, begin_s + chance.uniform(*UNSET_S), unset_unix_s)


def _stepping(found: Sequence[Life], chance: Random) -> list[Life]:
    """Some of the boots are given a clock that steps back and forth."""
    wide = [life for life in found if life.end_s - life.begin_s > 6 * 3600]
    back: dict[str, tuple[tuple[float, float], ...]] = {}
    for life in chance.sample(wide, min(STEPS_BACK, len(wide))):
        begin_s = chance.uniform(life.begin_s + 2 * 3600, life.end_s - 2 * 3600)
        back[life.boot.id] = (*back.get(life.boot.id, ()), (begin_s, begin_s + WRONG_S))
    return [structs.replace(each, boot=structs.replace(each.boot, back=back.get(each.boot.id, ()))) for each in found]
