"""What other programs say, within bounds: a time, and so many characters."""

import asyncio
import contextlib
from asyncio import subprocess
from pathlib import Path
from typing import Any

from msgspec import MsgspecError, json

from drivers.python_process import command as python
from drivers.translation import _

LIMIT_S = 20.0
MOST_CHARACTERS = 8 * 1024


async def said(*command: str, limit_s: float = LIMIT_S, most: int = MOST_CHARACTERS) -> str:
    """Runs the command, and returns its output and errors, cut where they are long; in words why there are none."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except OSError as error:
        return _("{command} cannot be started: {reason}").format(command=command[0], reason=error.strerror)
    try:
        async with asyncio.timeout(limit_s):
            output = (await process.communicate())[0]
    except TimeoutError:
        return _("{command} was not done after {limit_s:g} s").format(command=command[0], limit_s=limit_s)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return output.decode(errors="replace")[:most]


async def check(file: Path) -> str:
    """What `lamppost check` says of the configuration."""
    return await said(*python("agent", "check", str(file)))


async def update_slots() -> Any:
    """What RAUC says of the slots of this box; None: it has none."""
    from shutil import which  # large, and needed seldom

    program = which("rauc")
    if program is None:
        return None
    text = await said(program, "status", "--output-format=json")
    try:
        return json.decode(text)
    except MsgspecError:
        return text.strip()
