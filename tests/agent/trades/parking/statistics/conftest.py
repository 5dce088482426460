"""A pole whose clock and power supply the test moves, and a store that takes what is committed or refuses it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec
import pytest
from bay_events import freed, known, occupied, overstay, unknown
from msgspec import Struct
from stored import Told, promised

from agent.clock import Moment
from agent.events import Data, Event
from agent.events.registry import event
from agent.isolation import Isolation
from agent.regulation import ExceededStage
from agent.store import StoreError
from agent.trades.parking.event_types import State as BayState
from agent.trades.parking.statistics import (
    DayLog,
    GroupIdentity,
    OccupancyAnswers,
    OccupancyRecorder,
    Place,
    Retention,
    State,
    StatisticsPublisher,
)
from agent.trades.parking.statistics.day_report import key_of
from agent.trades.parking.statistics.event_types import BAY_STATISTICS

TIMEZONE = "Europe/Paris"

S = TypeVar("S", bound=Struct)


def unix(text: str) -> float:
    """Returns the unix seconds of a local time: "2026-11-25 08:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(TIMEZONE)).timestamp()


@dataclass
class Pole:
    """Keeps the figures of some bays."""

    unix_s: float
    groups: dict[str, str | None] = field(default_factory=lambda: {"b1": "market", "b2": "market", "b3": None})
    identities: dict[str, GroupIdentity] = field(default_factory=dict)
    mono_s: float = 1000.0
    boot: int = 1
    trusted: bool = True
    period_s: float = 3600.0
    keep_days: int = 90
    max_bytes: int = 1 << 20
    stored: dict[str, bytes] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    commits: int = 0
    refuses: bool = False
    broken: bool = False

    def __post_init__(self) -> None:
        self.figures = Isolation("p1", self, now_s=lambda: self.mono_s).part("figures")
        self._begin()

    def _begin(self) -> None:
        self.keeper = OccupancyRecorder(
            Place("town", "pole-1", TIMEZONE, self.groups),
            Retention(self.keep_days, self.max_bytes),
            commit=self.commit,
            rows=self,
            clock=self,
            part=self.figures,
        )
        self.publisher = StatisticsPublisher(
            self.keeper, period_s=self.period_s, clock=self, identities=self.identities
        )
        self.answers = OccupancyAnswers(self.keeper, self)

    def now(self) -> Moment:
        return self.moment_at(self.mono_s)

    def moment_at(self, mono_s: float) -> Moment:
        return Moment(self.unix_s + mono_s - self.mono_s, mono_s, f"boot-{self.boot}", self.trusted)

    async def commit(self, events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        if self.refuses:
            raise StoreError(Path("lamppost.db"), "the disk is full")
        self.commits += 1
        self.events += events
        for key, state in states.items():
            if state is None:
                self.stored.pop(key, None)
            else:
                self.stored[key] = msgspec.json.encode(state)

    async def load(self, key: str, kind: type[S]) -> S | None:
        body = self.stored.get(key)
        return None if body is None else msgspec.json.decode(body, type=kind)

    async def keys(self, prefix: str) -> dict[str, int]:
        if self.broken:
            raise KeyError(prefix)
        return {key: len(key) + len(body) for key, body in sorted(self.stored.items()) if key.startswith(prefix)}

    def pass_time(self, seconds: float) -> None:
        self.unix_s += seconds
        self.mono_s += seconds

    def until(self, text: str) -> None:
        self.pass_time(unix(text) - self.unix_s)

    async def work_until(self, text: str) -> None:
        """Works as the daemon does, which looks again when the publisher asks for it."""
        while self.unix_s < unix(text):
            self.pass_time(min(await self.publisher.advance(), unix(text) - self.unix_s))
        await self.publisher.advance()

    async def restart(self, off_s: float = 0.0, *, reboot: bool = True) -> None:
        """Restarts the pole, which then has what was stored and no more."""
        self.pass_time(off_s)
        if reboot:
            self.boot += 1
            self.mono_s = 7.0
        self._begin()
        await self.keeper.open()
        await self.publisher.advance()

    async def tell(self, data: Data, bay: str = "b1", ago_s: float = 0.0) -> None:
        await self.keeper.commit_bay([event(data, bay, self.moment_at(self.mono_s - ago_s))], {})

    async def comes(self, bay: str = "b1", ago_s: float = 0.0) -> None:
        await self.tell(occupied(), bay, ago_s)

    async def leaves(self, bay: str = "b1", ago_s: float = 0.0, stood_s: float | None = None) -> None:
        await self.tell(freed(stood_s), bay, ago_s)

    async def overstays(self, bay: str = "b1", stage: ExceededStage = "limit") -> None:
        await self.tell(overstay(stage), bay)

    async def falls_silent(self, bay: str = "b1") -> None:
        await self.tell(unknown(), bay)

    async def is_known(self, state: BayState, bay: str = "b1") -> None:
        await self.tell(known(state), bay)

    async def is_heard(self, state: State, bay: str = "b1") -> None:
        await self.keeper.note_state(bay, state, self.now())

    def log(self, day: str, bay: str = "b1") -> DayLog:
        """Returns the log of a day as it is stored; where none is stored, one that knows nothing."""
        body = self.stored.get(key_of(date.fromisoformat(day), bay))
        return DayLog() if body is None else msgspec.json.decode(body, type=DayLog)

    def told(self) -> list[Told]:
        return [promised(each) for each in self.events if each.type == BAY_STATISTICS]


@pytest.fixture(scope="session")
def pole() -> Callable[..., Pole]:
    """A pole at a local time."""

    def make(text: str = "2026-11-25 08:00", **settings: object) -> Pole:
        return Pole(unix(text), **settings)  # type: ignore[arg-type]

    return make
