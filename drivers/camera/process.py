"""How the daemon has a camera process: its child, or one that systemd starts for it under another user.

Either takes its job as one line and says lines in turn, until what they come over is closed. No numpy, no OpenCV.
"""

import asyncio
import contextlib
import logging
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

from drivers.camera.ipc import LINE_LIMIT
from drivers.python_process import command
from drivers.translation import _

log = logging.getLogger(__name__)

SOCKET = "LAMPPOST_CAMERA_SOCKET"
"""The variable of the environment by which the unit of the daemon says where systemd starts camera processes."""

SERVICE_SOCKET = Path("/run/lamppost-camera.socket")
"""The socket at which systemd starts them, by the units that come with lamppost."""

JOURNAL = "journalctl -u 'lamppost-camera@*'"

END_S = 1.5
"""How long it may take to end by itself, then as long on SIGTERM, before it is killed."""

KILLED_S = 10.0
"""A killed process is gone as soon as the kernel gets to it: late only where the box is overloaded."""


class CameraProcess(Protocol):
    """A camera process that runs.

    Args:
        pid: its process id; None: another user's, which is not told.
        said: its lines.
    """

    pid: int | None
    said: asyncio.StreamReader

    async def how_it_ended(self) -> str:
        """Returns how it ended, whose lines have ended, in words that follow "the camera process"."""
        ...

    async def end(self) -> None:
        """Ends it. It is called while its task is being cancelled."""
        ...


Start = Callable[[bytes], Coroutine[Any, Any, CameraProcess]]
"""Starts a process on its job, a line. Raises OSError."""


def start_of_service(python: str) -> Start:
    """Returns how a process is started: by systemd where the unit of the daemon says so, else as a child."""
    path = os.environ.get(SOCKET)
    return OtherUser.starter(Path(path)) if path else Child.starter(python)


class Child:
    """A child of the daemon, with its lines on pipes."""

    def __init__(self, process: Process) -> None:
        assert process.stdout is not None
        self.pid: int | None = process.pid
        self.said = process.stdout
        self._process = process

    @classmethod
    def starter(cls, python: str) -> Start:
        async def start(job: bytes) -> CameraProcess:
            process = await asyncio.create_subprocess_exec(
                *command("drivers.camera", python=python), stdin=PIPE, stdout=PIPE, limit=LINE_LIMIT
            )
            assert process.stdin is not None
            process.stdin.write(job)
            return cls(process)

        return start

    async def how_it_ended(self) -> str:
        """One that does not end is ended by `end`."""
        try:
            async with asyncio.timeout(END_S):
                code = await self._process.wait()
        except TimeoutError:
            return _("has closed its output")
        if code < 0:
            return _("was ended by signal {number} ({name})").format(number=-code, name=signal.strsignal(-code))
        return _("ended with status {code}").format(code=code)

    async def end(self) -> None:
        """Ends this one process: asks, then terminates, then kills."""
        process = self._process
        assert process.stdin is not None
        process.stdin.close()
        # asyncio.timeout() cannot be used: Python 3.11.2 (Debian 12) takes its end for the cancellation of this task.
        gone = asyncio.create_task(self._gone(), name="camera-process-ends")
        try:
            for stop, limit_s in ((None, END_S), (process.terminate, END_S), (process.kill, KILLED_S)):
                if stop and process.returncode is None:
                    stop()
                if (await asyncio.wait({gone}, timeout=limit_s))[0]:
                    return gone.result()
            log.error("the camera process %d was killed and is not gone after %g s", process.pid, KILLED_S)
        finally:
            gone.cancel()
            if process.returncode is None:
                process.kill()

    async def _gone(self) -> None:
        await _drained(self.said)
        await self._process.wait()


class OtherUser:
    """A process that systemd starts for a connection to its socket, under a user and in limits of its own.

    The daemon may not end it: the process ends when the connection does, or by its own clock where it hangs.
    """

    def __init__(self, said: asyncio.StreamReader, connection: asyncio.StreamWriter) -> None:
        self.pid: int | None = None
        self.said = said
        self._connection = connection

    @classmethod
    def starter(cls, socket: Path) -> Start:
        async def start(job: bytes) -> CameraProcess:
            said, connection = await asyncio.open_unix_connection(socket, limit=LINE_LIMIT)
            connection.write(job)
            return cls(said, connection)

        return start

    async def how_it_ended(self) -> str:
        return _("has ended: {command} says why").format(command=JOURNAL)

    async def end(self) -> None:
        """Says that no more is wanted, and waits for its end, so that it does not hold its device any more."""
        if self._connection.can_write_eof() and not self._connection.is_closing():
            self._connection.write_eof()
        gone = asyncio.create_task(_drained(self.said), name="camera-process-ends")
        try:
            if not (await asyncio.wait({gone}, timeout=END_S))[0]:
                log.warning("a camera process of the service has not ended after %g s: %s", END_S, JOURNAL)
        finally:
            gone.cancel()
            self._connection.close()


async def _drained(said: asyncio.StreamReader) -> None:
    """What it still says is dropped; a pipe that nobody reads would keep it from ending."""
    with contextlib.suppress(ConnectionError):  # that is its end too
        while await said.read(LINE_LIMIT):
            continue
