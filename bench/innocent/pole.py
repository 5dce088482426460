"""The daemon's rules through all lives of a pole: what they tell of the street, and when.

Configuration, decoders, rules and store are the daemon's own. Replaced are the far ends and the waiting: time passes
from one thing that happens to the next. A life ends as by kill -9: nothing is told to anybody, and the next one begins
with the files of the store as they lie there at that moment.
"""

import heapq
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bay_pole import a02_table, bay_table, head, radio_table
from month.truth import TIMEZONE
from msgspec import Struct, structs
from stored import event_of

from agent.assembly import Builder, Components
from agent.configuration import load
from agent.events import Event
from agent.isolation import Isolation
from agent.rule import RuleRunner
from agent.store import Store
from agent.trades.parking.part import FIGURES
from drivers.base import Quality, Reading
from drivers.lorawan.network import MORE_WAITS_S
from drivers.lorawan.replay import PAUSE_S
from drivers.lorawan.uplink import UplinkFrame
from innocent.clock import Life, PoleClock
from innocent.sensors import FIELD, QUICKEST_S, Family, Reach, Told, Uplink
from innocent.world import Bay, World

STORE_BYTES = 1 << 28
CONNECTS_S, APART_S, WAKES_S = 1.0, 0.005, 0.001
"""Times, s, until the daemon is connected after its start; between two frames that it then gets; until it is awake."""

WAITED_S = 5.0
"""A frame that took no longer to come has not waited."""

LINE = """[line.bus]
kind = "serial"
port = "/dev/ttyBUS"
baud = 19200
"""


class Accusation(Struct, frozen=True):
    """An event of a bay, and when it was written: seconds since the run began."""

    kind: str
    bay: int
    at_s: float
    data: dict[str, Any]


def configuration(world: World, folder: Path) -> str:
    return head(folder, TIMEZONE) + LINE + "".join(map(_bay, world.bays))


def _bay(bay: Bay) -> str:
    family, law = bay.family, bay.law
    text = bay_table(bay.number, f"r{bay.number}")
    if family.decides == "field":
        text += f'decide_by = "field"\nempty_field = {list(FIELD)}\nfield_change = 100\n'
    text += _quickest(family)
    text += f'[rule.r{bay.number}]\ncategory = "short_stop"\nlimit = "{law.limit_s:g}s"\ngrace = "{law.grace_s:g}s"\n'
    if law.hours is not None:
        begin, end = (f"{hour:02}:00" for hour in law.hours)
        text += f'windows = [{{ from = "{begin}", to = "{end}" }}]\n'
    return text + _sensor(bay)


def _quickest(family: Family) -> str:
    """What the town is sure of, where it is more than what is usual."""
    return f'quickest_swap = "{family.swap_s:g}s"\n' if family.swap_s > QUICKEST_S else ""


def _sensor(bay: Bay) -> str:
    family, number = bay.family, bay.number
    if family.way == "serial":
        return a02_table(number, family.period_s)
    period = f'"{family.period_s:g}s"\n'
    if family.way == "modbus":
        table = f'[sensor.s{number}]\nkind = "modbus"\nline = "bus"\nunit = {number + 1}\n'
        return f'{table}profile = "dfrobot-sen0310"\nperiod = {period}'
    return f"{radio_table(number, family.model)}heartbeat = {period}"


async def lived(world: World, folder: Path) -> list[Accusation]:
    """All that the pole tells of its bays, in order. A folder is made for each life."""
    told: list[Accusation] = []
    arriving = {bay.number: _Arriving(bay, world) for bay in world.bays}
    before: Path | None = None
    for number, life in enumerate(world.lives):
        here = folder / str(number)
        here.mkdir()
        if before is not None:
            _left_behind(before, here)
        (here / "lamppost.toml").write_text(configuration(world, here))
        await _Pole(world, life, here, arriving, told).live()
        before = here / "image"
    return told


def _left_behind(image: Path, here: Path) -> None:
    """What a death leaves of the store."""
    for file in image.iterdir():
        shutil.copy(file, here / file.name)


class _Arriving:
    """What of one bay's sensor reaches the pole: frames that a broker keeps while the pole is not there come later, and
    what is said on a wire then is heard by nobody."""

    def __init__(self, bay: Bay, world: World) -> None:
        self._told, self._next, self._kept = bay.told, 0, bay.trouble.kept

    def of(self, life: Life) -> Iterator[tuple[float, Told]]:
        connected_s = life.begin_s + CONNECTS_S
        while self._next < len(self._told) and self._told[self._next].at_s < life.end_s:
            one = self._told[self._next]
            self._next += 1
            if one.at_s >= connected_s:
                yield max(one.at_s, connected_s), one
            elif (late := self._late(one)) is not None:
                yield connected_s, late
                connected_s += APART_S

    def _late(self, one: Told) -> Told | None:
        """What comes of something that happened before the pole was connected; None: nothing."""
        if isinstance(one, Uplink):
            return structs.replace(one, waited=True) if self._kept else None
        return one if isinstance(one, Reach) else None


