"""Each model of the configured cameras, run once in a process of its own, as the camera process would."""

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import Iterator

from agent.cli.probe.answer import Answer
from agent.configuration import Config
from drivers.camera.options import CameraOptions
from drivers.python_process import command
from drivers.translation import _

LIMIT_S = 60.0
"""The most time to load and run a model, which may take a small box some seconds."""


async def run(config: Config, limit_s: float = LIMIT_S) -> list[Answer]:
    """One after the other: they would slow one another."""
    return [await _try(config.pole.models_dir, name, threads, limit_s) for name, threads in _models(config)]


def _models(config: Config) -> Iterator[tuple[str, int]]:
    """Each once, with the threads of the first camera that has it."""
    found: dict[str, int] = {}
    for _table, _name, options in config.members():
        if isinstance(options, CameraOptions):
            found.setdefault(options.model, options.threads)
    yield from found.items()


async def _try(folder: str, name: str, threads: int, limit_s: float) -> Answer:
    title = _("model {name}").format(name=name)
    process = await asyncio.create_subprocess_exec(
        *command("drivers.camera.try_model", folder, name, str(threads)), stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(limit_s):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return Answer(title, False, _("did not answer within {limit_s:g} s").format(limit_s=limit_s))
    if process.returncode == 0:
        return Answer(title, True, out.decode(errors="replace").strip())
    ended = _("its process ended with {code}").format(code=process.returncode)
    return Answer(title, False, (err.decode(errors="replace").strip().splitlines() or [ended])[-1])
