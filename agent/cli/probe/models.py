"""Each model of the configured cameras, run once in a process of its own, as the camera process would."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator

from agent.cli.probe.answer import Answer
from agent.configuration import Config
from drivers.camera.options import CameraOptions

LIMIT_S = 60.0
"""To load and run a model may take a small box some seconds."""


async def run(config: Config, limit_s: float = LIMIT_S) -> list[Answer]:
    """One after the other: they would slow one another."""
    return [await _try(config.pole.models_dir, name, threads, limit_s) for name, threads in _models(config)]


def _models(config: Config) -> Iterator[tuple[str, int]]:
    """Each once, with the threads of the first camera that has it."""
    found: dict[str, int] = {}
    for _, _, options in config.members():
        if isinstance(options, CameraOptions):
            found.setdefault(options.model, options.threads)
    yield from found.items()


async def _try(folder: str, name: str, threads: int, limit_s: float) -> Answer:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "drivers.camera.try_model", folder, name, str(threads), stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(limit_s):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return Answer(f"model {name}", False, f"did not answer within {limit_s:g} s")
    if process.returncode == 0:
        return Answer(f"model {name}", True, out.decode(errors="replace").strip())
    words = err.decode(errors="replace").strip().splitlines() or [f"its process ended with {process.returncode}"]
    return Answer(f"model {name}", False, words[-1])
