"""A day of a pole by a kerb: whatever it emits, look by look, for whoever would tell single stays by it."""

import asyncio
import json
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import pytest
from built_pole import BuiltPole, MovedClock, built_pole
from pole_file import bay_tables, lamp_table, line_table, pole_1

from agent import report
from agent.about import AboutPole
from agent.cli.report_privacy import report as report_privacy
from agent.cli.report_security import report as report_security
from agent.configuration import InForce, load
from agent.console import Ask
from agent.documents.build import open_documents
from agent.events import Event
from agent.rule import Commit
from agent.security import SecurityLog
from agent.states import states
from agent.store import Stored
from agent.store.rows.schema import OUTBOXES
from agent.supervise import Supervisor
from agent.trades.kerb.part import KerbPart
from agent.trades.lighting.part import LightingPart
from agent.trades.parking.stays.dossier import PREFIX, StayRecord
from agent.uplink.uplink import Uplink
from agent.uplink.uplinks import Uplinks
from agent.withheld import withheld
from drivers.base import Reading, Stay
from drivers.camera.driver import CameraDriver
from drivers.camera.ipc import Alive, Condition, Message, Standing, StaySeen

BEGIN_S = 1000.0
"""Monotonic seconds at which the day begins."""

STEP_S = 180
CONFIRMED_S = 5
"""The time after it came until a vehicle is believed to stand."""

NO_BOX = {"disk": None, "temperature_c": None, "under_voltage": None}

BASE_W, LAMP_W = 40.0, 100.0

STREET = """[camera.cam]
source = "/dev/videoX"
[zone.kerb-side]
camera = "cam"
category = "loading"
limit = "2min"
polygon = [[0, 0], [300, 0], [300, 300], [0, 300]]
[zone.opposite]
camera = "cam"
category = "bus_lane"
limit = "2min"
polygon = [[600, 0], [900, 0], [900, 300], [600, 300]]
"""
WITHIN = """[zone.within]
camera = "cam"
category = "loading"
limit = "2min"
polygon = [[0, 0], [150, 0], [150, 300], [0, 300]]
"""
"""A part of kerb-side: their difference would be the rest of it. In statistics mode `check` refuses it."""

LIT = """[program.path]
on = "00:02"
off = "00:01"
level_percent = 20
presence = [{ by = ["kerb-side", "bay-1"], hold = "1min" }]
"""
UNLIT = LIT.replace('"kerb-side", ', "")
REST = """[meter.feeder]
line = "l"
unit = 7
profile = "eastron-sdm230"
[group.square]
kind = "parking"
members = ["bay-1"]
[rule.short]
category = "general"
limit = "10min"
"""


def pole(kerb: str, *, asks_single: bool) -> str:
    """
    Args:
        asks_single: also what is of use in alert mode alone: lamps by a zone, a zone within another one.
    """
    bay = bay_tables(1, 'also = ["kerb-side"]', 'rule = "short"', 'silence = "10min"')
    street = STREET + (WITHIN + LIT if asks_single else UNLIT)
    return pole_1() + line_table() + lamp_table(1, 'program = "path"') + bay + REST + street + kerb


class Visit(NamedTuple):
    """A vehicle; seconds of the day. `zones` are all in which it stands; `hides`: it stands before the lens."""

    came_s: int
    stood_s: int
    zones: tuple[str, ...] = ("kerb-side",)
    hides: bool = False

    @property
    def left_s(self) -> int:
        return self.came_s + self.stood_s


class Look(NamedTuple):
    """What the pole has emitted by one moment, by channel; JSON-able.

    `told`: what was committed since the look before, events and keys of states, as `tail` and the disk see it.
    """

    at_s: int
    status: Any
    states: Any
    store: Any
    told: Any
    log: Any
    heartbeat: Any


class Trace(NamedTuple):
    """A day as it was seen: each look, what would be sent at its end, and the reports of then."""

    looks: list[Look]
    sent: list[Any]
    reports: list[Any]

    def since(self, at_s: float) -> "Trace":
        """What can still be seen of it from that second of the day on."""
        return self._replace(looks=[look for look in self.looks if look.at_s > at_s])


