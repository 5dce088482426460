"""How fast the disk of the store is, and whether it has room for what the store may grow to."""

import asyncio
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from agent.cli.probe.answer import Answer
from agent.configuration import Config
from drivers.translation import _

PAGE = bytes(4096)
TIMES = 20
SLOW_S = 0.25
"""A transaction waits for its fsync: slower than that, a handful of devices is held up by the disk."""


async def write(config: Config) -> list[Answer]:
    return [await asyncio.to_thread(_write, Path(config.store.path), config.store.max_mb * 1_000_000)]


def _write(store: Path, max_bytes: int) -> Answer:
    try:
        took_s = _fsync_s(store.parent)
        free_bytes = shutil.disk_usage(store.parent).free
        used_bytes = store.stat().st_size if store.exists() else 0
    except OSError as error:
        words = _("{folder} could not be written: {reason}")
        return Answer("disk", False, words.format(folder=store.parent, reason=error.strerror or error))
    return judged(took_s, free_bytes, max_bytes - used_bytes)


def _fsync_s(folder: Path) -> float:
    """Median of a page written and brought to the disk."""
    with tempfile.TemporaryFile(dir=folder) as file:
        took = []
        for _time in range(TIMES):
            began_s = time.monotonic()
            file.write(PAGE)
            file.flush()
            os.fsync(file.fileno())
            took.append(time.monotonic() - began_s)
    return statistics.median(took)


def judged(took_s: float, free_bytes: int, wanted_bytes: int) -> Answer:
    """
    Args:
        took_s: to write a page and bring it to the disk.
        wanted_bytes: by which the store may still grow.
    """
    said = _("a page is safe after {took_ms:.1f} ms, {free_mb:.0f} MB free")
    text = said.format(took_ms=took_s * 1000, free_mb=free_bytes / 1e6)
    if free_bytes < wanted_bytes:
        less = _(": less than the {wanted_mb:.0f} MB by which the store may grow (store.max_mb)")
        text += less.format(wanted_mb=wanted_bytes / 1e6)
    if took_s > SLOW_S:
        text += _(": too slow; is the card worn, or the disk on a network?")
    return Answer("disk", free_bytes >= wanted_bytes and took_s <= SLOW_S, text)
