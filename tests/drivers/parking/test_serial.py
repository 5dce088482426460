"""A serial bay sensor on a pseudo-terminal."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drivers.base import Quality, Reading
from drivers.errors import DeviceError, LineError, NoAnswer
from drivers.options import Seconds
from drivers.parking.serial import A02Sensor, SerialSensor


def frame(mm: int) -> bytes:
    body = bytes((0xFF, mm >> 8, mm & 0xFF))
    return body + bytes((sum(body) & 0xFF,))


def sensor(port: str, period_s: float = 0.03, silence_s: float = 5.0) -> A02Sensor:
    return A02Sensor("bay-1", SerialSensor(port=port, period_s=Seconds(period_s), silence_s=Seconds(silence_s)))


async def first(driver: A02Sensor, ready: Callable[[], None] = lambda: None, count: int = 1) -> list[Reading]:
    """The first readings of a driver; `ready` is called when it has begun to listen."""
    said: list[Reading] = []
    enough = asyncio.Event()

    async def emit(reading: Reading) -> None:
        said.append(reading)
        if len(said) >= count:
            enough.set()

    async with asyncio.timeout(10):
        running = asyncio.create_task(driver.run(emit))
        await asyncio.sleep(0.02)
        ready()
        await enough.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return said


async def ends(driver: A02Sensor) -> DeviceError:
    async def ignore(reading: Reading) -> None:
        return

    async with asyncio.timeout(10):
        with pytest.raises(DeviceError) as caught:
            await driver.run(ignore)
    return caught.value


def test_many_frames_are_one_reading_of_their_median(pty: Any) -> None:
    async def main() -> list[Reading]:
        frames = [1953, 1950, 4400, 1957, 1955]
        return await first(sensor(pty.path), lambda: pty.say(b"".join(map(frame, frames))))

    (reading,) = asyncio.run(main())
    assert (reading.device, reading.quantity, reading.value) == ("bay-1", "distance_mm", 1955)
    assert reading.quality is Quality.GOOD


def test_a_frame_split_between_two_periods_with_noise_before_is_heard_and_the_noise_counted(pty: Any) -> None:
    async def main() -> tuple[list[Reading], int]:
        driver = sensor(pty.path)
        loop = asyncio.get_running_loop()

        def speak() -> None:
            pty.say(b"\x00\x12\xff" + frame(1953)[:2])
            loop.call_later(0.08, pty.say, frame(1953)[2:])

        return await first(driver, speak), driver.dropped_bytes

    (reading,), dropped = asyncio.run(main())
    assert reading.value == 1953
    assert dropped == 3


@pytest.mark.parametrize("mm", [0, 29, 4501, 0xFFFD])
def test_what_is_out_of_range_is_no_distance(pty: Any, mm: int) -> None:
    async def main() -> list[Reading]:
        return await first(sensor(pty.path), lambda: pty.say(frame(mm) * 3 + frame(1953)))

    (reading,) = asyncio.run(main())
    assert (reading.value, reading.quality) == (mm, Quality.SUSPECT)
    assert "no echo" in reading.detail


def test_a_lost_echo_among_good_frames_changes_nothing(pty: Any) -> None:
    async def main() -> list[Reading]:
        return await first(sensor(pty.path), lambda: pty.say(frame(0xFFFD) + frame(1950) + frame(1950)))

    (reading,) = asyncio.run(main())
    assert (reading.value, reading.quality) == (1950, Quality.GOOD)


def test_at_most_one_reading_a_period(pty: Any) -> None:
    async def main() -> list[Reading]:
        async def speak() -> None:
            while True:
                pty.say(frame(1953))
                await asyncio.sleep(0.002)

        speaking = asyncio.create_task(speak())
        said = await first(sensor(pty.path, period_s=0.05), count=4)
        speaking.cancel()
        return said

    times = [reading.at_s for reading in asyncio.run(main())]
    assert times[3] - times[0] > 0.12


def test_a_port_that_is_not_there(tmp_path: Path) -> None:
    error = asyncio.run(ends(sensor(str(tmp_path / "ttyUSB9"))))
    assert isinstance(error, LineError)
    assert "ttyUSB9 does not exist" in str(error)


def test_a_port_that_somebody_else_listens_to(pty: Any) -> None:
    async def main() -> DeviceError:
        async def ignore(reading: Reading) -> None:
            return

        owner = asyncio.create_task(sensor(pty.path).run(ignore))
        await asyncio.sleep(0.02)
        error = await ends(sensor(pty.path))
        owner.cancel()
        await asyncio.gather(owner, return_exceptions=True)
        return error

    assert "held by another program" in str(asyncio.run(main()))


def test_a_port_that_is_unplugged(pty: Any) -> None:
    async def main() -> DeviceError:
        asyncio.get_running_loop().call_later(0.05, pty.unplug)
        return await ends(sensor(pty.path))

    error = asyncio.run(main())
    assert isinstance(error, LineError)
    assert "was lost" in str(error)


def test_noise_without_a_frame_is_no_answer(pty: Any) -> None:
    async def main() -> tuple[DeviceError, int]:
        driver = sensor(pty.path, silence_s=0.1)
        asyncio.get_running_loop().call_later(0.03, pty.say, b"\x55" * 20)
        return await ends(driver), driver.dropped_bytes

    error, dropped = asyncio.run(main())
    assert isinstance(error, NoAnswer)
    assert dropped == 20
    assert "20 other bytes" in str(error)


def test_the_port_is_free_again_after_the_driver_ended(pty: Any) -> None:
    async def main() -> list[Reading]:
        for _ in range(2):
            said = await first(sensor(pty.path), lambda: pty.say(frame(1953)))
        return said

    assert asyncio.run(main())[0].value == 1953
