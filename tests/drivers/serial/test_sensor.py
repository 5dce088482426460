"""A serial bay sensor on a pseudo-terminal."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S

from drivers.base import Quality, Reading
from drivers.errors import DeviceError, LineError, NoAnswer
from drivers.options import Seconds
from drivers.serial.sensor import MOST_FRAMES, A02Sensor, SerialSensor


def frame(mm: int) -> bytes:
    body = bytes((0xFF, mm >> 8, mm & 0xFF))
    return body + bytes((sum(body) & 0xFF,))


def sensor(port: str, period_s: float = 0.03, silence_s: float = 5.0) -> A02Sensor:
    return A02Sensor("bay-1", SerialSensor(port=port, period_s=Seconds(period_s), silence_s=Seconds(silence_s)))


class Listening:
    """A driver that is known to listen.

    Args:
        said: its readings since then.
        task: ends when the driver does.
    """

    def __init__(self, driver: A02Sensor) -> None:
        self.said: list[Reading] = []
        self._more = asyncio.Event()
        self.task = asyncio.create_task(driver.run(self._emit))

    async def _emit(self, reading: Reading) -> None:
        self.said.append(reading)
        self._more.set()

    async def hear(self, count: int = 1) -> list[Reading]:
        while len(self.said) < count:
            self._more.clear()
            await self._more.wait()
        return self.said


@contextlib.asynccontextmanager
async def listening(driver: A02Sensor, pty: Any) -> AsyncIterator[Listening]:
    """What is said before the driver has opened its port is lost: repeat it until the driver reports."""
    listener = Listening(driver)
    async with asyncio.timeout(PATIENCE_S):
        try:
            while not listener.said:
                pty.say(frame(1000))
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)  # three periods: what was said is heard
            listener.said.clear()
            yield listener
        finally:
            listener.task.cancel()
            await asyncio.gather(listener.task, return_exceptions=True)


async def first(driver: A02Sensor, pty: Any, *said: bytes) -> Reading:
    """The first reading of what was said at once."""
    async with listening(driver, pty) as listener:
        pty.say(b"".join(said))
        return (await listener.hear())[0]


async def ends(driver: A02Sensor) -> DeviceError:
    async def ignore(reading: Reading) -> None:
        return

    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(DeviceError) as caught:
            await driver.run(ignore)
    return caught.value


def test_many_frames_are_one_reading_of_their_median(pty: Any) -> None:
    frames = map(frame, [1953, 1950, 4400, 1957, 1955])
    reading = asyncio.run(first(sensor(pty.path), pty, *frames))
    assert (reading.device, reading.quantity, reading.value) == ("bay-1", "distance_mm", 1955)
    assert reading.quality is Quality.GOOD


def test_a_frame_split_between_two_periods_with_noise_before_is_heard_and_the_noise_counted(pty: Any) -> None:
    async def main() -> tuple[Reading, int]:
        driver = sensor(pty.path)
        async with listening(driver, pty) as listener:
            pty.say(b"\x00\x12\xff" + frame(1953)[:2])
            asyncio.get_running_loop().call_later(0.08, pty.say, frame(1953)[2:])
            return (await listener.hear())[0], driver.dropped_bytes

    reading, dropped = asyncio.run(main())
    assert reading.value == 1953
    assert dropped == 3


@pytest.mark.parametrize("mm", [0, 29, 4501, 0xFFFD])
def test_what_is_out_of_range_is_no_distance(pty: Any, mm: int) -> None:
    reading = asyncio.run(first(sensor(pty.path), pty, frame(mm) * 3, frame(1953)))
    assert (reading.value, reading.quality) == (mm, Quality.SUSPECT)
    assert "no echo" in reading.detail


@pytest.mark.parametrize("mm", [30, 4500])
def test_the_ends_of_the_range_are_distances(pty: Any, mm: int) -> None:
    reading = asyncio.run(first(sensor(pty.path), pty, frame(mm)))
    assert (reading.value, reading.quality) == (mm, Quality.GOOD)


def test_half_of_the_frames_within_the_range_make_a_distance() -> None:
    driver = sensor("/dev/null")
    driver.hear(frame(0xFFFD) * 2 + frame(1950) + frame(1960), at_s=10.0)
    reading = driver.reading()
    assert reading is not None
    assert (reading.value, reading.quality, reading.at_s) == (1950, Quality.GOOD, 10.0)
    assert driver.reading() is None, "nothing was heard since"


def test_a_reading_of_very_many_frames_is_that_of_the_newest() -> None:
    driver = sensor("/dev/null")
    for value in (1000, 2000):
        for _ in range(MOST_FRAMES // 64):
            driver.hear(frame(value) * 64, at_s=10.0)
    reading = driver.reading()
    assert reading is not None and reading.value == 2000


def test_a_lost_echo_among_good_frames_changes_nothing(pty: Any) -> None:
    reading = asyncio.run(first(sensor(pty.path), pty, frame(0xFFFD), frame(1950), frame(1950)))
    assert (reading.value, reading.quality) == (1950, Quality.GOOD)


def test_at_most_one_reading_a_period(pty: Any) -> None:
    async def main() -> list[Reading]:
        async with listening(sensor(pty.path, period_s=0.05), pty) as listener:
            speaking = asyncio.create_task(speak())
            said = await listener.hear(4)
            speaking.cancel()
            return said

    async def speak() -> None:
        while True:
            pty.say(frame(1953))
            await asyncio.sleep(0.002)

    times = [reading.at_s for reading in asyncio.run(main())]
    assert times[3] - times[0] > 0.12


def test_a_port_that_is_not_there(tmp_path: Path) -> None:
    error = asyncio.run(ends(sensor(str(tmp_path / "ttyUSB9"))))
    assert isinstance(error, LineError)
    assert "ttyUSB9 does not exist" in str(error)


def test_a_port_that_somebody_else_listens_to(pty: Any) -> None:
    async def main() -> DeviceError:
        async with listening(sensor(pty.path), pty):
            return await ends(sensor(pty.path))

    assert "held by another program" in str(asyncio.run(main()))


def test_a_port_that_is_unplugged(pty: Any) -> None:
    async def main() -> None:
        async with listening(sensor(pty.path), pty) as listener:
            pty.unplug()
            with pytest.raises(LineError, match="was lost"):
                await listener.task

    asyncio.run(main())


def test_noise_without_a_frame_is_no_answer(pty: Any) -> None:
    async def main() -> int:
        driver = sensor(pty.path, silence_s=1.0)
        async with listening(driver, pty) as listener:
            pty.say(b"\x55" * 20)
            with pytest.raises(NoAnswer, match="20 other bytes"):
                await listener.task
        return driver.dropped_bytes

    assert asyncio.run(main()) == 20


def test_the_port_is_free_again_after_the_driver_ended(pty: Any) -> None:
    async def main() -> Reading:
        driver = sensor(pty.path)
        await first(driver, pty, frame(1800))
        return await first(driver, pty, frame(1953))

    assert asyncio.run(main()).value == 1953
