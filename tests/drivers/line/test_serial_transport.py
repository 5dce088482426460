"""An adapter that is pulled out is told by whoever owns the port: nothing of it is left to the event loop."""

import asyncio
import functools
from collections.abc import Callable
from typing import Any

import pytest
import serial

from drivers.line.port import Port, open_serial


async def opened(pty: Any, told: list[str]) -> Port:
    opening = functools.partial(serial.Serial, pty.path, timeout=0)
    return await open_serial(opening, lambda _: None, lambda: told.append("lost"))


async def unplugged(pty: Any, then: Callable[[Port], None]) -> list[str]:
    """What was told of a port whose adapter went; `then` is what its owner does before it is seen to be lost."""
    told: list[str] = []
    port = await opened(pty, told)
    pty.unplug()
    then(port)
    async with asyncio.timeout(5):
        while port.usable:
            await asyncio.sleep(0)
        await port.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            await task
    return told


@pytest.mark.parametrize("then", [lambda _: None, lambda port: port.write(b"x")], ids=["reads", "writes"])
def test_an_adapter_that_goes_is_told_once_while_the_port(pty: Any, then: Callable[[Port], None]) -> None:
    assert asyncio.run(unplugged(pty, then)) == ["lost"]


def test_a_defect_in_a_write_is_the_loops_to_tell(pty: Any) -> None:
    told: list[dict[str, Any]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        port = await opened(pty, [])
        port.write("no bytes")  # type: ignore[arg-type]
        await port.close()

    asyncio.run(main())
    assert [type(context["exception"]) for context in told] == [TypeError]
