"""`lamppost run`: the pole as a process, from its start to a signal, and its exit code."""

import asyncio
import logging
import signal

from agent.app import App
from agent.assembly import Builder
from agent.clock import SystemClock
from agent.config.schema import Config
from agent.configuration import InForce
from agent.diagnose import LogTail
from agent.health import Notifier
from agent.isolation import Isolation
from agent.store import StoreError
from agent.unhandled import tell_unhandled
from drivers.malloc import release_pages

log = logging.getLogger(__name__)

STARTED_S = 3.0
"""The time after which the pages are given back that only the start needed."""


async def run(config: Config, builder: type[Builder] = Builder, in_force: InForce | None = None) -> int:
    """`lamppost run`: the daemon until SIGTERM or SIGINT. The exit code.

    Args:
        builder: what builds the parts of the pole.
        in_force: the file of `config`, where it comes from one.
    """
    logging.getLogger().addHandler(LogTail())
    clock = SystemClock(config.pole.clock)
    isolation = Isolation(config.pole.id, clock)
    tell_unhandled(asyncio.get_running_loop(), isolation)
    app = App(config, clock, notifier=Notifier(), builder=builder, isolation=isolation, in_force=in_force)
    working = asyncio.create_task(app.run(), name="pole")
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    loop.call_later(STARTED_S, release_pages)
    waiting = asyncio.create_task(stopped.wait(), name="signals")
    await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    return await _ended(working)


async def _ended(working: asyncio.Task[None]) -> int:
    """End the pole; the exit code."""
    await end(working)
    try:
        await working
    except asyncio.CancelledError:
        log.info("stopped")
    except StoreError as error:
        log.error("%s", error)
        return 1
    return 0


async def end(task: asyncio.Task[None], patience_s: float = 1.0) -> None:
    """Cancel a task and wait until it has ended.

    A cancellation that meets a failure at the same moment can be lost to it: a TaskGroup then raises the failure alone,
    and whoever retries goes on (Python 3.11). After `patience_s` every task is told once more.
    """
    task.cancel()
    while not (await asyncio.wait({task}, timeout=patience_s))[0]:
        for one in asyncio.all_tasks() - {asyncio.current_task()}:
            one.cancel()
