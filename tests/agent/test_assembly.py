"""What one rule learns of another: a vehicle in a bay, a stay in a zone and a photocell reach the lamps."""

import asyncio
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from built_pole import MovedClock, built_pole
from pole_file import ALERT, LOADING_ZONE, SECOND_ROW, bay_tables, lamp_table, line_table, pole_1
from stored import event_of

from agent.assembly import Components
from agent.configuration import load
from agent.lines import line_options
from agent.trades.lighting.part import LightingPart
from agent.trades.parking.part import ParkingPart
from agent.trades.parking.statistics import DayLog
from drivers.base import Reading, Stay
from drivers.line import TcpLine

CELL = '[lamp.cell]\nline = "l"\nunit = 2\nprofile = "own"\n'
PROGRAM = """[program.path]
level_percent = 20
photocell = "cell"
presence = [{ by = ["bay-1", "kerb-side"], hold = "1min" }]
"""
OWN = """
description = "a relay with a photocell"
[register.level_percent]
function = 3
address = 0
type = "u16"
unit = "%"
write = 6
[register.dark]
function = 2
address = 0
type = "coil"
[lamp]
level = "level_percent"
"""
LATE = datetime(2026, 12, 21, 22, 30, tzinfo=ZoneInfo("Europe/Paris")).timestamp()


def _head(folder: Path) -> str:
    return pole_1(f'profiles_dir = "{folder}"') + line_table()


def pole_text(folder: Path) -> str:
    devices = lamp_table(1, 'program = "path"') + CELL + bay_tables(1) + LOADING_ZONE + SECOND_ROW
    return _head(folder) + devices + ALERT + PROGRAM


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "own.toml").write_text(OWN)
    (tmp_path / "lamppost.toml").write_text(pole_text(tmp_path))
    return tmp_path / "lamppost.toml"


async def emit(components: Components, reading: Reading) -> None:
    for listen in components.listeners[reading.device]:
        await listen(reading)


def test_a_vehicle_that_comes_and_one_that_goes_light_the_lamp_and_one_that_stands_does_not(file: Path) -> None:
    async def main() -> None:
        clock = MovedClock(LATE - 1000.0)
        async with built_pole(load(file), file.with_suffix(".db"), clock) as (_, _store, _, components, _):
            lamp = components.part(LightingPart).lamps["lamp-1"]
            seen = []
            for millimetres in (500, 2000):
                for _ in range(120):
                    clock.mono_s += 1.0
                    await emit(components, Reading("ultra-1", "distance_mm", millimetres, clock.mono_s))
                    seen.append(lamp.level.level_percent)
            spans = [level for at, level in enumerate(seen) if at == 0 or seen[at - 1] != level]
            assert spans == [20.0, 100.0, 20.0, 100.0, 20.0]
            assert 118 <= seen.count(100.0) <= 122

    asyncio.run(main())


def test_a_stay_in_a_zone_lights_the_lamp_and_a_photocell_is_heard(file: Path) -> None:
    async def main() -> None:
        clock = MovedClock(LATE - 1000.0)
        async with built_pole(load(file), file.with_suffix(".db"), clock) as (_, _store, _, components, _):
            lamp = components.part(LightingPart).lamps["lamp-1"]
            stay = Stay("s1", clock.mono_s - 5, None, "car", 0.9)
            await emit(components, Reading("kerb-side", "stay", stay, clock.mono_s))
            assert (lamp.level.level_percent, lamp.level.reason) == (100.0, "sensor")
            clock.trusted = False
            assert lamp.level.reason == "default"
            await emit(components, Reading("cell", "dark", False, clock.mono_s))
            assert (lamp.level.level_percent, lamp.level.reason) == (0.0, "sensor")

    asyncio.run(main())


def test_double_parking_beside_a_bay_is_told_when_its_sensor_says_that_it_is_occupied(file: Path) -> None:
    async def main() -> None:
        clock = MovedClock(LATE - 1000.0)
        async with built_pole(load(file), file.with_suffix(".db"), clock) as (_, store, _, components, _):
            stay = Stay("s1", clock.mono_s, None, "car", 0.9)
            await emit(components, Reading("second-row", "stay", stay, clock.mono_s))
            suspected: list[int] = []
            for millimetres in (2000, 500):
                for _ in range(120):
                    clock.mono_s += 1.0
                    await emit(components, Reading("ultra-1", "distance_mm", millimetres, clock.mono_s))
                    await emit(components, Reading("second-row", "still_standing", "s1", clock.mono_s))
                suspected.append(sum(each.type == "kerb.suspected" for each in await store.position().lease(100)))
            assert suspected == [0, 1]

    asyncio.run(main())


