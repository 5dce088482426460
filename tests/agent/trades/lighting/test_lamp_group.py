"""A group of lamps takes a command as one, and says which of them did not do it."""

import asyncio
from pathlib import Path

import pytest
from built_pole import built_pole

from agent.clock import SystemClock
from agent.configuration import load
from agent.trades.lighting.lamp_group import joined
from agent.trades.lighting.part import LightingPart
from agent.trades.lighting.tables import lighting_of
from drivers.base import Command, Outcome

POLE = """
[pole]
id = "pole-1"
site = "exampletown"
latitude = 45.7640
longitude = 4.8357
[uplink]
host = "127.0.0.1"
[line.l]
kind = "tcp"
host = "127.0.0.1"
port = 1
[lamp.lamp-1]
line = "l"
unit = 1
profile = "wb-mdm3"
channel = 0
[lamp.lamp-2]
line = "l"
unit = 1
profile = "wb-mdm3"
channel = 1
program = "own"
[lamp.lamp-3]
line = "l"
unit = 1
profile = "wb-mdm3"
channel = 2
[sensor.s1]
kind = "a02"
port = "/dev/ttyX1"
[bay.b1]
sensor = "s1"
[sensor.s2]
kind = "a02"
port = "/dev/ttyX2"
[bay.b2]
sensor = "s2"
[group.lights]
kind = "lighting"
members = ["lamp-1", "lamp-2"]
[group.bays]
kind = "parking"
members = ["b1", "b2"]
[program.own]
[program.street]
groups = ["lights"]
presence = [{ by = ["b2", "bays"] }]
"""

DONE, DIM = Outcome("c", "done", observed=50.0), Outcome("c", "done", observed=50.5)
DARK = Outcome("c", "done", observed=10.0)
UNTOLD = Outcome("c", "done")
SILENT = Outcome("c", "failed", "unit 1 is silent")
REFUSED = Outcome("c", "refused", "120 is no level")
OTHER = Outcome("c", "refused", "70 is below the least")


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        ((DONE, DIM), Outcome("c", "done", observed=50.0)),
        ((DONE, DARK), Outcome("c", "done")),
        ((DONE, UNTOLD), Outcome("c", "done")),
        ((UNTOLD, DONE), Outcome("c", "done")),
        ((REFUSED, REFUSED), REFUSED),
        ((SILENT, SILENT), SILENT),
        ((DONE, SILENT, DONE), Outcome("c", "failed", "1 of 3 lamps did not do it: b failed: unit 1 is silent")),
        ((DONE, REFUSED), Outcome("c", "failed", "1 of 2 lamps did not do it: b refused: 120 is no level")),
        (
            (REFUSED, OTHER),
            Outcome(
                "c", "refused",
                "2 of 2 lamps did not do it: a refused: 120 is no level; b refused: 70 is below the least",
            ),
        ),
        (
            (SILENT, REFUSED),
            Outcome(
                "c", "failed", "2 of 2 lamps did not do it: a failed: unit 1 is silent; b refused: 120 is no level"
            ),
        ),
    ],
)  # fmt: skip
def test_one_outcome_says_what_came_of_all(outcomes: tuple[Outcome, ...], told: Outcome) -> None:
    assert joined("c", dict(zip("abc", outcomes, strict=False))) == told


def test_of_very_many_lamps_some_are_named() -> None:
    told = joined("c", {f"lamp-{at}": SILENT if at else REFUSED for at in range(1000)})
    assert told.reason.startswith("1000 of 1000 lamps did not do it: lamp-0 refused: 120 is no level; lamp-1 failed: ")
    assert told.reason.endswith("lamp-19 failed: unit 1 is silent; and 980 more")


def test_each_lamp_of_a_group_takes_the_order_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "lamppost.toml"
    file.write_text(POLE)

    async def main() -> None:
        async with built_pole(load(file), tmp_path / "l.db", SystemClock("rtc")) as built:
            assert built.parts.commanded["group"] == {"lights"}
            group, lamps = built.parts.targets["lights"], built.parts.part(LightingPart).lamps
            outcome = await group.carry_out(Command("c1", "lights", "override", 30.0))
            assert outcome.status == "failed", "nothing answers on that line"
            orders = {name: lamp.state.override for name, lamp in lamps.items()}
            assert [order and order.level_percent for order in orders.values()] == [30.0, 30.0, None]
            assert (await group.carry_out(Command("c2", "lights", "blink"))).status == "refused"
            await group.carry_out(Command("c3", "lights", "release"))
            assert [lamp.state.override for lamp in lamps.values()] == [None, None, None]
            del lamps["lamp-2"]
            missing = await group.carry_out(Command("c4", "lights", "release"))
            assert "lamp-2 failed: a defect of lamppost keeps it out of work" in missing.reason

    asyncio.run(main())


def test_lamps_follow_the_program_of_their_group_and_its_presence_the_members(tmp_path: Path) -> None:
    file = tmp_path / "lamppost.toml"
    file.write_text(POLE)
    tables = lighting_of(load(file))
    assert {name: lamp.program for name, lamp in tables.lamp.items()} == {
        "lamp-1": "street", "lamp-2": "own", "lamp-3": None,
    }  # fmt: skip
    assert tables.program["street"].presence[0].by == ("b2", "b1")
    assert tables.program["own"].presence == ()
