"""Sources of the records of a month: the running daemon, or the file of a store."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from agent.aggregation.periods import HOUR_S
from agent.console import Ask
from agent.console_client import first_answer, read
from agent.store.file.copy import StoreCopy
from agent.trades.sensing.hours import DAY, HOURS, KEPT, StationDay, day_of, key_of, station_of


class Kept(Struct, frozen=True):
    """What is kept.

    Args:
        days: of UTC, by station, in their order.
        until_s: unix seconds; what is later has not happened, or nothing is known of it.
    """

    days: dict[str, tuple[date, ...]]
    until_s: float


class Source(Protocol):
    """Whatever has the records."""

    def kept(self) -> Kept | None:
        """Returns what is kept; None: nothing can be said, and the reason was printed."""
        ...

    def day(self, station: str, day: date) -> StationDay | None:
        """Returns a record; None: there is none of that day."""
        ...


class Daemon:
    """The daemon that listens at a socket. Raises OtherVersion where it answers otherwise than this version."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def kept(self) -> Kept | None:
        answer = asyncio.run(first_answer(self._socket, Ask(KEPT)))
        if answer is None:
            return None
        with read(answer):
            return msgspec.convert(answer["kept"], Kept)

    def day(self, station: str, day: date) -> StationDay | None:
        answer = asyncio.run(first_answer(self._socket, Ask(DAY, device=station, day=day.isoformat())))
        if answer is None:
            return None
        with read(answer):
            return msgspec.convert(answer["day"], StationDay | None)


class Desk:
    """The file of a store, or a copy. Raises StoreError."""

    def __init__(self, store: StoreCopy) -> None:
        self._store = store

    def kept(self) -> Kept:
        """Returns what is kept: of what came after its last hour nothing is known."""
        days = by_station(self._store.keys(HOURS))
        last = {station: each[-1] for station, each in days.items()}
        ends = [_end_s(day, self.day(station, day)) for station, day in last.items()]
        return Kept(days, max(ends, default=0.0))

    def day(self, station: str, day: date) -> StationDay | None:
        return self._store.load(key_of(day, station), StationDay)


def by_station(keys: Iterable[str]) -> dict[str, tuple[date, ...]]:
    """The days of each station, in their order."""
    found: dict[str, list[date]] = {}
    for key in keys:
        if (day := day_of(key)) is not None:
            found.setdefault(station_of(key), []).append(day)
    return {station: tuple(sorted(days)) for station, days in found.items()}


def _end_s(day: date, record: StationDay | None) -> float:
    """The end of its last hour, unix seconds."""
    midnight_s = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    quantities = () if record is None else record.quantities.values()
    return midnight_s + max((hour.number + 1 for each in quantities for hour in each.hours), default=0) * HOUR_S
