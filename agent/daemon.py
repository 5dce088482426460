"""`lamppost run`: the pole as a process, from its start to a signal, and its exit code."""

import asyncio
import logging
import signal
from pathlib import Path

from agent.app import App
from agent.assembly import Builder
from agent.clock import SystemClock
from agent.config.schema import Config
from agent.diagnose import LogTail
from agent.health import Notifier
from agent.store import StoreError

log = logging.getLogger(__name__)


async def run(config: Config, builder: type[Builder] = Builder, file: Path | None = None) -> int:
    """`lamppost run`: the daemon until SIGTERM or SIGINT. The exit code.

    Args:
        builder: what builds the parts of the pole.
        file: of the configuration.
    """
    logging.getLogger().addHandler(LogTail())
    app = App(config, SystemClock(config.pole.clock), notifier=Notifier(), builder=builder, file=file)
    working = asyncio.create_task(app.run(), name="pole")
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
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
