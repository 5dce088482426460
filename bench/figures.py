"""How much room the days of bays take in the store, and how long the daemon is held up by them. Prints JSON.

midnight_ms: telling the whole day of all groups, with its hours; the longest look of each day.

Usage: python bench/figures.py [BAYS [DAYS]]
       python bench/figures.py --day 2026-11-24 STORE    makes a store with that day of a street of twelve bays;
                                                         docs/bays.svg is drawn from it:
       lamppost report bays --day 2026-11-24 --store STORE --out docs/bays.svg
"""

import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from bay_events import freed, known, occupied, overstay, unknown
from msgspec import Struct, structs
from standing import stands_on

from agent.clock import Moment
from agent.events import Data, Event
from agent.events.registry import event
from agent.isolation import Isolation
from agent.store import Store
from agent.trades.parking.event_types import BAY_FREED, BAY_OCCUPIED
from agent.trades.parking.statistics import OccupancyAnswers, OccupancyRecorder, Place, Retention, StatisticsPublisher
from agent.trades.parking.statistics.day_report import DAYS

TIMEZONE = "Europe/Paris"
ARRIVALS_PER_H = (
    *(0.05, 0.05, 0.02, 0.02, 0.05, 0.1, 0.3, 0.7, 1.0, 1.2, 1.3, 1.4),
    *(1.1, 1.0, 1.1, 1.2, 1.3, 1.4, 1.2, 0.8, 0.5, 0.3, 0.2, 0.1),
)
"""Arrivals at a bay that is free, by local hour."""
LIMIT_S = 5400.0
STREET = {
    **{f"market-{number}": "market" for number in range(1, 6)},
    **{f"station-{number}": "station" for number in range(1, 5)},
    **{f"church-{number}": None for number in range(1, 4)},
}


class Clock:
    """Moved by hand."""

    boot = "bench"

    def __init__(self, unix_s: float) -> None:
        self.unix_s = self._begin_s = unix_s

    def now(self) -> Moment:
        return self.moment(self.unix_s)

    def moment_at(self, mono_s: float) -> Moment:
        return self.moment(mono_s + self._begin_s)

    def moment(self, unix_s: float) -> Moment:
        return Moment(unix_s, unix_s - self._begin_s, self.boot, True)


def local(day: date, hour: float = 0.0) -> float:
    return datetime.combine(day, datetime.min.time(), ZoneInfo(TIMEZONE)).timestamp() + hour * 3600


def bay_of(clock: Clock, name: str, begin_s: float, end_s: float, chance: random.Random) -> Iterator[Event]:
    """A bay's events from `begin_s` to `end_s`, as its rule would tell them."""

    def told(unix_s: float, data: Data) -> Event:
        return event(data, name, clock.moment(unix_s))

    at_s = begin_s
    yield told(at_s, known("free"))
    while True:
        hour = datetime.fromtimestamp(at_s, ZoneInfo(TIMEZONE)).hour
        waited_s = chance.expovariate(ARRIVALS_PER_H[hour]) * 3600
        if waited_s > 3600:  # the next hour has a rate of its own
            at_s += 3600
            if at_s > end_s:
                return
            continue
        came_s = at_s + waited_s + 20
        stayed_s = min(chance.lognormvariate(7.6, 0.9), 10 * 86400.0)
        left_s = came_s + stayed_s
        stay = [told(came_s, occupied())]
        if stayed_s > LIMIT_S:
            stay.append(told(came_s + LIMIT_S, overstay()))
        stay.append(told(left_s, freed(stayed_s)))
        yield from (each for each in stay if each.at.unix_s < end_s)
        if left_s > end_s:
            return
        at_s = left_s


class Figures(NamedTuple):
    """What records, publishes and answers."""

    recorder: OccupancyRecorder
    publisher: StatisticsPublisher
    answers: OccupancyAnswers


async def play(figures: Figures, clock: Clock, events: Sequence[Event], end_s: float) -> list[float]:
    """Each event at its time; the keeper looks when it wants to. How long each look took, ms."""
    look_s = clock.unix_s
    looks_ms: list[float] = []
    for each in sorted(events, key=lambda each: each.at.unix_s):
        while look_s <= each.at.unix_s:
            clock.unix_s = look_s
            before = time.perf_counter()
            look_s += await figures.publisher.advance()
            looks_ms.append((time.perf_counter() - before) * 1000)
        clock.unix_s = each.at.unix_s
        await figures.recorder.commit_bay([each], {})
    while look_s <= end_s:
        clock.unix_s = look_s
        look_s += await figures.publisher.advance()
    clock.unix_s = end_s
    await figures.publisher.advance()
    return looks_ms


