"""The daemon under tracemalloc: SIGUSR1 notes what is allocated, a second one writes what has come since to a file.

python bench/soak/traced.py OUT.json run -c lamppost.toml
"""

import gc
import json
import signal
import sys
import tracemalloc
from pathlib import Path
from types import FrameType

from agent.__main__ import main

FRAMES = 6
MOST = 25


class Growth:
    """Args: out: where it is written, at once and whole."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._before: tracemalloc.Snapshot | None = None

    def note(self, number: int, frame: FrameType | None) -> None:
        """A handler of signals."""
        gc.collect()
        now = self._snapshot()
        if self._before is None:
            self._before = now
            return
        found = now.compare_to(self._before, "traceback")
        grown = [
            {"bytes": each.size_diff, "blocks": each.count_diff, "at": [str(one) for one in each.traceback]}
            for each in sorted(found, key=lambda each: -each.size_diff)[:MOST]
            if each.size_diff > 0
        ]
        written = self._out.with_suffix(".part")
        written.write_text(json.dumps(grown))
        written.rename(self._out)

    def _snapshot(self) -> tracemalloc.Snapshot:
        return tracemalloc.take_snapshot().filter_traces(
            [tracemalloc.Filter(False, tracemalloc.__file__), tracemalloc.Filter(False, __file__)]
        )


if __name__ == "__main__":
    growth = Growth(Path(sys.argv.pop(1)))
    signal.signal(signal.SIGUSR1, growth.note)
    tracemalloc.start(FRAMES)
    sys.exit(main())