class _Lines(logging.Handler):
    """Keeps every line of the log, whatever its level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    @contextmanager
    def kept(self) -> Iterator[None]:
        root = logging.getLogger()
        before = root.level
        root.addHandler(self)
        root.setLevel(logging.DEBUG)
        try:
            yield
        finally:
            root.setLevel(before)
            root.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(("agent", "drivers")):
            self.lines.append(f"{record.levelname} {record.name} {record.getMessage()}")


class WatchedPole:
    """A pole that is built, with what surrounds it in the daemon, and a camera whose process the test plays.

    The work of that process is that of a real one: it grows while somebody comes or goes.
    """

    def __init__(self, built: BuiltPole, clock: MovedClock, told: list[Any], file: Path) -> None:
        self.built, self.clock, self._told, self._file = built, clock, told, file
        hear = built.parts.hear
        self.supervisors = [Supervisor(each, hear, now_s=lambda: clock.mono_s) for each in built.parts.drivers]
        (camera,) = built.parts.part(KerbPart).cameras.values()
        self._camera, self._work, self._used_kwh = camera, 0, 100.0
        self._condition: Condition = "ok"
        camera._process = _Plays()  # type: ignore[assignment]
        camera._check = lambda message: None  # type: ignore[method-assign]  # its clock is not that of the test
        (self._pass_on,) = (one._pass_on for one in self.supervisors if one.driver is camera)
        self.about = AboutPole(built.builder, self.supervisors, InForce("/etc/l.toml", "1" * 64))

    async def open(self) -> None:
        built, about = self.built, self.about
        about.documents = await open_documents(built.builder, built.builder.trades)
        about.uplinks = Uplinks(self._uplink, built.isolation)
        await about.uplinks.follow(built.config.uplink)
        about.security = SecurityLog("pole-1", self.clock, built.store.commit)
        await self.alive()
        await self.ask_all()

    def _uplink(self, name: str, options: Any) -> Uplink:
        return Uplink(options, "exampletown", "pole-1", self.built.store.position(name), _never, name=name)

    async def camera_says(self, message: Message) -> None:
        assert isinstance(self._camera, CameraDriver)
        await self._camera._take(message, self._pass_on)

    async def alive(self) -> None:
        now_s, work = self.clock.mono_s, self._work
        slowed = "looking takes 70 % of the time" if work % 7 == 3 else ""
        await self.camera_says(
            Alive(
                now_s,
                self._condition,
                "",
                int(now_s) - work,
                work,
                0,
                work,
                2.0 if slowed else 1.0,
                slowed,
                work % 2 == 1,
                work,
            )
        )

    def works(self) -> None:
        self._work += 3

    async def lens_is(self, condition: Condition) -> None:
        """The process tells at once that it sees no more, and that it sees again."""
        self._condition = condition
        await self.alive()

    async def ask_all(self) -> None:
        for runner in list(self.built.parts.runners):
            await runner.ask()

    async def until(self, at_s: float) -> None:
        """Time passes: each rule is asked when it wants to be."""
        end_s = BEGIN_S + at_s
        while due := [each for each in self.built.parts.runners if (each.wake_at_s or end_s) < end_s]:
            first = min(due, key=lambda each: each.wake_at_s or 0.0)
            before_s = first.wake_at_s or 0.0
            self.clock.mono_s = max(self.clock.mono_s, before_s)
            await first.ask()
            assert first.wake_at_s is None or first.wake_at_s > before_s, first.key
        self.clock.mono_s = end_s

    async def measured(self) -> None:
        """The lamp and the meter before it say what they draw; a van stands in the bay in the fourth hour."""
        level = self.built.parts.part(LightingPart).lamps["lamp-1"].level.level_percent or 0.0
        now_s, hear = self.clock.mono_s, self.built.parts.hear
        drawn_w = LAMP_W * level / 100
        await hear(Reading("lamp-1", "level_percent", level, now_s))
        await hear(Reading("lamp-1", "active_power_w", drawn_w, now_s))
        await hear(Reading("feeder", "active_power_w", BASE_W + drawn_w, now_s))
        self._used_kwh = round(self._used_kwh + (BASE_W + drawn_w) * STEP_S / 3_600_000, 4)
        await hear(Reading("feeder", "active_energy_kwh", self._used_kwh, now_s))
        near = 3 <= (now_s - BEGIN_S) / 3600 < 4
        for _ in range(3):
            await hear(Reading("ultra-1", "distance_mm", 500 if near else 2000, now_s))

    async def look(self, reader: sqlite3.Connection, lines: _Lines) -> Look:
        now, built = self.clock.now(), self.built
        status = await self.about.status()
        retained = states(built.config, now, built.parts, self.supervisors, built.isolation)
        beat = report.heartbeat(built.config, now, status | {"box": NO_BOX}, built.builder.trades, built.isolation)
        told, self._told[:] = list(self._told), []
        said, lines.lines = lines.lines, []
        del status["box"], status["uplink"]["since_s"]  # the disk and heat of the test's box, and its time
        status["store"] = {key: each for key, each in status["store"].items() if not key.startswith("written_")}
        return Look(
            int(now.mono_s - BEGIN_S),
            msgspec.to_builtins(status),
            msgspec.to_builtins(retained),
            _rows(reader),
            told,
            said,
            msgspec.to_builtins(beat.data),
        )

    async def reports(self, days: Sequence[str]) -> list[Any]:
        config, answers = self.built.config, self.built.parts.answers
        asked = [await answers["bays"](Ask("bays", day=day)) for day in days]
        stays = [await answers["stay"](Ask("stay", stay=stay)) for stay in await self._stays()]
        security = json.dumps(await asyncio.to_thread(report_security, config, self._file))
        security = security.replace(str(self._file), "pole.toml")
        return [report_privacy(config, self.clock), security, self.about.inventory(), *asked, *stays]

    async def _stays(self) -> list[str]:
        """The identities of all stays of which a record is kept."""
        store = self.built.store
        records = [await store.load(key, StayRecord) for key in await store.keys(PREFIX)]
        return [record.stay.key for record in records if record is not None and record.stay is not None]

    async def sent(self) -> list[Any]:
        rows = await self.built.store.position().lease(9000)
        may_go = [row for row in rows if not withheld(self.built.builder, row)]
        return [_shown(row) for row in may_go if row.type != "store.skipped"]


class _Plays:
    """Stands for the camera process, which the test plays."""

    pid = 1


async def _never(arrival: Any) -> None:
    raise AssertionError(arrival)


def _shown(row: Stored) -> Any:
    return [row.type, row.subject, round(row.at.unix_s, 3), json.loads(bytes(row.data))]


_NEWEST = (
    "SELECT seq, type, subject, unix_s, data FROM {outbox} WHERE type <> 'store.skipped' ORDER BY seq DESC LIMIT 20"
)
"""The newest rows, but for what is dated by the clock of the test's box: it tells which numbers went, in ranges."""


