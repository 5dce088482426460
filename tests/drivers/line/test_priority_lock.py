"""Commands before polls, and no turn is lost."""

import asyncio

from drivers.line import Priority
from drivers.line.priority_lock import PriorityLock


def test_commands_go_before_polls_and_in_order_within() -> None:
    async def main() -> list[str]:
        turns, order, all_wait = PriorityLock(), list[str](), asyncio.Event()

        async def use(name: str, priority: Priority) -> None:
            async with turns.turn(priority):
                order.append(name)
                await all_wait.wait()

        async with asyncio.TaskGroup() as group:
            for name in ("poll-1", "poll-2", "poll-3"):
                group.create_task(use(name, Priority.POLL))
            await asyncio.sleep(0)
            for name in ("command-1", "command-2"):
                group.create_task(use(name, Priority.COMMAND))
            await asyncio.sleep(0)
            all_wait.set()
        return order

    assert asyncio.run(main()) == ["poll-1", "command-1", "command-2", "poll-2", "poll-3"]


def test_a_turn_given_in_the_moment_of_a_cancellation_goes_to_the_next() -> None:
    async def main() -> bool:
        turns, reached = PriorityLock(), asyncio.Event()

        async def use(then: asyncio.Event | None = None) -> None:
            async with turns.turn(Priority.POLL):
                if then:
                    then.set()

        async with turns.turn(Priority.POLL):
            first, second = asyncio.create_task(use()), asyncio.create_task(use(reached))
            await asyncio.sleep(0)
        first.cancel()  # the turn is its own already, but it has not run yet
        await asyncio.gather(first, return_exceptions=True)
        async with asyncio.timeout(5):
            await second
        return reached.is_set() and first.cancelled()

    assert asyncio.run(main())


def test_as_many_as_there_are_slots_have_their_turn_together() -> None:
    async def main() -> int:
        turns, inside, most = PriorityLock(2), 0, 0

        async def use() -> None:
            nonlocal inside, most
            async with turns.turn(Priority.POLL):
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0)
                inside -= 1

        async with asyncio.TaskGroup() as group:
            for _ in range(6):
                group.create_task(use())
        return most

    assert asyncio.run(main()) == 2
