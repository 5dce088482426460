"""How the daemon ends."""

import asyncio

from agent.daemon import end
from agent.supervise import Supervisor
from drivers.base import Emit, Reading
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
        async with asyncio.timeout(5):
            await end(task, patience_s=0.01)
        assert task.cancelled()

    asyncio.run(main())
