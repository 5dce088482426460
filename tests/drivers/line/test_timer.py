"""Waiting to the tenth of a millisecond."""

import asyncio
import gc
import os
from pathlib import Path

import pytest
from patience import PATIENCE_S

from drivers.line.timer import Timer, sleep_until


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
        async with asyncio.timeout(PATIENCE_S):
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


def test_a_kept_timer_opens_one_descriptor_for_many_waits_and_closes_it() -> None:
    async def main() -> None:
        loop, timer, before = asyncio.get_running_loop(), Timer(), open_descriptors()
        for _ in range(3):
            await timer.until(loop.time() + 0.001)
            assert open_descriptors() == before + 1
        timer.close()
        assert open_descriptors() == before
        await timer.until(loop.time() + 0.001)
        timer.close()
        timer.close()

    asyncio.run(main())


def test_a_kept_timer_that_was_left_to_itself_is_closed_with_its_loop() -> None:
    async def main() -> None:
        await Timer().until(asyncio.get_running_loop().time() + 0.001)

    gc.collect()
    before = open_descriptors()
    asyncio.run(main())
    gc.collect()
    assert open_descriptors() == before


def test_a_wait_that_was_cancelled_does_not_end_the_next_one() -> None:
    async def main() -> None:
        loop, timer = asyncio.get_running_loop(), Timer()
        waiting = asyncio.create_task(timer.until(loop.time() + 0.02))
        await asyncio.sleep(0)
        waiting.cancel()
        at_s = loop.time() + 0.06
        await timer.until(at_s)
        assert loop.time() >= at_s
        timer.close()

    asyncio.run(main())


def test_who_waits_while_it_is_closed_goes_on() -> None:
    async def main() -> None:
        timer = Timer()
        waiting = asyncio.create_task(timer.until(asyncio.get_running_loop().time() + 60))
        await asyncio.sleep(0)
        timer.close()
        async with asyncio.timeout(PATIENCE_S):
            await waiting

    asyncio.run(main())
