"""Contacts on GPIO lines: against a simulated chip behind a socket, and what is said where there is no chip."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gpiod
import pytest
from patience import PATIENCE_S

from agent.simulate.chip import Chip
from drivers.base import Reading
from drivers.errors import DeviceError, LineError
from drivers.gpio import GpioDriver, GpioSensor
from drivers.gpio.contact import Contact
from drivers.gpio.kernel import settings
from drivers.gpio.options import GpioLine
from drivers.options import Seconds

LINE = 17


@pytest.fixture
def place() -> Iterator[Path]:
    """A socket's path may not be longer than 108 characters."""
    with TemporaryDirectory() as folder:
        yield Path(folder) / "chip"


class Bench:
    """A contact and what it says."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.driver = GpioDriver("loop", GpioSensor(chip=str(path), offset=LINE, **options))
        self.said: list[Reading] = []
        self._heard = asyncio.Event()

    async def _emit(self, reading: Reading) -> None:
        self.said.append(reading)
        self._heard.set()

    async def next(self) -> bool:
        async with asyncio.timeout(PATIENCE_S):
            await self._heard.wait()
        self._heard.clear()
        assert self.said[-1].quantity == "occupied"
        return bool(self.said[-1].value)

    async def run(self) -> None:
        await self.driver.run(self._emit)


def listening(path: Path, play: Callable[[Bench, Chip], Awaitable[None]], **options: Any) -> Bench:
    """A contact on a chip while `play` goes on."""

    async def main() -> Bench:
        bench = Bench(path, **options)
        async with Chip(path) as chip:
            running = asyncio.create_task(bench.run())
            await play(bench, chip)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        return bench

    return asyncio.run(main())


def test_the_level_at_the_start_and_each_change(place: Path) -> None:
    async def play(bench: Bench, chip: Chip) -> None:
        assert await bench.next() is True  # low, and active low is the default: a contact that closes to ground
        for high in (True, False, True):
            chip.set(LINE, high)
            assert await bench.next() is not high
        chip.set(LINE + 1, True)

    bench = listening(place, play)
    assert [each.value for each in bench.said] == [True, False, True, False]
    times = [each.at_s for each in bench.said]
    assert times == sorted(times)


def test_a_contact_that_is_active_high(place: Path) -> None:
    async def play(bench: Bench, chip: Chip) -> None:
        assert await bench.next() is False
        chip.set(LINE, True)
        assert await bench.next() is True

    listening(place, play, active="high")


def test_the_level_is_read_again_though_nothing_has_changed(place: Path) -> None:
    async def play(bench: Bench, chip: Chip) -> None:
        for _ in range(3):
            assert await bench.next() is True

    listening(place, play, period_s=Seconds(0.01))


def test_several_changes_at_once_are_all_told_in_order(place: Path) -> None:
    async def play(bench: Bench, chip: Chip) -> None:
        await bench.next()
        for number in range(5):
            chip.set(LINE, number % 2 == 0)
        async with asyncio.timeout(PATIENCE_S):
            while len(bench.said) < 6:
                await bench.next()

    assert [each.value for each in listening(place, play).said] == [True, False, True, False, True, False]


def failure(bench: Bench) -> DeviceError:
    async def main() -> DeviceError:
        with pytest.raises(LineError) as caught:
            async with asyncio.timeout(PATIENCE_S):
                await bench.run()
        return caught.value

    return asyncio.run(main())


def test_a_chip_that_is_pulled_out(place: Path) -> None:
    async def main() -> DeviceError:
        bench = Bench(place)
        async with Chip(place):
            running = asyncio.create_task(bench.run())
            await bench.next()
        with pytest.raises(LineError) as caught:
            await asyncio.wait_for(running, PATIENCE_S)
        return caught.value

    assert "the simulated chip is gone" in str(asyncio.run(main()))


def test_a_chip_that_is_not_there() -> None:
    said = str(failure(Bench(Path("/dev/gpiochip99"))))
    assert said == "loop: line 17 of /dev/gpiochip99: No such file or directory (look for it with: ls /dev/gpiochip*)"


def test_a_device_that_is_no_chip() -> None:
    """libgpiod itself looks at it."""
    assert str(failure(Bench(Path("/dev/null")))).startswith("loop: line 17 of /dev/null: ")


def test_something_that_speaks_like_no_chip(place: Path) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x\n")
        await writer.drain()
        writer.close()

    async def main() -> DeviceError:
        async with await asyncio.start_unix_server(greet, place):
            with pytest.raises(LineError) as caught:
                await Bench(place).run()
        return caught.value

    assert "the simulated chip said b'x\\n'" in str(asyncio.run(main()))


def test_a_socket_where_nobody_listens(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(place))
        assert "Connection refused" in str(failure(Bench(place)))


def test_without_its_library_the_sensor_is_down_and_says_what_to_install() -> None:
    async def missing(options: GpioLine, debounce_s: float) -> Contact:
        raise ModuleNotFoundError("No module named 'gpiod'")

    async def emit(reading: Reading) -> None:
        raise AssertionError(reading)

    driver = GpioDriver("loop", GpioSensor(chip="/dev/gpiochip0", offset=1), missing)
    with pytest.raises(LineError, match=r"not installed \(install them: pip install 'lamppost\[gpio\]'\)"):
        asyncio.run(driver.run(emit))


def test_what_the_kernel_is_asked_for() -> None:
    asked = settings(GpioSensor(chip="/dev/gpiochip0", offset=1, bias="pull-down"), 0.02)
    assert (asked.direction, asked.edge_detection) == (gpiod.line.Direction.INPUT, gpiod.line.Edge.BOTH)
    assert (asked.bias, asked.active_low) == (gpiod.line.Bias.PULL_DOWN, True)
    assert (asked.debounce_period, asked.event_clock) == (timedelta(milliseconds=20), gpiod.line.Clock.MONOTONIC)
    assert settings(GpioSensor(chip="c", offset=1, active="high", bias="as-is"), 0.0).active_low is False