def _rows(reader: sqlite3.Connection) -> Any:
    """All states, and events but for their ids, which are of chance; what the store notes of itself stands in the
    status."""
    query = "SELECT key, body FROM state WHERE key NOT LIKE 'store.%' AND key <> 'identities' ORDER BY key"
    kept = {key: bytes(body).decode() for key, body in reader.execute(query)}
    outboxes = [list(reader.execute(_NEWEST.format(outbox=name))) for name in OUTBOXES.values()]
    return [kept, [[str(cell) for cell in row] for rows in outboxes for row in rows]]


def _capturing(told: list[Any], clock: MovedClock) -> Callable[[Commit], Commit]:
    def capture(commit: Commit) -> Commit:
        async def captured(events: Sequence[Event], changed: Mapping[str, Any]) -> None:
            await commit(events, changed)
            said = [[each.type, each.subject, each.at.unix_s, msgspec.to_builtins(each.data)] for each in events]
            told.append([clock.mono_s, said, sorted(changed)])

        return captured

    return capture


class Street:
    """A street with these vehicles, and the pole that watches it.

    Args:
        file: the configuration of the pole.
        dawn_s: when the day begins, seconds since 1970.
        trusted: whether the clock of the pole is set.
    """

    def __init__(self, file: Path, dawn_s: float, visits: Sequence[Visit], *, trusted: bool = True) -> None:
        self._file, self._visits = file, visits
        self._clock = MovedClock(dawn_s - BEGIN_S)
        self._clock.trusted = trusted

    async def seen(self, length_s: int, days: Sequence[str] = ()) -> Trace:
        """What is seen of so much of the day. `days`: of which the reports tell."""
        database, told, lines = self._file.with_suffix(".db"), list[Any](), _Lines()
        capture = _capturing(told, self._clock)
        # The identities of events are of chance, and would differ on two days that are alike.
        with pytest.MonkeyPatch.context() as patch:
            for module in ("agent.events", "agent.places.identities"):
                patch.setattr(f"{module}.uuid4", partial(UUID, int=7))
            async with built_pole(load(self._file), database, self._clock, commit=capture) as built:
                with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as reader, lines.kept():
                    return await self._day(
                        WatchedPole(built, self._clock, told, self._file), reader, lines, length_s, days
                    )

    async def _day(
        self, pole: WatchedPole, reader: sqlite3.Connection, lines: _Lines, length_s: int, days: Sequence[str]
    ) -> Trace:
        await pole.open()
        looks = []
        for begin_s in range(0, length_s, STEP_S):
            await self._street(pole, begin_s)
            await pole.until(begin_s + STEP_S)
            await self._standing(pole, begin_s + STEP_S)
            await pole.alive()
            await pole.measured()
            await pole.ask_all()
            looks.append(await pole.look(reader, lines))
        return Trace(looks, await pole.sent(), await pole.reports(days))

    async def _street(self, pole: WatchedPole, begin_s: int) -> None:
        """What the camera sees until the next look, in its order."""
        for at_s, tell in sorted(self._told(begin_s), key=lambda each: each[0]):
            await pole.until(at_s)
            pole.works()
            await tell(pole)

    def _told(self, begin_s: int) -> Iterator[tuple[int, Callable[[WatchedPole], Awaitable[None]]]]:
        for visit in self._visits:
            if begin_s <= visit.came_s + CONFIRMED_S < begin_s + STEP_S:
                yield visit.came_s + CONFIRMED_S, partial(_tell, visit, None)
            if begin_s <= visit.left_s < begin_s + STEP_S:
                yield visit.left_s, partial(_tell, visit, visit.left_s)

    async def _standing(self, pole: WatchedPole, at_s: int) -> None:
        for visit in self._visits:
            if visit.came_s + CONFIRMED_S < at_s < visit.left_s:
                for seen in _stays(visit, None):
                    await pole.camera_says(Standing(seen.zone, seen.stay, (0, 0, 9, 9), b"", BEGIN_S + at_s))


