"""What was seen in alert mode is forgotten when that ends: by bays, and by what counts energy."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from alert_pole import ask_all, emit, text
from built_pole import BuiltPole, MovedClock, built_pole
from pole_file import ALERT
from stored import event_of

from agent.configuration import load
from agent.states import states
from agent.supervise import Supervisor
from agent.trades.metering.energy import EnergyState
from agent.trades.parking.stays.state import BayState
from drivers.base import Reading, Stay

METER = '[meter.feeder]\nline = "l"\nunit = 7\nprofile = "eastron-sdm230"\n'
END = datetime(2028, 1, 1, tzinfo=ZoneInfo("Asia/Kolkata")).timestamp()
"""The end of the authorisation, at half past an hour of UTC."""

HALF_HOUR_S = 1800

CUMULATIVE = {"operating_hours", "switch_on_count"}
"""What counts for ever."""


def pole_file(folder: Path) -> Path:
    file = folder / "pole.toml"
    there = 'longitude = 77.2\ntimezone = "Asia/Kolkata"'
    where = {"latitude = 45.7640": "latitude = 28.6", "longitude = 4.8357": there}
    pole = text(ALERT)
    for lyon, delhi in where.items():
        pole = pole.replace(lyon, delhi)
    file.write_text(pole + METER)
    return file


async def sensed(pole: BuiltPole, clock: MovedClock, distance_mm: float) -> None:
    for _ in range(8):
        clock.mono_s += 2
        await emit(pole.parts, Reading("ultra-1", "distance_mm", distance_mm, clock.mono_s))


async def seen_by_the_camera(pole: BuiltPole, clock: MovedClock) -> None:
    await emit(pole.parts, Reading("cam", "reachable", True, clock.mono_s))
    stay = Stay("s1", clock.mono_s - 60, None, "car", 0.9)
    for _ in range(3):
        clock.mono_s += 5
        await emit(pole.parts, Reading("kerb-side", "stay", stay, clock.mono_s))


async def until_it_ended(pole: BuiltPole, clock: MovedClock) -> None:
    clock.mono_s = 1000.0 + HALF_HOUR_S
    for _ in range(2):
        await ask_all(pole.parts)


def bay_of(pole: BuiltPole, clock: MovedClock) -> dict[str, Any]:
    """The retained state of the bay."""
    hear = pole.parts.hear
    supervisors = [Supervisor(each, hear, now_s=lambda: clock.mono_s) for each in pole.parts.drivers]
    made = states(pole.config, clock.now(), pole.parts, supervisors, pole.isolation)
    found: dict[str, Any] = msgspec.to_builtins(made["bay-1"])
    return found


def test_a_bay_whose_sensor_is_dead_forgets_who_came_by_the_camera(tmp_path: Path) -> None:
    async def main() -> None:
        clock, file = MovedClock(END - 1000.0 - HALF_HOUR_S), pole_file(tmp_path)
        async with built_pole(load(file), file.with_suffix(".db"), clock) as pole:
            await ask_all(pole.parts)
            await sensed(pole, clock, 2000)
            clock.mono_s += 700
            await ask_all(pole.parts)
            await seen_by_the_camera(pole, clock)
            assert bay_of(pole, clock)["entered_at"] is not None
            await until_it_ended(pole, clock)
            shown = bay_of(pole, clock)
            assert (shown["state"], shown["stay"], shown["entered_at"]) == ("unknown", None, None)
            stored = await pole.store.load("bay/bay-1", BayState)
            assert stored is not None and stored.stay is None and stored.occupied is None

    asyncio.run(main())


def test_a_stay_that_a_camera_dated_is_dated_by_the_sensor_where_that_speaks_again(tmp_path: Path) -> None:
    async def main() -> None:
        clock, file = MovedClock(END - 1000.0 - HALF_HOUR_S), pole_file(tmp_path)
        async with built_pole(load(file), file.with_suffix(".db"), clock) as pole:
            await ask_all(pole.parts)
            clock.mono_s += 700
            await ask_all(pole.parts)
            await seen_by_the_camera(pole, clock)
            by_camera = bay_of(pole, clock)
            clock.mono_s = 1000.0 + HALF_HOUR_S - 40
            await sensed(pole, clock, 500)
            assert bay_of(pole, clock)["stay"] == by_camera["stay"]
            await until_it_ended(pole, clock)
            await sensed(pole, clock, 500)
            shown = bay_of(pole, clock)
            assert shown["state"] == "occupied" and shown["stay"] != by_camera["stay"]
            assert shown["entered_at"] > by_camera["entered_at"]

    asyncio.run(main())


def energy_told_after(folder: Path, lit_s: int) -> list[Any]:
    """The energies that meter and lamp tell once alert mode has ended, of a lamp that vehicles lit for so long."""
    folder.mkdir()
    clock, file = MovedClock(END - 1000.0 - HALF_HOUR_S), pole_file(folder)

    async def main() -> list[Any]:
        async with built_pole(load(file), file.with_suffix(".db"), clock) as pole:
            shown_kwh = 500.0
            for at_s in range(0, 26 * 3600, 10):
                clock.mono_s = 1000.0 + at_s
                drawn_w = 108.0 if at_s < lit_s else 36.0
                shown_kwh += (36.0 + drawn_w) * 10 / 3_600_000
                await emit(pole.parts, Reading("lamp-1", "level_percent", drawn_w / 2, clock.mono_s))
                await emit(pole.parts, Reading("lamp-1", "active_power_w", drawn_w, clock.mono_s))
                await emit(pole.parts, Reading("feeder", "active_energy_kwh", round(shown_kwh, 4), clock.mono_s))
                if at_s % 600 == 0 or at_s == HALF_HOUR_S + 10:
                    await ask_all(pole.parts)
            rows = await pole.store.position().lease(9000)
        told = [event_of(row) for row in rows if row.type in {"meter.energy", "lamp.energy"}]
        return [
            (each.type, round(each.at.unix_s), {key: each.data[key] for key in each.data.keys() - CUMULATIVE})
            for each in told
        ]

    return asyncio.run(main())


def test_no_energy_that_is_told_later_has_what_a_lamp_used_while_a_camera_lit_it(tmp_path: Path) -> None:
    """Alert mode ends within an hour, a night, a day and a month."""
    one, other = (energy_told_after(tmp_path / f"{lit_s}", lit_s) for lit_s in (300, 900))
    told = {(type, data.get("period")) for type, _, data in one}
    assert {("meter.energy", "hour"), ("meter.energy", "night"), ("lamp.energy", None)} <= told
    assert one == other


def test_a_meter_counts_on_at_the_end_of_an_alert_mode_that_lit_no_lamp_behind_it(tmp_path: Path) -> None:
    async def main() -> None:
        clock, file = MovedClock(END - 1000.0 - HALF_HOUR_S), pole_file(tmp_path)
        file.write_text(file.read_text().replace("presence = ", "# "))
        async with built_pole(load(file), file.with_suffix(".db"), clock) as pole:
            (energies,) = [each for each in pole.parts.runners if each.key == "meter_energy/feeder"]
            await ask_all(pole.parts)
            await emit(pole.parts, Reading("feeder", "active_energy_kwh", 500.0, clock.mono_s))
            await until_it_ended(pole, clock)
            assert energies.state != EnergyState()

    asyncio.run(main())
