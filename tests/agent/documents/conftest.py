"""A pole with documents: what it does is what it does in the street, on a clock and a disk that the test moves."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from built_pole import built_pole
from msgspec import Struct
from pole_file import bay_tables, lamp_table, line_table, pole_1
from stored import Told, promised

from agent.assembly import Builder
from agent.clock import Moment
from agent.config.schema import Config
from agent.configuration import load
from agent.documents.build import kinds_of
from agent.documents.document import Setting
from agent.documents.documents import Documents
from agent.events import Event
from agent.isolation import Isolation
from agent.rule import Commit
from agent.store import Store, StoreError
from agent.trades.lighting.part import LightingPart
from agent.trades.lighting.plan.resolve import Level
from agent.trades.parking.part import ParkingPart
from agent.trades.registry import TRADES
from drivers.base import Reading

PROGRAM = '[program.path]\non = "20:00"\noff = "06:00"\nlevel_percent = 50\n'
POLE = "".join(
    (
        pole_1('timezone = "Europe/Paris"'),
        '[store]\npath = "FOLDER/x.db"\n',
        line_table(),
        lamp_table(1, 'program = "path"', "floor_percent = 10"),
        lamp_table(2, "default_level_percent = 70"),
        bay_tables(1, 'limit = "10min"', 'dwell = "1s"'),
        bay_tables(2),
        PROGRAM,
    )
)

EVENING = datetime(2027, 1, 15, 20, tzinfo=UTC)
"""21:00 in Paris: the program burns."""


@dataclass
class Pole:
    """
    Args:
        refuses: whether the disk refuses what is written.
    """

    folder: Path
    now_utc: datetime = EVENING
    mono_s: float = 1000.0
    boot: str = "b1"
    trusted: bool = True
    refuses: bool = False
    told: list[Told] = field(default_factory=list)
    isolation: Isolation = field(default_factory=Isolation)
    config: str = POLE

    def __post_init__(self) -> None:
        self.documents: Documents
        self.builder: Builder
        self.store: Store

    def now(self) -> Moment:
        return self.moment_at(self.mono_s)

    def moment_at(self, mono_s: float) -> Moment:
        return Moment(self.now_utc.timestamp() + mono_s - self.mono_s, mono_s, self.boot, self.trusted)

    def passes(self, time: timedelta) -> None:
        self.now_utc, self.mono_s = self.now_utc + time, self.mono_s + time.total_seconds()

    def loaded(self) -> Config:
        file = self.folder / "lamppost.toml"
        file.write_text(self.config.replace("FOLDER", str(self.folder)))
        return load(file)

    def _through(self, commit: Commit) -> Commit:
        """Commits by way of this disk, which may refuse."""

        async def through(events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
            if self.refuses:
                raise StoreError(self.folder, "the disk is full")
            await commit(events, states)
            self.told += [promised(each) for each in events]

        return through

    @asynccontextmanager
    async def on(self, kinds: Mapping[str, Any] | None = None) -> AsyncIterator["Pole"]:
        """Runs the pole from its start to its end."""
        async with built_pole(self.loaded(), self.folder / "x.db", self, commit=self._through) as built:
            self.store, self.builder, self.isolation = built.store, built.builder, built.isolation
            self.documents = await Documents.load(self.builder, kinds_of(TRADES) if kinds is None else kinds)
            await self.documents.look()
            yield self

    async def set(self, command_id: str = "c1", **more: Any) -> dict[str, Any]:
        """A lighting exception of lamp-1 for three hours, where nothing else is said."""
        found: dict[str, Any] = {
            "kind": "lighting-exception",
            "name": "fair",
            "content": {"lamps": ["lamp-1"], "level_percent": 80},
            "valid_from": None,
            "valid_until": self.now_utc + timedelta(hours=3),
            **more,
        }
        return await self.documents.set(command_id, Setting(**found))

    async def close(self, command_id: str = "c1", **more: Any) -> dict[str, Any]:
        """A closure of bay-1 for three hours, likewise."""
        return await self.set(command_id, **{"kind": "closure", "name": "works", "content": {"bays": ["bay-1"]}} | more)

    def level(self, lamp: str = "lamp-1") -> Level:
        return self.builder.built.part(LightingPart).lamps[lamp].level

    @property
    def parking(self) -> ParkingPart:
        return self.builder.built.part(ParkingPart)

    async def stands(self, time: timedelta, occupied: bool = True) -> None:
        """What the sensor of bay-1 says every five seconds for so long."""
        for _ in range(int(time.total_seconds() // 5)):
            self.passes(timedelta(seconds=5))
            for listen in self.builder.built.listeners["ultra-1"]:
                await listen(Reading("ultra-1", "distance_mm", 600.0 if occupied else 2500.0, self.mono_s))

    def states(self) -> list[tuple[str, str, int, bool]]:
        """What was told of documents: state, name, revision, whether it holds."""
        told = [each.data for each in self.told if each.type == "pole.document"]
        return [(each["state"], each["name"], each["revision"], each["in_force"]) for each in told]


@pytest.fixture
def pole(tmp_path: Path) -> Pole:
    return Pole(tmp_path)