async def _tell(visit: Visit, left_s: int | None, pole: WatchedPole) -> None:
    for message in _stays(visit, left_s):
        await pole.camera_says(message)
    if visit.hides:
        await pole.lens_is("blocked" if left_s is None else "ok")


def _stays(visit: Visit, left_s: int | None) -> list[StaySeen]:
    came_s = BEGIN_S + visit.came_s
    at_s = came_s + CONFIRMED_S if left_s is None else BEGIN_S + left_s
    left = None if left_s is None else BEGIN_S + left_s
    return [StaySeen(zone, Stay(f"{zone}-{visit.came_s}", came_s, left, "car", 0.9), at_s) for zone in visit.zones]


# The adversary


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every single thing that is said, by where it stands."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from leaves(each, f"{path}/{key}")
    elif isinstance(value, list | tuple):
        yield f"{path}/len", len(value)
        for number, each in enumerate(value):
            yield from leaves(each, f"{path}/{number}")
    else:
        yield path, value


def surprises(series: Sequence[Any]) -> set[int]:
    """The looks at which one thing did not go on as before: a number at its pace, all else as it was."""
    found, pace = set(), 0.0
    for number, (before, now) in enumerate(pairwise(series), 1):
        if _is_number(before) and _is_number(now):
            if abs(now - before - pace) > 1e-6:
                found.add(number)
            pace = now - before
        elif before != now:
            found.add(number)
            pace = 0.0
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def reconstructed(trace: Trace, empty: Trace, visits: Sequence[Visit]) -> dict[Visit, set[str]]:
    """The visits that can be told by the trace alone, each with what tells it.

    A thing tells of a visit if it does something new at the look after the vehicle came and at the one after it left,
    and would not have done so on an empty street.
    """
    usual, news = _news(empty), _news(trace)
    fresh = {path: looks - usual.get(path, set()) for path, looks in news.items()}
    return {visit: {path for path, looks in fresh.items() if _tells(visit, looks)} for visit in visits}


def _news(trace: Trace) -> dict[str, set[int]]:
    """The looks at which each single thing did something new."""
    series: dict[str, list[Any]] = {}
    for number, look in enumerate(trace.looks):
        for channel, value in look._asdict().items():
            for path, said in leaves(value, channel):
                series.setdefault(path, [None] * len(trace.looks))[number] = said
    return {path: surprises(each) for path, each in series.items()}


def _tells(visit: Visit, looks: set[int]) -> bool:
    came, left = ((at_s - 1) // STEP_S for at_s in (visit.came_s + CONFIRMED_S, visit.left_s))
    return any(each in looks for each in (came, came + 1)) and any(each in looks for each in (left, left + 1))


def differences(one: Trace, other: Trace) -> list[str]:
    """What differs between two days, and when: nothing, where no secret of them leaves the pole."""
    found = []
    for here, there in zip(one.looks, other.looks, strict=True):
        for channel, value in here._asdict().items():
            if value != (against := getattr(there, channel)):
                mine, theirs = dict(leaves(value)), dict(leaves(against))
                paths = [path for path in mine.keys() | theirs.keys() if mine.get(path) != theirs.get(path)]
                found.append(f"{here.at_s} s {channel}: {sorted(paths)[:4]}")
    if one.sent != other.sent:
        found.append("what is sent")
    if one.reports != other.reports:
        found.append("reports")
    return found
