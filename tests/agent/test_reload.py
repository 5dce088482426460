"""Another configuration for a pole that runs: what it touches is built anew, everything else goes on as it was."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from built_pole import MovedClock, built_pole, defective
from patience import PATIENCE_S
from pole_file import LOADING_ZONE, OWN, bay_tables, lamp_table, line_table, pole_1

from agent.assembly import Builder
from agent.commands import Commands, Recipients
from agent.config.schema import Config
from agent.configuration import load
from agent.crew import Crew
from agent.reload import NotApplied, Reload, needs_restart
from agent.trades.kerb.part import KerbPart
from agent.trades.lighting.part import LightingPart
from agent.trades.parking.carried import Carried
from agent.trades.parking.part import ParkingPart
from agent.trades.parking.statistics import DayLog
from agent.trades.parking.stays.state import BayState
from agent.trades.units import Unit
from drivers.base import Command, Emit, Outcome, Reading

RADIO = """[lorawan.radio]
host = "127.0.0.1"
port = 3
[sensor.air]
kind = "lorawan"
network = "radio"
dev_eui = "24e124136b502217"
model = "milesight-em310-udl"
"""
METER = '[meter.m]\nline = "l"\nunit = 2\nprofile = "own"\n'
RULE = '[rule.short]\ncategory = "general"\nlimit = "10min"\n'
PROGRAM = """[program.path]
level_percent = 20
presence = [{ by = ["bay-1"], hold = "1min" }]
"""


RENAMED = ("[bay.bay-1]", '[bay.bakery]\nformerly = "bay-1"'), ('by = ["bay-1"]', 'by = ["bakery"]')


def pole_text(folder: Path) -> str:
    head = pole_1(f'profiles_dir = "{folder}"') + line_table("l", 1) + line_table("k", 2)
    devices = lamp_table(1, 'program = "path"') + lamp_table(2, line="k") + METER
    return (
        head
        + devices
        + bay_tables(1, 'limit = "1h"')
        + bay_tables(2, 'rule = "short"')
        + RADIO
        + RULE
        + LOADING_ZONE
        + PROGRAM
    )


async def silence(emit: Emit) -> None:
    await asyncio.Event().wait()


class Quiet(Builder):
    """One whose devices say nothing: the test speaks for them."""

    async def add(self, unit: Unit) -> None:
        await super().add(unit)
        for driver in self.units[unit.key].share.drivers:
            driver.run = silence  # type: ignore[method-assign]


class Pole:
    """One that runs, on a clock that the test moves."""

    def __init__(self, folder: Path, builder: Builder, group: asyncio.TaskGroup, clock: MovedClock) -> None:
        self.folder, self.builder, self.clock = folder, builder, clock
        self.built = builder.built
        self.crew = Crew(self.built, builder.isolation)
        self.reload = Reload(builder, self.crew)
        self.crew.show()
        self.crew.start([each.share for each in builder.units.values()], group)

    def changed(self, *changes: tuple[str, str]) -> Config:
        file = self.folder / "lamppost.toml"
        text = file.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        file.write_text(text)
        return load(file)

    async def ordered(self, id: str, level_percent: float) -> Outcome:
        """What becomes of a command of the city to lamp-2."""
        built, context = self.built, self.builder
        recipients = Recipients(built.targets, built.commanded, orders=built.orders)
        commands = Commands("pole-1", recipients, commit=context.commit, clock=self.clock, isolation=context.isolation)
        return await commands.handle(Command(id, "lamp-2", "override", level_percent))

    async def apply(self, *changes: tuple[str, str]) -> set[str]:
        """What the reload touched; checked against what is another object than before."""
        before = dict(self.builder.units)
        touched = await self.reload.apply(self.changed(*changes))
        after = self.builder.units
        assert touched == {key for key in {*before, *after} if before.get(key) is not after.get(key)}
        assert [one.driver for one in self.crew.supervisors] == self.built.drivers
        assert list(after) == [unit.key for unit in await self.builder.planned()], "as if it had been started so"
        return set(touched)

    async def see(self, device: str, millimetres: int, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.mono_s += 1.0
            await self.built.hear(Reading(device, "distance_mm", millimetres, self.clock.mono_s))

    async def today(self) -> Mapping[str, DayLog]:
        """The figures of the bays, as a report of today has them."""
        occupancy = self.built.part(ParkingPart).occupancy
        assert occupancy is not None
        return (await occupancy.answers.day_report("today")).logs

    def stay(self, bay: str) -> str | None:
        stay = self.built.part(ParkingPart).bays[bay].runner.state.stay
        return stay.key if stay else None


def run(folder: Path, use: Callable[[Pole], Awaitable[None]], kind: type[Builder] = Quiet) -> None:
    (folder / "own.toml").write_text(OWN)
    (folder / "lamppost.toml").write_text(pole_text(folder))

    @asynccontextmanager
    async def pole() -> AsyncIterator[Pole]:
        clock, config = MovedClock(), load(folder / "lamppost.toml")
        async with built_pole(config, folder / "s.db", clock, builder=kind) as built, asyncio.TaskGroup() as group:
            yield (made := Pole(folder, built.builder, group, clock))
            await made.crew.stop(each.share for each in built.builder.units.values())

    async def main() -> None:
        async with asyncio.timeout(PATIENCE_S), pole() as made:
            await use(made)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("old", "new", "touched"),
    [
        ("latitude = 45.7640", "latitude = 45.7641", {"lamp/lamp-1", "lamp/lamp-2"}),
        ('port = "/dev/ttyX"', 'port = "/dev/ttyZ"', {"sensor/ultra-1", "bay/bay-1"}),
        ('port = "/dev/ttyX"', 'port = "/dev/ttyX"\nperiod = "2s"', {"sensor/ultra-1", "bay/bay-1"}),
        ('limit = "1h"', 'limit = "2h"', {"bay/bay-1"}),
        ('limit = "10min"', 'limit = "20min"', {"bay/bay-2"}),
        ("port = 1\n", "port = 4\n", {"line/l", "lamp/lamp-1", "meter/m"}),
        ("port = 3\n", "port = 4\n", {"network/radio", "sensor/air"}),
        ("channel = 1\n", "channel = 2\n", {"lamp/lamp-2"}),
        ("level_percent = 20\n", "level_percent = 30\n", {"lamp/lamp-1"}),
        ('"/dev/videoX"', '"/dev/videoZ"', {"camera/cam", "zone/kerb-side"}),
        ('category = "loading"', 'category = "bus_lane"', {"zone/kerb-side"}),
        ("[[0, 0]", "[[1, 0]", {"camera/cam", "zone/kerb-side"}),
        ("[uplink]", "[kerb]\nminimum_count = 6\n[uplink]", {"zone/kerb-side", "kerb"}),
        ("[uplink]", "[uplink]\nin_flight = 3", set()),
    ],
)
def test_promise_a_change_touches_what_is_made_of_it_and_nothing_else(
    tmp_path: Path, old: str, new: str, touched: set[str]
) -> None:
    async def use(pole: Pole) -> None:
        assert await pole.apply((old, new)) == touched

    run(tmp_path, use)


def test_a_register_map_that_was_edited_touches_the_devices_that_it_describes(tmp_path: Path) -> None:
    async def use(pole: Pole) -> None:
        (tmp_path / "own.toml").write_text(OWN.replace("address = 1", "address = 2"))
        assert await pole.apply() == {"meter/m"}

    run(tmp_path, use)


def test_a_stay_goes_on_in_a_bay_that_is_built_anew_and_its_vehicle_is_told_once(tmp_path: Path) -> None:
    async def use(pole: Pole) -> None:
        await pole.see("ultra-1", 500, 60)
        key = pole.stay("bay-1")
        assert key is not None
        assert "bay/bay-1" in await pole.apply(('limit = "1h"', 'limit = "2h"'))
        await pole.see("ultra-1", 500, 60)
        assert pole.stay("bay-1") == key
        await pole.see("ultra-1", 2000, 60)
        rows = [row.type for row in await pole.builder.store.position().lease(1000) if row.type.startswith("bay.")]
        assert rows == ["bay.occupied", "bay.freed"]

    run(tmp_path, use)


GRACED = ('limit = "1h"', 'limit = "1h"\ngrace = "10min"')


@pytest.mark.parametrize(
    ("change", "goes_on"),
    [
        (GRACED, True),
        (('limit = "1h"', 'limit = "1h"\npresumed = false'), True),
        (('limit = "1h"', 'limit = "1h"\nlabel = "bakery"'), True),
        (('limit = "1h"', 'limit = "59min"'), False),
        (('limit = "1h"', 'limit = "1h"\nvotes = 2'), False),
        (('port = "/dev/ttyX"', 'port = "/dev/ttyX"\nperiod = "2s"'), False),
    ],
)
def test_promise_a_reload_begins_a_charge_anew_only_where_it_changes_what_that_is_judged_by(
    tmp_path: Path, change: tuple[str, str], goes_on: bool
) -> None:
    async def use(pole: Pole) -> None:
        await pole.see("ultra-1", 2500, 20)
        await pole.see("ultra-1", 500, 3000)
        assert "bay/bay-1" in await pole.apply(change)
        await pole.see("ultra-1", 500, 650)
        rows = [row.type for row in await pole.builder.store.position().lease(1000)]
        assert rows.count("bay.overstay") == goes_on

    run(tmp_path, use)


def test_who_was_told_is_not_told_again_when_only_the_grace_has_changed(tmp_path: Path) -> None:
    async def use(pole: Pole) -> None:
        await pole.see("ultra-1", 2500, 20)
        await pole.see("ultra-1", 500, 3700)
        await pole.apply(GRACED)
        await pole.see("ultra-1", 500, 3700)
        rows = [row for row in await pole.builder.store.position().lease(1000) if row.type == "bay.overstay"]
        assert [json.loads(bytes(row.data))["stage"] for row in rows] == ["limit", "grace"]

    run(tmp_path, use)


def test_a_bay_that_was_away_for_as_long_as_a_swap_takes_begins_its_charge_anew(tmp_path: Path) -> None:
    async def use(pole: Pole) -> None:
        await pole.see("ultra-1", 2500, 20)
        await pole.see("ultra-1", 500, 60)
        part = pole.built.part(ParkingPart)
        instance = part.bays["bay-1"]
        await pole.apply(GRACED)
        state = part.bays["bay-1"].runner.state
        assert state.runtime.charge == instance.runner.state.runtime.charge is not None and not part.carried
        watchers = tuple(part.sensors[each.name] for each in instance.bay.sources)
        now = pole.clock.now()
        carried = Carried(instance.bay, watchers, state.runtime, now)
        for later_s, goes_on in ((9.0, True), (10.0, False)):
            found = carried.onto(BayState(), instance.bay, watchers, now.shifted_to(now.mono_s + later_s))
            assert (found.runtime.charge is not None) == goes_on

    run(tmp_path, use)


def test_a_sensor_that_was_replaced_splits_the_charge_and_not_the_stay(tmp_path: Path) -> None:
    """The file names the devEUI of the new one; what the old one has proven is held against nobody."""
    disc = RADIO.replace("milesight-em310-udl", "nwave-nps405")
    bay = '[bay.bay-3]\nsensor = "air"\nlimit = "1h"\nquickest_swap = "1min"\n'

    def state(pole: Pole) -> BayState:
        found: BayState = pole.built.part(ParkingPart).bays["bay-3"].runner.state
        return found

    async def says(pole: Pole, *values: bool) -> None:
        for value in values:
            pole.clock.mono_s += 600.0
            await pole.built.hear(Reading("air", "occupied", value, pole.clock.mono_s))

    async def use(pole: Pole) -> None:
        await pole.apply((RADIO, disc + bay))
        await says(pole, False, True)
        before = state(pole)
        assert before.stay is not None and before.stay.doubts == () and before.runtime.charge is not None
        assert await pole.apply(("24e124136b502217", "70b3d5a1c0de0001")) == {"sensor/air", "bay/bay-3"}
        await says(pole, True)
        after = state(pole)
        assert after.stay is not None and after.stay.key == before.stay.key
        assert [each.kind for each in after.stay.doubts] == ["sensor_replaced"]
        assert after.runtime.charge is not None
        assert after.runtime.charge.began.mono_s > before.runtime.charge.until.mono_s

    run(tmp_path, use)


def test_bays_come_and_go_while_the_figures_of_the_others_go_on(tmp_path: Path) -> None:
    async def use(pole: Pole) -> None:
        await pole.see("ultra-1", 500, 60)
        await pole.see("ultra-2", 500, 60)
        figures = pole.built.part(ParkingPart).occupancy
        assert figures is not None
        bay_2 = '[bay.bay-2]\nsensor = "ultra-2"\nrule = "short"\n'
        assert await pole.apply((bay_2, "")) == {"bay/bay-2", "bays", "figures-groups"}
        now = pole.built.part(ParkingPart).occupancy
        assert now is not None and now.recorder is figures.recorder
        (group,) = now.answers.status()
        assert (group["bays"], group["occupied"], group["unknown"]) == (1, 1, 0)
        await pole.apply(("[rule.short]", bay_2 + "[rule.short]"))
        now = pole.built.part(ParkingPart).occupancy
        assert now is not None
        (group,) = now.answers.status()
        assert (group["bays"], group["occupied"], group["unknown"]) == (2, 1, 1)
        await pole.see("ultra-2", 500, 10)
        assert now.answers.status()[0]["occupied"] == 2

    run(tmp_path, use)


@pytest.mark.parametrize("trusted", [True, False])
def test_the_figures_of_a_bay_that_is_renamed_go_on_under_its_new_name(tmp_path: Path, trusted: bool) -> None:
    async def use(pole: Pole) -> None:
        await pole.see("ultra-1", 500, 3600)
        await pole.see("ultra-1", 2000, 60)
        await pole.see("ultra-1", 500, 60)
        before = await pole.today()
        (stay_s,) = before["bay-1"].stays_s
        assert stay_s > 3000 and before["bay-1"].end == "occupied"
        pole.clock.trusted = trusted
        await pole.apply(*RENAMED)
        await pole.see("ultra-1", 500, 10)
        pole.clock.trusted = True
        await pole.see("ultra-1", 2000, 60)
        after = await pole.today()
        assert after.keys() == before.keys() - {"bay-1"} | {"bakery"}, "nothing is told of a bay that is not there"
        assert after["bakery"].coded[: len(before["bay-1"].coded)] == before["bay-1"].coded
        assert after["bakery"].stays_s[0] == stay_s and len(after["bakery"].stays_s) == 2
        days = await pole.builder.store.keys("day/")
        assert not [key for key in days if key.endswith("/bay-1")], "a restart finds the same"

    run(tmp_path, use)


BAY_1 = '[bay.bay-1]\nsensor = "ultra-1"\nlimit = "1h"\n'
TOLD = {"bay.occupied", "bay.removed", "bay.known", "bay.freed"}
PRESENCE = 'presence = [{ by = ["bay-1"], hold = "1min" }]\n'


@pytest.mark.parametrize(("away_s", "goes_on"), [(300, True), (3600, False)])
def test_promise_a_stay_in_a_bay_that_is_taken_away_is_told_and_blames_no_other_vehicle(
    tmp_path: Path, away_s: int, goes_on: bool
) -> None:
    async def use(pole: Pole) -> None:
        await pole.see("ultra-1", 500, 600)
        stay = pole.stay("bay-1")
        await pole.apply((BAY_1, ""), (PRESENCE, ""))
        (lost,) = pole.builder.lost
        assert str(stay) in lost and "[bay.bay-1]" in lost
        await pole.apply(('[rule.short]\ncategory = "general"', '[rule.short]\ncategory = "loading"'))
        assert pole.builder.lost == [], "told once"
        pole.clock.mono_s += away_s
        level = "level_percent = 20\n"
        await pole.apply(("[bay.bay-2]", BAY_1 + "[bay.bay-2]"), (level, level + PRESENCE))
        await pole.see("ultra-1", 500, 60)
        assert (pole.stay("bay-1") == stay) is goes_on
        rows = [row for row in await pole.builder.store.position().lease(1000) if row.type in TOLD]
        assert [row.type for row in rows] == ["bay.occupied", "bay.removed", "bay.known" if goes_on else "bay.occupied"]
        removed = json.loads(bytes(rows[1].data))
        assert (removed["stay"], removed["standing_s"], removed["standing_exact"]) == (stay, 599, True)

    run(tmp_path, use)


def test_a_stay_in_a_bay_that_was_taken_away_while_the_daemon_was_down_is_told_at_the_start(tmp_path: Path) -> None:
    async def use(pole: Pole) -> None:
        await pole.see("ultra-1", 500, 600)
        pole.changed((BAY_1, ""), (PRESENCE, ""))

    run(tmp_path, use)

    async def again() -> None:
        clock = MovedClock()
        clock.mono_s += 7200
        for _ in range(2):
            async with built_pole(load(tmp_path / "lamppost.toml"), tmp_path / "s.db", clock, builder=Quiet) as pole:
                rows = [row.type for row in await pole.store.position().lease(1000)]
        assert rows.count("bay.removed") == 1

    asyncio.run(again())


def test_what_was_seen_of_a_renamed_bay_before_the_clock_was_ever_set_is_put_under_its_new_name(tmp_path: Path) -> None:
    async def use(pole: Pole) -> None:
        pole.clock.trusted = False
        await pole.see("ultra-1", 500, 3600)
        await pole.see("ultra-1", 2000, 60)
        await pole.apply(*RENAMED)
        await pole.see("ultra-1", 500, 60)
        pole.clock.trusted = True
        await pole.see("ultra-1", 2000, 60)
        after = await pole.today()
        assert set(after) == {"bakery"} and after["bakery"].stays_s[0] > 3000

    run(tmp_path, use)


def test_an_order_to_a_lamp_holds_when_the_lamp_is_built_anew(tmp_path: Path) -> None:
    async def use(pole: Pole) -> None:
        await pole.ordered("c1", 35.0)
        assert await pole.apply(("channel = 1\n", "channel = 1\nwattage_w = 40\n")) == {"lamp/lamp-2"}
        level = pole.built.part(LightingPart).lamps["lamp-2"].level
        assert (level.level_percent, level.reason) == (35.0, "override")

    run(tmp_path, use)


def test_a_lamp_that_is_gone_takes_no_orders_and_hears_nothing(tmp_path: Path) -> None:
    async def use(pole: Pole) -> None:
        lamp_2 = '[lamp.lamp-2]\nline = "k"\nunit = 1\nprofile = "wb-mdm3"\nchannel = 1\n'
        assert await pole.apply((lamp_2, "")) == {"lamp/lamp-2"}
        assert "lamp-2" not in pole.built.targets and "lamp-2" not in pole.built.commanded["lamp"]
        outcome = await pole.ordered("c1", 35.0)
        assert outcome.status == "refused" and 'this pole has no "lamp-2"' in outcome.reason
        assert not pole.built.listeners.get("lamp-2")
        assert not [name for name in pole.built.part(LightingPart).lamps if name == "lamp-2"]

    run(tmp_path, use)


def test_nothing_is_kept_of_names_that_come_and_go(tmp_path: Path) -> None:
    """Whoever may configure from afar could fill the memory with them."""

    async def use(pole: Pole) -> None:
        isolation = pole.builder.isolation
        for number in range(4):
            before, name = f"lamp.lamp-{number + 1}" if number else "lamp.lamp-2", f"lamp.lamp-{number + 2}"
            if before != name:
                await pole.apply((f"[{before}]", f"[{name}]"))
            isolation.part(f"state/lamp-{number + 2}")
        names = {name.rpartition("/")[2] for name in isolation.known}
        assert {name for name in names if name.startswith("lamp-")} == {"lamp-1", "lamp-5"}

    run(tmp_path, use)


def test_promise_an_order_under_way_ends_before_its_lamp_is_taken_out_and_one_that_comes_meanwhile_waits(
    tmp_path: Path,
) -> None:
    async def use(pole: Pole) -> None:
        done: list[str] = []
        under_way, free = asyncio.Event(), asyncio.Event()

        class Slow:
            async def carry_out(self, command: Command) -> Any:
                under_way.set()
                await free.wait()
                done.append(command.id)
                return Outcome(command.id, "done")

        pole.built.targets["lamp-2"] = Slow()
        first = asyncio.create_task(pole.ordered("c1", 1.0))
        await under_way.wait()
        reloading = asyncio.create_task(pole.apply(("channel = 1\n", "channel = 2\n")))
        await asyncio.sleep(0.05)
        second = asyncio.create_task(pole.ordered("c2", 2.0))
        await asyncio.sleep(0.05)
        assert not reloading.done() and not second.done()
        free.set()
        await first
        assert await reloading == {"lamp/lamp-2"} and done == ["c1"]
        await second
        assert pole.built.part(LightingPart).lamps["lamp-2"].level.level_percent == 2.0

    run(tmp_path, use)


def test_promise_a_reading_on_its_way_is_heard_to_the_end_before_a_bay_is_taken_out(tmp_path: Path) -> None:
    """What it came to would be written behind the back of the bay that is built in its place."""

    async def use(pole: Pole) -> None:
        heard: list[str] = []
        under_way, free = asyncio.Event(), asyncio.Event()

        async def slow(reading: Reading) -> None:
            under_way.set()
            await free.wait()
            heard.append(reading.quantity)

        pole.built.listeners["ultra-1"].append(slow)
        coming = asyncio.create_task(pole.see("ultra-1", 500, 1))
        await under_way.wait()
        reloading = asyncio.create_task(pole.apply(('limit = "1h"', 'limit = "2h"')))
        await asyncio.sleep(0.05)
        assert not reloading.done()
        free.set()
        await reloading
        await coming
        assert heard == ["distance_mm"]

    run(tmp_path, use)


@pytest.mark.parametrize("key", ["lamp/lamp-2", "bay/bay-1", "device/ultra-1"])
def test_promise_a_defect_half_way_goes_back_to_the_old_configuration(tmp_path: Path, key: str) -> None:
    broken = False

    def spoil(at: str, step: Any) -> Any:
        if broken and at == {"lamp/lamp-2": "monitor/lamp-2"}.get(key, key):
            raise ZeroDivisionError("of its state")
        return step

    async def use(pole: Pole) -> None:
        nonlocal broken
        await pole.see("ultra-1", 500, 60)
        stay, before, kept = pole.stay("bay-1"), pole.builder.config, pole.builder.units["lamp/lamp-1"]
        broken = True
        new = pole.changed(("channel = 1", "channel = 2"), ('limit = "1h"', 'limit = "2h"'), ("ttyX", "ttyZ"))

        async def mended() -> None:
            nonlocal broken
            while not pole.builder.isolation.names:
                await asyncio.sleep(0)
            broken = False

        mending = asyncio.create_task(mended())
        with pytest.raises(NotApplied, match="a defect of lamppost"):
            await pole.reload.apply(new)
        await mending
        assert pole.builder.config is before
        assert pole.builder.isolation.names == [] and pole.builder.units["lamp/lamp-1"] is kept
        await pole.see("ultra-1", 500, 60)
        assert pole.stay("bay-1") == stay
        driver = next(one for one in pole.built.drivers if one.name == "ultra-1")
        assert "ttyX" in str(vars(driver))
        assert len(asyncio.all_tasks()) == len({task.get_name() for task in asyncio.all_tasks()}), "none runs twice"

    run(tmp_path, use, defective(spoil, Quiet))


@pytest.mark.parametrize("key", ["lamp/lamp-2", "bay/bakery"])
def test_promise_a_rename_that_goes_back_by_a_defect_leaves_identity_stay_and_figures(tmp_path: Path, key: str) -> None:
    def spoil(at: str, step: Any) -> Any:
        if broken and at == {"lamp/lamp-2": "monitor/lamp-2"}.get(key, key):
            raise ZeroDivisionError("of its state")
        return step

    broken = False

    async def use(pole: Pole) -> None:
        nonlocal broken
        await pole.see("ultra-1", 2000, 60)
        await pole.see("ultra-1", 500, 600)
        stay, places, figures = pole.stay("bay-1"), pole.builder.identified.places, await pole.today()
        kept = await pole.builder.store.keys("")
        broken = True
        new = pole.changed(*RENAMED, ("channel = 1", "channel = 2"))
        with pytest.raises(NotApplied, match="a defect of lamppost"):
            await pole.reload.apply(new)
        broken = False
        assert pole.builder.identified.places == places and stay is not None
        assert (await pole.builder.store.keys("")).keys() == kept.keys()
        await pole.see("ultra-1", 500, 60)
        assert pole.stay("bay-1") == stay
        await pole.see("ultra-1", 2000, 60)
        after = await pole.today()
        assert after.keys() == figures.keys()
        assert after["bay-1"].coded[: len(figures["bay-1"].coded)] == figures["bay-1"].coded
        rows = [row.type for row in await pole.builder.store.position().lease(1000) if row.type.startswith("bay.")]
        assert rows == ["bay.known", "bay.occupied", "bay.freed"]
        assert await pole.apply(('limit = "1h"', 'limit = "2h"')), "and then it is renamed after all"
        assert pole.builder.identified.places["bakery"].uuid == places["bay-1"].uuid

    run(tmp_path, use, defective(spoil, Quiet))


def test_the_zone_beside_a_bay_hears_the_bay_that_was_built_in_its_place(tmp_path: Path) -> None:
    async def use(pole: Pole) -> None:
        await pole.apply(('category = "loading"\n', 'category = "double_parking"\nlimit = "30s"\nbeside = ["bay-1"]\n'))
        assert "zone/kerb-side" not in await pole.apply(('limit = "1h"', 'limit = "2h"'))
        asked: list[float] = []
        zone = pole.built.part(KerbPart).zones["kerb-side"]
        step = zone._step
        zone._step = lambda state, now, reading: (asked.append(now.mono_s), step(state, now, reading))[1]
        await pole.see("ultra-1", 500, 3)
        assert asked == [1001.0, 1002.0, 1003.0]

    run(tmp_path, use)


def test_what_a_process_keeps_from_its_start_is_named(tmp_path: Path) -> None:
    file = tmp_path / "lamppost.toml"
    (tmp_path / "own.toml").write_text(OWN)
    file.write_text(pole_text(tmp_path))
    old = load(file)
    text = file.read_text().replace('id = "pole-1"', 'id = "pole-2"') + '[store]\npath = "/elsewhere.db"\n'
    file.write_text(text)
    assert needs_restart(old, load(file)) == ("[pole] id", "[store] path")
    assert needs_restart(old, old) == ()
