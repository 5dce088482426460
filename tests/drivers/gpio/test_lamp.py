"""Lamps on output lines of a chip: against a simulated chip behind a socket."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from patience import PATIENCE_S

from agent.simulate.chip import Chip
from agent.trades.lighting.options import GpioLampOptions
from drivers.base import Outcome, Reading
from drivers.errors import LineError
from drivers.gpio.contact import Output
from drivers.gpio.lamp import GpioLamp
from drivers.options import Seconds

LINE, CONTACT = 27, 22


@pytest.fixture
def place() -> Iterator[Path]:
    """A socket's path may not be longer than 108 characters."""
    with TemporaryDirectory() as folder:
        yield Path(folder) / "chip"


class Bench:
    """A lamp, and what it says."""

    def __init__(self, path: Path, **options: Any) -> None:
        given = {"period_s": Seconds(0.01), **options}
        self.lamp = GpioLamp("yard", GpioLampOptions(chip=str(path), offset=LINE, **given))
        self.said: list[Reading] = []
        self._heard = asyncio.Event()

    async def _emit(self, reading: Reading) -> None:
        self.said.append(reading)
        self._heard.set()

    async def until(self, level_percent: float) -> None:
        """Waits until it says that."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.said or self.said[-1].value != level_percent:
                self._heard.clear()
                await self._heard.wait()

    async def run(self) -> None:
        await self.lamp.run(self._emit)


def switching(path: Path, play: Callable[[Bench, Chip], Awaitable[None]], **options: Any) -> Bench:
    """A lamp on a chip while `play` goes on."""

    async def main() -> Bench:
        bench = Bench(path, **options)
        async with Chip(path) as chip:
            running = asyncio.create_task(bench.run())
            try:
                await play(bench, chip)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                await bench.lamp.close()
        return bench

    return asyncio.run(main())


@pytest.mark.parametrize("active", ["high", "low"])
def test_it_is_switched_and_read_back(place: Path, active: str) -> None:
    async def play(bench: Bench, chip: Chip) -> None:
        for number, level in enumerate((100.0, 0.0, 100.0)):
            assert await bench.lamp.set_level(f"c{number}", level) == Outcome(f"c{number}", "done", observed=level)
            assert chip.is_high(LINE) is ((level == 100.0) == (active == "high"))
            await bench.until(level)
        assert {each.quantity for each in bench.said} == {"level_percent"}

    switching(place, play, active=active)


def test_a_start_neither_lights_it_nor_puts_it_out(place: Path) -> None:
    async def play(bench: Bench, chip: Chip) -> None:
        chip.set(LINE, high=True)
        for _ in range(5):
            await asyncio.sleep(0)
        assert chip.is_high(LINE)
        assert not bench.said
        await bench.lamp.set_level("c", 0.0)
        assert not chip.is_high(LINE)

    switching(place, play)


@pytest.mark.parametrize("level", [1.0, 40.0, 99.9])
def test_a_level_between_is_refused_and_changes_nothing(place: Path, level: float) -> None:
    async def play(bench: Bench, chip: Chip) -> None:
        await bench.lamp.set_level("c1", 100.0)
        outcome = await bench.lamp.set_level("c2", level)
        assert (outcome.status, outcome.observed) == ("refused", None)
        assert outcome.reason == "the lamp cannot take this level: it only switches: 0 or 100 %"
        assert chip.is_high(LINE)

    switching(place, play)


def test_with_a_contact_that_alone_is_believed(place: Path) -> None:
    async def play(bench: Bench, chip: Chip) -> None:
        chip.set(CONTACT, high=True)  # open: active low
        await bench.until(0.0)
        ordering = asyncio.create_task(bench.lamp.set_level("c1", 100.0))
        async with asyncio.timeout(PATIENCE_S):
            while not chip.is_high(LINE):
                await asyncio.sleep(0.001)
        assert not ordering.done()
        chip.set(CONTACT, high=False)
        assert await ordering == Outcome("c1", "done", observed=100.0)
        await bench.until(100.0)

    switching(place, play, contact_offset=CONTACT, settle_s=Seconds(60))


def test_a_contactor_that_sticks_is_told_and_its_level_is_the_one_of_the_contact(place: Path) -> None:
    async def play(bench: Bench, chip: Chip) -> None:
        await bench.until(100.0)  # low, and active low: it is made
        outcome = await bench.lamp.set_level("c1", 0.0)
        assert (outcome.status, outcome.observed) == ("failed", 100.0)
        assert outcome.reason == (
            f"its contact on line {CONTACT} of {place} did not follow; check relay, contactor and their supply"
        )

    switching(place, play, contact_offset=CONTACT, settle_s=Seconds(0))


def test_a_chip_that_is_pulled_out_and_comes_back_gets_the_level_that_was_ordered(place: Path) -> None:
    async def main() -> None:
        bench = Bench(place)
        async with Chip(place):
            running = asyncio.create_task(bench.run())
            await bench.lamp.set_level("c1", 100.0)
            await bench.until(100.0)
        with pytest.raises(LineError, match=f"yard: line {LINE} of {place}: "):
            await asyncio.wait_for(running, PATIENCE_S)
        with pytest.raises(LineError, match="No such file"):
            await bench.lamp.set_level("c2", 100.0)
        async with Chip(place) as chip:
            running = asyncio.create_task(bench.run())
            bench.said.clear()
            await bench.until(100.0)
            assert chip.is_high(LINE)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await bench.lamp.close()

    asyncio.run(main())


def test_a_line_that_does_not_take_the_level_is_told(place: Path) -> None:
    """Something else holds the pin: the chip reads what is there."""

    class Stuck:
        def set(self, active: bool) -> None: ...

        def active(self) -> bool:
            return False

        def close(self) -> None: ...

    async def stuck(chip: str, offset: int, active_low: bool, active: bool) -> Output:
        return Stuck()

    async def main() -> Outcome:
        device = GpioLampOptions(chip="/dev/gpiochip0", offset=LINE, settle_s=Seconds(0))
        return await GpioLamp("yard", device, open_line=stuck).set_level("c", 100.0)

    outcome = asyncio.run(main())
    assert (outcome.status, outcome.observed) == ("failed", 0.0)
    assert outcome.reason == "line 27 of /dev/gpiochip0 does not take that level; check what is wired to it"


def test_without_its_library_it_says_what_to_install() -> None:
    async def missing(chip: str, offset: int, active_low: bool, active: bool) -> Output:
        raise ModuleNotFoundError("No module named 'gpiod'")

    lamp = GpioLamp("yard", GpioLampOptions(chip="/dev/gpiochip0", offset=LINE), open_line=missing)
    with pytest.raises(LineError, match="the library for GPIO chips is not installed"):
        asyncio.run(lamp.set_level("c", 100.0))
