"""The house as it is built: how large its pieces are, through how many hands a reading and a command go, at what cost.

Any checkout can be measured beside this one, with the libraries of this interpreter: --root names them. A row that
measures time takes them in turn. Prints one JSON. Needs mosquitto, and valgrind for the row instructions.

    .venv/bin/python bench/house [--root . /tmp/before] [--only sizes,journeys,cpu,instructions] [--quick]
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))
from cost import cpu, instructions
from journeys import journeys
from sizes import sizes
from standing import stands_on

CHECKOUT = Path(__file__).parents[2]
ROWS = {
    "sizes": "lines of functions and modules, large classes, packages of agent and drivers",
    "journeys": "hands from a bay's sensor to SQLite, and from a command to its register",
    "cpu": "CPU of the daemon for a frame of an A02, and for an event",
    "instructions": "the same in instructions, counted by callgrind",
}


async def row(name: str, roots: list[Path], folder: Path, quick: bool) -> dict[str, Any]:
    if name == "sizes":
        return {str(root): sizes(root) for root in roots}
    if name == "journeys":
        found = {}
        for number, root in enumerate(roots):
            (folder / str(number)).mkdir()
            found[str(root)] = await journeys(root, folder / str(number))
        return found
    if name == "cpu":
        return await cpu(roots, folder, 1 if quick else 5, 5.0 if quick else 10.0)
    return await instructions(roots, folder, 15.0 if quick else 40.0)


async def measure(only: list[str], roots: list[Path], quick: bool) -> dict[str, Any]:
    report: dict[str, Any] = {"stands_on": stands_on()}
    for name in only:
        # Beside the sources, not under /tmp: that may be a disk in memory, where a transaction costs nothing.
        with tempfile.TemporaryDirectory(prefix=".bench-", dir=CHECKOUT) as folder:
            report[name] = {"what": ROWS[name]} | await row(name, roots, Path(folder), quick)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="shorter, for a look")
    parser.add_argument("--only", default="sizes,journeys", help=f"rows, with commas between: {', '.join(ROWS)}")
    parser.add_argument("--root", type=Path, nargs="+", default=[CHECKOUT], help="checkouts; this one by default")
    arguments = parser.parse_args()
    only = arguments.only.split(",")
    if unknown := [name for name in only if name not in ROWS]:
        parser.error(f"there is no row {', '.join(unknown)}; there are {', '.join(ROWS)}")
    roots = [root.resolve() for root in arguments.root]
    print(json.dumps(asyncio.run(measure(only, roots, arguments.quick)), indent=2))


if __name__ == "__main__":
    main()
