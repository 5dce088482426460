"""A second master on the line: at random moments it asks the same units for as many registers, and all hear all.

Its requests have numbers of the same row, and it asks for other registers: its answers are wrong values for us.
"""

from collections import Counter
from pathlib import Path
from typing import Any

from wire.far import slave
from wire.faults import LINES, TIMEOUT_S, Work, all_lines, our_line

WAYS = {"every 300 ms": (300, 1.2), "every 80 ms": (80, 0.4)}
"""How long it pauses in the middle, and reads for each right one that is wanted of both."""
DEAF = "every 300 ms, its questions are not heard"
"""The bus has not two wires: the other's questions go on a pair of their own, its answers on ours."""
ONE_RIGHT = 1


async def measure(folder: Path, right_at_least: int) -> dict[str, Any]:
    rows = {name: await _ours(folder, round(share * right_at_least), ms) for name, (ms, share) in WAYS.items()}
    right, wrong = (sum(row[verdict] for row in rows.values()) for verdict in ("right", "wrong"))
    target = {"target_wrong": 0, "target_right_at_least": right_at_least}
    met = {"met": wrong == 0 and right >= right_at_least}
    deaf = {DEAF: await _ours(folder, right_at_least, 300, heard_percent=0)}
    return {"lines": LINES, "timeout_ms": TIMEOUT_S * 1000} | rows | target | met | deaf


async def _ours(folder: Path, reads: int, pause_ms: int, heard_percent: int = 100, seed: int = 1) -> dict[str, Any]:
    found: Counter[str] = Counter()

    async def line(path: str, work: Work) -> None:
        found.update(told.name for told in await our_line(path, work))

    shared = ("shared", 1000 * pause_ms, heard_percent)
    with slave(folder, *shared, round(TIMEOUT_S * 1e6), seed, LINES, ONE_RIGHT) as far:
        counted = await all_lines(far, reads, line)
    both = counted.pop("requests_sent")
    return counted | {"asked_by_both": both, "found_on_lines": dict(found)}
