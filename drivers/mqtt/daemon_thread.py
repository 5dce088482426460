"""Blocking work that nothing can stop, without holding up the end of the process."""

import asyncio
import contextlib
import threading
from collections.abc import Callable


async def in_daemon_thread(work: Callable[[], None], undo: Callable[[], None]) -> None:
    """Run blocking `work`; raises its OSError or ValueError. `undo` is for work that ends after we were cancelled.

    A name server that is silent blocks for tens of seconds, and nothing can stop it: a thread of the executor would
    hold up the end of the process for as long.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def report(error: Exception | None) -> None:
        if done.cancelled():
            undo()
        elif error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def run() -> None:
        failure: Exception | None = None
        try:
            work()
        except (OSError, ValueError, RuntimeError) as error:
            # RuntimeError: paho calls back into the loop, which may have been closed meanwhile.
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile, and nobody waits any more
            loop.call_soon_threadsafe(report, failure)

    threading.Thread(target=run, name="mqtt-connect", daemon=True).start()
    await done
