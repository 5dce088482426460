"""Contacts and pulses by profile, on a simulated chip."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from agent.simulate.chip import Chip
from drivers.base import Reading
from drivers.gpio import GpioInput, profile
from drivers.gpio.input import InputDriver
from drivers.options import Seconds

LINE = 5


@pytest.fixture
def place() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder) / "chip"


class Bench:
    """An input and what it says, waited for."""

    def __init__(self, path: Path, name: str, counted: Mapping[str, float] | None = None, period_s: float = 0.1):
        options = GpioInput(
            chip=str(path), offset=LINE, profile=name, period_s=Seconds(period_s), debounce_s=Seconds(0.0)
        )
        self.driver = InputDriver("input", options, profile.load(name), counted or {})
        self.said: list[Reading] = []
        self._more = asyncio.Event()

    async def emit(self, reading: Reading) -> None:
        self.said.append(reading)
        self._more.set()

    async def until(self, quantity: str, value: object) -> None:
        while not any((each.quantity, each.value) == (quantity, value) for each in self.said):
            self._more.clear()
            await self._more.wait()

    async def __aenter__(self) -> "Bench":
        self._task = asyncio.create_task(self.driver.run(self.emit))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def test_pulses_are_counted_on_from_where_they_were(place: Path) -> None:
    async def main() -> None:
        async with Chip(place) as chip, Bench(place, "davis-6464", {"pulse_count": 40}, period_s=3.0) as bench:
            chip.set(LINE, high=True)
            await asyncio.sleep(0.2)
            chip.set(LINE, high=False)
            await asyncio.sleep(0.2)
            chip.set(LINE, high=True)
            await bench.until("pulse_count", 41)
            await bench.until("rain_mm", 8.2)
            assert {each.value for each in bench.said if each.quantity == "sensor_fault"} == {""}

    asyncio.run(main())


def test_a_door_is_told_at_each_change(place: Path) -> None:
    async def main() -> None:
        async with Chip(place) as chip:
            chip.set(LINE, high=False)
            async with Bench(place, "door-closed-circuit", period_s=60.0) as bench:
                await bench.until("door_open", False)
                chip.set(LINE, high=True)
                await bench.until("door_open", True)

    asyncio.run(main())


def test_a_contact_that_chatters_is_a_fault_and_counts_nothing(place: Path) -> None:
    async def main() -> None:
        async with Chip(place) as chip, Bench(place, "davis-6464", {"pulse_count": 40}, period_s=0.5) as bench:
            done = asyncio.Event()

            async def chatter() -> None:
                while not done.is_set():
                    chip.set(LINE, high=not chip.is_high(LINE))
                    await asyncio.sleep(0.001)

            task = asyncio.create_task(chatter())
            while not any(str(each.value).startswith("chatters") for each in bench.said):
                await asyncio.sleep(0.02)
            done.set()
            await task
            told = next(each for each in bench.said if str(each.value).startswith("chatters"))
            assert told.quantity == "sensor_fault"
            before = bench.said[: bench.said.index(told)]
            assert [each.value for each in before if each.quantity == "pulse_count"][-1] <= 45

    asyncio.run(main())
