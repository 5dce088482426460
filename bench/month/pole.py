"""One pole with its bays: what the daemon does with the bytes of its sensors, in a process that may be killed.

Configuration, drivers' decoders, rules, and store are the daemon's own. Replaced are the far ends, the waiting (time
passes from one frame to the next) and the pace of commits: those of all bays within a day go into few transactions.
"""

import asyncio
import os
import struct
import time
from collections.abc import Coroutine, Generator, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bay_pole import a02_table, bay_table, head, radio_table
from msgspec import Struct

from agent.assembly import Builder, Components
from agent.configuration import load
from agent.events import Event
from agent.isolation import Isolation
from agent.rule import RuleRunner
from agent.store import Store
from agent.trades.parking.part import FIGURES
from drivers.base import Reading
from drivers.lorawan.servers.chirpstack import uplink
from month import broker, faults, truth
from month.sensors import FAMILIES, Burst, Tape, Told, family_of
from month.truth import DAY_S, use_of

SHARDS = 2
TICK_S, DEATH_TICK_S, DEATH_WINDOW_S = 86400.0, 0.5, 20.0
STORE_BYTES = 1 << 30

WAKES_S = 0.001
"""An event loop wakes up so long after what was due."""

RULES = """
[rule.blue]
category = "blue_zone"
limit = "90min"
grace = "10min"
holidays = "fr"
windows = [{ days = ["mon", "tue", "wed", "thu", "fri", "sat"], from = "09:00", to = "19:00" }]
[rule.loading]
category = "loading"
limit = "30min"
outside = "pause"
holidays = "fr"
windows = [{ days = ["mon", "tue", "wed", "thu", "fri", "sat"], from = "06:00", to = "12:00" }]
[rule.short]
category = "short_stop"
limit = "20min"
[rule.residents]
category = "general"
limit = "7d"
[rule.general]
category = "general"
"""


def shard_of(bay: int) -> int:
    return bay // 50 % SHARDS


def configuration(bays: Sequence[int], folder: Path) -> str:
    return head(folder, truth.TIMEZONE) + RULES + "".join(map(_tables, bays))


def _tables(bay: int) -> str:
    family, table = FAMILIES[family_of(bay)], bay_table(bay, use_of(bay))
    if not family.model:
        return table + a02_table(bay, family.period_s)
    heartbeat = f'heartbeat = "{family.period_s:g}s"\n' if family.measures else ""
    return table + radio_table(bay, family.model) + heartbeat


