"""The volume that the store writes to its disk in a day: it wears an SD card out."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct, json

from agent.clock import Moment

KEY = "store.wear"
# How often the count is written, with a transaction that is written anyway. A crash forgets what came since.
_KEEP_S = 900.0


class WriteVolumeState(Struct, frozen=True):
    """What is kept of it.

    Args:
        day: date in UTC, as in "2026-11-22".
        today_bytes: written on that day.
        yesterday_bytes: on the last day before it on which lamppost ran.
    """

    day: str = ""
    today_bytes: int = 0
    yesterday_bytes: int | None = None


def written_bytes() -> int | None:
    """Bytes this thread has sent towards a disk; None: the kernel counts none (proc(5), write_bytes in PID/io).

    Counted are whole pages of 4096 bytes that became dirty; the journal of the file system comes on top.
    """
    try:
        lines = Path("/proc/thread-self/io").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("write_bytes:")), None)


class WriteVolume:
    """Counts on the thread of the store.

    Args:
        kept: the state as loaded.
        written: bytes since some beginning.
    """

    def __init__(self, kept: WriteVolumeState, written: Callable[[], int | None] = written_bytes) -> None:
        self._state, self._written = kept, written
        self._counted = written() or 0
        self._kept_s = float("-inf")

    def state(self, now: Moment) -> WriteVolumeState | None:
        """Returns what was written up to now; None: it cannot be measured. The day changes only by a clock that is
        set."""
        written = self._written()
        if written is None:
            return None
        state, more = self._state, written - self._counted
        day = now.utc.date().isoformat() if now.trusted else state.day
        if state.day and day != state.day:
            self._state = WriteVolumeState(day, more, state.today_bytes)
        else:
            self._state = WriteVolumeState(day, state.today_bytes + more, state.yesterday_bytes)
        self._counted = written
        return self._state

    def due(self, now: Moment) -> dict[str, bytes]:
        """The state to be written with the transaction at hand, when it is time."""
        if 0 <= now.mono_s - self._kept_s < _KEEP_S:
            return {}
        state = self.state(now)
        self._kept_s = now.mono_s
        return {} if state is None else {KEY: json.encode(state)}
