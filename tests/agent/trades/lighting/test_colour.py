"""The colour temperature of a lamp: by its program, an order and its default, written with the level and told."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct, structs
from stored import Told, promised

from agent.clock import Moment
from agent.configuration import load
from agent.events import Event
from agent.isolation import Isolation
from agent.trades.build import DeviceView
from agent.trades.lighting import check_rows
from agent.trades.lighting.control.control import LampControl
from agent.trades.lighting.control.lamp_state import LampState
from agent.trades.lighting.level_source import LevelSource
from agent.trades.lighting.options import DimStep, ProgramOptions
from agent.trades.lighting.plan.calendar import always
from agent.trades.lighting.plan.dated import DatedLevel
from agent.trades.lighting.plan.lamp_plan import LampColours, LampPlan
from agent.trades.lighting.plan.override import Override
from agent.trades.lighting.plan.resolve import resolve
from agent.trades.lighting.plan.sun import Place
from agent.trades.lighting.retained import retained
from drivers.base import Command, Outcome, Reading
from drivers.options import Seconds

PLACE = Place(0.0, 0.0, "UTC")
NIGHT = ProgramOptions(
    on="20:00",
    off="06:00",
    level_percent=80.0,
    steps=(
        DimStep("22:00", 80.0, colour_temperature_k=2700.0),
        DimStep("23:00", 40.0),
        DimStep("01:00", 0.0, colour_temperature_k=2700.0),
        DimStep("05:00", 40.0, colour_temperature_k=2400.0),
    ),
    colour_temperature_k=4000.0,
)
PLAN = LampPlan(always(NIGHT), PLACE, colours=LampColours(3000.0, 2200.0, 5000.0))


def moment(clock: str) -> Moment:
    at = datetime.fromisoformat(f"2026-12-{'21' if clock >= '12' else '22'}T{clock}+00:00")
    return Moment(at.timestamp(), at.timestamp() - 1.7e9, "b1", True)


def wanted(clock: str, plan: LampPlan = PLAN, **others: Any) -> tuple[float, float | None]:
    level = resolve(plan, others.get("override"), moment(clock), None, others.get("dated", ()))
    return level.level_percent, level.colour_k


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("19:59", (0.0, None)),
        ("20:00", (80.0, 4000.0)),
        ("22:00", (80.0, 2700.0)),
        ("23:00", (40.0, 4000.0)),
        ("01:00", (0.0, None)),
        ("05:00", (40.0, 2400.0)),
        ("06:00", (0.0, None)),
    ],
)
def test_it_is_the_steps_else_the_programs_and_none_of_a_lamp_that_is_off(
    clock: str, expected: tuple[float, float | None]
) -> None:
    assert wanted(clock) == expected


def test_where_the_program_says_none_it_is_the_lamps() -> None:
    silent = structs.replace(NIGHT, colour_temperature_k=None)
    assert wanted("20:30", structs.replace(PLAN, calendar=always(silent))) == (80.0, 3000.0)
    assert wanted("20:30", structs.replace(PLAN, calendar=None)) == (100.0, 3000.0)


def test_a_lamp_without_one_and_a_lamp_that_does_not_have_what_is_wanted() -> None:
    assert wanted("20:30", structs.replace(PLAN, colours=None)) == (80.0, None)
    assert wanted("20:30", structs.replace(PLAN, colours=LampColours(2700.0, 2200.0, 3500.0))) == (80.0, 2700.0)


def test_a_lamp_that_fades_out_keeps_it() -> None:
    fading = structs.replace(NIGHT, ramp_s=Seconds(600.0))
    level = resolve(structs.replace(PLAN, calendar=always(fading)), None, moment("06:05"))
    assert level.ramping
    assert level.colour_k == 2400.0


def test_a_dated_level_has_the_lamps() -> None:
    dated = (DatedLevel("feast", 60.0, datetime(2027, 1, 1, tzinfo=UTC)),)
    assert wanted("20:30", dated=dated) == (60.0, 3000.0)


def test_an_order_has_its_own_else_the_lamps() -> None:
    order = Override("c-1", 55.0, moment("20:00"), None, colour_temperature_k=2200.0)
    assert wanted("20:30", override=order) == (55.0, 2200.0)
    assert wanted("20:30", override=structs.replace(order, colour_temperature_k=None)) == (55.0, 3000.0)


class Tunable:
    """A lamp that obeys, a store, and a clock that the test moves."""

    name = "lamp-1"

    def __init__(self, clock: str, plan: LampPlan = PLAN) -> None:
        self.at, self.plan = moment(clock), plan
        self.written: list[tuple[float, float | None]] = []
        self.events: list[Told] = []
        self.stored = b"{}"
        self.control = self.start()

    def start(self) -> LampControl:
        return LampControl(
            "lamp-1",
            LevelSource("lamp-1", self.plan, self, None, Isolation()),
            actuator=self,
            commit=self.commit,
            clock=self,
            state=msgspec.json.decode(self.stored, type=LampState),
        )

    def now(self) -> Moment:
        return self.at

    def moment_at(self, mono_s: float) -> Moment:
        raise NotImplementedError

    async def commit(self, events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        self.events += map(promised, events)
        self.stored = msgspec.json.encode(states["lamp/lamp-1"])

    def fresh_s(self, quantity: str) -> float:
        return 10.0

    async def set_level(self, command_id: str, level_percent: float) -> Outcome:
        self.written.append((level_percent, None))
        return Outcome(command_id, "done", observed=level_percent)

    async def set_light(self, command_id: str, level_percent: float, colour_temperature_k: float | None) -> Outcome:
        self.written.append((level_percent, colour_temperature_k))
        return Outcome(command_id, "done", observed=level_percent, observed_k=colour_temperature_k)

    async def tell(self, quantity: str, value: float) -> None:
        await self.control.on_reading(Reading("lamp-1", quantity, value, self.at.mono_s))

    def passes(self, seconds: float) -> None:
        self.at = structs.replace(self.at, unix_s=self.at.unix_s + seconds, mono_s=self.at.mono_s + seconds)

    def told(self) -> list[tuple[Any, ...]]:
        keys = ("level_percent", "colour_temperature_k", "commanded_colour_temperature_k")
        return [tuple(event.data.get(key, "absent") for key in keys) for event in self.events]


def run(control: LampControl) -> None:
    asyncio.run(control.reconcile())


def test_it_is_written_with_each_step_and_after_a_restart_and_told_once() -> None:
    lamp = Tunable("20:30")
    run(lamp.control)
    run(lamp.control)
    lamp.passes(timedelta(hours=2).total_seconds())
    run(lamp.control)
    assert lamp.written == [(80.0, 4000.0), (80.0, 2700.0)], "the level is the same, and the step is carried out"
    lamp.control = lamp.start()
    run(lamp.control)
    assert lamp.written[2:] == [(80.0, 2700.0)]
    lamp.passes(timedelta(hours=3).total_seconds())
    run(lamp.control)
    assert lamp.told() == [(80.0, 4000.0, 4000.0), (80.0, 2700.0, 2700.0), (0.0, None, None)]


def test_after_power_came_back_it_is_written_again() -> None:
    lamp = Tunable("20:30")
    run(lamp.control)
    asyncio.run(lamp.tell("power_cycled", True))
    run(lamp.control)
    assert lamp.written == [(80.0, 4000.0)] * 2


def test_one_that_it_tells_itself_is_told_where_it_differs_and_null_where_it_is_old() -> None:
    lamp = Tunable("20:30")
    run(lamp.control)
    for told_k in (3950.0, 3000.0):
        asyncio.run(lamp.tell("colour_temperature_k", told_k))
        for _ in range(2):
            asyncio.run(lamp.tell("level_percent", 80.0))
        run(lamp.control)
    assert lamp.told() == [(80.0, 4000.0, 4000.0), (80.0, 3000.0, 4000.0)]
    lamp.passes(11.0)
    asyncio.run(lamp.tell("level_percent", 80.0))
    run(lamp.control)
    assert lamp.told()[2:] == [(80.0, None, 4000.0)]


def test_a_lamp_without_one_tells_of_none() -> None:
    lamp = Tunable("20:30", structs.replace(PLAN, colours=None))
    run(lamp.control)
    assert lamp.written == [(80.0, None)]
    assert lamp.told() == [(80.0, "absent", "absent")]
    assert not lamp.control.has_colour


def ordered(lamp: Tunable, colour_k: float | None) -> Outcome:
    command = Command("c-1", "lamp-1", "override", 55.0, colour_temperature_k=colour_k)
    return asyncio.run(lamp.control.carry_out(command))


def test_an_order_is_carried_out_with_it_and_survives_a_restart() -> None:
    lamp = Tunable("20:30")
    assert ordered(lamp, 2200.0).status == "done"
    lamp.control = lamp.start()
    run(lamp.control)
    assert lamp.written == [(55.0, 2200.0)] * 2


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (PLAN, "goes from 2200 to 5000 K, not to 6500 K"),
        (structs.replace(PLAN, colours=None), "default_colour_temperature_k is not given"),
    ],
)
def test_an_order_of_one_that_it_does_not_have_is_refused(plan: LampPlan, words: str) -> None:
    lamp = Tunable("20:30", plan)
    outcome = ordered(lamp, 6500.0)
    assert outcome.status == "refused"
    assert words in outcome.reason
    assert lamp.written == []


def test_the_state_has_it_only_of_a_lamp_that_has_one() -> None:
    told = LampState(None, 80.0, 80.0, "program", 2700.0, 2700.0)
    fresh = DeviceView("up", fresh=frozenset({"level_percent", "colour_temperature_k"}))
    keys = ("colour_temperature_k", "commanded_colour_temperature_k")
    with_it = msgspec.to_builtins(retained(told, (), fresh, has_colour=True))
    assert [with_it[key] for key in keys] == [2700.0, 2700.0]
    old = DeviceView("up", fresh=frozenset({"level_percent"}))
    assert msgspec.to_builtins(retained(told, (), old, has_colour=True))[keys[0]] is None
    assert not set(keys) & msgspec.to_builtins(retained(told, (), fresh)).keys()


CHECKED = """\
[pole]
id = "pole-1"
site = "exampletown"
latitude = 48.8566
longitude = 2.3522
timezone = "Europe/Paris"
profiles_dir = "{folder}"
[uplink]
host = "127.0.0.1"
[line.rs485]
kind = "serial"
port = "/dev/ttyX0"
[lamp.road]
line = "rs485"
unit = 1
profile = "tunable"
default_colour_temperature_k = 3000
program = "night"
[lamp.square]
line = "rs485"
unit = 2
profile = "tunable"
default_colour_temperature_k = 4000
[lamp.path]
line = "rs485"
unit = 3
profile = "tunable"
program = "plain"
[program.night]
on = "20:00"
off = "06:00"
level_percent = 80
steps = [
    {{ at = "22:00", level_percent = 40 }},
    {{ at = "23:00", level_percent = 40, colour_temperature_k = 2200 }},
    {{ at = "01:00", level_percent = 0 }},
    {{ at = "05:00", level_percent = 40, colour_temperature_k = 2200 }},
]
[program.plain]
on = "20:00"
off = "06:00"
"""
TUNABLE_PROFILE = """\
description = "a lamp"
[register.level]
function = 3
address = 0
type = "u16"
unit = "1"
range = [0, 100]
write = 6
[register.colour_temperature_k]
function = 3
address = 1
type = "u16"
curve = "mired"
unit = "K"
write = 6
[lamp]
level = "level"
[lamp.colour]
set = "colour_temperature_k"
range = [2200, 5000]
"""


def checked_rows(folder: Path, text: str) -> list[tuple[str, ...]]:
    (folder / "tunable.toml").write_text(TUNABLE_PROFILE)
    (folder / "lamppost.toml").write_text(text.format(folder=folder))
    sections = check_rows.sections(load(folder / "lamppost.toml"), date(2026, 12, 21))
    return [tuple(row) for row in dict(sections)["LAMPS"]]


def test_check_has_a_column_of_the_colours_of_the_night(tmp_path: Path) -> None:
    levels = "tonight 20:00 80 %, 22:00 40 %, 01:00 off, 05:00 40 %, 06:00 off"
    assert checked_rows(tmp_path, CHECKED) == [
        ("road", "night: 20:00 to 06:00", "20:00 3000 K, 23:00 2200 K", levels),
        ("square", "no program", "4000 K", "always 100 %"),
        ("path", "plain: 20:00 to 06:00", "", "tonight 20:00 100 %, 06:00 off"),
    ]


def test_check_has_none_where_no_lamp_is_told_one(tmp_path: Path) -> None:
    told = [line for line in CHECKED.splitlines() if not line.startswith("default_colour")]
    plain = "\n".join(told).replace(", colour_temperature_k = 2200", "")
    assert [len(row) for row in checked_rows(tmp_path, plain)] == [3, 3, 3]
