"""The clock of the pole, at a moment that the bench sets. Times are seconds since the run began."""

from msgspec import Struct

from agent.clock import Moment


class Boot(Struct, frozen=True):
    """One run of the kernel.

    Args:
        began_s: when; `time.monotonic()` was 0.
        set_s: since when the wall clock is set, and trusted; before it stands in 1970.
        wrong: begin, end, and by how many seconds it is ahead meanwhile.
    """

    id: str
    began_s: float
    set_s: float = float("-inf")
    wrong: tuple[tuple[float, float, float], ...] = ()

    def unix_s(self, true_s: float, epoch_s: float) -> float:
        if true_s < self.set_s:
            return true_s - self.began_s
        ahead_s = sum(ahead_s for begin_s, end_s, ahead_s in self.wrong if begin_s <= true_s < end_s)
        return epoch_s + true_s + ahead_s


class Life(Struct, frozen=True):
    """The time from the start of the daemon to its end, by kill -9 or without power."""

    boot: Boot
    begin_s: float
    end_s: float


class PoleClock:
    def __init__(self, life: Life, epoch_s: float) -> None:
        self._boot, self._epoch_s = life.boot, epoch_s
        self.boot, self.true_s = life.boot.id, life.begin_s

    def now(self) -> Moment:
        return self.moment_at(self.mono_s(self.true_s))

    def moment_at(self, mono_s: float) -> Moment:
        offset_s = self._boot.unix_s(self.true_s, self._epoch_s) - self.mono_s(self.true_s)
        return Moment(offset_s + mono_s, mono_s, self.boot, self.true_s >= self._boot.set_s)

    def mono_s(self, true_s: float) -> float:
        return true_s - self._boot.began_s
