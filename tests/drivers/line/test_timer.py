"""Waiting to the tenth of a millisecond."""

import asyncio
import os
from pathlib import Path

import pytest

from drivers.line.timer import sleep_until


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_it_never_wakes_too_early() -> None:
    async def main() -> list[float]:
        loop, late_s = asyncio.get_running_loop(), []
        for n in range(20):
            at_s = loop.time() + 0.0001 * n
            await sleep_until(at_s)
            late_s.append(loop.time() - at_s)
        return late_s

    assert min(asyncio.run(main())) >= 0


def test_a_moment_that_has_passed_is_not_waited_for() -> None:
    async def main() -> None:
        async with asyncio.timeout(5):
            await sleep_until(asyncio.get_running_loop().time() - 1)

    asyncio.run(main())


def test_what_came_before_the_moment_has_been_read() -> None:
    async def main() -> list[bytes]:
        heard: list[bytes] = []
        loop, (near, far) = asyncio.get_running_loop(), os.pipe()
        loop.add_reader(near, lambda: heard.append(os.read(near, 9)))
        os.write(far, b"answer")
        await sleep_until(loop.time() + 0.001)
        loop.remove_reader(near)
        os.close(near)
        os.close(far)
        return heard

    assert asyncio.run(main()) == [b"answer"]


def test_a_cancelled_wait_leaves_nothing_open() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        before = open_descriptors()
        waiting = asyncio.create_task(sleep_until(loop.time() + 60))
        await asyncio.sleep(0)
        assert open_descriptors() == before + 1
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert open_descriptors() == before

    asyncio.run(main())
