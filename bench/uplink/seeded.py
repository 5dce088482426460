"""Random trials of a store: as a row of the whole run, or by themselves with a count and a seed."""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

sys.path.append(str(Path(__file__).parents[1]))
from standing import stands_on

SEED_OF_THE_ROW = 23


class Trials(Struct, frozen=True):
    """What is tried so often.

    Args:
        play: plays as many as it is told in a folder, from a seed, and reports.
        count, quick_count: of the row, and of the shorter one.
        target: what is to be found, of the report.
    """

    play: Callable[[Path, int, int], Awaitable[dict[str, Any]]]
    count: int
    quick_count: int
    target: Mapping[str, int]

    async def measure(self, folder: Path, quick: bool) -> dict[str, Any]:
        """The row; shorter where `quick` is true."""
        count = self.quick_count if quick else self.count
        return await self.play(folder, count, SEED_OF_THE_ROW) | {"target": self.target}

    def parser(self, what: str) -> argparse.ArgumentParser:
        parser = argparse.ArgumentParser(description=what.splitlines()[0])
        parser.add_argument("--count", type=int, default=self.count)
        parser.add_argument("--seed", type=int, default=1)
        return parser

    def run(self, arguments: argparse.Namespace) -> None:
        """Plays them in a folder of their own, and prints the report."""

        async def played() -> dict[str, Any]:
            with tempfile.TemporaryDirectory() as folder:
                return await self.play(Path(folder), arguments.count, arguments.seed)

        print(json.dumps({"stands_on": stands_on()} | asyncio.run(played()), indent=2))