class Together:
    """Commits of many bays in one transaction: whoever commits is held until all others have come as far.

    Args:
        times: file descriptor to which the times of events are written before they are committed.
    """

    def __init__(self, store: Store, times: int) -> None:
        self._store, self._times = store, times
        self._events: list[Event] = []
        self._states: dict[str, Struct | None] = {}

    async def commit(self, events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        self._events += events
        self._states |= states
        await _Held()

    async def run(self, works: Sequence[Coroutine[Any, Any, None]]) -> None:
        going = [_Work(work) for work in works]
        while going:
            going = [work for work in going if work.goes_on()]
            if going:
                events, states = self._events, self._states
                self._events, self._states = [], {}
                os.write(self._times, "".join(map(_time_of, events)).encode())
                await self._store.commit(events, states)


def _time_of(event: Event) -> str:
    """The store forgets the monotonic time of an event whose wall time is trusted; the judge needs it."""
    return f"{event.id} {event.at.boot} {event.at.mono_s!r}\n"


class _Held:
    def __await__(self) -> Generator[None, None, None]:
        yield


class _Work:
    """What commits, and waits for others that commit, or for the lock that one of them has."""

    def __init__(self, work: Coroutine[Any, Any, None]) -> None:
        self._work, self._waits_for = work, None

    def goes_on(self) -> bool:
        if self._waits_for is not None and not self._waits_for.done():
            return True
        try:
            self._waits_for = self._work.send(None)
        except StopIteration:
            return False
        return True


class Place:
    """One bay: its tape, its driver and the rules that hear it.

    Args:
        after_s: what it told until then is over.
        waited: what its broker has kept, and `now_s`, until when this bay was played, or its first frame must wait.
    """

    def __init__(self, bay: int, tape: Tape, driver: Any, runners: Sequence[RuleRunner[Any]], after_s: float) -> None:
        self.bay, self.family = bay, family_of(bay)
        self.driver, self.runners = driver, runners
        self.waited: Sequence[broker.Waited] = ()
        self.now_s = after_s
        self._told = self._from(tape, after_s)
        self.next = next(self._told, None)

    @staticmethod
    def _from(tape: Tape, after_s: float) -> Iterator[Told]:
        for day in range(int(max(0.0, after_s) // DAY_S), tape.days):
            yield from (told for told in tape.of_day(day) if told.at_s > after_s)

    def advance(self) -> None:
        self.next = next(self._told, None)


class Pole:
    def __init__(
        self,
        components: Components,
        clock: faults.PoleClock,
        life: faults.Life,
        tapes: Mapping[int, Tape],
        acknowledged: broker.Acknowledged,
    ) -> None:
        self._parts, self._clock, self._boot, self._acknowledged = components, clock, life.boot, acknowledged
        self._places = [_place(bay, tape, components, life.begin_s, acknowledged) for bay, tape in tapes.items()]
        self.readings: dict[str, int] = dict.fromkeys(FAMILIES, 0)
        radio = [place for place in self._places if FAMILIES[place.family].model]
        waited, at_s = broker.catch_up(radio, life.boot, life.begin_s)
        for place in self._places:
            place.waited, place.now_s = waited.get(place.bay, ()), at_s if place.bay in waited else life.begin_s

    def play(self, until_s: float) -> list[Coroutine[Any, Any, None]]:
        """The work of each bay until then."""
        return [self._play(place, until_s) for place in self._places]

    async def _play(self, place: Place, until_s: float) -> None:
        waited, place.waited = place.waited, ()
        for came, told in waited:
            await self._pass(place, place.now_s)
            self._clock.true_s = place.now_s
            place.driver.enqueue(came.heard, came.at_s - came.delay_s, came.delay_s)
            await self._told(place, told)
        while (told := place.next) is not None and told.at_s < until_s:
            await self._pass(place, told.at_s)
            self._clock.true_s = place.now_s = max(told.at_s, place.now_s)
            await self._hear(place, told)
            place.advance()
        await self._pass(place, until_s)

    async def _pass(self, place: Place, until_s: float) -> None:
        """Rules are asked when they are due."""
        until_mono_s = until_s - self._boot.began_s
        for runner in place.runners:
            while (wake_at_s := runner.wake_at_s) is not None and wake_at_s < until_mono_s:
                self._clock.true_s = max(wake_at_s + self._boot.began_s, place.now_s) + WAKES_S
                await runner.ask()

    async def _hear(self, place: Place, told: Told) -> None:
        at_s = place.now_s - self._boot.began_s
        if isinstance(told, Burst):
            place.driver.hear(told.data, at_s)
            if (reading := place.driver.reading()) is not None:
                await self._emit(place, reading)
            return
        place.driver.enqueue(uplink(broker.event(place.bay, told)), at_s)
        await self._told(place, told)

    async def _told(self, place: Place, told: Told) -> None:
        """It is acknowledged when what it came to is written."""
        await place.driver.tell(partial(self._emit, place))
        self._acknowledged.add(place.bay, told)

    async def _emit(self, place: Place, reading: Reading) -> None:
        """Hands a reading to its listeners, as the daemon does."""
        self.readings[place.family] += 1
        for listen in self._parts.listeners[reading.device]:
            await listen(reading)


def _place(bay: int, tape: Tape, components: Components, begin_s: float, acknowledged: broker.Acknowledged) -> Place:
    sensor = f"s{bay}"
    keys = {f"sensor/{sensor}", f"bay/b{bay}", f"device/{sensor}"}
    runners = [each for each in components.runners if each.key in keys]
    after_s = acknowledged.until_s(bay) if FAMILIES[family_of(bay)].model else begin_s
    return Place(bay, tape, next(each for each in components.drivers if each.name == sensor), runners, after_s)


def ticks(life: faults.Life) -> Iterator[float]:
    """TICK_S apart; half seconds before a death, so that it can come at any moment; and when the clock is set."""
    at_s, slow_s = life.begin_s, life.end_s - DEATH_WINDOW_S if life.dies else life.end_s
    while at_s < life.end_s:
        step_s = TICK_S if at_s < slow_s else DEATH_TICK_S
        stops = [each for each in (life.boot.set_s, slow_s) if each > at_s]
        at_s = min(at_s + step_s, life.end_s, *stops)
        yield at_s


async def live(life: faults.Life, folder: Path, tapes: Mapping[int, Tape], progress: int) -> dict[str, Any]:
    """One life of the daemon.

    Args:
        progress: file descriptor that is told how far it has come, eight bytes.
    """
    clock = faults.PoleClock(life.boot, life.begin_s)
    async with Store(folder / "lamppost.db", max_bytes=STORE_BYTES, boot=clock.boot) as store:
        times = os.open(folder / "times", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        work = Together(store, times)
        isolation = Isolation("pole", clock)
        # The figures are left out: they need all bays at the same moment, and are measured by themselves.
        isolation.part(FIGURES).suspension.begin()
        config = load(folder / "lamppost.toml")
        components = await Builder(config, store, work.commit, clock, clock, {}, isolation).build()
        pole = Pole(components, clock, life, tapes, broker.Acknowledged(folder / "acknowledged"))
        for until_s in ticks(life):
            os.pwrite(progress, struct.pack("d", until_s), 0)
            await work.run(pole.play(until_s))
            if until_s == life.boot.set_s:
                clock.true_s = until_s
        while life.dies:
            await asyncio.sleep(1)
    return {"readings": pole.readings, "cpu_s": time.process_time()}
