"""A defect in the rule of any trade is that of one part: what else hears the same device goes on."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from built_pole import UNIX_S, MovedClock, built_pole, defective
from msgspec import Struct, structs
from patience import PATIENCE_S
from pole_file import ALERT, LOADING_ZONE, SECOND_ROW, bay_tables, lamp_table, line_table, pole_1
from stored import event_of

from agent.assembly import Builder, Components
from agent.clock import Moment
from agent.commands import Commands, Recipients
from agent.configuration import load
from agent.events import Event
from agent.isolation import Isolation
from agent.rule import RuleRunner
from agent.states import states
from agent.store import Store
from agent.supervise import Supervisor
from agent.trades.kerb.part import KerbPart
from agent.trades.lighting.control.lamp_state import LampState
from agent.trades.lighting.part import LightingPart
from agent.trades.lighting.plan.override import Override
from agent.trades.parking.part import ParkingPart
from agent.trades.parking.statistics.day_report import CHECKPOINT
from agent.trades.parking.statistics.occupancy_log import Checkpoint
from drivers.base import Command, Emit, Reading, Stay

PROGRAM = """[program.path]
on = "dusk"
off = "dawn"
level_percent = 20
presence = [{ by = ["bay-1", "kerb-side"], hold = "1min" }]
"""
METER = '[meter.m]\nline = "l"\nunit = 2\nprofile = "eastron-sdm230"\n'
FOLLOWS = 'program = "path"'
POLE = "".join(
    (
        pole_1(),
        line_table("l"),
        line_table("k", 503),
        lamp_table(1, FOLLOWS),
        lamp_table(2, FOLLOWS, line="k"),
        METER,
        bay_tables(1),
        bay_tables(2),
        LOADING_ZONE,
        SECOND_ROW,
        ALERT,
        PROGRAM,
    )
)

TRADES = {
    "bay/bay-1": "ultra-1",
    "sensor/ultra-1": "ultra-1",
    "zone/kerb-side": "kerb-side",
    "monitor/lamp-1": "lamp-1",
    "meter/m": "m",
    "device/ultra-1": "ultra-1",
    "kerb": None,
}
"""Part -> a device whose readings it hears; None: it is asked when time has passed alone."""


class Defect(Exception):
    pass


def raises(*_: Any) -> Any:
    raise Defect("of a rule")


def with_defect_in(*keys: str) -> type[Builder]:
    """A builder in which these rules raise, whatever they are asked."""

    return defective(lambda key, step: raises if key in keys else step)


class Pole:
    """What was built, on a clock that the test moves."""

    def __init__(self, store: Store, clock: MovedClock, isolation: Isolation, parts: Components, config: Any) -> None:
        self.store, self.clock, self.isolation, self.parts, self.config = store, clock, isolation, parts, config

    async def emit(self, device: str, quantity: str, value: Any) -> None:
        for listen in self.parts.listeners[device]:
            await listen(Reading(device, quantity, value, self.clock.mono_s))

    async def street(self, seconds: int) -> None:
        """Everything is told of every second; a vehicle stands in each bay and in each zone."""
        for _ in range(seconds):
            self.clock.mono_s += 1.0
            for device in ("ultra-1", "ultra-2"):
                await self.emit(device, "distance_mm", 500.0)
            for lamp in ("lamp-1", "lamp-2"):
                await self.emit(lamp, "level_percent", 20.0)
            await self.emit("m", "supply_voltage_v", 230.0)
            for zone in ("kerb-side", "second-row"):
                await self.emit(zone, "stay", Stay(zone, UNIX_S - 5.0, None, "car", 0.9))

    def states(self) -> dict[str, Struct | None]:
        supervisors = [Supervisor(driver, _ignore) for driver in self.parts.drivers]
        return dict(states(self.config, self.clock.now(), self.parts, supervisors, self.isolation))

    async def told(self) -> list[Event]:
        return [event_of(row) for row in await self.store.position().lease(1000)]


async def _ignore(_: Reading) -> None:
    pass


def run(
    folder: Path,
    use: Callable[[Pole], Awaitable[None]],
    builder: type[Builder] = Builder,
    poisoned: dict[str, Struct] | None = None,
    masters: dict[str, Any] | None = None,
) -> None:
    file = folder / "lamppost.toml"
    file.write_text(POLE)

    async def main() -> None:
        clock = MovedClock()
        isolation = Isolation("pole-1", clock, now_s=lambda: clock.mono_s)
        given = {"builder": builder, "isolation": isolation, "stored": poisoned, "masters": masters}
        async with built_pole(load(file), folder / "s.db", clock, **given) as built:
            await use(Pole(built.store, clock, isolation, built.parts, built.config))

    asyncio.run(main())


def test_a_pole_in_order_has_no_part_that_failed(tmp_path: Path) -> None:
    async def use(pole: Pole) -> None:
        await pole.street(60)
        assert pole.isolation.names == []
        assert {runner.key for runner in pole.parts.runners} >= TRADES.keys()
        assert [event.subject for event in await pole.told() if event.type == "bay.occupied"] == ["bay-1", "bay-2"]

    run(tmp_path, use)


@pytest.mark.parametrize("key", TRADES)
def test_a_defect_of_a_rule_is_its_own(tmp_path: Path, key: str, caplog: pytest.LogCaptureFixture) -> None:
    async def use(pole: Pole) -> None:
        runner = next(one for one in pole.parts.runners if one.key == key)
        task = asyncio.create_task(pole.isolation.part(key).run(runner.run))
        await pole.street(60)
        await asyncio.sleep(0)
        assert pole.isolation.names == [key]
        failure = pole.isolation.part(key).failure
        assert failure is not None and failure.defect.error == "Defect"
        assert len([record for record in caplog.records if record.exc_info]) == 1
        occupied = [event.subject for event in await pole.told() if event.type == "bay.occupied"]
        assert occupied == [bay for bay in ("bay-1", "bay-2") if f"bay/{bay}" != key]
        for one in pole.parts.runners:
            assert one.key == key or not pole.isolation.part(one.key).left_out
        assert pole.parts.part(KerbPart).zones["second-row"].state.runtime.open or key == "zone/second-row"
        assert (
            pole.parts.part(LightingPart).lamps["lamp-1"].level.level_percent
            == pole.parts.part(LightingPart).lamps["lamp-2"].level.level_percent
        )
        task.cancel()
        await asyncio.wait({task})

    run(tmp_path, use, with_defect_in(key))


@pytest.mark.parametrize(("key", "device"), [(key, device) for key, device in TRADES.items() if device])
def test_a_defect_of_a_rule_is_not_one_of_the_device(tmp_path: Path, key: str, device: str) -> None:
    """Readings come in the task of the driver: one that raised there would say that its device is down."""

    class Driver:
        name = device

        async def run(self, emit: Emit) -> None:
            for _ in range(3):
                await emit(Reading(device, "distance_mm", 500.0, 1001.0))
            spoken.set()
            await asyncio.Event().wait()

    spoken = asyncio.Event()

    async def use(pole: Pole) -> None:
        async def emit(reading: Reading) -> None:
            for listen in pole.parts.listeners[reading.device]:
                await listen(reading)

        supervisor = Supervisor(Driver(), emit)
        task = asyncio.create_task(supervisor.run())
        await asyncio.wait_for(spoken.wait(), PATIENCE_S)
        assert supervisor.down_because is None
        task.cancel()
        await asyncio.wait({task})

    run(tmp_path, use, with_defect_in(key))


def test_of_a_bay_whose_rule_failed_nothing_is_known(tmp_path: Path) -> None:
    """Neither at the broker, nor in the figures, nor beside it: whoever stood there may have left."""
    failing: list[str] = []

    class SoonDefective(Builder):
        async def rule(self, key: str, kind: Any, step: Any, *args: Any, **more: Any) -> RuleRunner[Any]:
            def maybe(*given: Any) -> Any:
                return raises() if key in failing else step(*given)

            return await super().rule(key, kind, maybe, *args, **more)

    async def use(pole: Pole) -> None:
        await pole.street(60)
        assert pole.states()["bay-1"].state == "occupied"  # type: ignore[union-attr]
        part, bay, figures = (
            pole.isolation.part("bay/bay-1"),
            pole.parts.part(ParkingPart).bays["bay-1"].runner,
            pole.parts.part(ParkingPart).occupancy,
        )
        assert figures is not None
        task = asyncio.create_task(part.run(bay.run))
        failing.append("bay/bay-1")
        await pole.street(1)
        assert pole.states()["bay-1"].state == "unknown"  # type: ignore[union-attr]
        assert pole.states()["bay-2"].state == "occupied"  # type: ignore[union-attr]
        failing.clear()
        async with asyncio.timeout(PATIENCE_S):
            while part.set_aside:
                pole.clock.mono_s += 60.0
                await asyncio.sleep(0.01)
        assert figures.answers.status()[0]["unknown"] == 1
        assert pole.states()["bay-1"].state == "unknown"  # type: ignore[union-attr]
        await pole.street(10)
        assert pole.states()["bay-1"].state == "occupied"  # type: ignore[union-attr]
        assert figures.answers.status()[0]["occupied"] == 2
        assert pole.parts.part(ParkingPart).bays["bay-1"].runner.state.stay is not None, "the stay goes on"
        task.cancel()
        await asyncio.wait({task})

    run(tmp_path, use, SoonDefective)


FAR = Moment(1e300, 5.0, "b0", True)


def test_figures_that_cannot_be_kept_cost_no_bay_its_events(tmp_path: Path) -> None:
    async def use(pole: Pole) -> None:
        assert pole.isolation.names == ["figures"]
        await pole.street(60)
        events = await pole.told()
        assert [event.subject for event in events if event.type == "bay.occupied"] == ["bay-1", "bay-2"]
        assert pole.isolation.names == ["figures"]

    run(tmp_path, use, poisoned={CHECKPOINT: Checkpoint(FAR, 1e300)})


def test_a_program_that_cannot_be_resolved_leaves_the_lamp_at_its_default_level(tmp_path: Path) -> None:
    """An order that holds for ever and a day cannot be dated; the other lamp follows its program."""
    endless = Override("c-1", 40.0, Moment(UNIX_S, 900.0, "b1", True), 1e15)

    async def use(pole: Pole) -> None:
        one, other = (pole.parts.part(LightingPart).lamps[name] for name in ("lamp-1", "lamp-2"))
        assert (one.level.level_percent, one.level.reason) == (100.0, "default")
        assert "failed by a defect" in one.level.detail
        assert other.level.reason == "program"
        assert pole.isolation.names == ["override/lamp-1", "program/lamp-1"]

    run(tmp_path, use, poisoned={"lamp/lamp-1": LampState(override=endless)})


def test_a_defect_in_the_control_of_a_lamp_is_its_own(tmp_path: Path) -> None:
    """One line is no line at all; a write to its lamp ends in a defect, and not in a lamp that is down."""

    async def use(pole: Pole) -> None:
        controls = pole.parts.part(LightingPart).lamps.values()
        running = [asyncio.create_task(pole.isolation.part(one.key).run(one.run)) for one in controls]
        await asyncio.sleep(0.05)
        assert pole.isolation.names == ["lamp/lamp-1"]
        assert (
            pole.parts.part(LightingPart).lamps["lamp-2"].setpoint.state.commanded_percent
            == pole.parts.part(LightingPart).lamps["lamp-2"].level.level_percent
        )
        lamps = pole.parts.part(LightingPart).lamps
        commands = Commands("pole-1", Recipients(lamps, {"lamp": lamps}), commit=pole.store.commit, clock=pole.clock)
        outcome = await commands.handle(Command("c1", "lamp-1", "override", 40.0))
        assert outcome.status == "failed" and "a defect of lamppost (AttributeError)" in outcome.reason
        await pole.street(30)
        assert [event.subject for event in await pole.told() if event.type == "bay.occupied"] == ["bay-1", "bay-2"]
        for task in running:
            task.cancel()
        await asyncio.wait(running)

    run(tmp_path, use, masters={"l": object()})


class Undecided:
    """What no device says: neither true nor false."""

    def __bool__(self) -> bool:
        raise Defect("of a reading")


def test_a_lamp_that_cannot_hear_goes_on_by_its_program(tmp_path: Path) -> None:
    async def use(pole: Pole) -> None:
        await pole.emit("lamp-1", "reachable", Undecided())
        assert pole.isolation.names == ["lamp-inputs/lamp-1", "monitor/lamp-1"], "both hear it"
        for lamp in ("lamp-1", "lamp-2"):
            assert pole.parts.part(LightingPart).lamps[lamp].level.reason == "program"

    run(tmp_path, use)


@pytest.mark.parametrize("key", ["bay/bay-1", "zone/kerb-side", "meter/m", "device/cam", "sensor/ultra-1"])
def test_a_part_that_cannot_be_built_is_missing_and_the_others_are_there(tmp_path: Path, key: str) -> None:
    class Unbuildable(Builder):
        async def rule(self, at: str, *args: Any, **more: Any) -> RuleRunner[Any]:
            return raises() if at == key else await super().rule(at, *args, **more)

    async def use(pole: Pole) -> None:
        await pole.street(60)
        assert pole.isolation.names == [key]
        (told,) = pole.isolation.status()
        assert told["next_attempt_s"] is None
        occupied = [event.subject for event in await pole.told() if event.type == "bay.occupied"]
        assert occupied == [bay for bay in ("bay-1", "bay-2") if f"bay/{bay}" != key]
        found = pole.states()
        assert pole.isolation.names == [key], "what is not there is no further defect"
        assert found.keys() >= {"bay-1", "bay-2", "lamp-1", "lamp-2", "kerb-side", "m", "cam"}
        assert found["lamp-2"] is not None and found["bay-2"] is not None

    run(tmp_path, use, Unbuildable)


def test_a_state_that_cannot_be_told_leaves_the_others(tmp_path: Path) -> None:
    """The stored stay lies in no year: it cannot be written as a time."""

    async def use(pole: Pole) -> None:
        await pole.street(60)
        state = pole.parts.part(ParkingPart).bays["bay-1"].runner.state
        assert state.stay is not None
        pole.parts.part(ParkingPart).bays["bay-1"].runner.state = _with_entered(state)
        found = pole.states()
        assert found["bay-1"] is None
        assert found["bay-2"] is not None and found["lamp-1"] is not None
        assert pole.isolation.names == ["state/bay-1"]

    run(tmp_path, use)


def _with_entered(state: Any) -> Any:
    return structs.replace(state, stay=structs.replace(state.stay, entered=FAR))
