"""Lamps on lines of a chip beside one on a relay module: groups, commands and programs treat them alike."""

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from built_pole import MovedClock, built_pole

from agent.config.schema import Config
from agent.configuration import load
from agent.simulate.chip import Chip
from agent.trades.lighting import check_rows, probe
from agent.trades.lighting.devices import planned, when_silent
from agent.trades.lighting.inventory import inventory
from agent.trades.lighting.part import LightingPart
from agent.trades.lighting.tables import LightingTables, lighting_of
from agent.trades.probing import ProbeContext
from drivers.base import Command

POLE = """
[pole]
id = "pole-1"
site = "exampletown"
latitude = 48.85
longitude = 2.35
[uplink]
host = "127.0.0.1"
[lamp.yard]
kind = "gpio"
chip = "{chip}"
offset = 5
wattage_w = 480
[lamp.park]
kind = "gpio"
chip = "{chip}"
offset = 7
contact_offset = 6
settle = "0s"
[group.circuits]
kind = "lighting"
members = ["yard", "park"]
[program.night]
groups = ["circuits"]
on = "20:00"
off = "06:00"
ramp = "10min"
"""
WINTER_NIGHT_S, WINTER_DAY_S = 1_797_987_000.0, 1_797_940_000.0
"""It is 22:50 and 09:46 then in Paris: the clock of the pole stands at 1000 s."""


@pytest.fixture
def place() -> Iterator[Path]:
    """A socket's path may not be longer than 108 characters."""
    with TemporaryDirectory() as folder:
        yield Path(folder) / "chip"


def configured(folder: Path, chip: Path) -> Config:
    (folder / "lamppost.toml").write_text(POLE.format(chip=chip))
    return load(folder / "lamppost.toml")


@pytest.mark.parametrize(("unix_s", "lit"), [(WINTER_NIGHT_S, True), (WINTER_DAY_S, False)])
def test_they_follow_the_program_of_their_group(tmp_path: Path, place: Path, unix_s: float, lit: bool) -> None:
    async def main() -> None:
        async with Chip(place) as chip:
            config = configured(tmp_path, place)
            async with built_pole(config, tmp_path / "db", MovedClock(unix_s)) as pole:
                chip.set(5, not lit)
                for lamp in pole.parts.part(LightingPart).lamps.values():
                    await lamp.reconcile()
                assert (chip.is_high(5), chip.is_high(7)) == (lit, lit)

    asyncio.run(main())


def test_a_command_to_the_group_switches_both_and_names_the_one_whose_contact_does_not_follow(
    tmp_path: Path, place: Path
) -> None:
    async def main() -> None:
        config = configured(tmp_path, place)
        pole_of = built_pole(config, tmp_path / "db", MovedClock(WINTER_DAY_S))
        async with Chip(place) as chip, pole_of as pole:
            group = pole.builder.units["group/circuits"].share.targets["circuits"]
            outcome = await group.carry_out(Command("c1", "circuits", "override", 100.0, hold_s=60.0))
            assert (chip.is_high(5), chip.is_high(7)) == (True, True)
            assert outcome.status == "failed"
            assert outcome.reason.startswith("1 of 2 lamps did not do it: park failed: its contact on line 6 of ")
            outcome = await group.carry_out(Command("c2", "circuits", "override", 40.0, hold_s=60.0))
            assert outcome.status == "refused"
            assert outcome.reason == "the lamp cannot take this level: it only switches: 0 or 100 %"
            assert (chip.is_high(5), chip.is_high(7)) == (True, True)

    asyncio.run(main())


def test_what_is_told_of_them(tmp_path: Path, place: Path) -> None:
    config = configured(tmp_path, place)
    lamps = config.of(LightingTables).lamp
    assert {name: lamp.kind for name, lamp in inventory(lighting_of(config)).lamps.items()} == {
        "yard": "gpio", "park": "gpio",
    }  # fmt: skip
    assert planned("yard", lamps["yard"], config).only_switches
    assert when_silent(lamps["yard"], None).startswith("the chip decides")
    rows = [tuple(row) for _title, rows in check_rows.sections(config, date(2026, 12, 21)) for row in rows]
    assert ("yard", "night: 20:00 to 06:00", "tonight 20:00 100 %, 06:00 off") in rows


def test_a_probe_reads_the_contact_and_touches_no_line(tmp_path: Path, place: Path) -> None:
    async def main() -> None:
        async with Chip(place) as chip:
            chip.set(5, high=True)
            asked = probe.probe(ProbeContext(configured(tmp_path, place), {}, {}))
            said = {name: await each for name, each in asked.items()}
            assert said == {
                "yard": f"not asked: nothing but an order opens line 5 of {place}",
                "park": "its contact says on",
            }
            assert (chip.is_high(5), chip.is_high(7)) == (True, False)

    asyncio.run(main())
