"""The daemon's socket, served in a thread of its own for a command that runs in the test's."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.console import Answer, Ask, Console


@contextmanager
def answered(socket: Path, answer: Callable[[Ask], Answer]) -> Iterator[list[Ask]]:
    """Gives what the socket was asked; each question is answered by `answer`."""
    asked: list[Ask] = []
    loop = asyncio.new_event_loop()

    async def part(ask: Ask) -> Answer:
        asked.append(ask)
        return answer(ask)

    async def status() -> Answer:
        return {}

    async def serve() -> None:
        await Console(socket, status, part, part).run()

    task = loop.create_task(serve())
    thread = threading.Thread(target=lambda: loop.run_until_complete(asyncio.wait({task})))
    thread.start()
    while not socket.exists():
        threading.Event().wait(0.001)
    try:
        yield asked
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        loop.close()
