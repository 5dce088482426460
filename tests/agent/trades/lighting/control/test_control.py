"""One lamp driven over nights, restarts, silences and other people's hands."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct, structs
from patience import PATIENCE_S
from stored import Told, promised

from agent.clock import Moment
from agent.events import Event
from agent.isolation import Isolation
from agent.trades.lighting.control.control import LampControl
from agent.trades.lighting.control.lamp_state import LampState
from agent.trades.lighting.control.setpoint import (
    LONGEST_PAUSE_S,
    SetpointState,
    Writes,
    answered,
    observed,
    same,
    unanswered,
    wants_write,
    written,
)
from agent.trades.lighting.level_source import LevelSource
from agent.trades.lighting.options import Presence, ProgramOptions
from agent.trades.lighting.plan.calendar import always
from agent.trades.lighting.plan.lamp_plan import LampPlan
from agent.trades.lighting.plan.sun import Place
from drivers.base import Command, Outcome, Quality, Reading, Stay, Value
from drivers.errors import NoAnswer
from drivers.options import Seconds

PLACE = Place(48.8566, 2.3522, "Europe/Paris")
NIGHT = ProgramOptions(on="20:00", off="06:00", level_percent=60.0)
PLAN = LampPlan(always(NIGHT), PLACE, default_percent=80.0)
EVENING = datetime(2026, 12, 21, 20, 30, tzinfo=UTC).timestamp()
NOON = datetime(2026, 12, 21, 12, 0, tzinfo=UTC).timestamp()


class Box:
    """A box with a clock that the test moves, a store, and one lamp that answers as a real one would."""

    def __init__(self, unix_s: float, *, trusted: bool = True, plan: LampPlan = PLAN) -> None:
        self.plan = plan
        self.boot, self.mono_s = "b1", 1000.0
        self.offset_s, self.trusted = unix_s - self.mono_s, trusted
        self.lamp_percent = 0.0
        self.silent = False
        self.refuses = ""
        self.impossible_percent: float | None = None
        self.fading_percent: float | None = None
        self.written: list[float | None] = []
        self.events: list[Told] = []
        self.stored = b"{}"
        self.control = self.start()

    name = "lamp-1"
    replaced: asyncio.Event

    def start(self) -> LampControl:
        return LampControl(
            "lamp-1",
            LevelSource("lamp-1", self.plan, self, None, Isolation()),
            actuator=self,
            commit=self.commit,
            clock=self,
            state=msgspec.json.decode(self.stored, type=LampState),
            tick_s=3600.0,
        )

    def restart(self, off_s: float, *, trusted: bool = True) -> None:
        self.offset_s += self.mono_s + off_s - 5.0
        self.boot, self.mono_s, self.trusted = self.boot + "+", 5.0, trusted
        self.control = self.start()

    def now(self) -> Moment:
        return self.moment_at(self.mono_s)

    def moment_at(self, mono_s: float) -> Moment:
        return Moment(self.offset_s + mono_s, mono_s, self.boot, self.trusted)

    async def commit(self, events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        self.events += map(promised, events)
        self.stored = msgspec.json.encode(states["lamp/lamp-1"])

    async def set_level(self, command_id: str, level_percent: float) -> Outcome:
        self.written.append(level_percent)
        if self.silent:
            raise NoAnswer("lamp-1", "unit 1 did not answer", "check the wiring")
        if self.refuses:
            return Outcome(command_id, "failed", self.refuses, self.lamp_percent)
        if level_percent == self.impossible_percent:
            return Outcome(command_id, "refused", "outside the range of its register")
        self.lamp_percent = level_percent
        return Outcome(
            command_id, "done", "", self.lamp_percent if self.fading_percent is None else self.fading_percent
        )

    async def poll(self, level_percent: float | None = None) -> None:
        """One reading, and what the loop does about it."""
        self.mono_s += 1.0
        value = self.lamp_percent if level_percent is None else level_percent
        await self.control.on_reading(Reading("lamp-1", "level_percent", value, self.mono_s))
        await self.control.reconcile()

    async def wait(self, seconds: float) -> None:
        self.mono_s += seconds
        await self.control.reconcile()

    def told(self) -> list[tuple[float, float, str]]:
        return [
            (event.data["level_percent"], event.data["commanded_percent"], event.data["reason"])
            for event in self.events
            if event.type == "lamp.level"
        ]


def override(level_percent: float, hold_s: float | None = 1800.0, id: str = "c1") -> Command:
    return Command(id, "lamp-1", "override", level_percent, hold_s=hold_s)


def test_the_lamp_is_driven_at_start_and_at_each_change_and_told_once() -> None:
    async def main() -> None:
        box = Box(NOON)
        box.lamp_percent = 100.0
        await box.control.reconcile()
        for _ in range(5):
            await box.poll()
        await box.wait(8 * 3600.0)
        for _ in range(5):
            await box.poll()
        await box.wait(10 * 3600.0)
        assert box.written == [0.0, 60.0, 0.0]
        assert box.told() == [(0.0, 0.0, "program"), (60.0, 60.0, "program"), (0.0, 0.0, "program")]

    asyncio.run(main())


def test_a_lamp_that_lost_its_level_is_written_again() -> None:
    async def main() -> None:
        box = Box(EVENING)
        await box.control.reconcile()
        for _ in range(20):
            await box.poll()
        box.lamp_percent = 100.0
        for _ in range(3):
            await box.poll()
        assert box.written == [60.0, 60.0]
        assert box.lamp_percent == 60.0

    asyncio.run(main())


def test_a_lamp_that_keeps_another_level_is_told_and_not_worn_out_with_writes() -> None:
    async def main() -> None:
        box = Box(EVENING)
        await box.control.reconcile()
        for _ in range(3600):
            await box.poll(30.0)
        assert 6 <= len(box.written) <= 12
        assert (30.0, 60.0, "program") in box.told()

    asyncio.run(main())


def test_a_fading_lamp_is_left_alone_and_told_when_it_is_there() -> None:
    async def main() -> None:
        box = Box(EVENING)
        box.fading_percent = 5.0
        await box.control.reconcile()
        for level in (20.0, 40.0, 60.0, 60.0, 60.0):
            await box.poll(level)
        assert box.written == [60.0]
        assert box.told() == [(5.0, 60.0, "program"), (60.0, 60.0, "program")]

    asyncio.run(main())


def test_a_silent_lamp_gets_its_level_as_soon_as_it_speaks() -> None:
    async def main() -> None:
        box = Box(EVENING)
        box.silent = True
        await box.control.reconcile()
        await box.wait(3600.0)
        tries = len(box.written)
        assert tries == 2
        await box.wait(1.0)
        assert len(box.written) == tries
        box.silent = False
        await box.poll(0.0)
        assert box.lamp_percent == 60.0
        assert box.told() == [(60.0, 60.0, "program")]

    asyncio.run(main())


def test_an_override_is_carried_out_and_the_program_returns() -> None:
    async def main() -> None:
        box = Box(EVENING)
        await box.control.reconcile()
        outcome = await box.control.carry_out(override(20.0))
        assert (outcome.command_id, outcome.status, outcome.observed) == ("c1", "done", 20.0)
        await box.wait(1799.0)
        assert box.lamp_percent == 20.0
        await box.wait(1.0)
        assert box.lamp_percent == 60.0
        assert [reason for _, _, reason in box.told()] == ["program", "override", "program"]

    asyncio.run(main())


def test_the_last_override_wins_and_release_cancels() -> None:
    async def main() -> None:
        box = Box(EVENING)
        await box.control.carry_out(override(20.0, id="c1"))
        await box.control.carry_out(override(90.0, hold_s=None, id="c2"))
        await box.wait(7200.0)
        assert box.lamp_percent == 90.0
        outcome = await box.control.carry_out(Command("c3", "lamp-1", "release"))
        assert (outcome.status, outcome.observed) == ("done", 60.0)

    asyncio.run(main())


def test_an_override_survives_a_restart_and_expires_while_the_box_is_off() -> None:
    async def main() -> None:
        box = Box(EVENING)
        await box.control.carry_out(override(20.0))
        box.restart(off_s=600.0)
        await box.control.reconcile()
        assert box.lamp_percent == 20.0
        box.restart(off_s=1200.0)
        await box.control.reconcile()
        assert box.lamp_percent == 60.0
        assert msgspec.json.decode(box.stored, type=LampState).override is None

    asyncio.run(main())


def test_an_order_that_the_lamp_refuses_leaves_what_held_before() -> None:
    async def main() -> None:
        box = Box(EVENING)
        box.impossible_percent = 33.0
        await box.control.carry_out(override(40.0, id="c1"))
        outcome = await box.control.carry_out(override(33.0, id="c2"))
        assert outcome.status == "refused"
        assert (box.control.level.level_percent, box.control.level.reason) == (40.0, "override")
        assert box.control.state.override is not None
        assert box.control.state.override.command_id == "c1"
        box.restart(1.0)
        await box.control.reconcile()
        assert box.lamp_percent == 40.0

    asyncio.run(main())


def test_an_override_repeated_under_its_id_does_not_hold_longer() -> None:
    async def main() -> None:
        box = Box(EVENING)
        await box.control.carry_out(override(20.0))
        box.mono_s += 1000.0
        await box.control.carry_out(override(20.0))
        await box.wait(800.0)
        assert box.lamp_percent == 60.0

    asyncio.run(main())


def test_an_override_for_a_silent_lamp_is_kept_and_the_outcome_says_so() -> None:
    async def main() -> None:
        box = Box(EVENING)
        box.silent = True
        outcome = await box.control.carry_out(override(20.0))
        assert outcome.status == "failed"
        assert "unit 1 did not answer" in outcome.reason
        assert "kept" in outcome.reason
        box.silent = False
        await box.poll(60.0)
        assert box.lamp_percent == 20.0

    asyncio.run(main())


def test_promise_works_with_no_clock_a_lamp_burns_at_its_default_and_follows_the_program_when_the_clock_is_set() -> (
    None
):
    async def main() -> None:
        box = Box(60.0, trusted=False)
        await box.control.reconcile()
        assert box.lamp_percent == 80.0
        box.offset_s, box.trusted = EVENING - box.mono_s, True
        await box.wait(1.0)
        assert box.lamp_percent == 60.0
        assert [reason for _, _, reason in box.told()] == ["default", "program"]

    asyncio.run(main())


def test_promise_works_with_no_clock_an_override_given_before_the_clock_was_set_is_dated_and_survives() -> None:
    async def main() -> None:
        box = Box(60.0, trusted=False)
        await box.control.carry_out(override(20.0))
        box.offset_s, box.trusted = EVENING - box.mono_s, True
        await box.wait(1.0)
        box.restart(off_s=600.0)
        await box.control.reconcile()
        assert box.lamp_percent == 20.0

    asyncio.run(main())


def test_promise_works_with_no_clock_an_override_that_nobody_can_date_is_dropped() -> None:
    async def main() -> None:
        box = Box(60.0, trusted=False)
        await box.control.carry_out(override(20.0))
        box.restart(off_s=600.0, trusted=False)
        await box.wait(1.0)
        assert msgspec.json.decode(box.stored, type=LampState).override is not None
        box.offset_s, box.trusted = EVENING - box.mono_s, True
        await box.wait(1.0)
        assert box.lamp_percent == 60.0
        assert msgspec.json.decode(box.stored, type=LampState).override is None

    asyncio.run(main())


def test_pauses_start_anew_once_the_lamp_was_there() -> None:
    async def main() -> None:
        box = Box(EVENING)
        await box.control.reconcile()
        for _ in range(200):
            await box.poll(30.0)
        for _ in range(3):
            await box.poll(60.0)
        before = len(box.written)
        for _ in range(25):
            await box.poll(30.0)
        assert len(box.written) == before + 2

    asyncio.run(main())


def test_a_restart_tells_nothing_new() -> None:
    async def main() -> None:
        box = Box(EVENING)
        await box.control.reconcile()
        box.restart(off_s=10.0)
        await box.control.reconcile()
        assert box.written == [60.0, 60.0]
        assert len(box.told()) == 1

    asyncio.run(main())


@pytest.mark.parametrize(
    ("said", "again"),
    [
        ([("reachable", False), ("reachable", True)], 1),
        ([("power_cycled", False), ("power_cycled", True), ("power_cycled", True)], 1),
        ([("uptime_s", 5000), ("uptime_s", 5001), ("uptime_s", 3), ("uptime_s", 4)], 1),
        ([("uptime_s", 5000), ("power_cycled", False), ("reachable", True), ("mains_present", True)], 0),
    ],
    ids=["out of reach", "power cycled", "controller restarted", "nothing of the kind"],
)
def test_a_lamp_that_is_back_is_told_its_level_again_whatever_its_registers_say(
    said: list[tuple[str, bool | int]], again: int
) -> None:
    async def main() -> None:
        box = Box(EVENING)
        await box.control.reconcile()
        for _ in range(3):
            await box.poll()
        for quantity, value in said:
            box.mono_s += 1
            await box.control.on_reading(Reading("lamp-1", quantity, value, box.mono_s))
            await box.poll()
        for _ in range(60):
            await box.poll()
        assert box.written == [60.0] * (1 + again)

    asyncio.run(main())


def test_what_was_commanded_is_known_to_whoever_watches_the_lamp() -> None:
    async def main() -> None:
        box = Box(EVENING)
        assert box.control.setpoint.state.commanded_percent is None
        box.silent = True
        await box.control.reconcile()
        assert box.control.setpoint.state.commanded_percent == 60.0

    asyncio.run(main())


def test_what_came_of_the_writes_is_counted_for_whoever_watches_the_lamp() -> None:
    async def main() -> None:
        box = Box(EVENING)
        await box.control.reconcile()
        await box.poll()
        assert box.control.setpoint.writes == Writes(orders=1, taken=1)
        await box.poll(0.0)
        assert box.control.setpoint.writes == Writes(orders=1, taken=2)
        box.refuses = "held off"
        await box.poll(0.0)
        await box.wait(60.0)
        assert box.control.setpoint.writes == Writes(orders=1, taken=2, missed=1)
        box.silent = True
        await box.wait(60.0)
        await box.control.carry_out(override(0.0))
        assert box.control.setpoint.writes == Writes(orders=2, taken=2, missed=1)

    asyncio.run(main())


def test_an_override_does_not_wait_for_a_lamp_that_is_still_fading() -> None:
    class SlowBox(Box):
        """A box whose first order comes to an end only when a second has replaced it."""

        async def set_level(self, command_id: str, level_percent: float) -> Outcome:
            if self.written:
                self.replaced.set()
                return await super().set_level(command_id, level_percent)
            self.written.append(level_percent)
            await self.replaced.wait()
            return Outcome(command_id, "failed", "a newer command replaced it", 20.0)

    async def main() -> None:
        box = SlowBox(EVENING)
        box.replaced = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(box.control.reconcile())
            while not box.written:
                await asyncio.sleep(0)
            async with asyncio.timeout(PATIENCE_S):
                outcome = await box.control.carry_out(override(20.0))
        assert (outcome.status, outcome.observed) == ("done", 20.0)
        assert box.told() == [(20.0, 20.0, "override")]
        await box.poll()
        assert box.written == [60.0, 20.0]

    asyncio.run(main())


def test_an_order_is_not_repeated_while_the_lamp_is_on_its_way_however_slowly() -> None:
    class SlowBox(Box):
        """A box whose lamp takes longer than the pause after which a level that was not taken is written again."""

        async def set_level(self, command_id: str, level_percent: float) -> Outcome:
            self.written.append(level_percent)
            await self.replaced.wait()
            return Outcome(command_id, "done", "", level_percent)

    async def main() -> None:
        box = SlowBox(EVENING)
        box.replaced = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            order = group.create_task(box.control.carry_out(override(20.0)))
            while not box.written:
                await asyncio.sleep(0)
            for _ in range(15):
                await box.poll(0.0)
            box.replaced.set()
        assert box.written == [20.0]
        assert (order.result().status, order.result().observed) == ("done", 20.0)
        await box.poll(0.0)
        assert box.written == [20.0, 20.0]  # and it is, once that is over

    asyncio.run(main())


def test_an_order_that_was_cut_off_is_repeated_as_soon_as_the_lamp_speaks() -> None:
    class StuckBox(Box):
        async def set_level(self, command_id: str, level_percent: float) -> Outcome:
            if not self.written:
                self.written.append(level_percent)
                await asyncio.Event().wait()
            return await super().set_level(command_id, level_percent)

    async def main() -> None:
        box = StuckBox(EVENING)
        order = asyncio.create_task(box.control.carry_out(override(20.0)))
        while not box.written:
            await asyncio.sleep(0)
        order.cancel()
        with pytest.raises(asyncio.CancelledError):
            await order
        await box.poll(0.0)
        assert box.written == [20.0, 20.0]

    asyncio.run(main())


def test_run_follows_a_reading_without_waiting_for_its_tick() -> None:
    async def main() -> None:
        box = Box(EVENING)
        box.silent = True
        async with asyncio.TaskGroup() as group:
            task = group.create_task(box.control.run())
            while not box.written:
                await asyncio.sleep(0)
            box.silent = False
            await box.control.on_reading(Reading("lamp-1", "level_percent", 0.0, box.mono_s))
            async with asyncio.timeout(PATIENCE_S):
                while box.lamp_percent != 60.0:
                    await asyncio.sleep(0)
            task.cancel()

    asyncio.run(main())


@pytest.mark.parametrize(("one", "other", "alike"), [(0.0, 1.0, False), (99.0, 100.0, True), (40.0, 42.0, False)])
def test_levels_that_are_the_same(one: float, other: float, alike: bool) -> None:
    assert same(one, other) is alike


acts = st.sampled_from(["done", "failed", "silent", "poll", "poll other"])


@given(st.lists(st.tuples(acts, st.floats(0.1, 30.0)), max_size=60))
def test_the_same_level_is_never_written_twice_within_the_first_pause_unless_it_was_lost(
    acted: list[tuple[str, float]],
) -> None:
    drive, now_s, last_s, excused = SetpointState(), 0.0, -1e9, True
    for act, gap_s in acted:
        now_s += gap_s
        if act.startswith("poll"):
            excused = excused or drive.silent or (drive.done and same(drive.observed_percent, 60.0))
            drive = observed(drive, 60.0 if act == "poll" else 30.0)
            excused = excused or (drive.done and act == "poll")
        if wants_write(drive, 60.0, now_s):
            assert excused or now_s - last_s >= 10.0
            drive = written(drive, 60.0, now_s)
            assert drive.pause_s <= LONGEST_PAUSE_S
            last_s, excused = now_s, False
            drive = unanswered(drive) if act == "silent" else answered(drive, act == "done", None)


BRIGHT = Presence(by=("bay-1", "zone-1", "pir"), level_percent=100.0, hold_s=Seconds(60))


def waiting(**changes: Any) -> LampPlan:
    """A plan that waits for somebody, changed in keys of its presence rule or of its program."""
    mine = {key: changes.pop(key) for key in list(changes) if key in BRIGHT.__struct_fields__}
    return LampPlan(always(structs.replace(NIGHT, presence=(structs.replace(BRIGHT, **mine),), **changes)), PLACE)


@pytest.mark.parametrize(
    ("device", "quantity", "value", "bright"),
    [
        ("zone-1", "stay", Stay("s1", 1.0, None, "car", 0.9), True),
        ("zone-1", "stay", Stay("s1", 1.0, 5.0, "car", 0.9), True),
        ("zone-1", "stay_goes_on", Stay("s1", 1.0, None, "car", 0.9), False),
        ("pir", "presence", True, True),
        ("pir", "presence", False, False),
        ("pir", "presence", 1, False),
        ("zone-2", "stay", Stay("s1", 1.0, None, "car", 0.9), False),
    ],
)
def test_a_lamp_is_bright_for_whom_it_waits(device: str, quantity: str, value: Value, bright: bool) -> None:
    async def main() -> None:
        box = Box(EVENING, plan=waiting())
        await box.control.reconcile()
        await box.control.on_sensor(Reading(device, quantity, value, box.mono_s))
        await box.wait(1.0)
        assert box.lamp_percent == (100.0 if bright else 60.0)
        await box.wait(60.0)
        assert box.lamp_percent == 60.0
        assert [reason for _, _, reason in box.told()] == ["program", "sensor", "program"][: 3 if bright else 1]

    asyncio.run(main())


def test_a_suspect_reading_is_nobody() -> None:
    async def main() -> None:
        box = Box(EVENING, plan=waiting())
        await box.control.on_sensor(Reading("pir", "presence", True, box.mono_s, Quality.SUSPECT))
        await box.wait(1.0)
        assert box.lamp_percent == 60.0

    asyncio.run(main())


def test_a_ramp_is_written_step_by_step_and_told_once() -> None:
    async def main() -> None:
        box = Box(EVENING, plan=LampPlan(always(structs.replace(NIGHT, on="21:30", ramp_s=Seconds(6))), PLACE))
        for _ in range(10):
            await box.poll()
        assert box.written == [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
        assert box.told() == [(60.0, 60.0, "program")]

    asyncio.run(main())


def test_a_silent_lamp_is_not_told_each_step_of_a_ramp() -> None:
    async def main() -> None:
        box = Box(EVENING, plan=LampPlan(always(structs.replace(NIGHT, on="21:30", ramp_s=Seconds(60))), PLACE))
        box.silent = True
        for _ in range(45):
            await box.wait(1.0)
        assert len(box.written) == 3
        box.silent = False
        await box.poll(0.0)
        assert box.lamp_percent == box.written[-1] == 46.0

    asyncio.run(main())


def test_presence_wakes_the_lamp_without_waiting_for_its_tick() -> None:
    async def main() -> None:
        box = Box(EVENING, plan=waiting())
        async with asyncio.TaskGroup() as group:
            task = group.create_task(box.control.run())
            while box.lamp_percent != 60.0:
                await asyncio.sleep(0)
            box.control.on_presence("bay-1", box.mono_s)
            async with asyncio.timeout(PATIENCE_S):
                while box.lamp_percent != 100.0:
                    await asyncio.sleep(0)
            task.cancel()

    asyncio.run(main())


def test_promise_works_with_no_clock_the_photocell_drives_the_lamp() -> None:
    async def main() -> None:
        box = Box(60.0, trusted=False, plan=LampPlan(always(structs.replace(NIGHT, photocell="cell")), PLACE, 80.0))
        await box.control.reconcile()
        assert box.lamp_percent == 80.0
        await box.control.on_sensor(Reading("cell", "dark", False, box.mono_s))
        await box.wait(1.0)
        assert box.lamp_percent == 0.0
        assert "photocell cell" in box.control.level.detail
        await box.wait(900.0)
        assert box.lamp_percent == 80.0

    asyncio.run(main())


def test_burning_hours_dim_a_young_lamp() -> None:
    async def main() -> None:
        box = Box(EVENING, plan=LampPlan(always(NIGHT), PLACE, curve=((0.0, 80.0), (20_000.0, 100.0))))
        await box.control.on_sensor(Reading("lamp-1", "operating_hours_h", 0.0, box.mono_s))
        await box.control.reconcile()
        assert box.lamp_percent == 48.0

    asyncio.run(main())


def test_burning_hours_may_be_counted_elsewhere() -> None:
    async def main() -> None:
        box = Box(EVENING)
        plan = LampPlan(always(NIGHT), PLACE, curve=((0.0, 80.0), (20_000.0, 100.0)))
        for hours, wanted in ((0.0, 48.0), (20_000.0, 60.0), (None, 60.0)):
            source = LevelSource("lamp-1", plan, box, lambda hours=hours: hours, Isolation())
            assert source.level(None).level_percent == wanted

    asyncio.run(main())


class Fresh(Box):
    """One whose level counts for 10 s."""

    def fresh_s(self, quantity: str) -> float:
        return 10.0


def test_a_level_that_has_not_been_read_for_some_time_is_told_as_not_known() -> None:
    box = Fresh(EVENING)

    async def night() -> None:
        for _ in range(3):
            await box.poll()
        box.silent = True
        box.mono_s += 30.0
        await box.control.carry_out(Command("c1", "lamp-1", "override", 60.0))
        await box.control.reconcile()
        box.silent = False
        for _ in range(3):
            await box.poll()

    asyncio.run(night())
    told = [(event.data["level_percent"], event.data["reason"]) for event in box.events if event.type == "lamp.level"]
    assert told == [(60.0, "program"), (None, "override"), (60.0, "override")]
