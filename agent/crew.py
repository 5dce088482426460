"""The tasks of what was built: each driver, rule and task of a unit in one of its own, which ends with its unit."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

from agent.isolation import Isolation
from agent.supervise import Supervisor
from agent.trades.build import Components
from agent.trades.units import Share
from drivers.base import Driver

PATIENCE_S = 5.0
"""A cancellation that meets a failure at the same moment can be lost to it (Python 3.11): then it is told once more."""


READINGS_S = 5.0
"""The longest wait for readings that are on their way."""


class Crew:
    def __init__(self, built: Components, isolation: Isolation) -> None:
        self._built, self._isolation = built, isolation
        self.supervisors: list[Supervisor] = []
        """The supervisor of every driver, in the order in which they are shown."""
        self._tasks: dict[int, list[asyncio.Task[None]]] = {}  # by identity of the share
        self._group: asyncio.TaskGroup | None = None

    def show(self) -> None:
        """Have a supervisor for each driver there is now."""
        known = {id(one.driver): one for one in self.supervisors}
        self.supervisors[:] = [known.get(id(each)) or self._supervisor(each) for each in self._built.drivers]

    def _supervisor(self, driver: Driver) -> Supervisor:
        return Supervisor(driver, self._built.hear)

    def start(self, shares: Iterable[Share], group: asyncio.TaskGroup | None = None) -> None:
        """Set these to work, after `show`; whoever works goes on.

        Args:
            group: what all tasks are of from then on.
        """
        self._group = group or self._group
        supervisors = {id(one.driver): one for one in self.supervisors}
        for share in (each for each in shares if id(each) not in self._tasks):
            mine = self._tasks[id(share)] = []
            for driver in share.drivers:
                mine.append(self._create(supervisors[id(driver)].run(), f"driver[{driver.name}]"))
            for name, work in (*((each.key, each.run) for each in share.runners), *share.tasks):
                mine.append(self._create(self._isolation.part(name).run(work), name))

    def _create(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        assert self._group is not None
        return self._group.create_task(work, name=name)

    async def stop(self, shares: Iterable[Share]) -> None:
        """Return when these have ended. None is ended while a reading of it is on its way: others would know halves.

        Raises StillInside while a reading is.
        """
        shares = list(shares)
        ending = {task for share in shares for task in self._tasks.get(id(share), ())}
        while ending := {task for task in ending if not task.done()}:
            async with self._built.readings.closed(READINGS_S):
                for task in ending:
                    task.cancel()
                await asyncio.sleep(0)
            await asyncio.wait(ending, timeout=PATIENCE_S)
        for share in shares:
            self._tasks.pop(id(share), None)
