"""Commands before polls, and no turn is lost."""

import asyncio

from patience import PATIENCE_S

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
        async with asyncio.timeout(PATIENCE_S):
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


def test_a_turn_that_nobody_waits_for_is_free_again_as_often_as_it_was_taken() -> None:
    async def main() -> None:
        turns = PriorityLock()
        for _ in range(3):
            async with asyncio.timeout(PATIENCE_S), turns.turn(Priority.POLL):
                waits = asyncio.create_task(turns.take(Priority.COMMAND))
                await asyncio.sleep(0)
                assert not waits.done(), "there is one alone"
                waits.cancel()
                await asyncio.gather(waits, return_exceptions=True)

    asyncio.run(main())


def test_who_gave_up_waiting_is_passed_over() -> None:
    async def main() -> list[str]:
        turns, order = PriorityLock(), list[str]()

        async def use(name: str) -> None:
            async with turns.turn(Priority.POLL):
                order.append(name)

        async with asyncio.timeout(PATIENCE_S):
            async with turns.turn(Priority.POLL):
                tasks = [asyncio.create_task(use(name)) for name in ("first", "second", "third")]
                await asyncio.sleep(0)
                tasks[0].cancel()
                await asyncio.sleep(0)
            await asyncio.gather(*tasks, return_exceptions=True)
            async with turns.turn(Priority.POLL):
                order.append("last")
        return order

    assert asyncio.run(main()) == ["second", "third", "last"]


def test_a_turn_is_given_up_when_its_work_fails() -> None:
    async def main() -> bool:
        turns = PriorityLock()
        try:
            async with turns.turn(Priority.POLL):
                raise RuntimeError
        except RuntimeError:
            pass
        async with asyncio.timeout(PATIENCE_S), turns.turn(Priority.POLL):
            return True

    assert asyncio.run(main())


def test_what_a_technician_asks_comes_last_and_idle_is_told() -> None:
    async def main() -> list[str]:
        turns, order = PriorityLock(), list[str]()

        async def use(name: str, priority: Priority) -> None:
            async with turns.turn(priority):
                order.append(f"{name}, idle {turns.is_idle}")

        await turns.take(Priority.POLL)
        async with asyncio.TaskGroup() as group:
            for priority in (Priority.SPARE, Priority.POLL, Priority.COMMAND):
                group.create_task(use(priority.name.lower(), priority))
            await asyncio.sleep(0)
            turns.leave()
        return [*order, f"idle {turns.is_idle}"]

    assert asyncio.run(main()) == ["command, idle False", "poll, idle False", "spare, idle False", "idle True"]


def test_a_lock_that_is_narrowed_grants_one_turn_at_a_time_once_the_others_are_over() -> None:
    async def main() -> None:
        lock = PriorityLock(3)
        for _ in range(3):
            await lock.take(Priority.POLL)
        lock.narrow()
        waiting = asyncio.create_task(lock.take(Priority.POLL))
        for _ in range(2):
            await asyncio.sleep(0)
            lock.leave()
        await asyncio.sleep(0)
        assert not waiting.done()
        lock.leave()
        await waiting
        assert not lock.is_idle
        lock.leave()
        assert lock.is_idle

    asyncio.run(main())
