"""An adapter that is pulled out is told by whoever owns the port: nothing of it is left to the event loop."""

import asyncio
import functools
import os
from collections.abc import Callable
from typing import Any

import pytest
import serial
from patience import PATIENCE_S

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
    async with asyncio.timeout(PATIENCE_S):
        while port.usable:
            await asyncio.sleep(0)
        await port.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            await task
    return told


@pytest.mark.parametrize("then", [lambda _: None, lambda port: port.write(b"x")], ids=["reads", "writes"])
def test_an_adapter_that_goes_is_told_once_while_the_port(pty: Any, then: Callable[[Port], None]) -> None:
    assert asyncio.run(unplugged(pty, then)) == ["lost"]


async def heard_of(pty: Any, first: Callable[[int, int], bytes]) -> list[str]:
    """What is told first of a port to which two bytes were sent, the first read of which is answered by `first`."""
    told, answers = list[str](), iter([first])

    def read(fd: int, most: int, later: Callable[[int, int], bytes] = os.read) -> bytes:
        return next(answers, later)(fd, most)

    opening = functools.partial(serial.Serial, pty.path, timeout=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "read", read)
        port = await open_serial(opening, lambda data: told.append(data.decode()), lambda: told.append("lost"))
        pty.say(b"ab")
        async with asyncio.timeout(PATIENCE_S):
            while not told:
                await asyncio.sleep(0)
    told_first = told.copy()
    await port.close()
    return told_first


def test_a_port_that_is_ready_with_nothing_is_gone(pty: Any) -> None:
    assert asyncio.run(heard_of(pty, lambda fd, most: b"")) == ["lost"]


def test_a_port_that_is_not_ready_after_all_is_read_later(pty: Any) -> None:
    def not_yet(fd: int, most: int) -> bytes:
        raise BlockingIOError

    assert asyncio.run(heard_of(pty, not_yet)) == ["ab"]


def test_a_defect_in_a_write_is_the_loops_to_tell(pty: Any) -> None:
    told: list[dict[str, Any]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        port = await opened(pty, [])
        port.write("no bytes")  # type: ignore[arg-type]
        await port.close()

    asyncio.run(main())
    assert [type(context["exception"]) for context in told] == [TypeError]


def test_what_came_is_read_between_two_rounds_of_the_loop(pty: Any) -> None:
    async def main() -> list[bytes]:
        heard: list[bytes] = []
        port = await open_serial(functools.partial(serial.Serial, pty.path, timeout=0), heard.append, lambda: None)
        await asyncio.sleep(0)
        port.read_now()
        assert port.usable, "a port with nothing to read is there all the same"
        pty.say(b"ab")
        port.read_now()
        told = heard.copy()
        await port.close()
        port.read_now()
        return told

    assert asyncio.run(main()) == [b"ab"]
