"""A gate is closed only while nobody is inside, and who comes meanwhile waits."""

import asyncio

import pytest

from agent.gate import Gate, StillInside


def test_it_is_closed_at_once_where_nobody_is_inside_and_again_afterwards() -> None:
    async def main() -> None:
        gate = Gate()
        for _ in range(2):
            async with gate:
                pass
            async with gate.closed(0.0):
                pass

    asyncio.run(main())


def test_closing_waits_for_the_last_one_inside() -> None:
    async def main() -> list[str]:
        gate, done, leave = Gate(), list[str](), asyncio.Event()

        async def inside(name: str, until: asyncio.Event) -> None:
            async with gate:
                await until.wait()
                done.append(name)

        at_once = asyncio.Event()
        at_once.set()
        staying = [asyncio.create_task(inside(name, leave)) for name in ("first", "second")]
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(leave.set)
        async with gate.closed():
            late = asyncio.create_task(inside("late", at_once))
            await asyncio.sleep(0)
            done.append("closed")
        await asyncio.gather(*staying, late)
        return done

    assert asyncio.run(main()) == ["first", "second", "closed", "late"]


def test_who_stays_inside_for_too_long_keeps_it_from_being_closed() -> None:
    async def main() -> None:
        gate = Gate()
        async with gate:
            with pytest.raises(StillInside):
                async with gate.closed(0.0):
                    pass
        async with gate.closed(0.0):
            pass

    asyncio.run(main())
