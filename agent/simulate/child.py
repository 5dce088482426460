"""The street's process, seen from the demonstration that started it."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from agent.simulate.places import Places
from agent.simulate.street import Addresses
from drivers.python_process import command
from drivers.translation import _

A = TypeVar("A", bound=Struct)

START_S = 60.0
END_S = 1.0


class ChildError(Exception):
    """A process of the demonstration failed; the message carries its own last words."""


def last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else _("it said nothing")


@asynccontextmanager
async def started(module: str, *arguments: str, log: Path) -> AsyncIterator[Process]:
    """`python -m module`, its errors in `log`, in a session of its own (a Ctrl-C is the parent's); ended on exit."""
    with log.open("wb") as errors:
        child = await asyncio.create_subprocess_exec(
            *command(module, *arguments), stdin=PIPE, stdout=PIPE, stderr=errors, start_new_session=True
        )
    try:
        yield child
    finally:
        await _end(child)


async def _end(child: Process) -> None:
    """Close its input, which asks it to end; kill it, by its pid, if it does not."""
    if child.stdin is not None:
        child.stdin.close()
    try:
        await asyncio.wait_for(child.wait(), END_S)
    except TimeoutError:
        child.kill()
        await child.wait()


@asynccontextmanager
async def street(log: Path) -> AsyncIterator[Addresses]:
    """The simulated street. Raises ChildError when it does not come up."""
    async with started("agent.simulate.street", log=log) as child:
        yield await addresses(child, log, Addresses)


@asynccontextmanager
async def station(scene: str, log: Path) -> AsyncIterator[Places]:
    """The devices of a scene. Raises ChildError when they do not come up."""
    async with started("agent.simulate.station", scene, log=log) as child:
        yield await addresses(child, log, Places)


async def addresses(child: Process, log: Path, kind: type[A]) -> A:
    """What the street says first. Raises ChildError, with its last words, when it does not come up."""
    if child.stdout is None:
        raise ChildError(_("the simulated street has no output"))
    try:
        line = await asyncio.wait_for(child.stdout.readline(), START_S)
    except TimeoutError:
        what = _("the simulated street did not start within {limit_s:.0f} s: {reason}")
        raise ChildError(what.format(limit_s=START_S, reason=last_words(log))) from None
    if not line:
        raise ChildError(_("the simulated street did not start: {reason}").format(reason=last_words(log)))
    return msgspec.json.decode(line, type=kind)


async def draw_clip(clip: Path, log: Path) -> None:
    """Draw the camera's clip in a process of its own: the daemon imports no OpenCV. Raises ChildError."""
    async with started("agent.simulate.clip", str(clip), log=log) as child:
        await child.wait()
        if child.returncode != 0:
            raise ChildError(_("the camera's clip could not be drawn: {reason}").format(reason=last_words(log)))
