"""What is retained of devices, and which of them are remembered to be taken away."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from built_pole import built_pole
from msgspec import Struct, structs
from pole_file import LOADING_ZONE, bay_tables, lamp_table, line_table, pole_1

from agent.clock import Moment, SystemClock
from agent.configuration import load
from agent.states import REMEMBERED, Device, Names, chosen, retained_history, states, subjects, types_about
from agent.supervise import Supervisor
from agent.trades.kerb.retained import Camera, Zone
from agent.trades.lighting.retained import Lamp
from agent.uplink.choice import Choice
from drivers.base import Emit, Reading
from drivers.errors import NoAnswer

POLE = "".join(
    (
        pole_1(),
        line_table(),
        lamp_table(1, 'program = "evening"'),
        "[program.evening]\nlevel_percent = 80\n",
        bay_tables(1),
        LOADING_ZONE.replace("kerb-side", "bus-stop").replace("loading", "bus_lane"),
        '[group.market]\nkind = "parking"\nmembers = ["bay-1"]\n',
    )
)
NOW = Moment(1.8e9, 1000.0, "b1", True)


class Acts:
    """A driver that reports once, or not, and then ends, or goes on."""

    def __init__(self, name: str, reports: bool, ends: bool) -> None:
        self.name, self._reports, self._ends = name, reports, ends
        self.done = asyncio.Event()

    async def run(self, emit: Emit) -> None:
        if self._reports:
            await emit(Reading(self.name, "distance_mm", 2000, NOW.mono_s))
        self.done.set()
        if self._ends:
            raise NoAnswer(self.name, "it is silent")
        await asyncio.Event().wait()


async def supervised(driver: Acts) -> Supervisor:
    async def ignore(_: Reading) -> None:
        return

    supervisor = Supervisor(driver, ignore)
    running = asyncio.create_task(supervisor.run())
    await driver.done.wait()
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    return supervisor


async def retained(folder: Path, reports: bool, ends: bool) -> Mapping[str, Struct | None]:
    """The states of a pole all of whose drivers have done the same."""
    (folder / "lamppost.toml").write_text(POLE)
    config, clock = load(folder / "lamppost.toml"), SystemClock("rtc", boot="b1")
    async with built_pole(config, folder / "lamppost.db", clock) as pole:
        supervisors = [await supervised(Acts(driver.name, reports, ends)) for driver in pole.parts.drivers]
        found = states(config, NOW, pole.parts, supervisors, pole.isolation)
        assert set(found) == subjects(config)
        assert "market" not in found, "a group has no state beside those of its members"
        return found


@pytest.mark.parametrize(
    ("reports", "ends", "reach"),
    [(False, False, "waiting"), (True, False, "up"), (False, True, "down"), (True, True, "down")],
    ids=["has said nothing", "has spoken", "has failed at once", "has spoken and failed"],
)
def test_a_device_is_up_only_once_it_has_said_something(tmp_path: Path, reports: bool, ends: bool, reach: str) -> None:
    found = asyncio.run(retained(tmp_path, reports, ends))
    ultra, lamp, cam, zone = (found[name] for name in ("ultra-1", "lamp-1", "cam", "bus-stop"))
    assert ultra == Device(reach, reach == "down")  # type: ignore[arg-type]
    assert isinstance(lamp, Lamp) and lamp.device == reach
    assert isinstance(cam, Camera) and cam.device == reach
    assert isinstance(zone, Zone) and zone.watched is (reach == "up")


def test_a_trade_that_cannot_tell_its_states_leaves_those_of_the_others(tmp_path: Path) -> None:
    class Broken:
        def states(self, *_: object) -> Mapping[str, Any]:
            raise KeyError("a defect")

    async def main() -> Mapping[str, Struct | None]:
        (tmp_path / "lamppost.toml").write_text(POLE)
        config, clock = load(tmp_path / "lamppost.toml"), SystemClock("rtc", boot="b1")
        async with built_pole(config, tmp_path / "lamppost.db", clock) as pole:
            broken: Any = Broken()
            pole.parts.parts["lighting"] = broken
            supervisors = [await supervised(Acts(driver.name, True, False)) for driver in pole.parts.drivers]
            found = states(config, NOW, pole.parts, supervisors, pole.isolation)
            assert pole.isolation.names == ["states/lighting"]
            assert states(config, NOW, pole.parts, supervisors, pole.isolation) == found
            return found

    found = asyncio.run(main())
    assert found["lamp-1"] is None, "not told as it is not: taken from the broker"
    assert found["ultra-1"] == Device("up", False) and isinstance(found["cam"], Camera)


def test_a_device_that_is_gone_is_remembered_at_the_next_start() -> None:
    first = retained_history(Names(), {"b1", "lamp-1"})
    assert set(first.names) == {"b1", "lamp-1"}
    second = retained_history(first, {"lamp-1", "lamp-2"})
    assert set(second.names) == {"b1", "lamp-1", "lamp-2"}
    assert retained_history(second, {"lamp-1", "lamp-2"}) == second, "nothing is written where nothing changed"


def test_the_memory_of_names_is_bounded() -> None:
    known = Names()
    for n in range(3 * REMEMBERED):
        known = retained_history(known, {f"lamp-{n}"})
    assert len(known.names) <= REMEMBERED + 1
    assert known.names[-1] == f"lamp-{3 * REMEMBERED - 1}"


def test_promise_privacy_no_state_tells_who_stands_in_a_zone() -> None:
    assert {field.name for field in structs.fields(Zone)} == {"category", "mode", "watched"}


@pytest.mark.parametrize(
    ("events", "names"),
    [
        (["*"], {"lamp-1", "ultra-1", "bay-1", "cam", "bus-stop"}),
        (["lamp.*", "pole.*"], {"lamp-1"}),
        (["bay.overstay", "store.*"], {"ultra-1", "bay-1"}),
        (["kerb.statistics"], {"cam", "bus-stop"}),
        (["line.device_down"], {"lamp-1", "ultra-1", "bay-1", "cam", "bus-stop"}),
        (["command.outcome"], set()),
    ],
)
def test_an_uplink_gets_the_states_of_what_its_events_are_about(
    tmp_path: Path, events: list[str], names: set[str]
) -> None:
    file = tmp_path / "p.toml"
    file.write_text(POLE)
    config = load(file)
    assert chosen(config, Choice(events), types_about()) & subjects(config) == names


class Polled(Acts):
    """A driver of a lamp that told its level, at a moment, and counts that for ten seconds."""

    def fresh_s(self, quantity: str) -> float:
        return 10.0

    async def run(self, emit: Emit) -> None:
        await emit(Reading(self.name, "level_percent", 40.0, NOW.mono_s))
        await super().run(emit)


@pytest.mark.parametrize(
    ("reports", "ends", "age_s", "told"),
    [
        (False, False, 10.0, ("up", False, 40.0)),
        (False, False, 10.1, ("stale", True, None)),
        (True, False, 10.1, ("stale", True, None)),
        (False, True, 1.0, ("down", True, None)),
    ],
    ids=["fresh", "old", "all of it old", "down"],
)
def test_a_level_of_old_is_not_told_as_present(
    tmp_path: Path, reports: bool, ends: bool, age_s: float, told: tuple[Any, ...]
) -> None:
    async def main() -> Struct | None:
        (tmp_path / "lamppost.toml").write_text(POLE)
        config, clock = load(tmp_path / "lamppost.toml"), SystemClock("rtc", boot="b1")
        async with built_pole(config, tmp_path / "lamppost.db", clock) as pole:
            lamp: Any = pole.parts.parts["lighting"]
            kept = lamp.lamps["lamp-1"]._kept
            kept.value = structs.replace(kept.value, level_percent=40.0)
            supervisors = [await supervised(Polled(driver.name, reports, ends)) for driver in pole.parts.drivers]
            now = structs.replace(NOW, mono_s=NOW.mono_s + age_s)
            return states(config, now, pole.parts, supervisors, pole.isolation)["lamp-1"]

    lamp = asyncio.run(main())
    assert isinstance(lamp, Lamp)
    assert (lamp.device, lamp.stale, lamp.level_percent) == told