def figures_of(store: Store, clock: Clock, groups: dict[str, str | None], period_s: float) -> Figures:
    async def commit(_: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        await store.commit((), states)

    place = Place("exampletown", "pole-1", TIMEZONE, groups)
    part = Isolation("pole-1").part("figures")
    recorder = OccupancyRecorder(place, Retention(90, 1 << 26), commit=commit, rows=store, clock=clock, part=part)
    publisher = StatisticsPublisher(recorder, period_s=period_s, clock=clock)
    return Figures(recorder, publisher, OccupancyAnswers(recorder, clock))


def unseen(events: Sequence[Event], begin: Moment, end: Moment) -> list[Event]:
    """A bay's events as its rule tells them when nobody sees it from `begin` to `end`: what changed shows at `end`."""
    before = [each for each in events if each.at.unix_s < begin.unix_s]
    hidden = [each for each in events if begin.unix_s <= each.at.unix_s < end.unix_s]
    after = [each for each in events if each.at.unix_s >= end.unix_s]
    shown = []
    if was_there(before):
        gone = [each for each in hidden if each.type == BAY_FREED]
        shown = [structs.replace(each, at=end) for each in gone[:1] or hidden]
        stands = bool(gone) and was_there(hidden)
    else:
        stands = was_there(hidden)
    if stands:
        shown.append(event(occupied(), events[0].subject, end))
    return [*before, *shown, *after]


def was_there(events: Sequence[Event]) -> bool:
    kinds = [each.type for each in events if each.type in {BAY_OCCUPIED, BAY_FREED}]
    return kinds[-1:] == [BAY_OCCUPIED]


async def street(day: date, file: Path) -> None:
    """Twelve bays; one sensor falls silent, and the daemon is off for a while in the night."""
    clock = Clock(local(day) - 7200)
    off, on, silent, heard = (clock.moment(local(day, hour)) for hour in (3.5, 4.6, 13.2, 16.4))
    end_s = local(day + timedelta(days=1)) + 600
    events: list[Event] = []
    for number, name in enumerate(STREET):
        told = list(bay_of(clock, name, clock.unix_s, end_s, random.Random(number)))
        told = unseen(told, off, on)
        if name == "station-2":
            told = unseen(told, silent, heard)
            there = was_there([each for each in told if each.at.unix_s <= heard.unix_s])
            told.append(event(unknown(), name, silent))
            told.append(event(known("occupied" if there else "free"), name, heard))
        events += told
    async with Store(file, max_bytes=1 << 26, boot=clock.boot) as store:
        figures = figures_of(store, clock, STREET, 3600)
        await play(figures, clock, [each for each in events if each.at.unix_s < off.unix_s], off.unix_s)
        clock.unix_s = on.unix_s
        states = {bay: log.end for bay, log in (await figures.answers.day_report("today")).logs.items()}
        figures = figures_of(store, clock, STREET, 3600)
        await figures.recorder.open()
        for bay, state in states.items():
            await figures.recorder.note_state(bay, state, clock.now())
        await play(figures, clock, [each for each in events if each.at.unix_s >= on.unix_s], end_s)


async def room(bays: int, days: int) -> dict[str, Any]:
    begin = date(2026, 9, 1)
    clock = Clock(local(begin))
    names: dict[str, str | None] = {f"bay-{number}": f"street-{number % 8}" for number in range(bays)}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lamppost.db"
        async with Store(file, max_bytes=1 << 30, boot=clock.boot) as store:
            figures = figures_of(store, clock, names, 3600)
            events = [
                each
                for name in names
                for each in bay_of(clock, name, clock.unix_s, local(begin + timedelta(days=days)), random.Random(name))
            ]
            before = time.perf_counter()
            looks_ms = await play(figures, clock, events, local(begin + timedelta(days=days)))
            took_s = time.perf_counter() - before
            rows = await store.keys(DAYS)
            status = [_timed(figures.answers.status) for _ in range(9)]
            again = figures_of(store, clock, names, 0)
            before = time.perf_counter()
            await again.recorder.open()
            opened_ms = (time.perf_counter() - before) * 1000
            return {
                "bays": bays,
                "days": days,
                "events": len(events),
                "events_per_bay_and_day": round(len(events) / bays / days, 1),
                "rows": len(rows),
                "bytes_per_row": round(sum(rows.values()) / len(rows)),
                "store_mb": round((await store.status()).used_bytes / 1e6, 2),
                "commit_ms": round(took_s * 1000 / len(events), 3),
                "midnight_ms": round(median(sorted(looks_ms)[-days:]), 1),
                "status_ms": round(median(status), 2),
                "open_ms": round(opened_ms, 1),
            }


def _timed(work: Any) -> float:
    before = time.perf_counter()
    work()
    return (time.perf_counter() - before) * 1000


if __name__ == "__main__":
    if sys.argv[1:2] == ["--day"]:
        asyncio.run(street(date.fromisoformat(sys.argv[2]), Path(sys.argv[3])))
    else:
        numbers = [int(each) for each in sys.argv[1:]]
        report = {"stands_on": stands_on()} | asyncio.run(room(*(numbers or [200, 90])))
        print(json.dumps(report, indent=2))
