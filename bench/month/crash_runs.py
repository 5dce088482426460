"""The pole's lives one after the other: each a process of its own, which ends by kill -9 unless it is the last."""

import asyncio
import gc
import json
import multiprocessing
import os
import signal
import struct
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from month import faults, pole
from month.sensors import Tape

LATEST_S = 0.03
"""A death comes so long after its window has begun, by the clock on the wall, at most."""


def lived(shard: int, lives: Sequence[faults.Life], folder: Path, tapes: Mapping[int, Tape], seed: int) -> None:
    """What the last life has to say is left in "answer.json"."""
    folder.mkdir()
    (folder / "lamppost.toml").write_text(pole.configuration(list(tapes), folder))
    chance = Random(f"{seed}/deaths/{shard}")
    for life in lives:
        progress = os.open(folder / "progress", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        os.pwrite(progress, struct.pack("d", life.begin_s), 0)
        working = multiprocessing.get_context("fork").Process(
            target=_live, args=(life, folder, tapes, progress), name=f"pole {shard}"
        )
        working.start()
        if life.dies:
            _kill(working, life, progress, chance)
        working.join()
        os.close(progress)
        if working.exitcode != (-signal.SIGKILL if life.dies else 0):
            raise RuntimeError(f"pole {shard} ended by itself: {working.exitcode}")


def _live(life: faults.Life, folder: Path, tapes: Mapping[int, Tape], progress: int) -> None:
    gc.freeze()  # the month's visits and frames stay; looking through them again and again is no work of the pole
    answer = asyncio.run(pole.live(life, folder, tapes, progress))
    (folder / "answer.json").write_text(json.dumps(answer))


def _kill(working: multiprocessing.process.BaseProcess, life: faults.Life, progress: int, chance: Random) -> None:
    while struct.unpack("d", os.pread(progress, 8, 0))[0] < life.end_s - pole.DEATH_WINDOW_S + 1.0:
        if not working.is_alive():
            return
        time.sleep(0.001)
    time.sleep(chance.uniform(0.0, LATEST_S))
    os.kill(working.pid or 0, signal.SIGKILL)
