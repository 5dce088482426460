"""Has the daemon of a pole take leave of the city and end for good, and sees to it that it does not start again."""

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from agent.cli.system_command import output_of
from agent.cli.wipe.remove import acting_as_owner
from agent.console import Answer, Ask, ask_daemon
from agent.store import StoreError
from agent.store.file.lock import take_lock
from drivers.translation import _

UNITS = ("lamppost.service", "lamppost-camera.socket")
CAMERAS = "lamppost-camera@*.service"
END_S = 20.0
"""How long the daemon may take to its end; systemd kills it after 10 s."""

_run = partial(output_of, limit_s=60.0)


class Service:
    """The units of this box, where they run this configuration.

    Args:
        run: a program with its arguments; what it prints, None where it fails or is not there.
    """

    def __init__(self, file: Path, run: Callable[..., str | None] | None = None) -> None:
        self._run = run or _run
        started_by = self._run("systemctl", "show", "--property=ExecStart", "--value", UNITS[0]) or ""
        words = started_by.replace(";", " ").split()
        self.is_ours = any(_is_same(Path(word), file) for word in words if word.startswith("/"))

    def disable(self) -> bool:
        """Has systemd not start it at the next boot. Returns whether that was done."""
        return self._run("systemctl", "disable", *UNITS) is not None

    def stop(self) -> bool:
        """Ends what runs of it. Returns whether that was done."""
        return self._run("systemctl", "stop", *UNITS, CAMERAS) is not None


def _is_same(one: Path, other: Path) -> bool:
    """Whether both names lead to one file, be it there or not."""
    return os.path.realpath(one) == os.path.realpath(other)


async def retire(socket: Path, wait_s: float) -> Answer | None:
    """What the daemon answers; None: no daemon listens there.

    Args:
        wait_s: how long it may try to reach its broker.
    """
    try:
        async for answer in ask_daemon(socket, Ask("retire", timeout_s=wait_s)):
            return answer
    except (FileNotFoundError, ConnectionError):
        return None
    except OSError as error:
        return {"error": error.strerror or str(error)}
    return {"error": _("the daemon has hung up without an answer")}


def owned(store: Path, most_s: float, sleep: Callable[[float], None] = time.sleep) -> BinaryIO | None:
    """The lock of the store, which no daemon holds then, and none can take; None: there is no folder for it.

    Raises StoreError: a daemon still holds it after `most_s`.
    """
    if not store.parent.is_dir():
        return None
    until_s = time.monotonic() + most_s
    while True:
        try:
            with acting_as_owner(store):
                return take_lock(store)
        except StoreError:
            if time.monotonic() >= until_s:
                raise
        sleep(0.1)
