"""Stations of a pole that is built: restart, reload, what is taken out of the file, status, check, inventory."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from built_pole import MovedClock, built_pole
from pole_file import pole_1

from agent.assembly import Builder
from agent.cli.check import table
from agent.configuration import load
from agent.crew import Crew
from agent.event_catalogue import EVENT_TYPES
from agent.inventory import inventory
from agent.places import places_of
from agent.reload import Reload
from agent.trades.sensing.part import SensingPart
from agent.trades.units import Unit
from drivers.base import Emit, Quality, Reading

HOUR = datetime(2027, 6, 15, 8, 0, tzinfo=UTC).timestamp()
AIR = """
[sensor.air]
kind = "uart"
port = "/dev/ttyX"
profile = "nova-sds011"
[station.square.quantity.pm2_5]
device = "air"
reads = "pm2_5_ug_m3"
unit = "ug/m3"
method = "mean"
windows = ["1h"]
stands = "1min"
late = "0s"
stuck = "10min"
[[station.square.quantity.pm2_5.calibration]]
date = 2026-06-01
gain = 2.0
who = "town laboratory"
report = "R1"
"""
HIGH = """[[station.square.quantity.pm2_5.threshold]]
name = "high"
above = 60
ends = 50
source = "our own"
"""
LASER = """[[station.square.maintenance]]
device = "air"
what = "laser"
hours = 8000
"""


async def silence(emit: Emit) -> None:
    await asyncio.Event().wait()


class Quiet(Builder):
    """One whose devices say nothing: the test speaks for them."""

    async def add(self, unit: Unit) -> None:
        await super().add(unit)
        for driver in self.units[unit.key].share.drivers:
            driver.run = silence  # type: ignore[method-assign]


class Pole:
    """One run of it; seconds are of its first hour."""

    def __init__(self, folder: Path, builder: Builder, crew: Crew, clock: MovedClock) -> None:
        self.folder, self.builder, self._crew, self._clock = folder, builder, crew, clock

    async def say(self, minute: float, value: float, quantity: str = "pm2_5_ug_m3", doubted: str = "") -> None:
        self._clock.mono_s = minute * 60
        quality = Quality.SUSPECT if doubted else Quality.GOOD
        await self.builder.built.hear(Reading("air", quantity, value, self._clock.mono_s, quality, doubted))

    async def reload(self, text: str) -> set[str]:
        return set(await Reload(self.builder, self._crew).apply(load(write(self.folder, text))))

    async def ask(self) -> None:
        """Time passes for every rule."""
        for runner in list(self.builder.built.runners):
            await runner.ask()

    @property
    def shown(self) -> dict[str, Any]:
        part = self.builder.built.part(SensingPart)
        return dict(part.status(self._clock.now(), {})["stations"]["square"])


def write(folder: Path, text: str) -> Path:
    file = folder / "lamppost.toml"
    file.write_text(pole_1() + text)
    return file


@asynccontextmanager
async def pole(folder: Path, text: str, boot: str = "b1") -> AsyncIterator[Pole]:
    clock, config = MovedClock(HOUR), load(write(folder, text))
    clock.boot, clock.mono_s = boot, 0.0
    async with built_pole(config, folder / "s.db", clock, builder=Quiet) as built, asyncio.TaskGroup() as group:
        crew, units = Crew(built.builder.built, built.isolation), built.builder.units.values()
        crew.show()
        crew.start([each.share for each in units], group)
        yield Pole(folder, built.builder, crew, clock)
        await crew.stop(each.share for each in units)


def run(folder: Path, text: str, use: Callable[[Pole], Awaitable[None]], boot: str = "b1") -> None:
    async def main() -> None:
        async with pole(folder, text, boot) as made:
            await use(made)
            for runner in made.builder.built.runners:
                if unsaved := runner.unsaved_at_shutdown:
                    await made.builder.commit((), unsaved)

    asyncio.run(main())


def told(folder: Path, kind: str) -> list[dict[str, Any]]:
    """The events of that type that wait for the broker."""
    with contextlib.closing(sqlite3.connect(f"file:{folder / 's.db'}?mode=ro", uri=True)) as rows:
        name = f"outbox_{EVENT_TYPES[kind].priority.name.lower()}"
        found = rows.execute(f"SELECT subject, data FROM {name} WHERE type = ? ORDER BY seq", (kind,)).fetchall()
    return [{"subject": subject} | json.loads(data) for subject, data in found]


async def minutes(made: Pole, first: int, last: int, value: float) -> None:
    for minute in range(first, last):
        await made.say(minute, value + minute % 2)


def test_promise_a_restart_keeps_windows_and_thresholds_that_have_begun(tmp_path: Path) -> None:
    async def before(made: Pole) -> None:
        await minutes(made, 1, 31, 40.0)

    async def after(made: Pole) -> None:
        assert made.shown["alarms"] == ["sensing.threshold high pm2_5"]
        await minutes(made, 41, 61, 40.0)
        assert len(told(tmp_path, "sensing.threshold")) == 1
        await made.say(61, 10.0)

    run(tmp_path, AIR + HIGH, before)
    run(tmp_path, AIR + HIGH, after, "b2")
    (observed,) = told(tmp_path, "sensing.observation")
    assert (observed["subject"], observed["value"], observed["raw_value"]) == ("square", 81.0, 40.5)
    assert observed["coverage_percent"] == 83.3
    begun, ended = told(tmp_path, "sensing.threshold")
    assert (begun["active"], begun["source"]) == (True, "our own")
    assert begun["detail"] == "pm2_5 is 82 µg/m³, above 60 (by a sensor: no finding on a limit value)"
    assert (ended["active"], ended["value"]) == (False, 20.0)


def test_promise_a_reload_keeps_windows_and_thresholds_that_have_begun(tmp_path: Path) -> None:
    async def use(made: Pole) -> None:
        await minutes(made, 1, 31, 40.0)
        assert await made.reload(AIR + HIGH + LASER) == {"station/square"}
        await minutes(made, 31, 61, 40.0)

    run(tmp_path, AIR + HIGH, use)
    (observed,) = told(tmp_path, "sensing.observation")
    assert (observed["value"], observed["coverage_percent"]) == (81.0, 100.0)
    assert len(told(tmp_path, "sensing.threshold")) == 1


def test_a_threshold_that_is_taken_out_of_the_file_is_over(tmp_path: Path) -> None:
    async def use(made: Pole) -> None:
        await minutes(made, 1, 5, 40.0)
        await made.reload(AIR)
        await made.ask()
        assert made.shown["alarms"] == []

    run(tmp_path, AIR + HIGH, use)
    assert [each["active"] for each in told(tmp_path, "sensing.threshold")] == [True, False]


def test_a_sensor_that_stood_still_has_not_moved_by_a_restart(tmp_path: Path) -> None:
    async def still(made: Pole) -> None:
        for minute in range(1, 15):
            await made.say(minute, 7.0)

    run(tmp_path, AIR, still)
    run(tmp_path, AIR, still, "b2")
    (fault,) = told(tmp_path, "sensor.fault")
    assert (fault["subject"], fault["kind"], fault["active"]) == ("air", "stuck", True)


def test_what_its_driver_doubts_is_a_fault_until_a_reading_that_is_not(tmp_path: Path) -> None:
    async def use(made: Pole) -> None:
        await made.say(1, 2000.0, doubted="2000 µg/m³ is outside 0 to 999.9")
        await made.say(2, 8.0)

    run(tmp_path, AIR, use)
    begun, ended = told(tmp_path, "sensor.fault")
    assert (begun["kind"], begun["detail"]) == ("out_of_range", "pm2_5: 2000 µg/m³ is outside 0 to 999.9")
    assert ended["active"] is False


def test_maintenance_is_told_when_it_is_due_and_when_it_was_done(tmp_path: Path) -> None:
    async def use(made: Pole) -> None:
        await made.say(1, 7999.75, "running_hours_h")
        assert told(tmp_path, "sensing.maintenance") == []
        await made.say(2, 8000.0, "running_hours_h")
        await made.say(3, 8000.25, "running_hours_h")
        await made.say(4, 0.25, "running_hours_h")

    run(tmp_path, AIR + LASER, use)
    due, done = told(tmp_path, "sensing.maintenance")
    assert (due["subject"], due["what"], due["hours"], due["limit_h"]) == ("air", "laser", 8000.0, 8000.0)
    assert "its laser has run 8000 h of 8000" in due["detail"]
    assert (done["active"], done["hours"], "quantity" in done) == (False, 0.2, False)


def test_a_calibration_is_due_until_one_is_entered(tmp_path: Path) -> None:
    yearly = AIR.replace("[[station", 'calibrate_every = "365d"\n[[station', 1)

    async def use(made: Pole) -> None:
        await made.ask()
        await made.reload(yearly.replace("2026-06-01", "2027-06-01"))
        await made.ask()

    run(tmp_path, yearly, use)
    due, done = told(tmp_path, "sensing.maintenance")
    assert (due["what"], due["quantity"], due["since"]) == ("calibration", "pm2_5", "2027-06-01")
    assert "hours" not in due
    assert done["active"] is False


def test_a_calibration_is_not_due_before_its_day(tmp_path: Path) -> None:
    async def use(made: Pole) -> None:
        await made.ask()

    run(tmp_path, AIR.replace("[[station", 'calibrate_every = "380d"\n[[station', 1), use)
    assert told(tmp_path, "sensing.maintenance") == []


def test_a_station_is_shown_to_a_technician_and_told_to_the_city(tmp_path: Path) -> None:
    config = load(write(tmp_path, AIR + HIGH + LASER))
    rows = [line.split() for line in table(config, ()).splitlines()]
    shown = rows[rows.index(["STATIONS"]) + 1 :][:4]
    assert [" ".join(row) for row in shown] == [
        "square pm2_5 (µg/m³) mean over 1h air, sensor",
        "square pm2_5: corrected 2 * raw + 0 2026-06-01, town laboratory, R1",
        "square pm2_5: high above 60 µg/m³, each reading our own",
        "square laser after 8000 h of running air",
    ]
    found = inventory(config, MovedClock().now(), places_of(config, {}))
    assert found["stations"] == {"square": {"standing": "sensor", "quantities": {"pm2_5": "ug/m3"}}}


def test_a_threshold_is_shown_with_all_that_it_waits_for(tmp_path: Path) -> None:
    keys = (
        'over = "1h"\nlasts = "3h"\nhours = ["22:00", "07:00"]\ndays = ["sat", "sun"]\nfrom = "06-15"\nto = "08-31"\n'
    )
    rows = table(load(write(tmp_path, AIR + HIGH + keys)), ())
    shown = " ".join(rows.partition("pm2_5: high")[2].split())
    assert shown.startswith("above 60 µg/m³, 1h for 3h, 22:00-07:00, sat sun, 06-15 - 08-31; our own")


@pytest.mark.parametrize(
    ("keys", "evening"),
    [("", 18 * 60), ('[sensing]\nlden_hours = ["06:00", "20:00", "22:00"]\n', 20 * 60)],
    ids=["France", "as the file says"],
)
def test_the_hours_of_lden_are_those_of_the_country_or_of_the_file(tmp_path: Path, keys: str, evening: int) -> None:
    async def use(made: Pole) -> None:
        station, _runner = made.builder.built.part(SensingPart).stations["square"]
        assert station.hours.evening == evening
        assert station.place is not None and station.place.lden_hours == station.hours

    run(tmp_path, AIR + keys, use)


@pytest.mark.parametrize("quantity", ["distance_mm"])
def test_a_sensor_of_no_bay_is_not_looked_after_as_that_of_one(tmp_path: Path, quantity: str) -> None:
    """Water that stands near below it is no snow on a parking sensor, and is not stuck where it stays."""
    gully = '[sensor.air]\nkind = "a02"\nport = "/dev/ttyX"\n[station.gully.quantity.level]\ndevice = "air"\n'
    level = f'reads = "{quantity}"\nunit = "mm"\nmethod = "mean"\nwindows = ["1h"]\nstands = "1min"\n'

    async def use(made: Pole) -> None:
        for minute in range(1, 30 * 24 * 60, 60):
            await made.say(minute, 100.0, quantity)

    run(tmp_path, gully + level, use)
    assert [*told(tmp_path, "sensor.fault"), *told(tmp_path, "sensor.stuck")] == []
