"""Programs, calendars and the members of groups, as documents: they replace what the file says, and give way again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from agent.documents.errors import Refused
from agent.trades.lighting.part import LightingPart
from drivers.base import Command

HOUR = timedelta(hours=1)
PROGRAM = {"on": "20:00", "off": "06:00", "level_percent": 25}
GROUP = '[group.row]\nkind = "lighting"\nmembers = ["lamp-1"]\n'
LATE = '[program.late]\non = "20:00"\noff = "06:00"\nlevel_percent = 15\n'
RELAY = '[lamp.circuit]\nline = "l"\nunit = 9\nprofile = "waveshare-modbus-relay-8"\nchannel = 0\n'


def lived(pole: Any, life: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        async with pole.on():
            await life()

    asyncio.run(main())


def levels(pole: Any, *lamps: str) -> list[float]:
    return [pole.level(lamp).level_percent for lamp in lamps or ("lamp-1", "lamp-2")]


async def programmed(
    pole: Any, id: str = "c1", content: dict[str, Any] = PROGRAM, kind: str = "lighting-program"
) -> Any:
    return await pole.set(id, kind=kind, name="summer", content=content, valid_until=pole.now_utc + 3 * HOUR)


def test_a_program_takes_the_place_of_the_file_and_gives_way(pole: Any) -> None:
    async def life() -> None:
        assert levels(pole) == [50, 70]
        await programmed(pole)
        assert levels(pole) == [25, 25], "without lamps it is for all"
        await programmed(pole, "c2", PROGRAM | {"level_percent": 35, "lamps": ["lamp-1"]})
        assert levels(pole) == [35, 70]
        await pole.documents.revert("c3", ("lighting-program", "summer"))
        assert levels(pole) == [25, 25]
        await pole.documents.withdraw("c4", ("lighting-program", "summer"))
        assert levels(pole) == [50, 70]

    lived(pole, life)


def test_it_ends_by_itself(pole: Any) -> None:
    async def life() -> None:
        await programmed(pole)
        pole.passes(3 * HOUR)
        await pole.documents.look()
        assert levels(pole) == [50, 70]

    lived(pole, life)


def test_a_calendar_of_programs_of_the_file(pole: Any) -> None:
    pole.config += LATE

    async def life() -> None:
        content = {"program": "path", "rules": [{"program": "late", "days": ["fri"]}], "lamps": ["lamp-2"]}
        await programmed(pole, content=content, kind="lighting-calendar")
        assert levels(pole) == [50, 15], "15 January 2027 is a Friday"

    lived(pole, life)


def test_who_belongs_to_a_group_for_commands_and_for_its_program(pole: Any) -> None:
    pole.config += GROUP + LATE + 'groups = ["row"]\n'

    async def life() -> None:
        assert levels(pole) == [50, 70], "lamp-1 names a program itself"
        content = {"lamps": ["lamp-1", "lamp-2"]}
        await pole.set(kind="lighting-group", name="row", content=content, valid_until=pole.now_utc + 3 * HOUR)
        assert levels(pole) == [50, 15]
        group = pole.builder.built.targets["row"]
        outcome = await group.carry_out(Command("c9", "row", "override", 400.0))
        assert outcome.status == "refused"
        assert pole.builder.built.part(LightingPart).regrouped == {"row": ("lamp-1", "lamp-2")}
        await pole.documents.withdraw("c2", ("lighting-group", "row"))
        assert levels(pole) == [50, 70]

    lived(pole, life)


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        (
            "lighting-program",
            PROGRAM | {"photocell": "lamp-1"},
            "[lighting-program.summer] photocell: stands in no document",
        ),
        (
            "lighting-program",
            PROGRAM | {"lux": {"quantity": "illuminance_lx", "on_below_lx": 15, "off_above_lx": 30}},
            "[lighting-program.summer] lux: stands in no document",
        ),
        ("lighting-program", PROGRAM | {"presence": [{"by": ["bay-1"]}]}, "presence: stands in no document"),
        ("lighting-program", {"on": "dark", "off": "light"}, '"dark" needs photocell'),
        ("lighting-program", {"on": "20:00", "off": "20:00"}, 'on and off are both "20:00"'),
        ("lighting-program", PROGRAM | {"lamps": ["lamp-3"]}, "there is no [lamp.lamp-3], and no such group"),
        (
            "lighting-program",
            PROGRAM | {"steps": [{"at": "23:00", "level_percent": 10, "colour_temperature_k": 2700}]},
            "steps entry 1 colour_temperature_k: 2700 K is no colour temperature that lamp-1 is told",
        ),
        ("lighting-program", PROGRAM | {"level_percent": 120}, "level_percent: 120 is out of range"),
        ("lighting-calendar", {"program": "winter"}, "there is no [program.winter]"),
        ("lighting-calendar", {"program": "path", "rules": [{"program": "x", "days": ["fri"]}]}, "no [program.x]"),
        (
            "lighting-calendar",
            {"program": "path", "rules": [{"program": "path", "to": "12-24"}]},
            '"to" stands without',
        ),
        ("lighting-group", {"lamps": ["lamp-1"]}, "there is no [group.summer]"),
    ],
)
def test_what_cannot_be_followed_is_told_as_in_the_file(pole: Any, kind: str, content: Any, said: str) -> None:
    async def life() -> None:
        before = levels(pole)
        with pytest.raises(Refused) as raised:
            await programmed(pole, content=content, kind=kind)
        assert said in str(raised.value)
        assert levels(pole) == before

    lived(pole, life)


def test_a_level_between_for_a_lamp_that_only_switches_is_refused_and_nothing_changes(pole: Any) -> None:
    pole.config += RELAY

    async def life() -> None:
        with pytest.raises(Refused, match="25 % is no level of circuit, which only switches"):
            await programmed(pole)
        step = PROGRAM | {"level_percent": 100, "steps": [{"at": "23:00", "level_percent": 40}]}
        with pytest.raises(Refused, match="steps entry 1 level_percent: 40 % is no level of circuit"):
            await programmed(pole, "c2", step)
        await programmed(pole, "c3", PROGRAM | {"lamps": ["lamp-1"]})
        assert levels(pole, "lamp-1", "circuit") == [25, 100]

    lived(pole, life)


DIM = '[program.dim]\non = "20:00"\noff = "06:00"\nlevel_percent = 60\n'
STEP = '[program.dim]\nsteps = [{ at = "23:00", level_percent = 60 }]\n'
ROW = '[group.row]\nkind = "lighting"\nmembers = ["lamp-1"]\n'
LIT = "60 %, which is no level of circuit: it only switches"


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        ("lighting-exception", {"level_percent": 60, "lamps": ["circuit"]}, "60 % is no level of circuit"),
        ("lighting-exception", {"level_percent": 60}, "60 % is no level of circuit"),
        ("lighting-exception", {"level_percent": 60, "lamps": ["yard"]}, "60 % is no level of circuit"),
        ("lighting-calendar", {"program": "dim", "lamps": ["circuit"]}, f"program: [program.dim] asks for {LIT}"),
        (
            "lighting-calendar",
            {"program": "full", "rules": [{"program": "dim", "days": ["fri"]}]},
            f"rules entry 1 program: [program.dim] asks for {LIT}",
        ),
        ("lighting-group", {"lamps": ["circuit"]}, f"lamps: [program.dim] asks for {LIT}"),
    ],
)
@pytest.mark.parametrize("dim", [DIM, STEP])
def test_no_document_lights_wholly_what_was_to_be_dimmed(
    pole: Any, kind: str, content: Any, said: str, dim: str
) -> None:
    yard = '[group.yard]\nkind = "lighting"\nmembers = ["circuit"]\n'
    full = '[program.full]\non = "20:00"\noff = "06:00"\n'
    pole.config += RELAY + ROW + yard + full + dim + 'groups = ["row"]\n'

    async def life() -> None:
        before = levels(pole, "circuit")
        with pytest.raises(Refused) as raised:
            await pole.set(kind=kind, name="row", content=content, valid_until=pole.now_utc + HOUR)
        assert said in str(raised.value)
        assert levels(pole, "circuit") == before

    lived(pole, life)


@pytest.mark.parametrize(
    ("kind", "content", "level_percent"),
    [
        ("lighting-exception", {"level_percent": 0, "lamps": ["circuit"]}, 0),
        ("lighting-exception", {"level_percent": 60, "lamps": ["lamp-1"]}, 100),
        ("lighting-calendar", {"program": "dim", "lamps": ["lamp-1"]}, 100),
        ("lighting-calendar", {"program": "dark", "lamps": ["circuit"]}, 0),
        ("lighting-group", {"lamps": ["lamp-2"]}, 100),
    ],
)
def test_what_only_switches_and_what_is_for_others_is_taken(
    pole: Any, kind: str, content: Any, level_percent: float
) -> None:
    pole.config += RELAY + ROW + "[program.dark]\nlevel_percent = 0\n" + DIM + 'groups = ["row"]\n'

    async def life() -> None:
        await pole.set(kind=kind, name="row", content=content, valid_until=pole.now_utc + HOUR)
        assert levels(pole, "circuit") == [level_percent]

    lived(pole, life)


@pytest.mark.parametrize(
    ("begin", "end", "hours", "holds"),
    [("23:30", "05:00", 2, False), ("23:30", "05:00", 4, True), ("sunset", "20:30", 12, False), (None, None, 1, True)],
)
def test_an_exception_whose_hours_never_come_is_refused(
    pole: Any, begin: str | None, end: str | None, hours: int, holds: bool
) -> None:
    """It is 21:00."""
    content = {"level_percent": 80} | ({"from": begin, "to": end} if begin else {})

    async def main() -> str:
        async with pole.on():
            try:
                await pole.set(content=content, valid_until=pole.now_utc + timedelta(hours=hours))
            except Refused as error:
                return str(error)
            return ""

    told = asyncio.run(main())
    assert told == "" if holds else told.startswith("none of its hours lies between 2027-01-15T20:00:00.000Z")