def test_a_zone_is_judged_by_the_rule_that_it_names_and_by_the_temporary_order_in_it(file: Path) -> None:
    """A market of two minutes: nobody may stand there at all."""
    market = '{ name = "market", rule = "none", from = "2026-12-21 22:31", to = "2026-12-21 22:33" }'
    rules = f'[rule.kerb]\ncategory = "loading"\nlimit = "30min"\norders = [{market}]\n'
    rules += '[rule.none]\ncategory = "no_parking"\nlimit = "0s"\nexempt = ["doctors"]\n'
    file.write_text(file.read_text().replace('category = "loading"', 'rule = "kerb"') + rules)

    async def main() -> None:
        clock = MovedClock(LATE - 1000.0)
        async with built_pole(load(file), file.with_suffix(".db"), clock) as (_, store, _, components, _):
            stay = Stay("s1", clock.mono_s, None, "car", 0.9)
            await emit(components, Reading("kerb-side", "stay", stay, clock.mono_s))
            for _ in range(120):
                clock.mono_s += 1.0
                await emit(components, Reading("kerb-side", "still_standing", "s1", clock.mono_s))
            told = [event_of(each) for each in await store.position().lease(100) if each.type == "kerb.suspected"]
            assert [(event.at.unix_s - LATE, event.data["order"], event.data["rule"]) for event in told] == [
                (60.0, "market", "none")
            ]
            assert told[0].data["exempt"] == ["doctors"]

    asyncio.run(main())


def test_what_a_bay_does_is_in_the_log_of_its_day_and_known_again_after_a_restart(file: Path) -> None:
    async def main() -> None:
        clock = MovedClock(LATE - 1000.0)
        async with built_pole(load(file), file.with_suffix(".db"), clock) as (_, store, _, components, _):
            await see(components, clock, 500, 60)
            occupancy = components.part(ParkingPart).occupancy
            assert occupancy is not None
            (group,) = occupancy.answers.status()
            assert (group["group"], group["occupied"], group["today"]["arrivals"]) == (None, 1, 1)
            log = await store.load("day/2026-12-21/bay-1", DayLog)
            assert log is not None
            assert [change.kind for change in log.changes] == ["arrived"]
        clock.mono_s += 3600
        async with built_pole(load(file), file.with_suffix(".db"), clock) as (_, store, _, again, _):
            occupancy = again.part(ParkingPart).occupancy
            assert occupancy is not None
            assert occupancy.answers.status()[0]["unknown"] == 1
            await see(again, clock, 500, 10)
            assert occupancy.answers.status()[0]["occupied"] == 1
            log = await store.load("day/2026-12-21/bay-1", DayLog)
            assert log is not None
            assert [change.kind for change in log.changes] == ["arrived", "unknown", "occupied"]

    asyncio.run(main())


async def see(components: Components, clock: MovedClock, millimetres: int, seconds: int) -> None:
    for _ in range(seconds):
        clock.mono_s += 1.0
        await emit(components, Reading("ultra-1", "distance_mm", millimetres, clock.mono_s))


@pytest.mark.parametrize(
    ("profiles", "line", "in_flight"),
    [
        (("in_flight = 4\n", "in_flight = 2\n"), "", 2),
        (("in_flight = 4\n", ""), "", 1),
        (("in_flight = 4\n", "in_flight = 2\n"), "in_flight = 3\n", 3),
        (("in_flight = 4\n", "in_flight = 2\n"), 'framing = "rtu"\n', None),
    ],
)
def test_a_line_asks_as_much_at_one_time_as_all_profiles_on_it_allow(
    tmp_path: Path, profiles: tuple[str, str], line: str, in_flight: int | None
) -> None:
    meters = "".join(
        f'[meter.{name}]\nline = "l"\nunit = {at}\nprofile = "{name}"\n' for at, name in enumerate("ab", 1)
    )
    for name, says in zip("ab", profiles, strict=True):
        register = '[register.active_power_w]\nfunction = 4\naddress = 1\ntype = "u16"\nunit = "W"\n'
        (tmp_path / f"{name}.toml").write_text(f'description = "a gateway"\n{says}{register}')
    file = tmp_path / "lamppost.toml"
    head = _head(tmp_path)
    file.write_text(head + line + meters)
    options = line_options(load(file), "l")
    assert isinstance(options, TcpLine) and options.in_flight == in_flight


def test_the_legal_mode_is_in_the_log_at_the_start_and_when_it_changes(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    async def main() -> None:
        clock = MovedClock(LATE - 1000.0)
        async with built_pole(load(file), file.with_suffix(".db"), clock) as (_, _store, _, components, _):
            mode = next(each for each in components.runners if each.key == "kerb")
            await mode.on_time(Reading("cam", "reachable", True, clock.mono_s))
            clock.trusted = False
            await mode.on_time(Reading("cam", "reachable", True, clock.mono_s))

    asyncio.run(main())
    said = [message for message in caplog.messages if "kerb camera" in message]
    assert said[0] == "the kerb camera works in alert mode: authorisation Order 1 in force until 2027-12-31"
    assert said[1].startswith("the kerb camera works in statistics mode: the clock is not set")
    assert len(said) == 2
