"""`lamppost run`: the pole as a process, from its start to a signal, and its exit code."""

import asyncio
import gc
import logging
import signal
from collections.abc import Callable
from pathlib import Path

from agent.app import App
from agent.assembly import Builder
from agent.clock import SystemClock
from agent.configuration.sources import Sources
from agent.diagnose import LogTail
from agent.health import Notifier
from agent.isolation import Isolation
from agent.store import StoreError
from agent.unhandled import tell_unhandled
from drivers.malloc import release_pages

log = logging.getLogger(__name__)

STARTED_S = 3.0
"""The time after which the daemon has started."""

RETIRED = 78
"""The exit code after `lamppost wipe`, with which systemd does not start it again (RestartPreventExitStatus=)."""

RELEASE_S = 300.0
"""How often pages are given back that something seldom has needed: a reload, a document, a handshake of TLS."""


async def run(file: Path, builder: type[Builder] = Builder) -> int:
    """`lamppost run`: the daemon until SIGTERM or SIGINT; SIGHUP reads its configuration anew. The exit code.

    Args:
        file: its configuration.
        builder: what builds the parts of the pole.

    Raises ConfigError: it is wrong, and no last good one is kept.
    """
    logging.getLogger().addHandler(LogTail())
    sources = Sources(file)
    found = sources.start()
    found.tell()
    config = found.config
    clock = SystemClock(config.pole.clock)
    isolation = Isolation(config.pole.id, clock)
    loop = asyncio.get_running_loop()
    tell_unhandled(loop, isolation)
    app = App(config, clock, notifier=Notifier(), builder=builder, isolation=isolation, sources=sources, found=found)
    loop.call_later(STARTED_S, settle)
    release_regularly(loop.call_later)
    return await _worked(app)


async def _worked(app: App) -> int:
    """The exit code, once it has ended, by itself or by a signal."""
    loop = asyncio.get_running_loop()
    stopped, hung_up = asyncio.Event(), asyncio.Event()
    for number, told in ((signal.SIGTERM, stopped), (signal.SIGINT, stopped), (signal.SIGHUP, hung_up)):
        loop.add_signal_handler(number, told.set)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
    working = asyncio.create_task(app.run(), name="pole")
    reloading = asyncio.create_task(_reload(app, hung_up), name="reload")
    waiting = [asyncio.create_task(each.wait(), name="signals") for each in (stopped, app.retired)]
    await asyncio.wait({working, reloading, *waiting}, return_when=asyncio.FIRST_COMPLETED)
    for each in waiting:
        each.cancel()
    await end(reloading)
    code = await _ended(working)
    if app.retired.is_set():
        return RETIRED
    return 1 if _failed(reloading) else code


def release_regularly(later: Callable[[float, Callable[[], None]], object], after_s: float = STARTED_S) -> None:
    """Give pages of files back, soon and then again and again.

    Args:
        later: has work done after so many seconds.
    """

    def release() -> None:
        release_pages()
        release_regularly(later, RELEASE_S)

    later(after_s, release)


def settle() -> None:
    """Collects what the start left, which is room for what comes, and garbage from now on (`agent.start` turned it
    off)."""
    gc.enable()
    gc.collect()


async def _reload(app: App, hung_up: asyncio.Event) -> None:
    """Raises StoreError, after which nothing can be said of what runs: systemd starts the daemon anew."""
    while True:
        await hung_up.wait()
        hung_up.clear()
        await app.reload()


def _failed(reloading: asyncio.Task[None]) -> bool:
    if reloading.cancelled() or (error := reloading.exception()) is None:
        return False
    log.error("the reload failed: %s", error)
    return True


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
