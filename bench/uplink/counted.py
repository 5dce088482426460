"""What an event costs in instructions, drained from the store and published by aiomqtt from memory, by callgrind.

They hardly depend on what else the machine does. Each side is run twice, with few events and with more of them: the
difference is that of the events alone, without the start of the process and of the connection.
"""

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import drain
from broker import TLS, mosquitto, self_signed
from drain import VERSIONS, Way

FEW, MORE = 500, 3000


async def measure(folder: Path, quick: bool) -> dict[str, Any]:
    """Counts each side once, without TLS and with it; `quick` leaves MQTT 3.1.1 out."""
    authority = self_signed(folder)
    with mosquitto(folder) as plain, mosquitto(folder, TLS.format(folder)) as secured:
        versions = list(VERSIONS)[: 2 - quick]
        ways = [
            Way(port, each, of) for port, of in ((plain.port, None), (secured.port, authority)) for each in versions
        ]
        return {f"mqtt_{way.protocol}{'_tls' if way.authority else ''}": await _both(way, folder) for way in ways}


async def _both(way: Way, folder: Path) -> dict[str, Any]:
    store, memory = await _of_an_event("store", way, folder), await _of_an_event("memory", way, folder)
    return {"uplink_from_store": store, "aiomqtt_from_memory": memory, "ratio": round(memory / store, 2)}


async def _of_an_event(side: str, way: Way, folder: Path) -> int:
    few, more = [await _counted(side, way, count, folder) for count in (FEW, MORE)]
    return round((more - few) / (MORE - FEW))


async def _counted(side: str, way: Way, count: int, folder: Path) -> int:
    """Instructions of a whole process."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path, out = Path(place) / "bench.db", Path(place) / "callgrind.out"
        await drain.fill(path, [drain.an_event(n) for n in range(count if side == "store" else 0)])
        valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
        asked = [side, way.protocol, str(way.port), str(count), str(path), *map(str, filter(None, (way.authority,)))]
        run = await asyncio.create_subprocess_exec(*valgrind, sys.executable, __file__, *asked, stderr=subprocess.PIPE)
        _, said = await run.communicate()
        total = re.search(r"^(?:totals|summary): (\d+)", out.read_text() if out.exists() else "", re.M)
        if run.returncode or total is None:
            raise RuntimeError(f"{side}: the process under callgrind failed:\n{said.decode(errors='replace')}")
        return int(total[1])


async def _one_side(side: str, way: Way, count: int, path: Path) -> None:
    if side == "store":
        await drain.from_store(way, path, count)
    else:
        await drain.from_memory(way, [drain.a_message(0)] * count)


def main() -> None:
    parser = argparse.ArgumentParser(description="One side, to be counted.")
    parser.add_argument("side", choices=["store", "memory"])
    parser.add_argument("protocol", choices=VERSIONS)
    parser.add_argument("port", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("path", type=Path)
    parser.add_argument("authority", type=Path, nargs="?")
    asked = parser.parse_args()
    way = Way(asked.port, asked.protocol, asked.authority)
    asyncio.run(_one_side(asked.side, way, asked.count, asked.path))


if __name__ == "__main__":
    main()
