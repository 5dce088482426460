"""What the daemon gives back while it runs, and how it ends."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

from patience import PATIENCE_S

from agent.daemon import RELEASE_S, STARTED_S, end, release_regularly
from agent.supervise import Supervisor
from agent.uplink.session import Timings
from drivers.base import Emit, Reading
from drivers.camera.process import END_S
from drivers.errors import NoAnswer


class FailsToStop:
    """A driver whose clean-up fails when it is told to end: the cancellation is lost to the failure."""

    name = "us-1"

    def __init__(self) -> None:
        self.started = asyncio.Event()

    async def run(self, emit: Emit) -> None:
        self.started.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise NoAnswer(self.name, "the port is gone")


def test_a_cancellation_that_was_lost_to_a_failure_is_given_again() -> None:
    async def emit(_: Reading) -> None:
        return

    async def main() -> None:
        driver = FailsToStop()

        async def pole() -> None:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(Supervisor(driver, emit).run())

        task = asyncio.create_task(pole())
        await driver.started.wait()
        async with asyncio.timeout(PATIENCE_S):
            await end(task, patience_s=0.01)
        assert task.cancelled()

    asyncio.run(main())


def test_the_waits_of_the_end_are_over_before_systemd_kills_the_daemon() -> None:
    """It waits for its camera process, by two means, and for its broker to take the farewell and the end."""
    unit = (Path(__file__).parents[2] / "systemd" / "lamppost.service").read_text()
    (limit_s,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.M)
    assert 2 * END_S + 2 * Timings().goodbye_s <= float(limit_s) / 2


def test_pages_of_files_are_given_back_soon_and_then_again_and_again() -> None:
    waited: list[float] = []
    due: list[Callable[[], None]] = []

    def later(after_s: float, work: Callable[[], None]) -> None:
        waited.append(after_s)
        due.append(work)

    release_regularly(later)
    for _ in range(2):
        due.pop()()
    assert waited == [STARTED_S, RELEASE_S, RELEASE_S]
