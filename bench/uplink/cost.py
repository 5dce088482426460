"""What the mark beside the file and the log cost each event with its state: instructions and bytes to the disk.

Counted are processes that commit one event after the other and acknowledge it: with the mark and the log as they are,
without the mark, and without a log (what has arrived goes at once). By callgrind a process with few commits is taken
off one with more; bytes are write_bytes of /proc/PID/io, without callgrind.

    .venv/bin/python bench/uplink --only cost
"""

import asyncio
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from drain import an_event
from wear import Standing, written_bytes

from agent.store import Store
from agent.store.file import file
from agent.store.file.marking import Marking

FEW, MORE, QUICK_MORE, FOR_BYTES = 50, 350, 150, 1000
WAYS = ("mark_and_log", "without_mark", "without_log")
MOST_PERCENT = 15
"""The most instructions that the mark may add."""


async def measure(folder: Path, quick: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for way in WAYS:
        few, more = [await _instructions(way, count, folder) for count in (FEW, QUICK_MORE if quick else MORE)]
        each = round((more - few) / ((QUICK_MORE if quick else MORE) - FEW))
        found[way] = {"instructions": each, "disk_bytes": await _disk_bytes(way, folder)}
    whole, bare = found["mark_and_log"], found["without_mark"]
    shares = {f"mark_adds_{key}_percent": round(100 * (whole[key] / bare[key] - 1), 1) for key in whole}
    return {**found, **shares, "target_instructions_percent": MOST_PERCENT}


async def _instructions(way: str, count: int, folder: Path) -> int:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        out = Path(place) / "callgrind.out"
        await _ran(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"], way, count, place)
        total = re.search(r"^(?:totals|summary): (\d+)", out.read_text(), re.M)
        assert total is not None
        return int(total[1])


async def _disk_bytes(way: str, folder: Path) -> int:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        return round(int(json.loads(await _ran([], way, FOR_BYTES, place))) / FOR_BYTES)


async def _ran(under: list[str], way: str, count: int, place: str) -> bytes:
    command = [*under, sys.executable, __file__, way, str(count), place]
    run = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said, errors = await run.communicate()
    if run.returncode:
        raise RuntimeError(f"{way}: {errors.decode(errors='replace')}")
    return said


async def _commit(way: str, count: int, place: Path) -> int:
    if way == "without_mark":
        file.proof.adopt = lambda *_: Marking()  # type: ignore[attr-defined]
    keep_s = 0.0 if way == "without_log" else 7 * 86_400.0
    began = written_bytes()
    async with Store(place / "bench.db", max_bytes=1 << 28, boot="bench", keep_acknowledged_s=keep_s) as store:
        for n in range(count):
            await store.commit([an_event(n)], {f"bay/bay-{n % 4}": Standing(float(n))})
            await store.position().acknowledge(await store.position().lease(9))
    return written_bytes() - began


if __name__ == "__main__":
    print(asyncio.run(_commit(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))))
