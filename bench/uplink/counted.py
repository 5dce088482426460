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
from aiomqtt import ProtocolVersion
from broker import mosquitto

FEW, MORE = 500, 3000
VERSIONS = {"5": ProtocolVersion.V5, "3.1.1": ProtocolVersion.V311}


async def measure(folder: Path, quick: bool) -> dict[str, Any]:
    """Counts each side once; `quick` leaves MQTT 3.1.1 out."""
    with mosquitto(folder) as broker:
        return {f"mqtt_{each}": await _beside_memory(each, broker.port, folder) for each in list(VERSIONS)[: 2 - quick]}


async def _beside_memory(protocol: str, port: int, folder: Path) -> dict[str, Any]:
    store = await _of_an_event("store", protocol, port, folder)
    memory = await _of_an_event("memory", protocol, port, folder)
    return {"uplink_from_store": store, "aiomqtt_from_memory": memory, "ratio": round(memory / store, 2)}


async def _of_an_event(side: str, protocol: str, port: int, folder: Path) -> int:
    few, more = [await _counted(side, protocol, port, count, folder) for count in (FEW, MORE)]
    return round((more - few) / (MORE - FEW))


async def _counted(side: str, protocol: str, port: int, count: int, folder: Path) -> int:
    """Instructions of a whole process."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path, out = Path(place) / "bench.db", Path(place) / "callgrind.out"
        await drain.fill(path, [drain.an_event(n) for n in range(count if side == "store" else 0)])
        valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
        asked = [side, protocol, str(port), str(count), str(path)]
        run = await asyncio.create_subprocess_exec(*valgrind, sys.executable, __file__, *asked, stderr=subprocess.PIPE)
        _, said = await run.communicate()
        total = re.search(r"^(?:totals|summary): (\d+)", out.read_text() if out.exists() else "", re.M)
        if run.returncode or total is None:
            raise RuntimeError(f"{side}: the process under callgrind failed:\n{said.decode(errors='replace')}")
        return int(total[1])


async def _one_side(side: str, protocol: str, port: int, count: int, path: Path) -> None:
    if side == "store":
        await drain.from_store(port, path, count, protocol)
    else:
        await drain.from_memory(port, [drain.a_message(0)] * count, VERSIONS[protocol])


def main() -> None:
    parser = argparse.ArgumentParser(description="One side, to be counted.")
    parser.add_argument("side", choices=["store", "memory"])
    parser.add_argument("protocol", choices=VERSIONS)
    parser.add_argument("port", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("path", type=Path)
    asked = parser.parse_args()
    asyncio.run(_one_side(asked.side, asked.protocol, asked.port, asked.count, asked.path))


if __name__ == "__main__":
    main()