class _Pole:
    """One life of the daemon."""

    def __init__(
        self, world: World, life: Life, folder: Path, arriving: Mapping[int, _Arriving], told: list[Accusation]
    ) -> None:
        self._world, self._life, self._folder, self._arriving, self._told = world, life, folder, arriving, told
        self._clock = PoleClock(life, world.epoch_s)
        self._store: Store | None = None
        self._parts: Components | None = None
        self._runners: Sequence[RuleRunner[Any]] = ()
        self._by_number: dict[str, Sequence[RuleRunner[Any]]] = {}
        self._drivers: dict[str, Any] = {}
        self._more_told_s = -MORE_WAITS_S
        self._due_s = 0.0
        """A rule is due then at the earliest: a reading may have put it off since."""

    async def live(self) -> None:
        async with Store(self._folder / "lamppost.db", max_bytes=STORE_BYTES, boot=self._clock.boot) as store:
            self._store = store
            isolation = Isolation("pole", self._clock)
            isolation.part(FIGURES).suspension.begin()  # the figures of occupancy accuse nobody
            config = load(self._folder / "lamppost.toml")
            parts = await Builder(config, store, self._commit, self._clock, self._clock, {}, isolation).build()
            self._parts, self._runners = parts, parts.runners
            self._drivers = {driver.name: driver for driver in parts.drivers}
            self._by_number = {str(bay.number): _runners(parts.runners, bay.number) for bay in self._world.bays}
            await self._play()
            self._die()

    def _die(self) -> None:
        image = self._folder / "image"
        image.mkdir()
        for file in self._folder.glob("lamppost.db*"):
            shutil.copy(file, image / file.name)

    async def _commit(self, events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        assert self._store is not None
        await self._store.commit(events, states)
        for event in events:
            if event.type.startswith("bay."):
                number = int(event.subject.removeprefix("b"))
                self._told.append(Accusation(event.type, number, self._clock.true_s, event_of(event).data))

    async def _play(self) -> None:
        streams = [self._of(bay) for bay in self._world.bays]
        for at_s, number, one in heapq.merge(*streams, key=lambda each: each[0]):
            await self._pass(at_s)
            self._clock.true_s = at_s
            await self._hear(number, one)
        await self._pass(self._life.end_s)

    def _of(self, bay: Bay) -> Iterator[tuple[float, int, Told]]:
        for at_s, one in self._arriving[bay.number].of(self._life):
            yield at_s, bay.number, one

    async def _pass(self, until_s: float) -> None:
        """Rules are asked when they are due."""
        until_mono_s = self._clock.mono_s(until_s)
        while self._due_s < until_mono_s:
            runner = min(self._runners, key=_wake_s)
            if _wake_s(runner) < until_mono_s:
                woken_s = self._life.boot.began_s + _wake_s(runner) + WAKES_S
                self._clock.true_s = max(woken_s, self._clock.true_s)
                await runner.ask()
            self._due_s = min(map(_wake_s, self._runners))

    async def _hear(self, number: int, one: Told) -> None:
        name, mono_s = f"s{number}", self._clock.mono_s(self._clock.true_s)
        driver = self._drivers[name]
        if isinstance(one, Reach):
            await self._emit(Reading(name, "reachable", one.reachable, mono_s))
        elif isinstance(one, Uplink):
            delay_s = self._clock.true_s - one.heard_s
            delay_s = delay_s if one.waited and delay_s > WAITED_S else 0.0
            driver.enqueue(_frame(number, one, self._world.epoch_s), mono_s - delay_s, delay_s)
            await driver.tell(self._emit)
            await self._more(delay_s)
        elif self._world.bays[number].family.way == "serial":
            driver.hear(_a02(one.mm), mono_s)
            await self._emit(driver.reading())
        else:
            quality = Quality.SUSPECT if one.suspect else Quality.GOOD
            await self._emit(Reading(name, "distance_mm", one.mm, mono_s, quality))

    async def _more(self, delay_s: float) -> None:
        """All sensors of a network are told that frames of them may wait there still."""
        if not delay_s or self._clock.true_s - self._more_told_s < MORE_WAITS_S:
            return
        self._more_told_s = self._clock.true_s
        mono_s = self._clock.mono_s(self._clock.true_s)
        for bay in self._world.bays:
            if bay.family.way == "radio":
                await self._emit(Reading(f"s{bay.number}", "reachable", True, mono_s - PAUSE_S, delay_s=PAUSE_S))

    async def _emit(self, reading: Reading) -> None:
        assert self._parts is not None
        for listen in self._parts.listeners[reading.device]:
            await listen(reading)
        number = reading.device.removeprefix("s")
        self._due_s = min(self._due_s, *(_wake_s(each) for each in self._by_number[number]))


def _runners(runners: Sequence[RuleRunner[Any]], number: int) -> Sequence[RuleRunner[Any]]:
    """Returns those that hear the sensor of a bay."""
    return [each for each in runners if each.key.rpartition("/")[2] in {f"s{number}", f"b{number}"}]


def _wake_s(runner: RuleRunner[Any]) -> float:
    return float("inf") if runner.wake_at_s is None else runner.wake_at_s


def _a02(mm: int) -> bytes:
    high, low = divmod(mm, 256)
    return bytes((0xFF, high, low, (0xFF + high + low) & 0xFF))


def _frame(number: int, one: Uplink, epoch_s: float) -> UplinkFrame:
    return UplinkFrame(
        dev_eui=f"{number:016x}",
        f_port=one.f_port,
        f_cnt=one.f_cnt,
        payload=one.payload,
        session=f"{one.session:08x}",
        sent_s=epoch_s + one.heard_s,
        key=f"{one.key:032x}",
    )
