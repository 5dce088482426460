"""The action pole.diagnose."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import json, to_builtins

from agent.box import read_box
from agent.clock import Clock, Moment
from agent.commands import AfterRestart, Nothing, PoleOrder
from agent.diagnose import log_tail, programs, secrets
from agent.diagnose.network import network
from drivers.base import Outcome

STATUS_BYTES = 24 * 1024
LOG_BYTES = 24 * 1024


class Diagnose:
    """
    Args:
        status: what a technician is answered.
        store: path of the store.
        file: of the configuration; None: it is not known, and is not checked.
        password_files: of the configuration in force: what is in them is masked wherever it stands.
    """

    name = "pole.diagnose"
    data = Nothing
    after_restart: AfterRestart = "again"

    def __init__(
        self,
        status: Callable[[], Awaitable[Mapping[str, Any]]],
        clock: Clock,
        store: Path,
        file: Path | None,
        password_files: Callable[[], tuple[str, ...]],
    ) -> None:
        self._status, self._clock, self._store = status, clock, store
        self._file, self._password_files = file, password_files

    async def carry_out(self, order: PoleOrder[Nothing]) -> Outcome:
        told = {
            "status": _bounded(await self._status()),
            "check": None if self._file is None else await programs.check(self._file),
            "log": _last(log_tail.lines()),
            "clock": _clock(self._clock.now()),
            "update_slots": await programs.update_slots(),
            "box": to_builtins(await asyncio.to_thread(read_box, self._store.parent)),
            "network": await asyncio.to_thread(network),
        }
        masks = secrets.Masks(await asyncio.to_thread(secrets.in_files, self._password_files()))
        return order.done(masks.of(told))


def _clock(now: Moment) -> dict[str, Any]:
    return {"trusted": now.trusted, "time": now.utc.isoformat(timespec="seconds").replace("+00:00", "Z")}


def _bounded(status: Mapping[str, Any]) -> dict[str, Any]:
    """Leaves out the longest keys until the status is short enough, and names them in `left_out`."""
    sizes = {key: len(json.encode(value)) for key, value in status.items()}
    left_out: list[str] = []
    while sum(sizes.values()) > STATUS_BYTES:
        longest = max(sizes, key=lambda key: sizes[key])
        del sizes[longest]
        left_out.append(longest)
    kept = {key: status[key] for key in status if key in sizes}
    return kept | {"left_out": left_out} if left_out else kept


def _last(lines: list[str]) -> list[str]:
    """Keeps as many of the last lines as there is room for."""
    kept: list[str] = []
    room = LOG_BYTES
    for line in reversed(lines):
        room -= len(json.encode(line)) + 1
        if room < 0:
            break
        kept.insert(0, line)
    return kept
